"""The five assignments: what is handed out, what blank and solved ones earn, the feedback."""

import csv
import re
import subprocess
import sys

import nbformat
import pytest
import torch

from cnnlab import check, data, exercises, models, training
from cnnlab.__main__ import main
from cnnlab.exercises import trained_network
from cnnlab.exercises.kit.exercise import RIGHT
from cnnlab.homework.grading import box

from .conftest import HOMEWORK
from .submissions import solved

ASSIGNMENTS = sorted(path.name for path in (HOMEWORK / "source").iterdir())
BY_HAND = {"hw1": 4, "hw2": 4, "hw3": 4, "hw4": 4, "hw5": 6}


own_network = exercises.load("build_network").variant(RIGHT)


class Copied(torch.nn.Module):
    """SimpleCNN, written down anew with functions for what learns nothing."""

    def __init__(self):
        super().__init__()
        self.kernels = torch.nn.Conv2d(3, 16, 3, padding=1)
        self.scores = torch.nn.Linear(16 * 16 * 16, 10)

    def forward(self, images):
        maps = torch.nn.functional.max_pool2d(self.kernels(images).relu(), 2)
        return self.scores(maps.flatten(1))


def points(notebook):
    graded = [cell.metadata.get("nbgrader", {}) for cell in notebook.cells]
    return {
        "by hand": sum(m["points"] for m in graded if m.get("grade") and m["solution"]),
        "by the check": sum(m["points"] for m in graded if m.get("grade") and not m["solution"]),
    }


@pytest.fixture(params=ASSIGNMENTS)
def assignment(request):
    return request.param


def test_the_assignments_are_the_five():
    assert list(BY_HAND) == ASSIGNMENTS


@pytest.mark.slow
def test_the_release_is_what_generate_assignment_makes(course, assignment):
    course.generate(assignment)
    name = f"{assignment}/{assignment}.ipynb"
    made = (course.root / "release" / name).read_bytes()
    assert made == (HOMEWORK / "release" / name).read_bytes()


def test_the_release_holds_no_solution(assignment):
    text = (HOMEWORK / "release" / assignment / f"{assignment}.ipynb").read_text()
    for hidden in ("BEGIN SOLUTION", "HIDDEN", "HANDED OUT", "Marking:", "points(", "seed=1"):
        assert hidden not in text
    assert "nbgrader" not in "".join(
        cell.source for cell in nbformat.reads(text, 4).cells if cell.cell_type == "code"
    )


def test_twenty_points_of_which_some_by_hand(assignment):
    notebook = nbformat.read(HOMEWORK / "source" / assignment / f"{assignment}.ipynb", 4)
    hand = BY_HAND[assignment]
    assert points(notebook) == {"by hand": hand, "by the check": 20 - hand}
    text = notebook.cells[0].source.replace("\n", " ")
    assert f"**Points:** 20, of which your lecturer gives {hand} by hand" in text


def test_the_page_says_the_points_of_each_question(assignment):
    notebook = nbformat.read(HOMEWORK / "source" / assignment / f"{assignment}.ipynb", 4)
    marks = [cell.metadata.get("nbgrader", {}) for cell in notebook.cells]
    said = [
        f"({m['points']:g})" if m["solution"] else f"{m['points']:g}"
        for m in marks
        if m.get("grade")
    ]
    row = " | ".join([f"| {assignment.removeprefix('hw')}", *said])
    assert f"\n{row} |" in (HOMEWORK / "README.md").read_text()


def test_a_written_part_says_how_its_points_are_split(assignment):
    """For the learner, and for the lecturer with an example of an answer that earns them all."""
    notebook = nbformat.read(HOMEWORK / "source" / assignment / f"{assignment}.ipynb", 4)
    cells = {cell.id: cell.source for cell in notebook.cells}
    (marking,) = [text for name, text in cells.items() if name.startswith("written-")]
    assert cells["task-written"].replace("\n  ", " ").count("(1 point)") == BY_HAND[assignment]
    assert marking.startswith("Marking")
    assert "A full answer:" in marking


def test_every_graded_cell_ends_in_its_points(assignment):
    notebook = nbformat.read(HOMEWORK / "source" / assignment / f"{assignment}.ipynb", 4)
    for cell in notebook.cells:
        marks = cell.metadata.get("nbgrader", {})
        if marks.get("grade") and not marks["solution"]:
            *_, last, end = cell.source.splitlines()
            assert last == f"verdict.points({marks['points']:g})"
            assert end == "### END HIDDEN TESTS"


@pytest.fixture(scope="module")
def graded(course):
    """Grade a blank and a solved homework 2 to 5."""
    for name in ASSIGNMENTS[1:]:
        release = course.read("release", name)
        course.hand_in("blank", release, name)
        course.hand_in("solved", solved(course.read("source", name), release), name)
    torch.manual_seed(0)
    network, pictures = own_network(), data.load("shapes10")
    training.train(network, pictures, epochs=3, learning_rate=5e-3, progress=False)
    path = course.root / "submitted" / "solved" / "hw5" / "network.pt"
    torch.save(network.cpu().state_dict(), path)
    for name in ASSIGNMENTS[1:]:
        boxed = box.problem() is None and name != "hw3"  # one without the box, by its setting
        course.nbgrader("autograde", name, f"--Run.box={boxed}")
    return course


