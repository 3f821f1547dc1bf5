"""Folders as people have them: each is read as it is meant, or refused with what to do.

A tree is a line: `train/cat` is a folder with four pictures, `train/cat=2` one with two,
`notes.txt` a file, `train/` an empty folder.
"""

import os
import re
import unicodedata
from itertools import count

import pytest
from PIL import Image

from cnnlab import data
from cnnlab.data.names import role
from cnnlab.errors import DataError

BRIGHT = 0x010305  # times the number of a picture
UNLABELED = r"{}/ in .* is not used: none of its .*`cnnlab predict`"
TWO_LEVELS = r"{} hold the same folders \({}\)\. If these are the classes, give one of"
NO_CLASSES = r"{} pictures lie in .*{} itself, in no class folder"


def grow(root, tree):
    """Write the folders and files of a tree, no two pictures alike."""
    colors = count(1)
    for each in tree.split():
        name, _, number = each.replace("~", " ").partition("=")
        path = root / name
        if name.endswith("/"):
            path.mkdir(parents=True)
        elif "." in path.name:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix in (".jpg", ".png"):
                Image.new("RGB", (6, 6), next(colors) * BRIGHT).save(path)
            else:
                path.write_text("text")
        else:
            path.mkdir(parents=True, exist_ok=True)
            for index in range(int(number or 4)):
                Image.new("RGB", (6, 6), next(colors) * BRIGHT).save(path / f"{index}.png")
    return root


