"""Collect what an LMS exports from a hostile class: each has what the LMS says is theirs."""

import io
import os
import stat
import tarfile
import zipfile

import pytest

pytest.importorskip("nbgrader", reason="nbgrader is not installed")

from .conftest import Course
from .folders import read, write, zipped

PAST = "2020-01-01 00:00:00.000000 UTC"
NOTEBOOK = {"hw1.ipynb": b"{}"}


def tarred(*links, mode="w:gz", **files):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:
        for name, kind in links:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
        for name, content in files.items():
            entry = tarfile.TarInfo(name.replace("_", "."))
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def encrypted():
    data = bytearray(zipped(NOTEBOOK))
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + place] |= 1
    return bytes(data)


def lying():
    """Return a zip whose member says that it is 2 bytes long."""
    data = bytearray(zipped({"hw1.ipynb": b"x" * 1000}))
    for mark, place in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        start = data.index(mark) + place
        data[start : start + 4] = (2).to_bytes(4, "little")
    return bytes(data)


def twice():
    packed = zipped({"hw1.ipynb": b"1", "hw1.ipynX": b"2"})
    return packed.replace(b"ipynX", b"ipynb")


def with_a_link():
    entry = zipfile.ZipInfo("link.ipynb")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zipped({"hw1.ipynb": b"{}"} | {entry: b"/etc/passwd"})


def nested(times):
    data = zipped(NOTEBOOK)
    for _ in range(times):
        data = zipped({"a.zip": data})
    return data


BOMB = zipped({f"{n}.ipynb": bytes(30 * 2**20) for n in range(10)} | NOTEBOOK)
T1, T2 = "attempt_2026-11-22-20-15-00", "attempt_2026-11-22-20-45-00"
DOWNLOADED = {  # each by the LMS's name
    f"ann_{T1}_hw1.ipynb": b"ann's",
    f"bob_{T1}_hw1.zip": zipped({f"ann_{T2}_hw1.ipynb": b"bob's", "hw1.ipynb": b"bob's"}),
    f"network_{T1}_work.zip": zipped({"hw1/hw1.ipynb": b"{}", "hw1/network.pt": b"net"}),
    f"network_{T1}_network.pt": b"net",
    f"network_{T1}_cnnlab-inventory-1f.json": b"{}",
    f"time_{T1}_x.zip": zipped({"eve_attempt_9999-99-99_hw1.ipynb": b"{}", "hw1.ipynb": b"{}"}),
    "badtime_attempt_9999-99-99_hw1.ipynb": b"{}",
    "longtime_attempt_99999999999999999999_hw1.ipynb": b"{}",
    f"broken_{T1}_hw1.zip": b"PK\3\4 and no more",
    f"dots_{T1}_hw1.zip": zipped({"../../ann/hw1/hw1.ipynb": b"bad", "hw1.ipynb": b"{}"}),
    f"absolute_{T1}_hw1.zip": zipped({"/tmp/hw1.ipynb": b"bad", "hw1.ipynb": b"{}"}),
    f"windows_{T1}_hw1.zip": zipped({"work\\hw1.ipynb": b"{}", "c:\\hw1.ipynb": b"bad"}),
    f"stamp_{T1}_hw1.zip": zipped({"timestamp.txt": PAST.encode(), "hw1.ipynb": b"{}"}),
    f"stamp_{T1}_timestamp.txt": PAST.encode(),
    f"link_{T1}_hw1.zip": with_a_link(),
    f"tar_{T1}_hw1.tar.gz": tarred(("a.ipynb", tarfile.SYMTYPE), hw1_ipynb=b"{}"),
    f"hard_{T1}_hw1.tar": tarred(("a.ipynb", tarfile.LNKTYPE), mode="w", hw1_ipynb=b"{}"),
    f"chr_{T1}_hw1.tgz": tarred(("a.ipynb", tarfile.CHRTYPE), hw1_ipynb=b"{}"),
    f"tarbomb_{T1}_hw1.tgz": tarred(hw1_ipynb=bytes(80 * 2**20)),
    f"secret_{T1}_hw1.zip": encrypted(),
    f"lies_{T1}_hw1.zip": lying(),
    f"twice_{T1}_hw1.zip": twice(),
    f"bomb_{T1}_hw1.zip": BOMB,
    f"nested_{T1}_hw1.zip": nested(2),
    f"matryoshka_{T1}_hw1.zip": nested(9),
    f"many_{T1}_hw1.zip": zipped({f"{n}.csv": b"" for n in range(30_000)}),
    f"clash_{T1}_a.txt": b"",
    f"clash_{T1}_b.zip": zipped({"a.txt/hw1.ipynb": b"{}"}),
    f"rare_{T1}_hw1.7z": b"7z",
    f"again_{T1}_hw1.ipynb": b"first",
    f"again_{T2}_hw1.ipynb": b"second",
    f"text_{T1}_hw1.ipynb.txt": b"{}",
    "somebody.ipynb": b"{}",
    f"export/cat_{T1}_hw1 (1).ipynb": b"{}",
    "class.zip": zipped(
        {
            f"dan_{T1}_hw1.ipynb": b"{}",
            f"eve_{T1}_hw1.zip": zipped({f"dan_{T2}_hw1.ipynb": b"eve's"}),
            f"folder/fay_{T1}_hw1.ipynb": b"{}",
            "whose.zip": zipped({f"dan_{T2}_hw1.ipynb": b"bad"}),
            f"../gil_{T1}_hw1.ipynb": b"bad",
        }
    ),
    "broken.zip": b"PK",
}
COLLECTED = {
    "ann": {"hw1.ipynb": b"ann's"},
    "bob": {"hw1.ipynb": b"bob's", f"ann_{T2}_hw1.ipynb": b"bob's"},
    "network": {
        "hw1/hw1.ipynb": b"{}",
        "hw1/network.pt": b"net",
        "network.pt": b"net",
        "cnnlab-inventory-1f.json": b"{}",
    },
    "time": NOTEBOOK | {"eve_attempt_9999-99-99_hw1.ipynb": b"{}"},
    "windows": {"work/hw1.ipynb": b"{}"},
    "nested": {"a.zip/a.zip/hw1.ipynb": b"{}"},
    "twice": {"hw1.ipynb": b"1"},
    "clash": {"a.txt": b""},
    "again": {"hw1.ipynb": b"second"},
    "text": {"hw1.ipynb.txt": b"{}"},
    "eve": {f"dan_{T2}_hw1.ipynb": b"eve's"},
    "absolute": NOTEBOOK | {"tmp/hw1.ipynb": b"bad"},
    "bomb": {"0.ipynb": bytes(30 * 2**20), "1.ipynb": bytes(30 * 2**20)},
    **dict.fromkeys(("dots", "stamp", "link", "tar", "hard", "chr"), NOTEBOOK),
    **dict.fromkeys(("cat", "dan", "fay"), NOTEBOOK),
}
NAMED = {  # what is refused, and why
    "badtime_attempt_9999-99-99_hw1.ipynb": "its time, '9999-99-99', is not one",
    "longtime_attempt_99999999999999999999_hw1.ipynb": "is not one",
    f"broken_{T1}_hw1.zip": "File is not a zip file",
    f"dots_{T1}_hw1.zip/../../ann/hw1/hw1.ipynb": "not every system can store its name",
    f"tar_{T1}_hw1.tar.gz/a.ipynb": "it is a link or a device",
    f"hard_{T1}_hw1.tar/a.ipynb": "it is a link or a device",
    f"chr_{T1}_hw1.tgz/a.ipynb": "it is a link or a device",
    f"link_{T1}_hw1.zip/link.ipynb": "it is a link or a device",
    f"tarbomb_{T1}_hw1.tgz": "larger than",
    f"secret_{T1}_hw1.zip/hw1.ipynb": "encrypted",
    f"twice_{T1}_hw1.zip/hw1.ipynb": "File exists",
    f"lies_{T1}_hw1.zip/hw1.ipynb": "Bad CRC-32",
    f"bomb_{T1}_hw1.zip": "all files together are larger than 64 MB",
    f"matryoshka_{T1}_hw1.zip/a.zip/a.zip/a.zip": "an archive in archives",
    f"many_{T1}_hw1.zip": "it lists too many files",
    f"clash_{T1}_b.zip/a.txt/hw1.ipynb": "there is another one of that name",
    "somebody.ipynb": "its path does not say whose it is",
    "class.zip/whose.zip": "its path does not say whose it is",
    "broken.zip": "File is not a zip file",
    "../gil": "",
    "link.ipynb": "it is a symbolic link",
    "pipe.ipynb": "it is a pipe",
    f"rare_{T1}_hw1.7z": "",
}


