"""What is asked again has the answer that its lesson comes to when it is executed."""

import pytest

from cnnlab.widgets import review_items
from tests.lessons import LESSONS, as_shipped, executed
from tests.notebooks import shown_first


def asked_again(lesson):
    """Return the question of each prediction of a lesson that is asked again, by its name."""
    return {
        item["enters"]["predictions"]: item["variants"][0]
        for item in review_items.items()
        if item["lesson"] == lesson and "predictions" in item["enters"]
    }


def agrees(asked, measured):
    if asked["kind"] == "choice":
        return asked["options"][asked["answer"]][0] == measured
    if asked["kind"] == "shape":
        return asked["answer"] == list(measured)
    apart = abs(asked["answer"] - measured)
    return apart <= 1e-6 + asked["within"] * abs(measured)


@pytest.mark.slow
@pytest.mark.parametrize("path", LESSONS)
def test_each_answer_is_what_its_lesson_measures(path, tmp_path):
    again = asked_again(path.stem)
    cells = as_shipped(executed(path, tmp_path)).cells
    measured = {each.name: each.measured for each in shown_first.predictions(cells)}
    assert set(again) <= set(measured)
    wrong = {name: measured[name] for name in again if not agrees(again[name], measured[name])}
    assert wrong == {}


@pytest.mark.parametrize(
    ("asked", "measured"),
    [
        ({"kind": "choice", "options": [["a", ""], ["b", ""]], "answer": 0}, "b"),
        ({"kind": "shape", "answer": [3, 4]}, [3, 5]),
        ({"kind": "number", "answer": 4, "within": 0}, 3.0),
        ({"kind": "number", "answer": 100, "within": 0.2}, 130.0),
    ],
)
def test_another_answer_is_seen(asked, measured):
    assert not agrees(asked, measured)
    asked_right = asked | {"answer": 1 if asked["kind"] == "choice" else measured}
    assert agrees(asked_right, measured)