# The tree; the classes; how many images train, test and validate; what is said.
READ = {
    # parts, by known names in any case and with other words around them
    "capitals": ("Training/cat Training/dog Testing/cat=1 Testing/dog=1", "cat dog", (8, 2, 0), ""),
    "sets": ("training_set/a training_set/b test_set/a=2 test_set/b=2", "a b", (8, 4, 0), ""),
    "words before": ("data-train/a data-train/b data-test/a data-test/b", "a b", (8, 8, 0), ""),
    "words after": ("Train_data/a Train_data/b ValData/a ValData/b", "a b", (8, 8, 0), "ValData"),
    "in one word": ("trainset/a trainset/b testset/a testset/b", "a b", (8, 8, 0), ""),
    "numbers": ("train2017/a train2017/b val2017/a=1 val2017/b=1", "a b", (8, 2, 0), "val2017/ is"),
    "intel": (
        "seg_train/seg_train/sea seg_train/seg_train/ice seg_test/seg_test/sea=2 "
        "seg_test/seg_test/ice=2 seg_pred/seg_pred",
        "ice sea",
        (8, 4, 0),
        r"seg_pred/ in .* is not used, seg_train/ and seg_test/ will do",
    ),
    "testing": ("train/a train/b testing/a=2 testing/b=2", "a b", (8, 4, 0), ""),
    "holdout": ("train/a train/b holdout/a=2 holdout/b=2", "a b", (8, 4, 0), ""),
    "hold-out": ("train/a train/b hold-out/a=2 hold-out/b=2", "a b", (8, 4, 0), ""),
    "eval": ("train/a train/b Eval/a=2 Eval/b=2", "a b", (8, 4, 0), ""),
    "dev": ("train/a train/b dev/a=2 dev/b=2", "a b", (8, 4, 0), "dev/ is for validation"),
    "three": ("train/a train/b dev/a=1 dev/b=1 test/a=2 test/b=2", "a b", (8, 4, 2), ""),
    "voc": ("trainval/a trainval/b test/a=2 test/b=2", "a b", (8, 4, 0), ""),
    "images": ("images/train/a images/train/b images/test/a images/test/b", "a b", (8, 8, 0), ""),
    "yolo": (
        "images/train/a images/train/b images/val/a images/val/b labels/train/a/1.txt "
        "labels/val/a/1.txt",
        "a b",
        (8, 8, 0),
        "",
    ),
    "caltech": ("objects/a objects/b notes/a/1.mat notes/b/1.mat", "a b", (6, 2, 0), ""),
    "imagenet": (
        "train/n1/images train/n2/images val/images test/images train/n1/boxes.txt words.txt",
        "n1 n2",
        (6, 2, 0),
        UNLABELED.format("val"),
    ),
    "second for one part": (
        "train/a train/b test/a=2 test/b=2 testing/a=2 testing/b=2",
        "a b",
        (8, 4, 0),
        "testing/ in .* is not used: test/ is for testing",
    ),
    "more beside": (
        "train/a train/b test/a test/b extra/a predict notes/",
        "a b",
        (8, 8, 0),
        "(?s)extra/ in .* is not used.*notes/ in .* is not used.*predict/ in .* is not used",
    ),
    # unlabeled pictures to test on
    "kaggle": ("train/a train/b test sample.csv", "a b", (6, 2, 0), UNLABELED.format("test")),
    "deeper": ("train/a train/b test/test", "a b", (6, 2, 0), UNLABELED.format("test")),
    "numbered": ("train/a train/b test1", "a b", (6, 2, 0), UNLABELED.format("test1")),
    "signs": (
        "Train/0 Train/1 Test Meta Train.csv Test.csv",
        "0 1",
        (6, 2, 0),
        "(?s)Meta/ in .* is not used.*" + UNLABELED.format("Test"),
    ),
    # wrappers and copies
    "two wrappers": ("zoo/zoo/cat zoo/zoo/dog zoo/LICENSE.txt", "cat dog", (6, 2, 0), ""),
    "three wrappers": ("a/b/train/x a/b/train/y a/b/test/x a/b/test/y", "x y", (8, 8, 0), ""),
    "a wrapper that may be a part": ("train_test_split/train/a train_test_split/train/b "
        "train_test_split/test/a train_test_split/test/b", "a b", (8, 8, 0), ""),
    "a copy": (
        "train/a train/b test/a test/b xray/train/a xray/train/b xray/test/a xray/test/b",
        "a b",
        (8, 8, 0),
        "xray/ in .* is not used",
    ),
    "a copy without a test": (
        "train/a train/b xray/train/a xray/train/b", "a b", (6, 2, 0), "xray/ in .* is not used"
    ),
    "a copy of classes": (
        "cat dog zoo/cat zoo/dog", "cat dog", (6, 2, 0), "zoo/ in .* is not used"
    ),
    "a copy in a part": (
        "train/a train/b train/train/a train/train/b test/a test/b",
        "a b",
        (8, 8, 0),
        "train/ in .*train is not used",
    ),
    # names of parts that are classes
    "a train": ("bus plane train", "bus plane train", (9, 3, 0), "train/ in .* taken for a class"),
    "tubes": ("test_tube flask", "flask test_tube", (6, 2, 0), "taken for a class"),
    "trains": ("trains/2023 trains/2024 trams/2022", "trains trams", (9, 3, 0), ""),
    "words": ("validator development trainer", "development trainer validator", (9, 3, 0), ""),
    "a bill": ("valid invalid", "invalid valid", (6, 2, 0), "valid/ in .* is taken for a class"),
    "a friend": ("Dev Priya", "Dev Priya", (6, 2, 0), "Dev/ in .* is taken for a class"),
    "a class in parts": (
        "train/train train/bus test/train test/bus", "bus train", (8, 8, 0), ""
    ),
    # names of classes
    "cases": ("train/Ant train/cat test/ant=2 test/Cat=2", "Ant cat", (8, 4, 0), ""),
    "letters": ("train/A train/a test/A=1 test/a=1", "A a", (8, 2, 0), ""),
    "reserved": ("con nul.d/1.png nul.d/2.png", "con nul.d", (4, 2, 0), ""),
    "spaces": ("train/hot~dog train/b test/hot~dog~=2 test/b=2", "b hot dog", (8, 4, 0), ""),
    "face masks": ("mask no_mask", "mask no_mask", (6, 2, 0), "mask/ in .* is taken for a class"),
    "thumbnails": ("cat dog thumbnails", "cat dog thumbnails", (9, 3, 0), "thumbnails/ in"),
    "copied": ("cat dog~(1) dog", "cat dog dog (1)", (9, 3, 0), r"dog \(1\)/ in .* taken for"),
    # pictures deeper in the folder of a class
    "years": ("cat/2023 cat/2024 dog/2023 dog/2024", "cat dog", (12, 4, 0), ""),
    "camera": ("100APPLE 101APPLE", "100APPLE 101APPLE", (6, 2, 0), "named like dates or a cam"),
    "dates": ("2023/2023-01 2024/2024-02", "2023 2024", (6, 2, 0), "named like dates"),
    "families": (
        "apple/scab apple/rust grape/rot grape/spot",
        "apple grape",
        (12, 4, 0),
        "The classes are apple/ and grape/, whatever the folders in them",
    ),
    "checkpoints": ("cat dog .ipynb_checkpoints cat/.thumbnails", "cat dog", (6, 2, 0), ""),
}  # fmt: skip

