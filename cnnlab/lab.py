"""Open the course in JupyterLab, in a copy of the notebooks that belongs to the learner.

The copy is brought up to date each time: new lessons appear, lessons that the learner has not
touched are renewed, and a file that the learner changed is never overwritten.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from cnnlab.course import CLONE, COPY_RECORD, FIRST_LESSON, LESSONS, for_the_learner
from cnnlab.errors import DataError, pip_install, shell_command, too_long
from cnnlab.files import atomic_write, temporary_folder

QUIET_SETTINGS = {  # no question about news at the first start, which would need the network
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
}
FOR_LECTURERS = ("README.md", "nbgrader_config.py", "source/*/*.ipynb", "release/*/*.ipynb")


@dataclass
class Sync:
    """What `sync` did: the names of the files it added, renewed, and left because they changed.

    Attributes:
        copy: the learner's folder.
        held: those that another program held, so that they could not be written.
    """

    copy: Path
    added: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        again = ("lab", "--dir", self.copy)
        lines = [f"{len(self.added)} new: {', '.join(self.added)}"] if self.added else []
        lines += [f"{len(self.renewed)} renewed: {', '.join(self.renewed)}"] if self.renewed else []
        lines += [
            f"{name}: the course has a newer one; yours has changes and is kept. "
            f"`{shell_command(*again, '--fetch', Path(name).stem)}` puts the new one beside it."
            for name in self.outdated
        ]
        lines += [
            f"{name} could not be written: does another program hold it? Close that; the next "
            f"`{shell_command(*again)}` tries again."
            for name in self.held
        ]
        return "\n".join(lines)


def sync(course: Path, copy: Path) -> Sync:
    """Bring the learner's copy up to date without overwriting anything the learner changed.

    A file that the learner deleted or renamed comes back as the course has it.

    Raises:
        DataError: if there is no course to copy, or the copy cannot be written.
    """
    if not (course / FIRST_LESSON).is_file():
        raise DataError(
            f"There are no notebooks in {course}: this installation of cnnlab is incomplete. "
            f"Install it again."
        )
    done, record = Sync(copy.resolve()), _read_record(copy)
    try:
        for source in _course_files(course):
            name = source.relative_to(course).as_posix()
            try:
                _bring(copy, name, for_the_learner(source), done, record=record)
            except PermissionError:
                done.held.append(name)
        _write(copy / COPY_RECORD, json.dumps(record, indent=1).encode())
    except OSError as error:
        held = isinstance(error, PermissionError) and os.access(copy, os.W_OK)
        if not held:
            reason = f"{copy} cannot be written ({error.strerror}).{too_long(error)} Use --dir."
            raise DataError(reason) from None
        done.held.append(COPY_RECORD)
    return done


def _bring(copy: Path, name: str, content: bytes, done: Sync, *, record: dict[str, str]) -> None:
    """Bring one file of the copy up to date, unless the learner changed it."""
    new, given, mine = _hash(content), record.get(name), _hash_of(copy / name)
    if mine not in (None, given, new):
        if new != given:
            done.outdated.append(name)
        return
    if mine != new:
        _write(copy / name, content)
        (done.added if mine is None else done.renewed).append(name)
    record[name] = new


def fetch(course: Path, copy: Path, lesson: str) -> Path:
    """Put a lesson as the course has it beside the learner's own; return its file.

    Args:
        lesson: its number or how its name begins, such as "02".

    Raises:
        DataError: if no lesson, or more than one, begins like this, or the file is there already.
    """
    found = [path for path in _course_files(course) if path.name.startswith(lesson)]
    found = [path for path in found if path.suffix == ".ipynb"]
    if len(found) != 1:
        names = ", ".join(path.stem for path in found) or "no notebook"
        raise DataError(f"--fetch {lesson}: {names} of the course begins like this. Give one.")
    place = copy / found[0].relative_to(course)
    beside = place.with_name(f"{place.stem} (new).ipynb")
    if beside.exists():
        raise DataError(f"{beside} is there already. Rename or delete it, and fetch again.")
    _write(beside, for_the_learner(found[0]))
    return beside


def lesson_file(copy: Path, lesson: str) -> Path:
    """Return the file of "Lesson 02" or "Homework 1" in the copy; the first lesson's for any other.

    What the learner took out of its place is not looked for.
    """
    kind, _, number = lesson.partition(" ")
    pattern = f"{number}_*.ipynb" if kind == "Lesson" else f"homework/release/hw{number}/*.ipynb"
    found = sorted(copy.glob(pattern)) if number else []
    return found[0].relative_to(copy) if found else Path(FIRST_LESSON)


def homework(course: Path, folder: Path) -> None:
    """Give a lecturer the assignments, with their solutions and nbgrader's settings.

    Raises:
        DataError: if the folder is there already, or cannot be written.
    """
    if folder.exists():
        raise DataError(f"{folder} is there already. Name another folder.")
    try:
        for name in FOR_LECTURERS:
            for source in sorted((course / "homework").glob(name)):
                if source.is_file():
                    place = folder / source.relative_to(course / "homework")
                    _write(place, source.read_bytes())
    except OSError as error:
        raise DataError(f"{folder} cannot be written ({error.strerror}).") from None


def _course_files(course: Path) -> Iterator[Path]:
    """Yield what is for the learner: of the homework only what is handed out."""
    for path in sorted(course.rglob("*")):
        parts = path.relative_to(course).parts
        hidden = any(part.startswith(".") for part in parts)
        lecturers = parts[0] == "homework" and parts[1:2] != ("release",)
        if path.is_file() and not hidden and not lecturers:
            yield path


def _read_record(copy: Path) -> dict[str, str]:
    try:
        return json.loads((copy / COPY_RECORD).read_text())
    except (OSError, ValueError):
        return {}  # then every file that differs counts as the learner's


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _hash_of(path: Path) -> str | None:
    return _hash(path.read_bytes()) if path.is_file() else None


def _write(path: Path, content: bytes) -> None:
    atomic_write(path, lambda file: file.write(content))


def has_screen() -> bool:
    """Say whether a browser can be opened here."""
    if sys.platform in ("win32", "darwin"):
        return "SSH_CONNECTION" not in os.environ
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def command(copy: Path, extra: list[str], first: str) -> list[str]:
    """Return the command line that opens a file of the copy in JupyterLab."""
    argv = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={copy.resolve()}"]
    argv.append(f"--LabApp.default_url=/lab/tree/{quote(first)}")
    argv.append("--Application.log_level=WARN")  # the address is printed at any level
    if not has_screen() and "--no-browser" not in extra:
        argv.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        argv.append("--allow-root")  # in a container; Jupyter refuses root otherwise
    return argv + extra


def open_lab(copy: Path, extra: list[str], first: str) -> int:
    """Run JupyterLab until it is closed; return its exit status.

    Raises:
        DataError: if it is not installed, with how to get it.
    """
    if find_spec("jupyterlab") is None:
        clone = LESSONS == CLONE
        words = ("-e", f"{CLONE.parent}[lab]") if clone else ("cnnlab[lab]",)
        raise DataError(
            f"JupyterLab is not installed here. `{pip_install(*words)}` brings it; any other "
            f"Jupyter of this environment opens the notebooks, too."
        )
    with temporary_folder() as folder:
        overrides = folder / "labconfig" / "default_setting_overrides.json"
        overrides.parent.mkdir()
        overrides.write_text(json.dumps(QUIET_SETTINGS))
        paths = [str(folder), os.environ.get("JUPYTER_CONFIG_PATH", "")]
        environment = os.environ | {"JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, paths))}
        return run_to_its_end(command(copy, extra, first), environment)


def run_to_its_end(argv: list[str], environment: dict[str, str]) -> int:
    """Run a command that answers Ctrl-C itself, as JupyterLab does; return its exit status.

    The terminal sends Ctrl-C to both. JupyterLab asks whether it shall stop, and ends its kernels;
    it would be killed before if this process did not wait.
    """
    with subprocess.Popen(argv, env=environment) as process:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            return process.wait()
        finally:
            signal.signal(signal.SIGINT, before)
