"""What stands beside an accuracy: what one answer for all would earn, and intervals."""

import pytest
import torch
from torch.nn.functional import one_hot

from cnnlab import training
from cnnlab.training.command_line.judging import judge


def judged(labels, guesses, classes=("ok", "broken")):
    logits = one_hot(torch.tensor(guesses), len(classes)).float()
    labels = torch.tensor(labels)
    accuracy = training.score(logits, labels).accuracy
    counts = training.confusion_matrix(logits, labels)
    return judge("test", labels, classes, accuracy=accuracy, counts=counts)


def test_unequal_classes_say_what_one_answer_would_earn():
    found = judged([0] * 49 + [1], [0] * 50)
    said = "98.00% of 50 test images (always answering 'ok' would earn 98.0%; "
    assert str(found) == said + "balanced accuracy 50.0%)"
    record = found.as_record()
    assert record["one_answer"] == {"class": "ok", "accuracy": 0.98}
    assert record["balanced_accuracy"] == 0.5
    assert record["interval"] == list(training.wilson_interval(49, 50))


def test_classes_of_one_size_need_no_such_sentence():
    found = judged([0, 1] * 30, [0] * 60)
    assert str(found) == "50.00% of 60 test images"
    assert found.as_record()["one_answer"]["accuracy"] == 0.5


def test_few_images_have_their_interval_and_so_has_each_small_class():
    low, high = training.wilson_interval(24, 25)
    one, other = training.wilson_interval(4, 5)
    assert judged([0] * 20 + [1] * 5, [0] * 21 + [1] * 4).intervals == (
        f"95% intervals, for so few test images: all {low:.1%} to {high:.1%}; "
        f"broken 4 of 5, {one:.1%} to {other:.1%}"
    )


def test_many_images_have_no_interval_on_the_screen():
    found = judged([0, 1] * 500, [0] * 1000)
    assert found.intervals == ""
    assert found.as_record()["interval"] == list(training.wilson_interval(500, 1000))
    assert found.as_record()["classes"]["ok"]["images"] == 500


def test_a_small_class_among_many_images_has_its_interval_alone():
    said = judged([0] * 1000 + [1] * 19, [0] * 1019).intervals
    low, high = training.wilson_interval(0, 19)
    assert said == f"95% interval, for so few test images: broken 0 of 19, {low:.1%} to {high:.1%}"


def test_of_many_small_classes_the_worst_are_named():
    classes = tuple(f"class {number:02}" for number in range(14))
    labels = [label for label in range(14) for _ in range(4)]
    guesses = [0 if label == 7 else label for label in labels]
    found = judged(labels, guesses, classes)
    assert "; class 07 0 of 4, 0.0% to " in found.intervals
    assert found.intervals.count(" of 4, ") == 10
    assert found.intervals.endswith("; the 10 worst classes are named, --out FILE writes all")
    assert len(found.as_record()["classes"]) == 14


def test_a_class_without_images_is_left_out():
    found = judged([0, 0, 1], [0, 0, 1], ("ok", "broken", "missing"))
    assert "missing" not in found.intervals
    assert found.as_record()["classes"]["missing"] == {"images": 0, "right": 0}
    assert found.as_record()["balanced_accuracy"] == 1


def test_without_the_confusions_nothing_is_said_of_single_classes():
    found = judge("validation", torch.tensor([0, 0, 1]), ("ok", "broken"), accuracy=2 / 3)
    assert str(found) == "66.67% of 3 validation images (always answering 'ok' would earn 66.7%)"
    assert found.as_record().keys() == {"images", "interval", "one_answer"}
    assert found.intervals.startswith("95% interval, for so few validation images: all ")


@pytest.mark.parametrize("accuracy", [0.0, 1.0])
def test_none_and_all_right(accuracy):
    low, high = judge(
        "test", torch.tensor([0, 1]), ("ok", "broken"), accuracy=accuracy
    ).as_record()["interval"]
    assert (low, high)[round(accuracy)] == accuracy