@pytest.fixture(scope="module")
def downloaded(tmp_path_factory):
    """Let nbgrader collect what an LMS exports; return the course and what was said."""
    course = Course(tmp_path_factory.mktemp("lms"))
    archive = write(course.root / "downloaded" / "hw1" / "archive", DOWNLOADED)
    (archive / f"eve_{T1}_link.ipynb").symlink_to(course.root / "nbgrader_config.py")
    os.mkfifo(archive / f"eve_{T1}_pipe.ipynb")
    return course, course.nbgrader("zip_collect", "hw1")


def test_each_has_what_the_lms_says_is_theirs(downloaded):
    course, _ = downloaded
    students = sorted(path.name for path in (course.root / "submitted").iterdir())
    found = {
        s: read(course.root / "submitted" / s / "hw1", leave="timestamp.txt") for s in students
    }
    assert {s: list(files) for s, files in found.items()} == {
        s: sorted(files) for s, files in sorted(COLLECTED.items())
    }
    assert found == COLLECTED
    stamp = course.root / "submitted" / "stamp" / "hw1" / "timestamp.txt"
    assert stamp.read_text() == "2026-11-22 20:15:00"


@pytest.mark.parametrize("name", NAMED)
def test_what_is_refused_is_named(downloaded, name):
    _, said = downloaded
    lines = [line for line in said.splitlines() if name in line and NAMED[name] in line]
    assert [line for line in lines if "is refused" in line or name.startswith("rare")], said


@pytest.mark.slow
def test_without_times_in_its_names_an_lms_is_read_too(tmp_path):
    course = Course(tmp_path)
    config = course.root / "nbgrader_config.py"
    pattern = r"^.*/(?P<student_id>\w+)_\d+_assignsubmission_file_/(?P<file_id>.+)\.ipynb$"
    config.write_text(
        f"{config.read_text()}\nc.FileNameCollectorPlugin.named_regexp = r'{pattern}'"
    )
    theirs = {"hw1.ipynb": b"{}", "bob_2_assignsubmission_file_/hw1.ipynb": b"ann's"}
    files = {f"ann_1_assignsubmission_file_/{name}": each for name, each in theirs.items()}
    files["ann_1_assignsubmission_file_/work.zip"] = zipped({"hw1.ipynb": b"second"})
    files["bob_2_assignsubmission_file_/hw1.ipynb"] = b"{}"
    write(tmp_path / "downloaded" / "hw1" / "archive", {"class.zip": zipped(files)})
    said = course.nbgrader("zip_collect", "hw1")
    assert "there is another one of that name, and no time tells which is newer" in said
    found = {each: read(tmp_path / "submitted" / each / "hw1") for each in ("ann", "bob")}
    assert found == {"ann": theirs, "bob": NOTEBOOK}