@pytest.mark.slow
@pytest.mark.parametrize("assignment", ASSIGNMENTS[1:])
def test_blank_earns_nothing_and_solved_everything(graded, assignment):
    marks = graded.marks(assignment)
    assert marks["blank"] == (0, False)
    assert marks["solved"] == (20 - BY_HAND[assignment], True)


@pytest.mark.slow
def test_marks_by_hand_feedback_and_table(graded):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{graded.root}/gradebook.db") as gradebook:
        grade = gradebook.find_grade("written-counting", "hw2", "hw2", "solved")
        grade.manual_score, grade.needs_manual_grade = 3, False
        gradebook.db.commit()
    graded.nbgrader("generate_feedback", "hw2", "--student=solved")
    page = (graded.root / "feedback" / "solved" / "hw2" / "hw2.html").read_text()
    assert "(Score: 19.0 / 20.0)" in page
    graded.nbgrader("export")
    with (graded.root / "grades.csv").open() as file:
        rows = {(row["student_id"], row["assignment"]): row for row in csv.DictReader(file)}
    assert float(rows["solved", "hw2"]["score"]) == 19
    assert float(rows["blank", "hw2"]["max_score"]) == 20


@pytest.mark.slow
def test_grading_again_after_a_changed_check_keeps_marks_by_hand(graded, capsys):
    """A check that gives 2 points in place of 4; the mark by hand is that of the test before."""
    path = graded.root / "source" / "hw2" / "hw2.ipynb"
    source = nbformat.read(path, 4)
    check = next(cell for cell in source.cells if cell.id == "check-count-lenet5")
    check.source = check.source.replace("points(4)", "points(2)")
    check.metadata.nbgrader.points = 2
    nbformat.write(source, path)
    graded.nbgrader("generate_assignment", "hw2", "--force")
    words = ["--folder", str(graded.root), "--force"]
    assert main(["homework", "grade", "hw2", *words]) == 0
    *_, change = capsys.readouterr().out.splitlines()
    assert change.split() == ["solved", "19", "->", "17", "points"]
    assert graded.marks("hw2") == {"blank": (0, False), "solved": (17, True)}


def test_a_checkpoint_is_marked_by_its_accuracy(tmp_path, monkeypatch):
    monkeypatch.setattr(trained_network, "IMAGES", 100)
    path = tmp_path / "network.pt"
    assert "there is no" in check.trained_network(models.SmallCNN, path).headline
    network = own_network()
    torch.save(network.state_dict(), path)
    untrained = check.trained_network(own_network, path)
    assert "of 100 new images are right, with 40,744 parameters" in untrained.headline
    assert untrained.points(8) == 0
    monkeypatch.setattr(trained_network, "LEVELS", ((0.99, 1.0), (0.0, 0.5)))
    assert check.trained_network(own_network, path).points(8) == 4
    assert check.trained_network(models.SimpleCNN, path).points(8) == 0
    torch.save(models.MLP().state_dict(), path)
    assert "197,322 parameters" in check.trained_network(models.MLP, path).headline
    torch.save(network, path)  # the whole object: code, which weights_only does not run
    assert "cannot be used: UnpicklingError" in check.trained_network(own_network, path).headline


@pytest.mark.parametrize("network", [models.SmallCNN, Copied])
def test_a_network_of_the_package_is_not_a_design(tmp_path, monkeypatch, network):
    """Not even a copy of it, layer by layer; and training it earns nothing."""
    assert check.build_network(lambda: network()).misconceptions == ("a network of the package",)
    monkeypatch.setattr(trained_network, "IMAGES", 100)
    monkeypatch.setattr(trained_network, "LEVELS", ((0.0, 1.0),))
    torch.save(network().state_dict(), tmp_path / "network.pt")
    verdict = check.trained_network(network, tmp_path / "network.pt")
    assert "a network of the package" in verdict.headline
    assert verdict.points(8) == 0


def test_an_exercise_earns_the_points_that_it_says():
    """The sheets show them, nbgrader adds them up, and the exercise declares them."""
    graded = {}
    for path in sorted(HOMEWORK.glob("source/*/*.ipynb")):
        for cell in nbformat.read(path, 4).cells:
            found = re.search(r"verdict := check\.(\w+)\(.*\nverdict\.points\((.+)\)", cell.source)
            if found:
                graded[found[1]] = float(found[2])
                assert cell.metadata.nbgrader.points == float(found[2])
    assert graded == {name: each.points for name, each in exercises.asked().items() if each.points}


def test_notebooks_need_no_grader(tmp_path):
    """A learner alone has no nbgrader: nothing that a release imports may need it."""
    code = "import sys; sys.modules['nbgrader'] = None; from cnnlab import check; check.exercises()"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)
