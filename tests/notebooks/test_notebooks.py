"""The notebooks as files: valid, without outputs, readable ids; and run without any data at hand.

That every notebook runs with the data of this machine is the part of nbval.
"""

import ast
import json
import re
from pathlib import Path
from symtable import symtable

import nbformat
import pytest

from cnnlab.site.build import FONT_SIZE
from cnnlab.site.lessons import further
from tests.lessons import LESSONS, executed, tagged

FOLDER = Path(__file__).parents[2] / "notebooks"
PLACES = (".", "homework/source/*", "homework/release/*")
NOTEBOOKS = sorted(path for place in PLACES for path in FOLDER.glob(f"{place}/*.ipynb"))
TAGS = {
    "exercise",
    "solution",
    "check",
    "claim",
    "raises-exception",
    "slow",
    "hide-input",
    "install",
    "lecture",
    "minutes-5",
    "minutes-15",
    "minutes-30",
}
HOMEWORK = [path for path in NOTEBOOKS if "homework" in path.parts]


def name_of(path):
    return path.relative_to(FOLDER).with_suffix("").as_posix()


@pytest.fixture(params=NOTEBOOKS, ids=name_of)
def notebook(request):
    return json.loads(request.param.read_text())


def test_there_are_notebooks():
    assert NOTEBOOKS


def test_valid_and_version_4_5(notebook):
    nbformat.validate(nbformat.from_dict(notebook))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"


def test_ids_are_unique_and_readable(notebook):
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]{2,40}", ident) for ident in ids)


def test_no_outputs_are_kept(notebook):
    for cell in notebook["cells"]:
        assert not cell.get("outputs"), cell["id"]
        assert cell.get("execution_count") is None, cell["id"]


def test_tags_are_of_the_closed_list(notebook):
    for cell in notebook["cells"]:
        assert set(cell["metadata"].get("tags", [])) <= TAGS, cell["id"]
        assert "slideshow" not in cell["metadata"], cell["id"]


def test_the_first_code_cell_imports_and_offers_a_review_of_earlier_lessons(notebook, request):
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    first = next(cell for cell in code if not tagged(cell, "install"))
    *body, last = ast.parse("".join(first["source"])).body
    path = request.node.callspec.params["notebook"]
    number = path.name[:2]
    if path.parent == FOLDER and number > "00":
        assert ast.unparse(last) == f"widgets.Review.offer(before='{number}')"
    else:
        body.append(last)
    assert all(isinstance(node, ast.Import | ast.ImportFrom) for node in body)


def test_cells_are_plain_python_and_short(notebook):
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            ast.parse(source)  # no magics, no shell
            shown = not (tagged(cell, "hide-input") or tagged(cell, "claim"))
            assert source.count("\n") < 26 or not shown, cell["id"]


def test_text_in_figures_is_not_made_smaller(notebook):
    code = "\n".join("".join(each["source"]) for each in notebook["cells"])
    assert [n for n in re.findall(r"(?:font|label)size=(\d+)", code) if int(n) < FONT_SIZE] == []


def test_text_comes_before_code(notebook):
    kinds = [cell["cell_type"] for cell in notebook["cells"] if not tagged(cell, "claim")]
    assert kinds[0] == "markdown"
    assert "codecodecodecode" not in "".join(kinds)


def test_no_address_or_path_of_a_machine(notebook):
    text = json.dumps(notebook)
    assert not re.search(r"/(home|root|Users|work)/", text)


def is_homework(notebook):
    return any("nbgrader" in cell["metadata"] for cell in notebook["cells"])


def test_every_exercise_has_its_check_and_then_its_solution(notebook):
    """A solution after the check cannot answer for the learner when all cells are run.

    Homework has its solutions in its source, and one check of a file, without an exercise.
    """
    kinds = ("exercise", "check", "solution")
    found = [kind for cell in notebook["cells"] for kind in kinds if tagged(cell, kind)]
    if is_homework(notebook):
        assert set(found) == {"exercise", "check"}
        return
    assert found == list(kinds) * (len(found) // 3)


def assigned(cell):
    """Return the names that a cell gives a value: it defines, imports or assigns them."""
    symbols = symtable(cell["source"], cell["id"], "exec").get_symbols()
    return {each.get_name() for each in symbols if each.is_assigned() or each.is_imported()}


def used(cell):
    return {node.id for node in ast.walk(ast.parse(cell["source"])) if isinstance(node, ast.Name)}


@pytest.mark.parametrize("path", LESSONS)
def test_the_name_that_a_check_reads_is_the_learners(path):
    """No other cell assigns it, least of all the solution, whose own name no other cell uses."""
    code = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    checked = {name for cell in code if tagged(cell, "check") for name in used(cell) - {"check"}}
    solved = {name for cell in code if tagged(cell, "solution") for name in assigned(cell)}
    assert solved == {f"{name}_solution" for name in checked}
    taken = [c.id for c in code if not tagged(c, "exercise") and assigned(c) & checked]
    shown = [cell for cell in code if not tagged(cell, "solution") and not tagged(cell, "claim")]
    gone_on = [cell.id for cell in shown if used(cell) & solved]
    assert taken + gone_on == []


def test_predictions_are_named_by_their_lesson_compared_and_summed_up():
    names = []
    for path in FOLDER.glob("*.ipynb"):
        notebook = nbformat.read(path, 4)
        skipped = {cell.id for cells in further(notebook) for cell in cells}
        code = {cell.id: cell.source for cell in notebook.cells if cell.cell_type == "code"}
        made = {}  # the cell, by variable
        for cell, source in code.items():
            found = re.findall(r'^(\w+) = widgets\.Prediction\(\s*"([^"]+)"', source, re.MULTILINE)
            names += [name for _, name in found]
            assert all(name.startswith(path.name[:3].replace("_", " ")) for _, name in found), cell
            made |= {variable: cell for variable, _ in found}
        compared = re.findall(r"^(\w+)\.compare\(", "\n".join(code.values()), re.MULTILINE)
        assert sorted(compared) == sorted(made), path.name
        summed = re.search(r"widgets\.PredictionSummary\(([^)]*)\)", "\n".join(code.values()))
        core = sorted(variable for variable, cell in made.items() if cell not in skipped)
        assert sorted(re.findall(r"\w+", summed.group(1) if summed else "")) == core, path.name
    assert len(names) == len(set(names)) >= 20


def test_the_answers_of_a_quiz_are_folded_up(notebook):
    for cell in notebook["cells"]:
        if '"answer":' in "".join(cell["source"]) and cell["cell_type"] == "code":
            assert tagged(cell, "hide-input"), cell["id"]
            assert cell["metadata"].get("jupyter") == {"source_hidden": True}, cell["id"]


def verdict(cell):
    return next(out.data["text/plain"] for out in cell.outputs if out.output_type != "stream")


@pytest.mark.slow
@pytest.mark.parametrize("path", LESSONS)
def test_runs_offline_and_its_checks_refuse_then_pass(path, tmp_path):
    """Run the notebook as a newcomer does: no CIFAR-10 anywhere, and no network needed.

    Those of `tests.lessons.FOR_A_BROWSER` run in a kernel like one there.
    """
    notebook = executed(path, tmp_path)
    checks = [cell for cell in notebook.cells if tagged(cell, "check")]
    for shipped, solved in zip(checks[::2], checks[1::2], strict=True):
        assert not verdict(shipped).startswith("Passed"), shipped.id
        assert verdict(solved).startswith("Passed"), (shipped.id, verdict(solved))
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert [text for each in outputs if "Warning" in (text := each.get("text", ""))] == []
