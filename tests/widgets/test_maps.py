"""What the page says of a map and of a kernel, in words."""

from tests.widgets.helpers import in_node, needs_node


@needs_node
def test_a_map_is_said_by_its_size_its_range_and_its_largest_place():
    cases = [[[0, 3.5, -2, 3.5, 1, 0], [2, 3]], [[1, 1], [1, 2]], [[-3, -1, -2], [3, 1]]]
    assert in_node("mapWords", cases, "maps") == [
        "2\u00d73, from \u22122 to 3.5, largest at row 0, column 1",
        "1\u00d72, 1 everywhere",
        "3\u00d71, from \u22123 to \u22121, largest at row 1, column 0",
    ]


@needs_node
def test_a_kernel_is_said_by_its_signs_and_its_sides():
    edge, flat = [1, 0, -1, 2, 0, -2, 1, 0, -1], [1, -3, 2, -4]
    said = in_node("kernelWords", [[edge, [3, 3]], [flat, [2, 2]], [[-0.5], [1, 1]]], "maps")
    assert said == [
        "3 of 9 weights above 0, 3 below; together 0, left of the middle 4, right of it \u22124, "
        "above it 0, below it 0",
        "2 of 4 weights above 0, 2 below; together \u22124, left of the middle 3, right of it "
        "\u22127, above it \u22122, below it \u22122",
        "weight \u22120.5",
    ]
