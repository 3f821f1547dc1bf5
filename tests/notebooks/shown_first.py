"""What a reader sees of a lesson before each prediction is made, and whether it tells the result.

Between the heading above a prediction and its result nothing may tell it, and below the result
nothing up to the next heading, prediction or exercise, for that waits too. What is folded up waits;
JupyterLab shows all other text, and code.
"""

import ast
import builtins
import io
import math
import re
import tokenize
from dataclasses import dataclass

from cnnlab.course import is_claim, is_lecture
from tests.lessons import tagged

FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)
PROMPT = re.compile(r"^\*\*Predict\.\*\*", re.MULTILINE)  # a paragraph, not an item of a list
NUMBER = re.compile(r"(?<![\w.^])(\d{1,3}(?:,\d{3})+(?!\d)|\d+)(\.\d+)?(?![\d])")
NO_RESULT = {"torch", *dir(builtins)}  # names that no claim is about


@dataclass(frozen=True)
class Asked:
    """A prediction: where it is asked and compared, what is known before, what the result is."""

    name: str
    cell: int
    result: int
    words: str  # of the question and its options
    choices: tuple
    unit: str
    about: frozenset  # the names in what is compared
    measured: object


def calls(cell, method):
    """Yield (variable, call): `variable = widgets.Prediction(...)` or `variable.compare(...)`."""
    if cell["cell_type"] != "code":
        return
    for node in ast.parse(cell["source"]).body:
        call = node.value if isinstance(node, ast.Assign | ast.Expr) else None
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == method:
            owner = node.targets[0] if isinstance(node, ast.Assign) else call.func.value
            if isinstance(owner, ast.Name):
                yield owner.id, call


def measured_in(cell):
    """Return what each `Comparison` among the cell's outputs compares, by name."""
    texts = [output.get("data", {}).get("text/plain", "") for output in cell.get("outputs", ())]
    return dict(ast.literal_eval(text[10:]) for text in texts if text.startswith("Comparison("))


def strings(node):
    return [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]


def predictions(cells):
    """Return the predictions of an executed lesson whose results are there."""
    compared = {variable: (place, call) for place, cell in enumerate(cells)
                for variable, call in calls(cell, "compare")}  # fmt: skip
    found = []
    for place, cell in enumerate(cells):
        for variable, call in calls(cell, "Prediction"):
            options = {each.arg: each.value for each in call.keywords}
            result, comparison = compared[variable]
            name = call.args[0].value
            found.append(
                Asked(
                    name=name,
                    cell=place,
                    result=result,
                    words=" ".join(map(str, strings(call))),
                    choices=tuple(strings(options["choices"])) if "choices" in options else (),
                    unit=options["unit"].value if "unit" in options else "",
                    about=frozenset(names_in(comparison.args[0])) - NO_RESULT,
                    measured=measured_in(cells[result])[name],
                )
            )
    return found


def names_in(node):
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def is_heading(cell):
    return cell["cell_type"] == "markdown" and cell["source"].startswith("#")


def part_of(cells, asked):
    """Return where the part of a prediction begins, where it ends, and where its section does."""
    begins = max((n for n in range(asked.cell + 1) if is_heading(cells[n])), default=0)
    after = range(asked.result + 1, len(cells))
    section = next((n for n in after if is_heading(cells[n])), len(cells))
    asks = (n for n in after if tagged(cells[n], "exercise") or [*calls(cells[n], "Prediction")])
    return begins, min(next(asks, section), section), section


def pieces(cells, asked):
    """Yield (cell, text) for all that is shown before the result, but the question itself."""
    begins, ends, _ = part_of(cells, asked)
    for place in range(begins, ends):
        cell = cells[place]
        if is_claim(cell) or tagged(cell, "solution") or place == asked.cell:
            continue
        if cell["cell_type"] == "markdown":
            if not is_lecture(cell):
                yield cell["id"], FOLDED.sub("", cell["source"])
            continue
        outputs = cell.get("outputs", ()) if place < asked.result else ()
        drawn = any("image/png" in output.get("data", {}) for output in outputs)
        if drawn or not tagged(cell, "hide-input"):
            yield cell["id"], words_of(cell["source"])
        yield from ((cell["id"], text) for text in map(text_of, outputs) if text)


def words_of(code):
    """Return what code says: its strings, its comments, its claims."""
    tree = ast.parse(code)
    said = [each for each in strings(tree) if isinstance(each, str)]
    said += [ast.unparse(each) for each in ast.walk(tree) if isinstance(each, ast.Assert)]
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    return "\n".join(said + [each.string for each in tokens if each.type == tokenize.COMMENT])


def text_of(output):
    """Return the text that an output shows: a figure's is its words, and a widget's none."""
    data = output.get("data", {})
    if "image/png" in data:
        return output.get("metadata", {}).get("image/png", {}).get("alt", "")
    shown = "" if "text/html" in data else data.get("text/plain", "")
    return shown if data else output.get("text", "")


