"""Folders, words and command lines that cannot be used, and what has to be said of each."""

import numpy as np
import torch
from PIL import Image
from torch import nn

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


def small(*others):
    """Return a network for gray images of 24x24 pixels, or a convolution with other layers."""
    rest = [nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(400, 10)]
    return nn.Sequential(nn.Conv2d(1, 4, 5), *(others or rest))


class TwoInputs(nn.Module):
    def __init__(self, *parts):
        super().__init__()
        self.parts = nn.ModuleList(parts)

    def forward(self, left, right):
        return left + right


class Middle(nn.Module):
    """A network in whose forward, between two layers, something else happens."""

    def __init__(self, between):
        super().__init__()
        self.first, self.last = nn.Conv2d(1, 4, 5), nn.Linear(400, 10)
        self.between = between

    def forward(self, images):
        return self.last(self.between(self.first(images)))


class Scale(nn.Module):
    """A learner's own layer, with numbers that it learns."""

    def __init__(self):
        super().__init__()
        self.factor = nn.Parameter(torch.ones(3))

    def forward(self, maps):
        return maps * self.factor


class OwnConv(nn.Conv2d):
    pass


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
    ("good --freeze", "--freeze keeps what a trained network knows. Add --start photo", 1),
    ("good --freeze 3", "--freeze keeps what a trained network knows. Add --start photo", 1),
    ("good --start photo --recipe photo", "brings its own network. Leave out --recipe", 1),
    ("good --start photo --model mlp", "brings its own network. Leave out --model", 1),
    ("good --start gone.pt", "start='gone.pt' is neither photo, the network that comes", 1),
    ("good --start taken", "taken is not a model that `train --save` wrote", 1),
    ("good --start good", "good is a folder. Give the file that", 1),
    ("good --start photo --freeze 8", "freeze=8: PhotoCNN has 8 layers", 1),
    ("good --start photo --freeze -1", "freeze=-1 must be at least 0", 1),
    ("good --start photo --freeze some", "--freeze: invalid int value: 'some'", 2),
    ("good --start photo --freeze --flip", "the images are looked at once", 1),
    ("good --start photo --freeze --shift 1", "the images are looked at once", 1),
    ("good --start photo --size 6", "photo takes images of 8x8 pixels or more; these have 6x6", 1),
    ("cifar10 --start photo", "photo was trained on CIFAR-10: it knows these classes", 1),
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
GRAY = (1, 28, 28)
AXES = "It takes 4 axes, first the batch and the channels. input_shape leaves out the batch: "
OTHER = "Use another input_shape, or change the model there."
FAILURES = [  # a model, the shape of an image, what failed after what, and why
    (
        small(),
        GRAY,
        "Linear 4 (in_features=400) got (1, 576) after Conv2d 0, ReLU 1, MaxPool2d 2, Flatten 3",
        "Use in_features=576 there, or another input_shape.",
    ),
    (
        small(),
        (3, 28, 28),
        "Conv2d 0 (in_channels=1) got (1, 3, 28, 28) before any other layer ran",
        "Use in_channels=3 there, or another input_shape.",
    ),
    (small(), (1, *GRAY), "got (1, 1, 1, 28, 28) before any other layer ran", AXES),
    (small(), (28, 28), "got (1, 28, 28) before any other layer ran", AXES),
    (small(nn.ReLU()), (28, 28), "got (1, 28, 28) before any other layer ran", AXES),
    (small(nn.Flatten(0), nn.MaxPool2d(2)), GRAY, "got (2304,) after Conv2d 0, Flatten 1", AXES),
    (OwnConv(1, 4, 5), (28, 28), "OwnConv model got (1, 28, 28) before any other layer ran", AXES),
    (nn.MaxPool2d(2), (28, 28), "MaxPool2d model got (1, 28, 28) before any other layer ran", AXES),
    (nn.AdaptiveAvgPool2d(1), (28, 28), "got (1, 28, 28) before any other layer ran", AXES),
    (nn.BatchNorm2d(28), (28, 28), "got (1, 28, 28) before any other layer ran", AXES),
    (nn.Conv1d(1, 2, 3), GRAY, "got (1, 1, 28, 28) before any other layer ran", "It takes 3 axes"),
    (
        small(),
        (1, 3, 3),
        "Conv2d 0 (in_channels=1) got (1, 1, 3, 3) before any other layer ran",
        "RuntimeError: Calculated padded input size per channel: (3 x 3). Kernel size: (5 x 5).",
    ),
    (
        small(nn.Linear(2304, 10)),
        GRAY,
        "Linear 1 (in_features=2304) got (1, 4, 24, 24) after Conv2d 0",
        "Put nn.Flatten() before it.",
    ),
    (
        small(nn.BatchNorm2d(8)),
        GRAY,
        "BatchNorm2d 1 (num_features=8) got (1, 4, 24, 24) after Conv2d 0",
        "Use num_features=4 there, or another input_shape.",
    ),
    (
        nn.Sequential(*[nn.ReLU()] * 6, nn.GroupNorm(1, 8)),
        GRAY,
        "got (1, 1, 28, 28) after 6 layers, the last of them ReLU 0, ReLU 0, ReLU 0, ReLU 0",
        "Use num_channels=1 there, or another input_shape.",
    ),
    (
        nn.Sequential(nn.Flatten(), nn.Embedding(5, 4)),
        GRAY,
        "Embedding 1 got (1, 784) after Flatten 0",
        "RuntimeError: Expected tensor for argument #1 'indices'",
    ),
    (
        TwoInputs(),
        GRAY,
        "TwoInputs model got (1, 1, 28, 28) before any other layer ran",
        "TypeError: TwoInputs.forward() missing 1 required positional argument: 'right'. It gets "
        "the image alone: wrap it in a model that makes the rest.",
    ),
    (
        TwoInputs(nn.ReLU()),
        GRAY,
        "TwoInputs failed before any other layer ran",
        "TypeError: TwoInputs.forward() missing 1 required positional argument: 'right'. It gets",
    ),
    (
        small(nn.Bilinear(24, 24, 4)),
        GRAY,
        "Bilinear 1 got (1, 4, 24, 24) after Conv2d 0",
        "TypeError: Bilinear.forward() missing 1 required positional argument: 'input2'.",
    ),
    (
        Middle(lambda maps: maps.view(-1, 400)),
        GRAY,
        "view got (1, 4, 24, 24) after Conv2d first",
        f"RuntimeError: shape '[-1, 400]' is invalid for input of size 2304. {OTHER}",
    ),
    (
        Middle(lambda maps: torch.cat([maps, maps[..., 1:]], 1)),
        GRAY,
        "cat got (1, 4, 24, 24), (1, 4, 24, 23) after Conv2d first",
        "RuntimeError: Sizes of tensors must match except in dimension 1.",
    ),
    (
        Middle(lambda maps: maps.flatten(1).softmax(3)),
        GRAY,
        "softmax got (1, 2304) after Conv2d first",
        "IndexError: Dimension out of range",
    ),
    (small(Scale()), GRAY, "mul got (1, 4, 24, 24), (3,) after Conv2d 0", "RuntimeError: The size"),
    (
        Middle(lambda maps: maps.gone),
        GRAY,
        "Middle failed after Conv2d first",
        "AttributeError: 'Tensor' object has no attribute 'gone'.",
    ),
    (
        nn.ModuleList([nn.ReLU()]),
        GRAY,
        "ModuleList failed before any other layer ran",
        "NotImplementedError: Module [ModuleList] is missing the required",
    ),
]
NOT_DESCRIBED = [  # what is no model or no shape, and what is said
    (small, GRAY, "model is of type function, not an nn.Module"),
    (nn.ReLU, GRAY, "model is the class ReLU. Make a network: ReLU()"),
    (small().forward, GRAY, "model is of type method, not an nn.Module"),
    ("lenet5", GRAY, "model is of type str, not an nn.Module"),
    (None, GRAY, "model is of type NoneType, not an nn.Module"),
    ([nn.ReLU()], GRAY, "model is of type list, not an nn.Module"),
    (small(), 28, "input_shape=28 must be several sizes, such as (3, 32, 32)"),
    (small(), None, "input_shape=None must be several sizes"),
    (small(), "1x28x28", "input_shape='1x28x28' must be several sizes"),
    (small(), (), "input_shape=() has no size. Use (channels, height, width)."),
    (small(), (1, 0, 28), "input_shape[1]=0 must be at least 1"),
    (small(), (1, 28, -28), "input_shape[2]=-28 must be at least 1"),
    (small(), (1, 28.0, 28), "input_shape[1]=28.0 is float, not an integer"),
    (small(), ("1", "28", "28"), "input_shape[0]='1' is str, not an integer"),
    (small(), (1, (28, 28)), "input_shape[1]=(28, 28) is tuple, not an integer"),
    (small(), (1, 10**7, 10**7), "input_shape=(1, 10000000, 10000000) does not fit into memory"),
    (small(), (1, 10**30, 28), "does not fit into memory"),
]
