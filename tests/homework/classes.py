"""A generated class: graded notebooks and progress files, as grading and learners leave them."""

import json
import random
from copy import deepcopy
from pathlib import Path

from cnnlab import exercises
from cnnlab.check.verdict import MIMETYPE, MISCONCEPTION, PASSED, Verdict

from .conftest import HOMEWORK

UNKNOWN = ("Not yet. The answers differ on every input.", "Not yet. 3 of 8 answers differ.")
OTHER = ("crash", "not written", "wrong shape", "unknown", "unknown")
HABITS = ("kernel flipped", "dilation ignored", "bias forgotten", "stride ignored")


def shown(verdict: Verdict) -> dict:
    """Return the output that a graded cell keeps of a verdict."""
    data = {MIMETYPE: verdict.record, "text/plain": verdict.message, "text/html": "<div></div>"}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def error(name: str) -> dict:
    return {"output_type": "error", "ename": name, "evalue": "", "traceback": []}


def graded(assignment: str, outputs: dict[str, list]) -> dict:
    """Return a graded notebook with these outputs of its checks, by exercise."""
    path = HOMEWORK / "source" / assignment / f"{assignment}.ipynb"
    notebook = deepcopy(json.loads(path.read_text("utf-8")))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("grade"):
            name = "".join(cell["source"]).split("(")[0].removeprefix("check.")
            cell["outputs"] = outputs.get(name, [shown(Verdict("Passed.", (), name, PASSED))])
    return notebook


def write_graded(root: Path, student: str, assignment: str, outputs: dict[str, list]) -> None:
    folder = root / "autograded" / student / assignment
    folder.mkdir(parents=True)
    text = json.dumps(graded(assignment, outputs))
    (folder / f"{assignment}.ipynb").write_text(text, "utf-8")


def named(exercise: str, *misconceptions: str) -> Verdict:
    return Verdict("Not yet.", ("Why?",), exercise, MISCONCEPTION, misconceptions)


def checks_of(assignment: str) -> list[str]:
    return [
        name
        for name in exercises.names()
        if f"check.{name}("
        in (HOMEWORK / "source" / assignment / f"{assignment}.ipynb").read_text()
    ]


def draw_verdict(exercise: str, habits: set[str], chance: random.Random) -> Verdict:
    """Draw an answer: habits show wherever an exercise can show them."""
    known = [each.name for each in exercises.load(exercise).misconceptions]
    mine = sorted(habits.intersection(known))
    if mine and chance.random() < 0.8:
        return named(exercise, *mine[:2])
    if chance.random() < 0.5:
        return Verdict("Passed.", (), exercise, PASSED)
    if known and chance.random() < 0.6:
        return named(exercise, chance.choice(known))
    return Verdict(chance.choice(UNKNOWN), ("filler " * 30,), exercise, chance.choice(OTHER))


def write_class(root: Path, assignments: list[str], students: int, seed: int = 0) -> None:
    """Write the graded notebooks of a class."""
    chance = random.Random(seed)
    checks = {assignment: checks_of(assignment) for assignment in assignments}
    for number in range(students):
        habits = {habit for habit in HABITS if chance.random() < 0.25}
        for assignment in assignments:
            verdicts = [draw_verdict(name, habits, chance) for name in checks[assignment]]
            outputs = {each.exercise: [shown(each)] for each in verdicts}
            write_graded(root, f"student{number:03}", assignment, outputs)