REFUSED = {
    "seasons": ("s1/cat s1/dog s2/cat s2/dog", TWO_LEVELS.format("s1/ and s2/", "cat, dog")),
    "not quite": ("s1/cat s1/dog s2/cat s2/dog s2/emu", "s1/ and s2/ hold the same folders"),
    "domains": ("web/images/a web/images/b cam/images/a cam/images/b", "hold the same folders"),
    "masks": ("flu/images flu/masks well/images well/masks", "flu/ and well/ hold the same"),
    "parts in classes": ("cat/train cat/test dog/train dog/test", "cat/ and dog/ hold the same"),
    "another language": ("leren/cat leren/dog toets/cat toets/dog", "call two of them train"),
    "two copies": ("Plants/a Plants/b plants/Plants/a plants/Plants/b", "hold the same folders"),
    "in a part": ("train/x/a train/x/b train/y/a train/y/b test/x test/y", "x/ and y/ hold the"),
    "not what is seen": ("images annotations/trimaps", "annotations/ and images/ do not say what"),
    "train in two readings": ("train/steam train/diesel bus", "or a class beside bus/"),
    "test in two readings": ("cat dog test", "is test/ a class beside cat/ and dog/, or are its"),
    "parts in names": ("train_cat train_dog test_cat test_dog", "twice. Make .*train.cat and"),
    "parts after names": ("cat dog cat_test dog_test", "cat_test/ and dog_test/ look like parts"),
    "flat parts": ("train=12 test=3", NO_CLASSES.format(12, "train")),
    "a flat part": ("train test/a test/b", NO_CLASSES.format(4, "train")),
    "test alone": ("test/a test/b drill/a drill/b", "There is no folder .*train beside test/"),
    "dogs and cats": (
        "train/cat.0.jpg train/cat.1.jpg train/dog.0.jpg train/dog.1.jpg test1/1.jpg",
        r"4 pictures lie in .*train itself.*begin or end with cat, dog: if that is what they show",
    ),
    "numbers first": (
        "1_cat.png 2_cat.png 1_dog.png 2_dog.png", "Their names begin or end with cat, dog"
    ),
    "pets": (
        "images/Beagle_1.jpg images/Beagle_2.jpg images/Pug_1.jpg images/Pug_2.jpg",
        "Their names begin or end with Beagle, Pug",
    ),
    "a list": ("train labels.csv", "labels.csv is not read: a picture's folder is its"),
    "packed": ("photos.zip", r"has 0 class folder\(s\)\. Unpack photos.zip first"),
    "phone": ("cat/1.heic cat/2.HEIC dog", "cat holds no image that can be read, but 2 .heic .*"
        "pip install pillow-heif"),
    "phone, in parts": ("train/a/1.heic train/b/1.heic test/a test/b", "a holds no .* 1 .heic"),
    "new folder": ("cat dog New~folder~(2)/", r"New folder \(2\) holds no image\. Remove the fol"),
    "mostly loose": ("crops=2 masks=2 1.png 2.png 3.png 4.png 5.png", NO_CLASSES.format(5, "")),
}  # fmt: skip


@pytest.mark.parametrize("kind", READ)
def test_a_folder_is_read_as_it_is_meant(tmp_path, capsys, kind):
    tree, classes, counts, said = READ[kind]
    images = data.load(grow(tmp_path / "pictures", tree))
    assert [each.strip() for each in images.classes] == re.findall(
        r"hot dog|dog \(1\)|[^ ]+", classes
    )
    validation = images.validation[1] if images.validation else ()
    seen = (len(images.train_labels), len(images.test_labels), len(validation))
    assert seen == counts
    told = capsys.readouterr().out
    assert re.search(said, told) if said else "used" not in told


@pytest.mark.parametrize("kind", REFUSED)
def test_a_folder_of_two_readings_is_refused(tmp_path, kind):
    tree, says = REFUSED[kind]
    with pytest.raises(DataError, match=says):
        data.load(grow(tmp_path / "pictures", tree))


def test_the_pictures_of_one_class_are_not_the_folder(tmp_path, monkeypatch):
    grow(tmp_path / "photos", "apple=40 pear=30")
    says = r"^40 pictures lie in .*apple itself: give the folder above, {}, if apple/ and pear/ are"
    with pytest.raises(DataError, match=says.format(re.escape(str(tmp_path / "photos")))):
        data.load(tmp_path / "photos" / "apple")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=says.format("photos")):
        data.load("photos/apple")
    monkeypatch.chdir(tmp_path / "photos" / "apple")
    with pytest.raises(DataError, match=says.format(re.escape(str(tmp_path / "photos")))):
        data.load(".")


