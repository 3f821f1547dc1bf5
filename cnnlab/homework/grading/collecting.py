"""Collect what learners handed in: from nbgrader's exchange, and from what an LMS exports.

Who handed something in, and when, is what the system says or the LMS; never what a learner wrote.
"""

import os
import re
import shutil
import stat
import tempfile
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from nbgrader.exchange.default import ExchangeCollect
from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin
from nbgrader.utils import parse_utc

from cnnlab.homework.grading.door import (
    UNPACKED,
    Door,
    RefusedError,
    is_plain,
    members,
    plain,
    refuse,
    walk,
)

NOBODY = "its path does not say whose it is; see named_regexp in nbgrader_config.py"
NOT_THEIRS = (
    "{} owns it, so it is not {}'s; where all learners share one account, set "
    "c.ExchangeCollect.check_owner = False"
)
AGAIN = "there is another one of that name, and no time tells which is newer"


class CollectExchange(ExchangeCollect):
    """Collect from the exchange. What is refused there is named, and stops nobody else."""

    def _path_to_record(self, path: str) -> dict[str, Any]:
        """Return whose a folder is, and since when it is as it is; nobody's if it is refused."""
        name = os.path.basename(path)
        record = {"username": None, "filename": name, "timestamp": datetime.min}
        try:
            status = os.lstat(path)
            student = self._student(name, status)
            times = [each.lstat().st_ctime for each in Path(path).rglob("*")]
        except (RefusedError, OSError, RecursionError) as error:
            refuse("The exchange", name, error)
            return record
        last = _utc(max(status.st_ctime, *times))  # the one time that a learner cannot set
        return record | {"username": student, "timestamp": last, "uid": status.st_uid}

    def _student(self, name: str, status: os.stat_result) -> str:
        claim = re.fullmatch(rf"(.+)\+{re.escape(self.coursedir.assignment_id)}\+.+", name)
        if not (claim and is_plain(claim[1]) and stat.S_ISDIR(status.st_mode)):
            raise RefusedError("it is not a folder of the form STUDENT+ASSIGNMENT+TIME")
        if self.check_owner and claim[1] != (owner := _account(status.st_uid)):
            raise RefusedError(NOT_THEIRS.format(owner, claim[1]))
        return claim[1]

    def copy_files(self) -> None:
        for record in self.src_records:
            if record["username"] is not None:
                try:
                    self._collect(record)
                except Exception as error:  # such as a disk that is full
                    refuse(record["username"], record["filename"], error)

    def _collect(self, record: dict[str, Any]) -> None:
        student, time = record["username"], record["timestamp"]
        steps = self.coursedir.submitted_directory, student, self.coursedir.assignment_id
        target = Path(self.coursedir.format_path(*steps))
        if target.is_dir():
            had = self.coursedir.get_existing_timestamp(str(target))
            newer = self.update and (had is None or time > had)
            if not newer and not (self.before_duedate and had != time):
                self.log.info("%s: nothing newer to collect, or no --update", student)
                return
        part = target.with_name(f".{target.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        with tempfile.TemporaryDirectory() as private:
            door = Door(student, Path(private, "taken"))
            owner = record["uid"] if self.check_owner else None
            door.folder(Path(self.inbound_path, record["filename"]), owner=owner)
            if not door.into.exists():
                raise RefusedError("nothing in it can be collected")
            time = max(time, _utc(door.latest))  # it may have changed meanwhile
            (door.into / "timestamp.txt").write_text(f"{time:%Y-%m-%d %H:%M:%S.%f} UTC")
            self.do_copy(str(door.into), str(part))
        if target.exists():
            shutil.rmtree(target)
        part.rename(target)
        self.log.info("Collected %s", target)


def _account(uid: int) -> str:
    import pwd  # not on Windows, where there is no exchange

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"an account without a name ({uid})"


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


class ExtractFiles(ExtractorPlugin):
    """Unpack what an LMS exports. What is refused is named, and stops nobody else."""

    def extract(self, archive_path: str, extracted_path: str) -> None:
        self.into, lms = Path(extracted_path), Door("The LMS", Path(extracted_path))
        whose = self.parent.collector_plugin_inst.whose
        for name, opened in walk(Path(archive_path)):
            with lms.naming(name, ends=True), opened() as stream:
                export = name.lower().endswith(".zip") and not whose(name)
                for each, inner in members(name, stream) if export else [(name, opened)]:
                    with lms.naming(each, ends=True), inner() as file:
                        self._take(whose(each), each, file)

    def _take(self, said: dict[str, str] | None, name: str, stream: Any) -> None:
        """Take in what one student handed in: all in an archive is that student's."""
        if said is None:
            raise RefusedError(NOBODY)
        door = Door(said["student_id"], self.into)
        with door.naming(name, ends=True):
            door.unpack(name, stream)


class CollectFiles(FileNameCollectorPlugin):
    """Collect by the LMS's names: the outermost part of a path that says whose it is counts."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._taken: dict[tuple[str, PurePosixPath], str] = {}

    def whose(self, name: str) -> dict[str, str] | None:
        """Return what a path says of its student, and what the file is called there."""
        path = PurePosixPath(name)
        for outer in (*reversed(path.parents[:-1]), path):
            archive = str(outer).lower().endswith(UNPACKED)
            ending = outer.suffix if archive or outer == path else ""
            match = re.match(self.named_regexp, f"/{str(outer).removesuffix(ending)}.ipynb")
            said = match.groupdict() if match else {}
            if said.get("student_id"):
                inner = path.relative_to(outer)
                whole = PurePosixPath(f"{said.get('file_id')}{ending}", inner)
                return said | {"file_id": str(inner if archive and outer != path else whole)}
        return None

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        folder = self.parent._format_collect_path(self.parent.extracted_directory)
        name = Path(submitted_file).relative_to(folder).as_posix()
        said = self.whose(name)
        if said is None or Path(name).suffix.lower() not in self.valid_ext:
            return None
        try:
            return self._checked(said)
        except RefusedError as error:
            refuse(said["student_id"], name, error)
            return None

    def _checked(self, said: dict[str, str]) -> dict[str, str] | None:
        """Return what nbgrader can take without an error that would stop it for everybody."""
        student, file = said["student_id"], plain(said["file_id"])
        if not is_plain(student):
            raise RefusedError("its student's name cannot be a folder's")
        if file is None:
            return None
        timed = said.get("timestamp") is not None
        if timed:
            said = said | {"timestamp": _parsed(said["timestamp"])}
        places = {file: f"a file, {timed}"} | dict.fromkeys(file.parents[:-1], "a folder")
        for place, kind in places.items():
            before = self._taken.get((student, place))
            if before and (before != kind or kind == "a file, False"):
                raise RefusedError(AGAIN)
        self._taken |= {(student, place): kind for place, kind in places.items()}
        return said


def _parsed(time: str) -> str:
    """Return a time of an LMS as one that nbgrader reads to the second."""
    try:
        return str(parse_utc(re.sub(r"^(\d+-\d+-\d+)-(\d+)-(\d+)-(\d+)$", r"\1 \2:\3:\4", time)))
    except (ValueError, OverflowError):
        raise RefusedError(f"its time, {time!r}, is not one") from None
