"""OutputSizeRuler against torch, and its page against Python."""

import torch
from torch.nn import functional as F

from cnnlab import widgets
from tests.widgets.helpers import in_node, needs_node


def test_ruler_counts_the_sizes_of_the_lesson():
    sizes = [(26, 7, 2, 2, 2), (14, 5, 1, 3, 3), (32, 3, 2, 0, 1)]
    rulers = [
        widgets.OutputSizeRuler(i, k, stride=s, padding=p, dilation=d) for i, k, s, p, d in sizes
    ]
    assert [ruler.output_size for ruler in rulers] == [9, 8, 15]


def test_ruler_unread_pixels_are_those_without_a_gradient():
    image = torch.ones(1, 1, 11, requires_grad=True)
    F.conv1d(image, torch.ones(1, 1, 2), stride=4, padding=1, dilation=2).sum().backward()
    unread = (image.grad[0, 0] == 0).nonzero()[:, 0].tolist()
    assert widgets.OutputSizeRuler(11, 2, stride=4, padding=1, dilation=2).unread == unread


@needs_node
def test_ruler_page_agrees_with_python():
    generator = torch.Generator().manual_seed(2)
    sizes = torch.randint(0, 8, (150, 5), generator=generator).tolist()
    rulers = [
        widgets.OutputSizeRuler(i + 4, k, stride=s, padding=p, dilation=d)
        for i, k, s, p, d in sizes
    ]
    states = [[ruler._page_state()] for ruler in rulers]
    module = "output_size_ruler"
    assert in_node("problemOf", states, module) == [ruler.problem for ruler in rulers]
    fitting = [ruler for ruler in rulers if not ruler.problem]
    assert 30 < len(fitting) < 120
    unread = in_node("unreadOf", [[ruler._page_state()] for ruler in fitting], module)
    assert unread == [ruler.unread for ruler in fitting]
