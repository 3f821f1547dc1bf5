"""The base of the course's widgets: their page code, their twin without a kernel, their traits."""

import base64
import json
import math
import re
import sys
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import traitlets

from cnnlab.errors import ShapeError, as_int

FOLDER = Path(__file__).parent
IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z_]+)\.mjs";\n', re.MULTILINE)
# A library as it was published, which sees the names of a module and sets no global.
LIBRARY = re.compile(r'^import (\{[^}]*\}) from "\./([a-z]+/[\w.]+\.js)";\n', re.MULTILINE)
COMMENT = re.compile(r"^ *(/\*\*.*?\*/|//[^\n]*)\n", re.MULTILINE | re.DOTALL)
WRAPPED = """const {} = (() => {{
const exports = {{}}, module = {{ exports }};
{}return exports;
}})();
"""

TWIN = """<div class="cnnlab-twin"></div>
<script>
(() => {{
"use strict";
const host = document.currentScript.previousElementSibling;
{script}
host.append(element("style", {{}}, {css}));
const el = element("div");
host.append(el);
render({{ model: twinModel({state}), el }});
}})();
</script>"""


class CourseWidget(anywidget.AnyWidget):
    """A widget whose arithmetic lives in the page, so that it works with no kernel.

    A subclass names its file: `page = "quiz"` stands for `quiz.mjs` and, if there is one,
    `quiz.css`. Its traits tagged `sync=True` are the whole state of the page.
    """

    page: str
    _ipython_display_ = None  # ipywidgets 7's would come before `_repr_mimebundle_`, without a twin

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "page" in vars(cls):  # traitlets makes further subclasses as it adds traits
            cls._esm = page_script(cls.page)
            cls._css = page_css(cls.page)
        super().__init_subclass__(**kwargs)

    @property
    def problem(self) -> str:
        """The sentence that the page shows instead of the widget; empty if all is well."""
        try:
            self._check()
        except ShapeError as error:
            return str(error)
        return ""

    def _check(self) -> None:
        """Raise the ShapeError that the present traits deserve, if any."""

    def _page_state(self) -> dict[str, Any]:
        names = self.trait_names(sync=True)
        common = ipywidgets.DOMWidget.class_trait_names()
        return self.get_state(sorted(n for n in names if n not in common and not n.startswith("_")))

    def _twin(self) -> str:
        """Return the widget as HTML that needs neither a kernel nor the network."""
        script = re.sub(r"^export (default .*$)?", "", self._esm, flags=re.MULTILINE)
        return TWIN.format(
            script=script, css=script_json(self._css), state=script_json(self._page_state())
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict, dict]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return {**data, "text/plain": repr(self), "text/html": self._twin()}, metadata


def page_files(page: str) -> dict[str, str]:
    """Return the text of each file that `page` imports, then its own, without the imports."""
    texts: dict[str, str] = {}

    def read(name: str) -> None:
        text = (FOLDER / f"{name}.mjs").read_text("utf-8")
        for imported in IMPORT.findall(text):
            if imported not in texts:
                read(imported)
        texts[name] = LIBRARY.sub(library, IMPORT.sub("", text))

    def library(found: re.Match[str]) -> str:
        text = (FOLDER / found[2]).read_text("utf-8")
        return WRAPPED.format(found[1], COMMENT.sub("", text))

    read(page)
    return texts


def page_script(page: str) -> str:
    """Return one self-contained ES module: the files that `page` imports, then its own text."""
    return "\n".join((*page_files(page).values(), "export default { initialize, render };"))


def page_css(page: str) -> str:
    """Return the shared style sheet, then those of the page's files that have one."""
    paths = [FOLDER / f"{name}.css" for name in dict.fromkeys(["base", *page_files(page)])]
    return "\n".join(path.read_text("utf-8") for path in paths if path.exists())


def script_json(value: Any) -> str:
    """Return JSON that may stand inside a script element, whatever the strings hold."""
    text = json.dumps(value, sort_keys=True, allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def encoded(value: Any, _: Any = None) -> str:
    """Return `value` so that no answer can be read, or found, in the page's source."""
    return base64.b64encode(json.dumps(value).encode()).decode()


class Whole(traitlets.TraitType):
    """A whole number of any sign. A number out of range is for the page to explain."""

    default_value = 0

    def validate(self, obj: Any, value: Any) -> int:
        """Return `value` as an int.

        Raises:
            ShapeError: if it is not one, with its type.
        """
        return as_int(str(self.name), value, minimum=-sys.maxsize)


class Numbers(traitlets.TraitType):
    """Nested lists of numbers, from lists, numpy arrays or torch tensors."""

    default_value = ()

    def __init__(self, axes: tuple[int, ...] = (2, 3), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axes = axes
        self.tag(sync=True, to_json=lambda value, _: for_page(value))

    def validate(self, obj: Any, value: Any) -> list:
        """Return `value` as nested lists.

        Raises:
            ShapeError: as `nested_numbers` does.
        """
        return nested_numbers(str(self.name), value, self.axes)


def nested_numbers(name: str, value: Any, axes: tuple[int, ...]) -> list:
    """Return an array of any library as nested lists of Python numbers.

    Raises:
        ShapeError: for rows of unequal lengths, an axis of size 0, anything that is not a number,
            or a number of axes that is not in `axes`.
    """
    numbers = _plain(name, value)
    shape = shape_of(numbers)
    if len(shape) not in axes:
        wanted = "(channels, height, width)" if max(axes) == 3 else "(height, width)"
        wanted = f"(height, width) or {wanted}" if len(axes) > 1 else wanted
        raise ShapeError(f"{name} has {len(shape)} axes, shape {shape}. Use {wanted}.")
    return numbers


def _plain(name: str, value: Any) -> Any:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        rows = [_plain(f"{name}[{index}]", row) for index, row in enumerate(value)]
        shapes = {shape_of(row) for row in rows}
        if len(shapes) != 1:
            found = f"rows of different shapes {sorted(shapes)}" if shapes else "no numbers"
            raise ShapeError(f"{name} has {found}. Use rows of one length, at least 1.")
        return rows
    if isinstance(value, bool | int):
        return int(value)
    if isinstance(value, float):
        return value
    if isinstance(value, str) and value in ("nan", "inf", "-inf"):  # as the page writes them
        return float(value)
    raise ShapeError(f"{name}={value!r} is {type(value).__name__}, not a number.")


def shape_of(numbers: Any) -> tuple[int, ...]:
    """Return the shape of nested lists."""
    return (len(numbers), *shape_of(numbers[0])) if isinstance(numbers, list) else ()


def size_text(numbers: Any) -> str:
    """Return the shape of nested lists as text, such as "3x3"."""
    return "x".join(map(str, shape_of(numbers)))


def for_page(value: Any) -> Any:
    """Return nested numbers as JSON can hold them: nan and inf as words."""
    if isinstance(value, list | tuple):
        return [for_page(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def check_finite(name: str, value: Any) -> None:
    """Refuse numbers that are nan or infinite.

    Raises:
        ShapeError: that names the first of them.
    """
    if isinstance(value, list):
        for index, item in enumerate(value):
            check_finite(f"{name}[{index}]", item)
    elif not math.isfinite(value):
        raise ShapeError(f"{name}={value} is not a finite number. Use an ordinary number.")
