"""Read the tables that spreadsheets and an LMS write; write such in which no cell is a formula."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from cnnlab.errors import DataError
from cnnlab.files import atomic_write

BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
NUMBER = re.compile(r"-|[+-]?[0-9.,]+(e[+-]?[0-9]+)?", re.IGNORECASE)
SIGN = "[-=+@\uff0d\uff1d\uff0b\uff20\ufe63\ufe66\ufe62\ufe6b\u2212]"  # also in other widths
# Where a spreadsheet may begin a cell that it runs: it may split a cell at another delimiter than
# ours, and skip what is not a letter.
FORMULA = re.compile(rf"^(?=[\t\r\n]|\W*{SIGN})|(?<=[,;\t\r\n])(?=[^\w,;\t\r\n]*{SIGN})")


class Table(NamedTuple):
    """A table whose rows have a cell, perhaps an empty one, for each column of the header."""

    header: list[str]
    rows: list[dict[str, str]]
    delimiter: str
    bom: bool


def read(path: Path) -> Table:
    """Read a table in UTF-8, UTF-16 or cp1252, with commas, semicolons or tabs.

    Raises:
        DataError: if the file is not such a table, or a row has more cells than the header.
    """
    try:
        return _parse(*_decode(path.read_bytes()))
    except (ValueError, csv.Error) as error:
        raise DataError(
            f"{path} is not a table that can be read: {error}. Save it as “CSV UTF-8”, or export "
            "it again."
        ) from None


def _parse(text: str, bom: bool) -> Table:
    if "\0" in text:
        raise ValueError("it holds NUL characters")
    text = re.sub(r"\A(sep=.)?[\r\n]+", "", text)  # Excel may begin with such a line
    delimiter = max(",;\t", key=lambda each: len(next(_lines(text, each), ())))
    lines = _lines(text, delimiter, strict=True)
    header = [name.strip() for name in next(lines, ())]
    if twice := [name for name, count in Counter(filter(None, header)).items() if count > 1]:
        raise ValueError(f"it has more than one column {twice[0]!r}")
    rows = []
    for cells in filter(any, lines):
        if any(cells[len(header) :]):
            more = f"line {lines.line_num} has {len(cells)} cells, the header {len(header)}"
            raise ValueError(more)
        rows.append(dict(zip_longest(header, cells[: len(header)], fillvalue="")))
    return Table(header, rows, delimiter, bom)


def _lines(text: str, delimiter: str, *, strict: bool = False) -> Any:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)


def _decode(raw: bytes) -> tuple[str, bool]:
    """Return the text, and whether a byte-order mark came before it."""
    for bom, encoding in BOMS.items():
        if raw.startswith(bom):
            return raw.removeprefix(bom).decode(encoding), True
    for high, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if raw[high::2].count(0) * 2 > len(raw[high::2]):
            return raw.decode(encoding), False
    try:
        return raw.decode(), False
    except UnicodeDecodeError:
        return raw.decode("cp1252"), False


def as_text(cell: Any) -> Any:
    """Return a cell so that no spreadsheet runs it: an apostrophe makes it text.

    Example:
        >>> as_text("=HYPERLINK(1)"), as_text("-3.5"), as_text("Ngo;+1")
        ("'=HYPERLINK(1)", '-3.5', "Ngo;'+1")
    """
    if not isinstance(cell, str) or NUMBER.fullmatch(cell):
        return cell
    return FORMULA.sub("'", cell)


def write(
    path: Path, rows: Iterable[Iterable[Any]], *, delimiter: str = ",", bom: bool = False
) -> None:
    """Write a table in UTF-8, its header first, completely or not at all."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(map(as_text, row) for row in rows)
    encoded = text.getvalue().encode("utf-8-sig" if bom else "utf-8", "replace")
    atomic_write(path, lambda file: file.write(encoded))
