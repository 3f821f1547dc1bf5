"""What can be asked again: quiz questions, predictions, exercises with fresh numbers, beliefs.

The first two are read from the lessons, without torch. What is made from the exercises imports it,
when one of them was passed.
"""

import ast
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from cnnlab import course, exercises

Item = dict[str, Any]
MEASURED = Path(__file__).with_name(
    "review_predictions.toml"
)  # what each prediction's lesson found
WORDS_OF_ID = 7  # of a question: enough to tell any two apart


def items() -> list[Item]:
    """Return all that the course can ask again, lesson by lesson.

    Each item is a dict: `id`, the same in the next release; `lesson`, such as "03_counting";
    `section`, the heading to read again, or ""; `enters`, which entry of the progress file lets it
    in; and `variants`, questions of one kind of which a review asks one at a time. What asks about
    a misconception, for those who showed it, has its name as `mixed_up`.

    Example:
        >>> items()[0]["lesson"], len(items()[0]["variants"])
        ('00_start_here', 1)
    """
    made = (item for name in exercises.names() for item in _made(name))
    return deepcopy(sorted((*_read(), *made), key=lambda item: item["lesson"]))


def for_pages() -> list[Item]:
    """Return the items for somebody whose exercises are not known, as on a page without a kernel.

    An exercise with fresh numbers enters with the quiz of its lesson, and beliefs are left out.

    Example:
        >>> {key for item in for_pages() for key in item["enters"]} == {"quizzes", "predictions"}
        True
    """
    quizzes = {item["lesson"]: item["enters"] for item in _read() if "quizzes" in item["enters"]}
    found = [item for item in items() if "mixed_up" not in item]
    return [
        item | {"enters": quizzes[item["lesson"]]} if "exercises" in item["enters"] else item
        for item in found
    ]


def entered(progress: Mapping[str, Mapping[str, Any]]) -> list[Item]:
    """Return the items of what a learner has done: answered, predicted, or passed.

    Args:
        progress: as `course.read_progress` returns it.

    Example:
        >>> entered({"quizzes": {}, "predictions": {}, "exercises": {}})
        []
    """
    passed = {
        name: entry
        for name, entry in progress.get("exercises", {}).items()
        if name in exercises.asked() and entry.get("outcome", "passed") == "passed"
    }
    known = [item for item in _read() if _has_entered(item["enters"], progress)]
    for name, entry in passed.items():
        mixed_up = entry.get("mixed_up")
        shown = ["", *(mixed_up if isinstance(mixed_up, list) else ())]
        known += [item for item in _made(name) if item.get("mixed_up", "") in shown]
    return deepcopy(sorted(known, key=lambda item: item["lesson"]))


def _has_entered(enters: Mapping[str, str], progress: Mapping[str, Mapping[str, Any]]) -> bool:
    ((kind, name),) = enters.items()
    return name in progress.get(kind, {})


@cache
def _read() -> list[Item]:
    """Return the items that stand in the lessons."""
    known = tomllib.loads(MEASURED.read_text("utf-8"))
    return [item for path in _lessons() for item in (*_quizzes(path), *_predictions(path, known))]


@cache
def _made(name: str) -> list[Item]:
    """Return the items that are made from an exercise."""
    from cnnlab.widgets.review_computed import computed  # and with it torch

    number, cell = exercises.asked()[name].section.split()
    (path,) = (each for each in _lessons() if each.name.startswith(number))
    found = []
    for identity, variants, misconception in computed(name):
        item = {"id": identity, "lesson": path.stem, "section": _headings(path).get(cell, "")}
        more = {"mixed_up": misconception} if misconception else {}
        found.append(item | {"enters": {"exercises": name}, "variants": variants} | more)
    return found


def _lessons() -> list[Path]:
    return sorted(course.LESSONS.glob("[0-9][0-9]_*.ipynb"))


def _quizzes(path: Path) -> Iterator[Item]:
    """Return the quiz questions of a lesson."""
    for _, body in _code(path):
        names = _assigned(body)
        for call in _calls(body, "Quiz"):
            quiz = _value(call.args[0], names)
            for asked in quiz:
                yield {
                    "id": f"quiz/{path.stem[:2]}/{_slug(asked['question'])}",
                    "lesson": path.stem,
                    "section": "",  # what stands above a quiz is the whole lesson
                    "enters": {"quizzes": quiz[0]["question"]},
                    "variants": [_choice(asked)],
                }


def _predictions(path: Path, known: Mapping[str, Mapping[str, Any]]) -> Iterator[Item]:
    """Return the predictions of a lesson that can be asked again without its experiment."""
    for section, body in _code(path):
        for call in _calls(body, "Prediction"):
            name, question = (_value(each, {}) for each in call.args)
            found = known[name]
            if "left_out" in found:
                continue
            written = {str(each.arg): _value(each.value, {}) for each in call.keywords}
            yield {
                "id": f"prediction/{_slug(name)}",
                "lesson": path.stem,
                "section": section,
                "enters": {"predictions": name},
                "variants": [_predicted({"question": question} | written, found)],
            }


def _predicted(written: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the question of a prediction with what its lesson found for an answer."""
    question, reason = found.get("question", written["question"]), found["reason"]
    common = written.get("common", {})
    if "choices" in written:
        options = {text: common.get(text, reason) for text in written["choices"]}
        options[found["measured"]] = f"Yes. {reason}"
        return _choice({"question": question, "options": options, "answer": found["measured"]})
    return {
        "kind": written.get("kind", "number"),
        "question": question,
        "answer": found["measured"],
        "unit": written.get("unit", ""),
        "within": written.get("within", 0.1),
        "common": [
            [list(key) if isinstance(key, tuple) else key, text] for key, text in common.items()
        ],
        "reason": reason,
    }


def _choice(asked: Mapping[str, Any]) -> dict[str, Any]:
    options = [[text, feedback] for text, feedback in asked["options"].items()]
    answer = list(asked["options"]).index(asked["answer"])
    return {
        "kind": "choice",
        "question": asked["question"],
        "options": options,
        "answer": answer,
    }


def _code(path: Path) -> Iterator[tuple[str, ast.Module]]:
    """Return the cells of a lesson that make a widget, each with the heading above it."""
    for section, cell in _cells(path):
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and "widgets." in source:
            yield section, ast.parse(source)


@cache
def _headings(path: Path) -> dict[str, str]:
    """Return the heading that each cell of a lesson stands under, by the cell's id."""
    return {cell["id"]: section for section, cell in _cells(path)}


def _cells(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    section = ""
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "markdown" and not course.is_left_out(cell):
            headings = re.findall(r"^## (.+)$", "".join(cell["source"]), re.MULTILINE)
            section = headings[-1] if headings else section
        yield section, cell


def _calls(body: ast.Module, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(body):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"widgets.{name}":
            yield node


def _assigned(body: ast.Module) -> dict[str, ast.expr]:
    """Return what a cell gives a name to."""
    return {
        ast.unparse(node.targets[0]): node.value
        for node in body.body
        if isinstance(node, ast.Assign)
    }


def _value(node: ast.expr, names: Mapping[str, ast.expr]) -> Any:
    """Return what literals come to, with names for parts of them, and sums."""
    if isinstance(node, ast.Name):
        return _value(names[node.id], names)
    if isinstance(node, ast.List):
        return [_value(each, names) for each in node.elts]
    if isinstance(node, ast.BinOp):
        return _value(node.left, names) + _value(node.right, names)
    return ast.literal_eval(node)


def _slug(text: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", text.lower())[:WORDS_OF_ID])