def test_a_letter_of_two_marks_is_the_same_class_as_the_letter_of_one(tmp_path, capsys):
    one, two = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))
    folder = grow(tmp_path / "pictures", f"train/{two} train/bar test/{one}=2 test/bar=2")
    assert data.load(folder).classes == ("bar", one)
    grow(folder, f"train/{one}")
    with pytest.raises(DataError, match="two folders whose names look the same"):
        data.load(folder)


def test_a_class_is_the_same_number_in_every_part(tmp_path):
    folder = grow(tmp_path / "pictures", "train/Zoo train/ant test/zoo=1 test/Ant=3")
    images = data.load(folder)
    assert images.classes == ("Zoo", "ant")
    assert images.test_labels.bincount().tolist() == [1, 3]


def test_a_name_that_is_not_text(tmp_path, capsys):
    folder = grow(tmp_path / "pictures", "cat dog")
    (folder / "cat" / "0.png").rename(folder / "cat" / os.fsdecode(b"\xff.png"))
    assert len(data.load(folder).train_labels) == 6
    (folder / "dog").rename(folder / os.fsdecode(b"d\xf6g"))
    with pytest.raises(DataError, match=r"'d\\udcf6g' in .* is not UTF-8\. Rename it"):
        data.load(folder)


def test_links_to_nothing_and_to_the_folder_itself(tmp_path):
    folder = grow(tmp_path / "pictures", "zoo/cat zoo/dog")
    (folder / "zoo" / "cat" / "gone.png").symlink_to(tmp_path / "nothing")
    with pytest.raises(DataError, match=r"gone\.png cannot be read \(No such file"):
        data.load(folder)
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "self").symlink_to(tmp_path / "again")
    with pytest.raises(DataError, match=r"has 1 class folder\(s\)"):
        data.load(tmp_path / "again")


def test_the_same_picture_in_two_places_is_counted(tmp_path, capsys):
    folder = grow(
        tmp_path / "pictures", "train/cat train/dog test/cat=2 test/dog=2 val/cat val/dog"
    )
    data.load(folder)
    assert "images are training images" not in capsys.readouterr().out
    for source, target in (("train/cat/0", "test/cat/9"), ("train/dog/1", "train/cat/8")):
        (folder / f"{target}.png").write_bytes((folder / f"{source}.png").read_bytes())
    Image.open(folder / "train" / "dog" / "3.png").save(folder / "val" / "dog" / "9.bmp")
    data.load(folder)
    told = capsys.readouterr().out
    assert re.search(r"1 of 5 test images are training images, too, such as .*9\.png, which", told)
    assert re.search(r"1 of 9 validation images are training images, too, such as .*9\.bmp", told)
    assert re.search(r"1 images lie in two classes, such as .*1\.png, which is .*8\.png", told)


def test_large_photographs_need_a_size_at_once(tmp_path, monkeypatch):
    folder = grow(tmp_path / "pictures", "cat dog")
    for path in folder.rglob("*.png"):
        Image.new("RGB", (400, 300)).save(path)
    assert data.load(folder, size=300).train_images.shape[2:] == (300, 300)
    monkeypatch.setattr("cnnlab.data.folders.decode", None)  # headers will do
    with pytest.raises(DataError, match=r"are 300x400 pixels, .*--size 32 .*in Python: size=32"):
        data.load(folder)


@pytest.mark.parametrize("name", ["photos.zip", "photos.tar.gz", "Photos.RAR"])
def test_an_archive_is_to_be_unpacked(tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(DataError, match=r"is a file\. Unpack it, and give the folder"):
        data.load(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "part", "exact"),
    [
        ("Train", "train", True),
        ("TrainingData", "train", True),
        ("VALIDATION", "validation", True),
        ("02_Test_Images", "test", True),
        ("seg_train", "train", False),
        ("test tube", "test", False),
    ],
)
def test_names_of_parts(name, part, exact):
    assert role(name)[:2] == (part, exact)


@pytest.mark.parametrize("name", ["trains", "attest", "latest", "contest", "value", "train_test"])
def test_names_of_no_part(name):
    assert role(name) is None
