"""What can be asked again: every quiz question, prediction and objective, or why not."""

import json

import pytest

from cnnlab.site.build import find_lessons
from cnnlab.widgets import review_items

ALL = review_items.items()


def of_kind(kind):
    return [item for item in ALL if item["id"].startswith(f"{kind}/")]


def code_cells(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def executed_quizzes(path):
    """Return the quizzes of a lesson as its cells build them, with stand-ins for all else."""
    built = []

    class Widgets:
        PredictionSummary = staticmethod(lambda *_: None)
        Quiz = staticmethod(built.append)

    for source in code_cells(path):
        if "widgets.Quiz(" in source:
            guesses = [word for word in source.replace(",", " ").split() if "guess_" in word]
            names = {word.strip("()"): None for word in guesses}
            names |= {word.rpartition("(")[2].rstrip(")"): None for word in guesses}
            exec(source, names | {"widgets": Widgets, "display": lambda _: None})
    return built


@pytest.mark.parametrize("path", find_lessons(), ids=lambda path: path.stem)
def test_every_quiz_question_is_asked_again(path):
    wanted = [
        (quiz[0]["question"], each["question"], each["answer"], each["options"])
        for quiz in executed_quizzes(path)
        for each in quiz
    ]
    assert wanted
    found = []
    for item in of_kind("quiz"):
        if item["lesson"] == path.stem:
            (asked,) = item["variants"]
            options, answer = dict(asked["options"]), asked["options"][asked["answer"]][0]
            found.append((item["enters"]["quizzes"], asked["question"], answer, options))
    assert found == wanted


def test_ids_are_different_and_items_are_json():
    ids = [item["id"] for item in ALL]
    assert len(set(ids)) == len(ids)
    assert json.loads(json.dumps(ALL)) == ALL


def test_an_item_enters_when_its_quiz_was_answered():
    first = of_kind("quiz")[0]
    key = first["enters"]["quizzes"]
    progress = {"quizzes": {key: {"right": 0, "of": 2}}, "predictions": {}, "exercises": {}}
    entered = review_items.entered(progress)
    assert first in entered
    assert {item["enters"].get("quizzes") for item in entered} == {key}
    assert review_items.entered({}) == []
