"""Judging in the grader's process: what is asked, what comes back, and what is made of it."""

import base64
import json
import pickle
from pathlib import Path

import nbformat
import pytest
import torch
from torch.nn import functional as F

pytest.importorskip("nbgrader", reason="nbgrader is not installed")

from cnnlab import check, exercises, models
from cnnlab.check import collect, transport
from cnnlab.check.behavior import evidence
from cnnlab.exercises import trained_network
from cnnlab.exercises.kit.exercise import RIGHT
from cnnlab.exercises.kit.measured import MeasuredExercise
from cnnlab.homework.grading import box, judging

from .conftest import HOMEWORK
from .styles import STYLES

HOMEWORK_EXERCISES = [
    name
    for name, asked in exercises.asked().items()
    if asked.lesson.startswith("Homework") and not asked.in_box
]


def kernel_of(function):
    """Answer as a kernel does that has the function under the name `learner`."""

    def ask(line):
        assert line.startswith("__import__('cnnlab.check.collect').check.collect.")
        packed = line.split("reply(learner, ")[1].rstrip(")").strip("'\"")
        question = pickle.loads(base64.b85decode(packed.encode().decode("unicode_escape")))
        reply = json.loads(json.dumps(collect._reply(function, question)))
        return [nbformat.v4.new_output("display_data", data={transport.MIMETYPE: reply})]

    return ask


def judged(name, function, *, seed=0):
    asked = judging.Checked(name, "learner", seed)
    return judging.judged(asked, kernel_of(function), sheet=None)


def test_every_graded_cell_of_an_exercise_is_judged_outside():
    cells = [
        cell
        for path in HOMEWORK.glob("source/*/*.ipynb")
        for cell in nbformat.read(path, 4).cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")
    ]
    found = {judging.checked(cell.source): cell for cell in cells}
    assert None not in found
    assert sorted(each.exercise for each in found) == sorted(
        [*HOMEWORK_EXERCISES, "output_size", "trained_network"]
    )
    for each, cell in found.items():
        seed = f"seed={each.seed}" if each.seed else ""
        assert seed in cell.source.splitlines()[-3]
    (measured,) = [each for each in found if each.exercise == "trained_network"]
    assert (measured.function, measured.given) == ("build_network", ("network.pt",))


@pytest.mark.parametrize("name", HOMEWORK_EXERCISES)
def test_a_right_answer_passes_from_afar(name):
    solution = exercises.load(name).variant(RIGHT)
    for function in (lambda *given: solution(*given), *STYLES.get(name, ())):
        verdict = judged(name, function, seed=7)
        assert verdict, verdict
        assert str(verdict) == str(getattr(check, name)(function, seed=7))


@pytest.mark.parametrize("name", HOMEWORK_EXERCISES)
def test_a_known_mistake_reads_as_it_does_beside_the_learner(name):
    exercise = exercises.load(name)
    for each in exercise.misconceptions[:4]:
        function = exercise.variant(frozenset((each.name,)))
        verdict = judged(name, function)
        assert verdict.misconceptions == (each.name,)
        assert str(verdict) == str(getattr(check, name)(function))


def crash(*sizes):
    raise KeyError("size")


def not_begun(*sizes):
    raise NotImplementedError


def stub(input_size, kernel_size, stride=1, padding=0, dilation=1): ...


@pytest.mark.parametrize(
    "function",
    [
        None,
        9,
        crash,
        not_begun,
        stub,
        lambda size: size,
        lambda *sizes: "9",
        lambda *sizes: {"size": 9},
        lambda *sizes: (9, [9]),
        lambda *sizes: torch.ones(2),
        lambda *sizes: object(),
        lambda *sizes: print("noise") or 7,
        lambda *sizes: float("nan"),
        lambda *sizes: 10**400,
    ],
)
def test_any_other_answer_has_the_same_outcome_from_afar(function):
    near, far = check.output_size(function), judged("output_size", function)
    assert far.outcome == near.outcome
    assert far.headline == near.headline


def test_an_unknown_mistake_keeps_its_reason(monkeypatch):
    monkeypatch.setattr(evidence, "SECONDS", 10.0)  # however busy the machine is

    def correlate2d_dilated(image, kernel, stride=1, padding=0, dilation=1):
        padded = F.pad(image, (padding * dilation,) * 4)
        return F.conv2d(padded[None, None], kernel[None, None], None, stride, 0, dilation)[0, 0]

    verdict = judged("correlate2d_dilated", correlate2d_dilated)
    assert "padding * dilation in place of padding" in verdict.diagnosis
    assert verdict.message == check.correlate2d_dilated(correlate2d_dilated).message


@pytest.mark.parametrize(
    "text",
    ["", "7", "[7]", "[{}]", '[{"crash": 1}]', '[{"answer": {"shape": [2], "numbers": []}}]'],
)
def test_what_is_not_an_answer_is_refused(text):
    with pytest.raises(ValueError, match=r"not what was seen|Expecting"):
        transport.from_json(text)


