"""Image folders and the file of tensors: the right data, or one sentence that says what to mend."""

import pytest
import torch
from PIL import Image

from cnnlab import data
from cnnlab.data import cache
from cnnlab.errors import DataError


def labels_seen(images):
    return (images[:, 0].float().mean(dim=(1, 2)) > 50).long()


def test_a_folder_is_read_with_its_labels(picture_folder):
    loaded = data.load(picture_folder())
    assert loaded.classes == ("cat", "dog")
    assert loaded.train_images.shape == (12, 3, 6, 8)
    assert loaded.train_images.dtype == torch.uint8
    assert loaded.train_labels.bincount().tolist() == [6, 6]
    assert torch.equal(labels_seen(loaded.train_images), loaded.train_labels)
    assert torch.equal(labels_seen(loaded.test_images), loaded.test_labels)
    assert repr(loaded).endswith("12 training and 6 test images of 3x6x8, 2 classes")


def test_the_order_is_shuffled_and_always_the_same(picture_folder):
    folder = picture_folder()
    labels = data.load(folder).train_labels
    assert labels.tolist() != sorted(labels.tolist())
    assert torch.equal(data.load(folder).train_labels, labels)


def test_gray_and_jpeg_and_capital_suffixes_are_read_as_rgb(picture_folder):
    folder = picture_folder(suffix="JPG")
    Image.new("L", (8, 6), 77).save(folder / "train" / "cat" / "gray.png")
    (folder / "train" / "cat" / "notes.txt").write_text("not a picture")
    images = data.load(folder).train_images
    assert images.shape == (13, 3, 6, 8)
    assert (images == 77).flatten(1).all(dim=1).sum() == 1


def break_picture(folder):
    path = folder / "train" / "dog" / "0002.png"
    path.write_bytes(path.read_bytes()[:60])


def other_size(folder):
    Image.new("RGB", (5, 6)).save(folder / "train" / "dog" / "0003.png")


def other_size_in_test(folder):
    for path in folder.glob("test/*/*.png"):
        Image.new("RGB", (9, 9)).save(path)


def empty_class(folder):
    for path in (folder / "train" / "dog").iterdir():
        path.unlink()


def class_missing_in_test(folder):
    (folder / "train" / "emu").mkdir()


def no_test(folder):
    (folder / "test").rename(folder / "exam")


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (break_picture, r"dog.0002\.png is not a readable image \(.+\)\. Fix it or delete it"),
        (other_size, r"0000\.png is 6x8 and .*dog.0003\.png is 6x5 pixels\. Resize"),
        (other_size_in_test, "train images are 6x8 but test images are 9x9 pixels"),
        (empty_class, r"dog holds no image that ends in \.png"),
        (class_missing_in_test, r"different class folders \(emu in one only\)"),
        (no_test, "There is no folder .*test"),
    ],
)
def test_a_folder_that_does_not_fit(picture_folder, harm, message):
    folder = picture_folder()
    harm(folder)
    with pytest.raises(DataError, match=message):
        data.load(folder)


def test_one_class_only(picture_folder):
    with pytest.raises(DataError, match=r"has 1 class folder\(s\)\. Make at least two"):
        data.load(picture_folder(classes=("cat",)))


def test_neither_a_name_nor_a_folder():
    with pytest.raises(DataError, match="'imagenet' is neither auto, shapes10, cifar10 nor"):
        data.load("imagenet")


@pytest.fixture
def small():
    return data.shapes10(50, 20)


def test_saved_tensors_come_back(small, tmp_path):
    cache.save(small, tmp_path / "kept.pt", made_from="here")
    loaded = cache.load_saved(tmp_path / "kept.pt", made_from="here")
    assert torch.equal(loaded.train_images, small.train_images)
    assert (loaded.classes, loaded.name) == (small.classes, small.name)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.pt"]


def test_tensors_made_from_something_else_are_not_used(small, tmp_path):
    cache.save(small, tmp_path / "kept.pt", made_from="here")
    assert cache.load_saved(tmp_path / "kept.pt", made_from="there") is None


@pytest.mark.parametrize("harm", ["byte", "cut", "empty", "text"])
def test_a_damaged_file_is_told_and_not_used(small, tmp_path, capsys, harm):
    path = tmp_path / "kept.pt"
    cache.save(small, path, made_from="here")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    damaged = {"byte": content, "cut": content[:999], "empty": b"", "text": b"hello"}[harm]
    path.write_bytes(damaged)
    assert cache.load_saved(path, made_from="here") is None
    assert "is damaged and will be rebuilt" in capsys.readouterr().out


def test_a_full_disk_is_told_and_leaves_no_file(small, tmp_path, capsys, monkeypatch):
    def full(*_):
        raise RuntimeError("[enforce fail] PytorchStreamWriter failed writing file")

    monkeypatch.setattr(torch, "save", full)
    cache.save(small, tmp_path / "kept.pt", made_from="here")
    assert "could not be written" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
