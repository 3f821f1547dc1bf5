"""Folders, words and command lines that cannot be used, and what has to be said of each."""

import numpy as np
import torch
from PIL import Image

TRAIN = ["train", "--device", "cpu", "--epochs", "1", "--data"]


def image(path, size=(32, 32), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size).save(path, **options)


def tiny(here):
    for part in ("train", "test"):
        for name in ("a", "b"):
            image(here / "odd" / part / name / "1.png", (6, 6))


def two_sizes(here):
    tiny(here)
    image(here / "odd" / "train" / "a" / "2.png", (7, 6))


def truncated(here):
    tiny(here)
    path = here / "odd" / "train" / "a" / "1.png"
    path.write_bytes(path.read_bytes()[:45])


def no_images(here):
    (here / "odd" / "train" / "a").mkdir(parents=True)
    (here / "odd" / "train" / "b").mkdir()
    (here / "odd" / "test" / "a").mkdir(parents=True)
    (here / "odd" / "test" / "b").mkdir()


def only_text(here):
    for name in ("a", "b"):
        (here / "odd" / name).mkdir(parents=True)
        (here / "odd" / name / "list.txt").write_text("1")


def one_class(here):
    image(here / "odd" / "train" / "a" / "1.png")
    image(here / "odd" / "test" / "a" / "1.png")


def classes_differ(here):
    tiny(here)
    image(here / "odd" / "test" / "c" / "1.png", (6, 6))


def only_test(here):
    image(here / "odd" / "test" / "a" / "1.png")


def one_each(here):
    for name in ("a", "b"):
        image(here / "odd" / name / "1.png")


def empty(here):
    (here / "odd").mkdir()


def floats(here):
    for name in ("a", "b"):
        for number in "12":
            path = here / "odd" / name / f"{number}.tif"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((4, 4), 9, dtype=np.float32)).save(path)


def a_file(here):
    (here / "odd").write_text("not a folder")


def checkpoint(here):
    (here / "run.pt").write_bytes(b"not a checkpoint")


def other_tensors(here):
    torch.save({"weights": torch.ones(3)}, here / "model.pt")


def name_of(value):
    return getattr(value, "__name__", str(value))


def nothing(_):
    pass


def arguments(text):
    return [*TRAIN, *text.split()]


FOLDERS = [  # what is made, and what is said
    (empty, "has 0 class folder(s). Make at least two"),
    (no_images, "holds no image. Remove the folder, or fill it"),
    (only_text, "holds no image"),
    (one_class, "has 1 class folder(s)"),
    (one_each, "holds one image; a class needs two"),
    (only_test, "There is no folder"),
    (classes_differ, "different class folders (c in one only)"),
    (two_sizes, "--size 32 scales all of them"),
    (truncated, "1 of 4 files cannot be read"),
    (floats, "floats outside the range from 0 to 1"),
    (a_file, "odd is a file. Give the folder"),
]
WORDS = [  # arguments after --data, what is said, and the status
    ("cifar-100", "Did you mean", 1),
    ("goood", "Did you mean good?", 1),
    ("cifar10", "No mirror served CIFAR-10", 1),
    ("shapes10 --size 16", "size=(16, 16) is for folders", 1),
    ("good --size big", "--size: 'big' is not a size. Use 32", 2),
    ("good --size 0", "--size: '0' is not a size. Use 32", 2),
    ("good --size 1x2x3", "--size: '1x2x3' is not a size. Use 32", 2),
    ("good --size 3x", "--size: '3x' is not a size. Use 32", 2),
    ("good --size 9999999", "would fit", 1),
    ("good --epochs 0", "epochs=0 must be at least 1", 1),
    ("good --epochs two", "invalid int value: 'two'", 2),
    ("good --batch-size 0", "batch_size=0 must be at least 1", 1),
    ("good --batch-size -3", "batch_size=-3 must be at least 1", 1),
    ("good --learning-rate 0", "learning_rate=0.0 must be greater than 0", 1),
    ("good --learning-rate fast", "invalid float value: 'fast'", 2),
    ("good --learning-rate 1e30", "learning", 1),
    ("good --learning-rate inf", "learning_rate=inf must be greater than 0 and finite", 1),
    ("good --shift -1", "shift=-1", 1),
    ("good --shift 40", "shift=40", 1),
    ("good --device gpu", "device='gpu' must be cpu, cuda or mps", 1),
    ("good --device cuda:77", "device='cuda:77'", 1),
    ("good --device meta", "device='meta' must be cpu, cuda or mps. Leave it out", 1),
    ("good --device cpu:3", "device='cpu:3' must be cpu, cuda or mps", 1),
    ("good --model resnet", "invalid choice: 'resnet'", 2),
    ("good --recipe quick", "invalid choice: 'quick'", 2),
    ("good --recipe fast-cpu --model mlp", "--recipe brings its own --model", 1),
    ("good --resume", "--resume: there is no checkpoint", 1),
    ("good --resume --checkpoint gone.pt", "there is no checkpoint gone.pt", 1),
    ("good --out good", "--out good: this is a folder", 1),
    ("good --save good", "--save good: this is a folder", 1),
    ("good --checkpoint good", "good", 1),
    ("good --out taken/run.json", "--out taken/run.json: nothing can be written there", 1),
    ("good --save taken/model.pt", "--save taken/model.pt: nothing can be written there", 1),
    ("good --figures taken", "--figures taken: nothing can be written there", 1),
    ("good --save /proc/model.pt", "--save /proc/model.pt: nothing can be written there", 1),
    ("good --save a.pt --out ./a.pt", "--out and --save both name a.pt. Give two files", 1),
    ("good --seed -5.5", "invalid int value", 2),
    ("good --seed -1", "seed=-1 must be at least 0", 1),
    ("good --seed 99999999999999999999", "must be from 0 to 4,294,967,295", 1),
    ("good --nothing", "unrecognized arguments: --nothing", 2),
]
OTHERS = [  # whole command lines
    ("predict gone.pt good", "There is no file gone.pt", 1, nothing),
    ("predict taken good", "taken is not a model that `train --save` wrote", 1, nothing),
    ("predict model.pt good", "model.pt is not a model that", 1, other_tensors),
    ("predict good good", "There is no file good", 1, nothing),
    ("site 00 --out taken", "--out taken cannot be written", 1, nothing),
    ("bench cpu --data good --out taken/a.json", "--out taken/a.json: nothing", 1, nothing),
    ("bench scale --data good --device tpu", "device='tpu' must be", 1, nothing),
    ("predict", "the following arguments are required: model, PICTURE", 2, nothing),
    ("train --checkpoint run.pt --resume --data good --epochs 1", "run.pt", 1, checkpoint),
    ("bench cpu --data nowhere", "'nowhere' is neither", 1, nothing),
    ("bench fly", "invalid choice: 'fly'", 2, nothing),
    ("site 99", "99", 1, nothing),
    ("download", "No mirror served CIFAR-10", 1, nothing),
    ("lab --dir taken", "taken cannot be written (File exists). Use --dir", 1, nothing),
]
