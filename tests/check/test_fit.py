"""The check of a training program: on a device that is not there, as on a real card."""

from collections.abc import Callable

import pytest
import torch

from cnnlab import check, exercises
from cnnlab.exercises.kit.edits import apply_edits
from cnnlab.exercises.kit.observed_fit import DEVICE, Diary, Placed, images_of, place

LEFT = {  # what was never moved, by an edit of the solution
    "model": ("    model.to(device)\n", ""),
    "images": (
        "images, labels = (each.to(device) for each in learned)",
        "images, labels = learned",
    ),
    "labels": (
        "images, labels = (each.to(device) for each in learned)",
        "images, labels = learned[0].to(device), learned[1]",
    ),
    "validation images": (
        "new_labels = (each.to(device) for each in decides)",
        "new_labels = decides[0], decides[1].to(device)",
    ),
    "validation labels": (
        "new_labels = (each.to(device) for each in decides)",
        "new_labels = decides[0].to(device), decides[1]",
    ),
}


def edited(*edits: tuple[str, str]) -> Callable:
    namespace: dict = {"torch": torch, "F": torch.nn.functional}
    exec(apply_edits(exercises.load("fit").solution, edits), namespace)
    return namespace["fit"]


@pytest.mark.parametrize("left", LEFT)
def test_what_was_left_behind_stops_as_on_a_card(left):
    verdict = check.fit(edited(LEFT[left]))
    assert verdict.outcome == "crash"
    assert "found at least two devices, cuda:0 and cpu" in verdict.message
    assert "which of the model, the images and the labels was never moved?" in verdict.message


def test_one_change_after_another_is_seen():
    again = "images[chosen] = augment(images[chosen])\n            loss ="
    verdict = check.fit(edited(("loss =", again), ("augment(images[chosen])", "images[chosen]")))
    assert "changes by augment: new ones of images that are changed already" in verdict.message


def on_both_sides() -> tuple[Placed, Placed]:
    here = place(images_of(torch.arange(1, 5)), Diary(4))
    return here, here.to(DEVICE)


def test_tensors_meet_only_on_one_side():
    here, there = on_both_sides()
    assert (here.device, there.device) == (torch.device("cpu"), DEVICE)
    assert (here + here).place == torch.device("cpu")
    for meet in (
        lambda: here + there,
        lambda: torch.cat([here, there]),
        lambda: here[there[:, 0, 0, 0].long()],
    ):
        with pytest.raises(RuntimeError, match="same device"):
            meet()


def test_an_index_and_a_single_number_may_lie_on_the_cpu():
    here, there = on_both_sides()
    assert there[here[:, 0, 0, 0].long()].place == DEVICE
    assert (there * here[0, 0, 0, 0]).place == DEVICE
    assert there[torch.randperm(4)].place == DEVICE
    assert there.cpu().place == torch.device("cpu")


def test_only_a_move_from_the_cpu_is_one():
    diary = Diary(4)
    images = place(images_of(torch.arange(1, 5)), diary)
    moved = images.to(device=DEVICE, dtype=torch.float64).to(DEVICE)
    assert diary.moves == [[1, 2, 3, 4]]
    assert (moved.place, moved.dtype, images.place) == (DEVICE, torch.float64, images.device)
