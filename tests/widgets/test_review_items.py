"""What can be asked again: every quiz question, prediction and objective, or why not."""

import json
import re
import tomllib

import pytest

from cnnlab.site.build import find_lessons
from cnnlab.widgets import review_items

ALL = review_items.items()


PREDICTIONS = tomllib.loads(review_items.MEASURED.read_text("utf-8"))

COVERED = {  # by a question of the lesson, where its exercise has no fresh numbers to type
    "edge_kernel": "prediction/01-on-the-bar",
    "correlate2d": "prediction/02-map-size",
    "im2col": "prediction/04-numbers-of-the-matrix",
    "conv_backward": "prediction/04-gradient-of-a-pixel",
    "fit": "prediction/06-stopped-and-resumed",
    "grad_cam": "quiz/07/what-does-relu-do-at-the-end",
    "permute_pixels": "prediction/08-permuted-pixels",
    "equivariance_error": "prediction/08-columns-that-do-not-move-along",
    "fgsm": "quiz/09/why-does-fgsm-hurt-far-more-than",
    "pgd_step": "quiz/09/pgd-without-the-return-to-within-epsilon",
    "spectrogram": "prediction/10-row-of-a-tone",
    "causal_conv1d": "quiz/10/a-network-gets-99-of-tomorrow-s",
    "throughput": "quiz/11/a-gpu-step-takes-0-1-ms",
    "whitening_kernels": "quiz/11/what-does-whitening-change-about-a-patch",
    "freeze": "quiz/12/you-freeze-all-layers-but-the-last",
    "split_by_group": "quiz/12/80-photographs-of-8-cats-10-of",
    "balanced_accuracy": "prediction/12-always-no",
}
NOT_COVERED = {"train_one_epoch": "writing a loop is no question of a line; the exercise asks it"}


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


def predicted_in(path):
    found = (re.findall(r'widgets\.Prediction\(\s*"([^"]+)"', each) for each in code_cells(path))
    return [name for names in found for name in names]


def test_every_prediction_is_asked_again_or_says_why_not():
    names = [name for path in find_lessons() for name in predicted_in(path)]
    assert list(PREDICTIONS) == names
    for name, found in PREDICTIONS.items():
        asked = set(found) <= {"question", "measured", "reason"} and {"measured", "reason"} <= set(
            found
        )
        assert asked != (set(found) == {"left_out"}), name
    again = [item["enters"]["predictions"] for item in of_kind("prediction")]
    assert again == [name for name, found in PREDICTIONS.items() if "measured" in found]


def test_no_question_points_at_what_is_not_there():
    pointing = r"\b(above|below|this network|the photograph|shown|the piece|the figure|here)\b"
    for item in of_kind("prediction"):
        (asked,) = item["variants"]
        said = re.sub(r"(above|below) [\d.]+", "", asked["question"])
        assert not re.search(pointing, said), (item["id"], asked["question"])


def test_every_wrong_choice_is_answered():
    for item in ALL:
        for asked in item["variants"]:
            if asked["kind"] == "choice":
                texts, said = zip(*asked["options"], strict=True)
                assert len(set(texts)) == len(texts) >= 2, item["id"]
                assert all(said), item["id"]
                assert 0 <= asked["answer"] < len(texts)
            else:
                assert asked["answer"] not in [wrong for wrong, _ in asked["common"]], item["id"]


@pytest.mark.parametrize("path", find_lessons(), ids=lambda path: path.stem)
def test_every_objective_is_asked_again_or_says_why_not(path):
    first = json.loads(path.read_text("utf-8"))["cells"][0]
    tests = first["metadata"]["objectives"]
    here = [item for item in ALL if item["lesson"] == path.stem]
    ids = {item["id"] for item in (*here, *of_kind("compute"))}
    asked = {each["question"] for item in here for each in item["variants"]}
    covered = {name for name in tests if COVERED.get(name) in ids or f"compute/{name}" in ids}
    left = set(tests) - asked - covered
    assert left == set(tests) & set(NOT_COVERED)
    assert len(tests) == 3


def test_the_list_of_what_covers_an_objective_is_needed():
    ids = {item["id"] for item in ALL}
    assert set(COVERED.values()) <= ids
    assert [name for name in COVERED if f"compute/{name}" in ids] == []
