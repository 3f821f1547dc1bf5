"""Build the site: execute the notebooks, and write each as a page and a deck, with an index.

What the cells of a lesson put out is kept in the site's folder. As long as neither the code of the
lesson nor the package changes, it is used again.
"""

import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from nbconvert.preprocessors import CellExecutionError, ExecutePreprocessor
from nbformat import NotebookNode

from cnnlab.course import LESSONS, for_the_learner
from cnnlab.files import temporary_folder
from cnnlab.site import pages, pdf
from cnnlab.site.lessons import describe

KEPT = ".executed"  # in the site: the notebooks with their outputs
PACKAGE = Path(__file__).resolve().parents[1]
UNUSED = {"__main__.py", "bench", "homework", "lab.py", "site"}  # they change no output of a lesson
FONT_SIZE = 12.5  # points in figures: matplotlib's own 10 is too small for a slide
ARGUMENTS = [
    "--InlineBackend.figure_formats={'retina'}",  # sharp on a projector
    f"--InlineBackend.rc={{'font.size': {FONT_SIZE}}}",
    "--IPKernelApp.log_level=ERROR",
]


class LessonError(RuntimeError):
    """A lesson that did not run to its end; the message names the cell."""


def find_lessons(names: Sequence[str] = (), *, course: Path = LESSONS) -> list[Path]:
    """Return the notebooks of the lessons in order: all, or those whose names begin so.

    Raises:
        ValueError: if no lesson has such a name, or there are none.

    Example:
        >>> [path.name for path in find_lessons(["05"])]
        ['05_first_cnn.ipynb']
    """
    every = sorted(course.glob("[0-9][0-9]_*.ipynb"))
    if not every:
        raise ValueError(f"There are no lessons in {course}. They come with the source of cnnlab.")
    for name in names:
        if not any(path.name.startswith(name) for path in every):
            have = ", ".join(path.stem for path in every)
            raise ValueError(f"There is no lesson {name!r}. There are: {have}.")
    return [path for path in every if not names or path.name.startswith(tuple(names))]


def build_site(
    out: Path, names: Sequence[str] = (), *, course: Path = LESSONS, pdfs: bool = False
) -> Iterator[tuple[str, str]]:
    """Build the lessons into the folder `out`, and yield (lesson, what happened) as it goes.

    A lesson that fails yields its error, loses its page, and does not hold up the others. With
    `pdfs` each deck is printed too, and linked: see `cnnlab.site.pdf`.

    Raises:
        LessonError: at the end, naming the lessons that failed.
        ValueError: if no lesson has a name asked for, `out` cannot be written, or `pdfs` are
            wanted where there is no Chromium.
    """
    wanted = find_lessons(names, course=course)
    failed = []
    chromium = pdf.find_chromium() if pdfs else None
    try:
        (out / KEPT).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"--out {out} cannot be written ({error.strerror}). Name another folder."
        raise ValueError(reason) from None
    for path in wanted:
        if kept(path, out) is None:
            yield path.stem, "runs ..."
            try:
                began = time.monotonic()
                keep(path, execute(path), out)
                yield path.stem, f"ran in {time.monotonic() - began:.0f} s"
            except LessonError as error:
                failed.append(path.stem)
                for old in (out / KEPT / path.name, *out.glob(f"{path.stem}.*")):
                    old.unlink(missing_ok=True)
                yield path.stem, f"FAILED {error}"
    yield from _write(wanted, out, course, chromium)
    if failed:
        raise LessonError(f"{len(failed)} of {len(wanted)} lessons failed: {', '.join(failed)}.")


def _write(
    wanted: list[Path], out: Path, course: Path, chromium: str | None
) -> Iterator[tuple[str, str]]:
    every = find_lessons(course=course)
    executed = {path: notebook for path in every if (notebook := kept(path, out)) is not None}
    described = {describe(path.stem, notebook): notebook for path, notebook in executed.items()}
    lessons = list(described)
    for here, (path, notebook) in enumerate(executed.items()):
        if path in wanted:
            files = pages.write_lesson(notebook, lessons, here, out, chromium=chromium)
            (out / path.name).write_bytes(for_the_learner(path))  # for the link "Notebook"
            sizes = (f"{file.name} {file.stat().st_size / 1e6:.2f} MB" for file in files)
            yield path.stem, ", ".join(sizes)
    pages.write_glossary(((path.stem, notebook) for path, notebook in executed.items()), out)
    pages.write_review(described, out)
    pages.write_index(described, out)  # last: its cards link to the PDFs


def execute(path: Path) -> NotebookNode:
    """Run every cell in an empty folder and return the notebook with its outputs.

    Raises:
        LessonError: if a cell raises or runs for ten minutes, or the kernel dies.
    """
    os.environ["CNNLAB_OFFLINE"] = "1"  # a kernel inherits it: nothing downloads unasked
    notebook = nbformat.read(path, 4)
    runner = ExecutePreprocessor(timeout=600, kernel_name="python3", extra_arguments=ARGUMENTS)
    with temporary_folder() as folder:
        try:
            runner.preprocess(notebook, {"metadata": {"path": str(folder)}})
        except CellExecutionError as error:
            raise LessonError(
                f"in cell {_stopped_at(notebook)}: {error.ename}: {error.evalue}"
            ) from None
        except (RuntimeError, TimeoutError) as error:  # a dead kernel; a cell without an end
            raise LessonError(f"in cell {_stopped_at(notebook)}: {error}") from None
    return notebook


def _stopped_at(notebook: NotebookNode) -> str:
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    ran = [cell for cell in code if cell.outputs or cell.execution_count]
    return (ran or code)[-1].id


def keep(path: Path, executed: NotebookNode, out: Path) -> None:
    """Keep the outputs of a lesson for `kept`, with what they depend on."""
    executed.metadata["cnnlab"] = {"fingerprint": fingerprint(path)}
    (out / KEPT).mkdir(parents=True, exist_ok=True)
    nbformat.write(executed, out / KEPT / path.name)


def kept(path: Path, out: Path) -> NotebookNode | None:
    """Return the lesson with the outputs of its last run, or None if it has to run again.

    Text and slides come from the notebook as it is now: changing them needs no new run.
    """
    try:
        executed = nbformat.read(out / KEPT / path.name, 4)
    except (OSError, ValueError, nbformat.reader.NotJSONError):
        return None
    if executed.metadata.get("cnnlab", {}).get("fingerprint") != fingerprint(path):
        return None
    outputs = {cell.id: cell.outputs for cell in executed.cells if cell.cell_type == "code"}
    notebook = nbformat.read(path, 4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = outputs[cell.id]
    return notebook


def fingerprint(path: Path) -> str:
    """Return a hash of all that the outputs depend on: the lesson's code and the package."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    code = [(cell["id"], "".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"]
    digest = hashlib.sha256(json.dumps([code, ARGUMENTS]).encode())
    for file in sorted(PACKAGE.rglob("*")):
        inside = file.relative_to(PACKAGE)
        if file.suffix in (".py", ".mjs", ".css") and inside.parts[0] not in UNUSED:
            digest.update(inside.as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
