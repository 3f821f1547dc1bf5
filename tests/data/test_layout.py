"""The ways in which people lay out folders of images."""

import shutil

import pytest
import torch
from PIL import Image

from cnnlab import data
from cnnlab.errors import DataError


def test_val_is_for_validation(picture_folder, capsys):
    folder = picture_folder()
    shutil.copytree(folder / "test", folder / "val")
    for cats in (folder / "val").iterdir():
        next(cats.iterdir()).unlink()
    both = data.load(folder)
    assert (len(both.held_out[1]), len(both.test_labels), both.test_name) == (4, 6, "test")
    assert "12 training, 4 validation and 6 test images" in repr(both)
    shutil.rmtree(folder / "test")
    assert "has no test/" not in capsys.readouterr().out
    alone = data.load(folder)
    assert (len(alone.held_out[1]), alone.validation, alone.test_name) == (4, None, "validation")
    assert "12 training and 4 validation images" in repr(alone)
    assert "has no test/: val/ is for validation" in capsys.readouterr().out
    shutil.copytree(folder / "val", folder / "valid")
    assert len(data.load(folder).held_out[1]) == 4
    assert "valid/ in" in capsys.readouterr().out
    for loaded in (both, alone):
        with pytest.raises(ValueError, match="has validation images of its own"):
            loaded.hold_out(1)


def test_what_is_held_out_is_not_trained_on():
    images = data.shapes10(30, 10)
    held_out = images.hold_out(7)
    parts = [held_out.train_images, held_out.validation[0]]
    assert [len(part) for part in parts] == [23, 7]
    seen = {image.numpy().tobytes() for part in parts for image in part}
    assert seen == {image.numpy().tobytes() for image in images.train_images}
    assert torch.equal(images.hold_out(7).validation[1], held_out.validation[1])
    assert not torch.equal(images.hold_out(7, seed=1).validation[1], held_out.validation[1])
    for n in (0, 30):
        with pytest.raises(ValueError, match=f"validation={n} must be from 1 to 29"):
            images.hold_out(n)


def test_class_folders_alone_are_split_the_same_way_each_time(picture_folder, capsys):
    folder = picture_folder() / "train"
    loaded = data.load(folder)
    assert loaded.classes == ("cat", "dog")
    assert loaded.test_labels.bincount().tolist() == [1, 1]
    assert loaded.train_labels.bincount().tolist() == [5, 5]
    assert "2 of its 12 images, a fifth of each class by a fixed seed" in capsys.readouterr().out
    assert torch.equal(data.load(folder).test_images, loaded.test_images)
    train = {image.numpy().tobytes() for image in loaded.train_images}
    assert not train & {image.numpy().tobytes() for image in loaded.test_images}


def test_what_systems_leave_behind_is_ignored(picture_folder, capsys):
    folder = picture_folder()
    cats = folder / "train" / "cat"
    for name in ("._0000.png", ".DS_Store", "Thumbs.db", "desktop.ini"):
        (cats / name).write_bytes(b"system")
    for hidden in (folder / "__MACOSX", folder / "train" / ".ipynb_checkpoints", cats / "__MACOSX"):
        hidden.mkdir()
        (hidden / "0000.png").write_bytes(b"system")
    assert len(data.load(folder).train_labels) == 12
    assert "Ignored in" not in capsys.readouterr().out
    (cats / "notes.txt").write_text("mine")
    (folder / "train" / "list.csv").write_text("mine")
    data.load(folder)
    assert "Ignored in" in (told := capsys.readouterr().out)
    assert "1 .txt, 1 outside class folders" in told


def test_images_deeper_in_a_class_and_a_folder_around_all_are_found(picture_folder, tmp_path):
    folder = picture_folder(tmp_path / "unzipped" / "animals")
    deeper = folder / "train" / "cat" / "2024" / "may"
    deeper.mkdir(parents=True)
    (folder / "train" / "cat" / "0000.png").rename(deeper / "0000.png")
    assert len(data.load(tmp_path / "unzipped").train_labels) == 12


def test_a_link_that_leads_back_ends_and_one_that_leads_out_is_followed(picture_folder, tmp_path):
    cats = picture_folder() / "train" / "cat"
    (cats / "again").symlink_to(cats)
    (tmp_path / "outside").mkdir()
    Image.new("RGB", (8, 6)).save(tmp_path / "outside" / "more.png")
    (cats / "more").symlink_to(tmp_path / "outside")
    assert len(data.load(cats.parents[1]).train_labels) == 13


def test_a_folder_inside_a_class_that_cannot_be_read(picture_folder, monkeypatch):
    folder = picture_folder()

    def forbid(top, onerror, followlinks):
        onerror(PermissionError(13, "Permission denied", f"{top}/secret"))
        return iter(())

    monkeypatch.setattr("cnnlab.data.trees.os.walk", forbid)  # root may read everything
    with pytest.raises(DataError, match="secret cannot be read: permission denied"):
        data.load(folder)


def test_one_class_only_in_class_folders(picture_folder):
    folder = picture_folder(classes=("cat",)) / "train"
    with pytest.raises(DataError, match=r"has 1 class folder\(s\)\. Make at least two"):
        data.load(folder)
