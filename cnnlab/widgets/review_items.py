"""What can be asked again: the course's quiz questions and predictions, as its lessons ask them."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from cnnlab import course

Item = dict[str, Any]
WORDS_OF_ID = 7  # of a question: enough to tell any two apart


def items() -> list[Item]:
    """Return all that the course can ask again, lesson by lesson.

    Each item is a dict: `id`, the same in the next release; `lesson`, such as "03_counting";
    `section`, the heading to read again, or ""; `enters`, which entry of the progress file lets it
    in; and `variants`, questions of one kind of which a review asks one at a time.

    Example:
        >>> items()[0]["lesson"], len(items()[0]["variants"])
        ('00_start_here', 1)
    """
    return deepcopy(_items())


def entered(progress: Mapping[str, Mapping[str, Any]]) -> list[Item]:
    """Return the items of what a learner has done.

    Args:
        progress: as `course.read_progress` returns it.

    Example:
        >>> entered({"quizzes": {}, "predictions": {}, "exercises": {}})
        []
    """
    return deepcopy([item for item in _items() if _has_entered(item["enters"], progress)])


def _has_entered(enters: Mapping[str, str], progress: Mapping[str, Mapping[str, Any]]) -> bool:
    ((kind, name),) = enters.items()
    return name in progress.get(kind, {})


@cache
def _items() -> list[Item]:
    lessons = sorted(course.LESSONS.glob("[0-9][0-9]_*.ipynb"))
    return [item for path in lessons for item in _quizzes(path)]


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
    section = ""
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and not course.is_left_out(cell):
            headings = re.findall(r"^## (.+)$", source, re.MULTILINE)
            section = headings[-1] if headings else section
        elif cell["cell_type"] == "code" and "widgets." in source:
            yield section, ast.parse(source)


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
