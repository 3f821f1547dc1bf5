"""Image folders and the file of tensors: the right data, or one sentence that says what to do."""

import pytest
import torch
from PIL import Image

from cnnlab import data
from cnnlab.data import sources
from cnnlab.errors import DataError, ShapeError


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


def no_train(folder):
    (folder / "train").rename(folder / "drill")


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (break_picture, r"^1 of 18 files cannot be read: .*dog.0002\.png image file is truncated"),
        (other_size, r"0000\.png is 6x8 and .*dog.0003\.png is 6x5 pixels\. --size 32 scales"),
        (other_size_in_test, r"0000\.png is 6x8 and .*0000\.png is 9x9 pixels"),
        (empty_class, r"dog holds no image"),
        (class_missing_in_test, r"different class folders \(emu in one only\)"),
        (no_train, r"There is no folder .*train beside test/"),
    ],
)
def test_a_folder_that_does_not_fit(picture_folder, harm, message):
    folder = picture_folder()
    harm(folder)
    with pytest.raises(DataError, match=message):
        data.load(folder)


def test_images_of_several_sizes_are_scaled_to_one(picture_folder, capsys):
    folder = picture_folder()
    other_size(folder)
    assert data.load(folder, size=(5, 7)).train_images.shape == (12, 3, 5, 7)
    assert "scaled to cover 5x7 pixels" in capsys.readouterr().out
    with pytest.raises(ShapeError, match="size=0 must be at least 1"):
        data.load(folder, size=0)


def test_broken_files_are_named_up_to_five_or_left_out(picture_folder, capsys):
    folder = picture_folder()
    for number in range(5):
        (folder / "train" / "dog" / f"0{number}.jpg").write_bytes(b"broken")
    (folder / "test" / "dog" / "9.gif").write_bytes(b"GIF89a")
    with pytest.raises(DataError, match=r"^6 of 24 files cannot be read: .*; and 1 more\. Fix or"):
        data.load(folder)
    loaded = data.load(folder, skip_broken=True)
    assert loaded.train_labels.bincount().tolist() == [6, 6]
    assert torch.equal(labels_seen(loaded.train_images), loaded.train_labels)
    assert "They are left out" in capsys.readouterr().out


def test_a_class_of_broken_files_only_is_reported(picture_folder):
    folder = picture_folder()
    for path in (folder / "test" / "dog").iterdir():
        path.write_bytes(b"broken")
    with pytest.raises(DataError, match="No image of the class 'dog' can be read"):
        data.load(folder, skip_broken=True)


def test_12_bits_in_16_are_reported(picture_folder, capsys):
    folder = picture_folder()
    for path in folder.rglob("*.png"):
        Image.fromarray(torch.full((6, 8), 4095).to(torch.uint16).numpy()).save(path)
    data.load(folder)
    assert "No number in these images is above 16 of 255. 12-bit" in capsys.readouterr().out


def test_the_order_does_not_depend_on_the_threads(picture_folder, monkeypatch):
    folder = picture_folder()
    loaded = data.load(folder)
    monkeypatch.setattr("cnnlab.data.folders.AT_ONCE", 1)
    again = data.load(folder)
    assert torch.equal(loaded.train_images, again.train_images)
    assert torch.equal(loaded.test_labels, again.test_labels)


@pytest.mark.usefixtures("_one_thread")
def test_a_folder_is_read_where_no_thread_can_be_started(picture_folder):
    folder = data.load(picture_folder())
    assert (len(folder.train_images), folder.classes) == (12, ("cat", "dog"))


def test_one_class_only(picture_folder):
    with pytest.raises(DataError, match=r"has 1 class folder\(s\)\. Make at least two"):
        data.load(picture_folder(classes=("cat",)))


def test_neither_a_name_nor_a_folder(picture_folder, tmp_path):
    known = ", ".join(sources.BY_NAME)
    with pytest.raises(DataError, match=f"^'imagenet' is neither {known} nor a folder"):
        data.load("imagenet")
    with pytest.raises(DataError, match=r"Did you mean cifar10\?"):
        data.load("cifar100")
    folder = picture_folder()
    with pytest.raises(DataError, match=r"Did you mean pictures\?"):
        data.load(folder.with_name("picture"))
    (tmp_path / "photos.zip").write_bytes(b"")
    with pytest.raises(DataError, match=r"photos\.zip is a file"):
        data.load(tmp_path / "photos.zip")


@pytest.mark.parametrize("name", ["shapes10", "Shapes-10", "SHAPES_10"])
def test_names_are_read_as_people_write_them(name):
    assert data.load(name).name == "shapes10"
    with pytest.raises(DataError, match="size=16 is for folders"):
        data.load(name, size=16)
