"""Copies of CIFAR-10 as browsers, archivers and file managers leave them: known by what they hold.

A miniature stands for the official archive: see `miniature.py`.
"""

import gzip
import io
import tarfile
import zipfile

import pytest

from cnnlab import doctor
from cnnlab.data import cifar10, mirrors
from cnnlab.errors import DataError
from tests.data.miniature import assert_right

pytestmark = pytest.mark.usefixtures("hashes")
TAR = mirrors.ARCHIVE.removesuffix(".gz")


def unpacked(folder, files):
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def packed(files, inside="cifar-10-batches-py", mode="w"):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{inside}/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return made.getvalue()


def zipped(files):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name, content in files.items():
            packed.writestr(f"cifar-10-batches-py/{name}", content)
            packed.writestr(f"__MACOSX/cifar-10-batches-py/._{name}", b"of a Mac")
    return made.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        TAR,  # a browser has unpacked the gzip
        mirrors.ARCHIVE,  # and kept the name
        "cifar-10-python (1).tar",
        "CIFAR-10-python.TAR",
        f"Downloads/{TAR}",
        f"cifar-10-python.tar/{TAR}",  # 7-Zip's two steps
    ],
)
def test_a_tar_without_gzip_is_read(tmp_path, archive, name):
    assert_found(tmp_path, name, gzip.decompress(archive))


@pytest.mark.parametrize(
    "name",
    [
        "cifar-10-python (1).tar.gz",
        "cifar-10-python.tar.gz.download",
        "cifar-10-python.tar.gz.1",
        "cifar-10-python.tgz",
        "cifar10.gz",
        "cifar-10-python",
        f"cifar10/{mirrors.ARCHIVE}",
        f"cifar-10-python.tar.gz.download/{mirrors.ARCHIVE}",  # Safari's folder
    ],
)
def test_an_archive_with_another_name_is_read(tmp_path, archive, name):
    assert_found(tmp_path, name, archive)


@pytest.mark.parametrize("make", [zipped, lambda files: packed(files, "cifar-10/x", "w:xz")])
def test_what_was_packed_again_is_read(tmp_path, miniature, make):
    assert_found(tmp_path, "cifar-10-python.zip", make(miniature))


def assert_found(place, name, content):
    path = place / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    assert cifar10.find(place) == str(path)
    assert_right(cifar10.load(place, download=False))


@pytest.mark.parametrize(
    "name",
    [
        "cifar-10-batches-py/cifar-10-batches-py",
        "cifar10/cifar-10-batches-py",
        "cifar-10-python/cifar-10-batches-py",
        "data/cifar-10-batches-py",
        "data/cifar-10-python.tar/cifar-10-batches-py",
        "cifar-10-batches-py 2",
        "cifar-10-batches-py (1)",
        "",  # CNNLAB_DATA names the batches' own folder
    ],
)
def test_batches_in_another_folder_are_read(tmp_path, miniature, monkeypatch, name):
    unpacked(tmp_path / "place" / name, miniature)
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path / "place"))
    found = str(tmp_path / "place" / name) if name else str(tmp_path / "place")
    assert cifar10.find() == found
    assert doctor.examine_data() == (True, "CIFAR-10", f"found: {found}")
    assert_right(cifar10.load(download=False))


@pytest.mark.parametrize("name", ["cifar10/cifar10", "data/CIFAR-10", "cifar_10"])
def test_image_files_one_folder_deeper_are_read(tmp_path, picture_folder, name):
    place = picture_folder(tmp_path / name)
    assert cifar10.find(tmp_path) == str(place)
    assert len(cifar10.load(tmp_path, download=False).train_labels) == 12


def test_the_archive_itself_may_be_named(tmp_path, archive, monkeypatch):
    path = tmp_path / "cifar-10-python (1).tar.gz"
    path.write_bytes(archive)
    monkeypatch.setenv("CNNLAB_DATA", str(path))
    assert cifar10.find() == str(path)
    assert_right(cifar10.load(download=False))
    assert cifar10.data_folder() == tmp_path


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (mirrors.ARCHIVE, b"<html><body>log in</body></html>", "it is a web page"),
        (mirrors.ARCHIVE, b"", "it is not an archive, or an empty one"),
        (TAR, b"nothing of the kind", "it is not an archive, or an empty one"),
    ],
)
def test_what_only_bears_the_name_is_not_found(tmp_path, capsys, name, content, reason):
    (tmp_path / name).write_bytes(content)
    assert cifar10.find(tmp_path) is None
    with pytest.raises(DataError, match="CIFAR-10 is not in"):
        cifar10.load(tmp_path, download=False)
    assert capsys.readouterr().out == f"{tmp_path / name} is skipped: {reason}.\n"


def test_an_archive_that_stops_early_or_holds_something_else_is_skipped(
    tmp_path, archive, miniature, capsys
):
    less = {name: content for name, content in miniature.items() if name != "test_batch"}
    changed = miniature | {"data_batch_2": miniature["data_batch_1"]}
    for name, content, reason in (
        ("cifar-10-python.tar.gz.crdownload", archive[: len(archive) // 2], "it is incomplete"),
        ("cifar-10-python.tar", gzip.decompress(archive)[:90000], "it is incomplete or damaged."),
        ("cifar-10-python.tgz", packed(less), "test_batch of CIFAR-10 is missing in it."),
        ("cifar-10-python (2).tar.gz", packed(changed), "its data_batch_2 is not CIFAR-10's (its"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match="CIFAR-10 is not in"):
            cifar10.load(tmp_path, download=False)
        assert f"{tmp_path / name} is skipped: {reason}" in capsys.readouterr().out
        (tmp_path / name).unlink()


def test_a_broken_copy_does_not_hide_a_whole_one(tmp_path, archive, miniature):
    unpacked(tmp_path / "cifar-10-batches-py", {"data_batch_1": miniature["data_batch_1"]})
    (tmp_path / mirrors.ARCHIVE).write_bytes(b"<html>")
    (tmp_path / "cifar-10-python (1).tar.gz").write_bytes(archive)
    assert cifar10.find(tmp_path).endswith("(1).tar.gz")
    assert_right(cifar10.load(tmp_path, download=False))


def test_an_archive_writes_nothing_outside_and_cifar100_is_left_alone(tmp_path, miniature, capsys):
    outside = packed({"../../../escaped": b"x"} | miniature)
    place = tmp_path / "a" / "place"
    place.mkdir(parents=True)
    (place / "cifar-100-python.tar.gz").write_bytes(b"<html>")
    (place / TAR).write_bytes(outside)
    assert_right(cifar10.load(place, download=False))
    assert not list(tmp_path.rglob("escaped"))
    assert capsys.readouterr().out == ""