def test_a_kernel_that_says_something_else_gives_no_answer():
    said = [nbformat.v4.new_output("error", ename="NameError", evalue="", traceback=[])]
    with pytest.raises(judging.NoAnswerError) as caught:
        judging.judged(judging.Checked("output_size", "f", 0), lambda line: said, sheet=None)
    assert caught.value.outputs == said
    lies = nbformat.v4.new_output("display_data", data={transport.MIMETYPE: {"seen": "[1]"}})
    with pytest.raises(judging.NoAnswerError):
        judging.judged(judging.Checked("output_size", "f", 0), lambda line: [lies], sheet=None)


def test_what_the_box_shows_of_the_exercises_knows_no_answer():
    folder = HOMEWORK.parents[1] / "cnnlab" / "exercises"
    words = box._without_answers(folder)
    shown = {Path(words[at + 1]) for at, word in enumerate(words) if word == "--ro-bind"}
    assert shown == {folder / name for name in ("__init__.py", "kit", "trained_network.py")}
    for path in (folder / "kit").glob("*.py"):
        assert "solution=" not in path.read_text()
        assert "ASKED" not in path.read_text()
    for name, asked in exercises.asked().items():
        assert asked.in_box == isinstance(exercises.load(name), MeasuredExercise)
    for name in HOMEWORK_EXERCISES:
        exercise = exercises.load(name)
        if exercise.live:
            views = exercise.prepare_arguments, exercise.extract_answer
            for view in (getattr(view, "func", view) for view in views):
                assert view.__module__.startswith("cnnlab.exercises.kit.")


def test_what_the_box_hides_is_checked_by_the_grader(monkeypatch):
    shown = {"trained_network": exercises.asked()["trained_network"]}
    monkeypatch.setattr(exercises, "asked", lambda: shown)
    with pytest.raises(AttributeError, match="There is no exercise 'dot_kernel'"):
        _ = check.dot_kernel
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert check.dot_kernel(None).headline == "Checked by the grader, not here."
    assert check.trained_network(None, "none.pt").headline.startswith(
        "Not yet: there is no none.pt"
    )
    assert not callable(check.report)  # a module of the package is not an exercise


TRAINED = judging.Checked("trained_network", "build", 505, ("network.pt",))


def measured(reply, lent, secret="of this course"):
    """Judge a network of which the kernel says `reply`, or what `reply` makes of the images."""

    def ask(line):
        assert "look('trained_network', (build, 'network.pt',), " in line
        said = reply(torch.load(lent / "shown.pt", weights_only=True)) if callable(reply) else reply
        return [nbformat.v4.new_output("display_data", data={transport.MIMETYPE: said})]

    return judging.judged(TRAINED, ask, sheet=None, secret=secret, lent=lent)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(trained_network, "IMAGES", 40)


def test_the_accuracy_of_a_network_is_counted_by_the_grader(tmp_path, few):
    shown = []

    def look(images):
        shown.append(images)
        return {"parameters": 10, "classes": [0] * 40}

    verdict = measured(look, tmp_path)
    assert "new images are right, with 10 parameters" in verdict.headline
    assert verdict.points(8) == 0  # whatever the kernel claims of its verdict: it says classes only
    again = measured(look, tmp_path)
    assert str(again) == str(verdict)
    measured(look, tmp_path, secret="of another")
    assert torch.equal(shown[0], shown[1])
    assert not torch.equal(shown[0], shown[2])


def test_the_images_of_the_public_seed_are_not_those_that_are_shown(tmp_path, few):
    """Who redraws the images of the seed in the sheet has other labels."""
    known, labels = trained_network.draw(505)

    def look(images):
        assert not torch.equal(images, known)
        return {"parameters": 10, "classes": labels.tolist()}

    assert measured(look, tmp_path).points(8) < 8


@pytest.mark.parametrize(
    "reply",
    [
        {},
        {"classes": []},
        {"classes": [1] * 39, "parameters": 5},
        {"classes": "0" * 40, "parameters": 5},
        {"classes": [[1]] * 40, "parameters": 5},
        {"classes": [1] * 40, "parameters": "few"},
        {"classes": [10**30] * 40, "parameters": 5},
        {"classes": None, "parameters": None},
        {"share": 1.0, "headline": "Passed."},
    ],
)
def test_what_is_no_look_at_a_network_gives_no_answer(tmp_path, few, reply):
    with pytest.raises(judging.NoAnswerError):
        measured(reply, tmp_path)


def test_a_problem_with_the_file_reads_as_it_does_beside_the_learner(tmp_path, few, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for text in (None, "not a checkpoint"):
        if text:
            Path("network.pt").write_text(text)
        near = check.trained_network(models.SmallCNN, "network.pt")
        far = measured(
            lambda images: trained_network.look(models.SmallCNN, "network.pt", images), tmp_path
        )
        assert (far.headline, far.details) == (near.headline, near.details)


def test_a_trained_network_is_looked_at_beside_the_kernel(tmp_path, few, monkeypatch):
    """The line that the kernel runs, and what it shows."""
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    torch.save(models.SmallCNN().state_dict(), tmp_path / "network.pt")
    images, _ = trained_network.draw(0)
    torch.save(images, tmp_path / "shown.pt")
    given = models.SmallCNN, str(tmp_path / "network.pt")
    collect.look("trained_network", given, str(tmp_path / "shown.pt"))
    (data,) = shown
    assert data[transport.MIMETYPE]["parameters"] == 61_344
    assert len(data[transport.MIMETYPE]["classes"]) == 40