def inputs(cells, asked):
    """Return the numbers that the reader has to know: those in the question and in the code."""
    begins, _, _ = part_of(cells, asked)
    known = {number for number, _, _ in numbers_in(asked.words)}
    for cell in cells[begins : asked.result + 1]:
        if cell["cell_type"] == "code" and not is_claim(cell):
            body = [each for each in ast.parse(cell["source"]).body if is_input(each)]
            known |= {each for node in body for each in strings(node) if is_number(each)}
    return known


def is_input(statement):
    return not any(isinstance(each, ast.Assert) for each in ast.walk(statement))


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def numbers_in(text):
    """Yield each number of a text, how many of its digits count, and what follows it."""
    for found in NUMBER.finditer(text.replace("_", "")):
        whole, part = found[1].replace(",", ""), found[2] or ""
        digits = (whole + part[1:]).lstrip("0") if part else whole.strip("0")
        yield float(whole + part), len(digits), text[found.end() :][:12].strip(" ~*`\\")


def bounds(cells, asked):
    """Return (low, high) for each claim about what is compared, in its section."""
    begins, _, section = part_of(cells, asked)
    found = []
    for cell in cells[begins:section]:
        tree = ast.parse(cell["source"] if cell["cell_type"] == "code" else "")
        for claim in (each for each in ast.walk(tree) if isinstance(each, ast.Assert)):
            compares = [each for each in ast.walk(claim) if isinstance(each, ast.Compare)]
            found += [each for one in compares for each in bounds_in(one, asked.about)]
    return found


def bounds_in(compare, about):
    """Return (low, high) of the numbers between which a claim says that a name is."""
    sides = [compare.left, *compare.comparators]
    if all(isinstance(side, ast.Tuple | ast.List) for side in sides):
        rows = zip(*(side.elts for side in sides), strict=False)
        each = [ast.Compare(first, compare.ops, list(rest)) for first, *rest in rows]
        return [found for one in each for found in bounds_in(one, about)]
    values = [constant(side) for side in sides if not names_in(side)]
    values = [abs(value) for value in values if value is not None]
    if not about & names_in(compare) or not values:
        return []
    if all(isinstance(op, ast.Eq) for op in compare.ops):
        return [(value, value) for value in values]
    return [(min(values), max(values))] if len(values) > 1 else []


def constant(node):
    """Return the value of an expression without names, if it is a number."""
    try:
        value = eval(compile(ast.Expression(node), "claim", "eval"), {"__builtins__": {}})
    except Exception:
        return None
    return value if is_number(value) else None


def leaks(cells):
    """Return (cell, what stands there, prediction) for all that tells a result too early."""
    return [
        (cell, said, asked.name)
        for asked in predictions(cells)
        for cell, text in pieces(cells, asked)
        for said in told(text, asked, inputs(cells, asked), bounds(cells, asked))
    ]


def told(text, asked, known, claimed):
    """Return what in a text tells the result of a prediction."""
    result = asked.measured
    if isinstance(result, str):
        return told_words(text, asked)
    if isinstance(result, list):
        shape = r"[\s,x\u00d7*]+".join(map(str, result))
        sizes = re.findall(rf"(?<![\d.,])\b{shape}\b", text) if len(result) > 1 else []
        return [each for each in sizes if not re.search(rf"\b{shape}\b", asked.words)]
    found = []
    for number, digits, unit in numbers_in(text):
        has_unit = bool(asked.unit) and unit.startswith(asked.unit)
        if number in known or (digits < 2 and not has_unit):
            continue
        values = (number, number / 100) if unit.startswith("%") else (number,)
        bounded = any(low <= value <= high for value in values for low, high in claimed)
        if bounded or any(agrees(number, digits, abs(each)) for each in same_as(asked)):
            found.append(f"{number:,.10g}")
    return found


def same_as(asked):
    """Return the result, for a percentage also as a fraction."""
    return (asked.measured, asked.measured / 100) if asked.unit == "%" else (asked.measured,)


def agrees(number, digits, result):
    """Return whether a number is the result, rounded to as many digits."""
    if not result or not number:
        return number == result
    places = max(digits, 1) - 1 - math.floor(math.log10(result))
    return math.isclose(round(result, places), number)


def told_words(text, asked):
    """Return the right option if it stands in a text without the others.

    A short word such as "No" stands in many a text.
    """

    if asked.choices and asked.measured not in asked.choices:
        return []  # the choices are computed: whether a text names the others is not known

    def stands(option):
        return re.search(rf"(?<!\w){re.escape(option.lower())}(?!\w)", text.lower())

    others = [each for each in asked.choices if each != asked.measured]
    tells = len(asked.measured) > 4 and stands(asked.measured)
    return [asked.measured] if tells and not any(map(stands, others)) else []


def prompts_without_field(cells):
    """Return the text cells that prompt for a prediction with no field before the next output."""
    found = []
    for place, cell in enumerate(cells):
        if cell["cell_type"] != "markdown" or is_lecture(cell):
            continue
        code = [each for each in cells[place:] if each["cell_type"] == "code"]
        shown = next((each for each in code if each.get("outputs") or is_claim(each)), None)
        asks = shown is not None and any(calls(shown, "Prediction"))
        if PROMPT.search(FOLDED.sub("", cell["source"])) and not asks:
            found.append(cell["id"])
    return found
