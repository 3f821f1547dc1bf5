"""Options that are numbers are what the checks' own misconceptions compute, in both forms."""

import re
from itertools import pairwise

import pytest
import torch

from cnnlab import exercises
from cnnlab.widgets import inventory_items

ITEMS = {item["id"]: item for item in inventory_items.items()}
FORMS = inventory_items.FORMS


def answer(exercise, misconception, *arguments):
    """Return what the exercise's learner with this misconception computes; "" has none."""
    switches = frozenset({misconception} - {""})
    return exercises.load(exercise).answer(switches, arguments)


def options(item, form):
    return ITEMS[item]["forms"][form]["options"]


def numbers(item, form):
    return [int(re.search(r"\d+", option)[0]) for option in options(item, form)]


def names(item, exercise):
    """Return the misconceptions of an item that are this exercise's, by the place of the option."""
    beliefs = [belief.partition(": ") for belief in ITEMS[item]["beliefs"]]
    return {i: name for i, (kind, _, name) in enumerate(beliefs) if kind == exercise}


@pytest.mark.parametrize(("form", "length", "template"), [("A", 10, 3), ("B", 14, 5)])
def test_places(form, length, template):
    given = numbers("places", form)
    held = names("places", "output_size")
    assert sorted(held) == [1, 2]
    for place, name in {0: "", **held}.items():
        assert given[place] == answer("output_size", name, length, template, 1, 0, 1)
    assert given[3] == length // template  # side by side


@pytest.mark.parametrize(("form", "length", "template"), [("A", 10, 3), ("B", 12, 5)])
def test_what_is_never_read(form, length, template):
    def missed(places, apart=1):
        read = {2 * place + apart * i + 1 for place in range(places) for i in range(template)}
        return sorted(set(range(1, length + 1)) - read)

    places = {
        i: answer("output_size", name, length, template, 2, 0, 1)
        for i, name in {0: "", **names("never-read", "output_size")}.items()
    }
    assert sorted(places) == [0, 1, 2]
    apart = answer("output_size", "dilation counted from 0", length, template, 2, 0, 1)
    every_second = list(range(2, length + 1, 2))
    found = [missed(count) for count in places.values()] + [missed(apart, apart=2)]
    assert found == [[length], [], [length - 2, length - 1, length], every_second]
    assert options("never-read", form) == [
        "The last one",
        "None",
        "The last three",
        "Every second one",
    ]


@pytest.mark.parametrize(("form", "neighbors"), [("A", 3), ("B", 4)])
def test_field(form, neighbors):
    given = numbers("field", form)
    layers = [(neighbors, 1, 1)] * 2
    held = names("field", "receptive_field")
    assert sorted(held) == [1, 3]
    for place, name in {0: "", **held}.items():
        assert given[place] == answer("receptive_field", name, layers)
    spans = answer("dilated_field", "spans added", neighbors, [1, 1])
    assert given[2] == spans


@pytest.mark.parametrize(("form", "side"), [("A", 2), ("B", 3)])
def test_numbers_and_work_of_a_larger_picture(form, side):
    template = {"A": 25, "B": 9}[form]
    given = numbers("numbers-needed", form)
    # quiz 03: 896 parameters on 32x32 images; its wrong options on 64x64 are 3,584 and 14,336
    assert (3584 // 896, 14336 // 896) == (2**2, 2**4)
    assert given == [template, template * side**2, template * side**4, template]
    assert numbers("work-needed", form) == [side**2, 1, side, side**4]


@pytest.mark.parametrize("form", FORMS)
def test_the_answers_in_a_question_are_the_templates(form):
    question = ITEMS["template-sign"]["forms"][form]["question"].replace("\N{NO-BREAK SPACE}", " ")
    row = [int(each) for each in re.search(r"pixels: ([\d ]+)\.", question)[1].split()]
    template = [int(each) for each in re.search(r"([-+]1) and ([-+]1),", question).groups()]
    found = [a * template[0] + b * template[1] for a, b in pairwise(row)]
    said = re.search(r"answers are (.*?) and (-\d)", question)
    assert found == [int(each) for each in (*said[1].split(", "), said[2])]
    darkest = min(sum(pair) for pair in pairwise(row))
    assert darkest < sum(row[-2:])


TEMPLATES = {"A": [[0, 0, 0], [0, 1, 0], [0, 0, 0]], "B": [[0, 0, 0], [1, 1, 1], [0, 0, 0]]}


@pytest.mark.parametrize("form", FORMS)
def test_a_dot_or_a_line_answers_as_the_wall_does(form):
    template = torch.tensor(TEMPLATES[form], dtype=torch.float32)
    pattern, wall = 9 * template, torch.full((3, 3), 9.0)
    assert answer("respond", "", pattern, template) == answer("respond", "", wall, template)
    added = answer("respond", "sum for product", pattern, template)
    assert added < answer("respond", "sum for product", wall, template)


@pytest.mark.parametrize(("form", "step", "template"), [("A", 2, 3), ("B", 3, 4)])
def test_a_move_by_less_than_a_step_gives_other_numbers(form, step, template):
    row = torch.randint(10, (60,), generator=torch.Generator().manual_seed(0))
    weights = torch.arange(1, template + 1)
    question = ITEMS["step-of-two"]["forms"][form]["question"]
    move = {"one": 1, "two": 2}[re.search(r"moves (\w+) pixel", question)[1]]
    before, after = (
        (each.unfold(0, template, step) * weights).sum(dim=1) for each in (row, row.roll(move))
    )
    assert 0 < move < step
    for places in range(3):
        assert (before[: len(before) - places] != after[places:]).float().mean() > 0.9
