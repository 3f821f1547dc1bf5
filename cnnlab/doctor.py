"""Look at this machine and say whether the course runs on it, and what will be slow."""

import importlib
import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Iterator

from cnnlab import __version__

NEEDED = ("torch", "torchvision", "matplotlib", "jupyterlab", "ipywidgets", "anywidget")
SLOW = 400  # images/s with SmallCNN; below, lessons that train take minutes instead of one


def examine() -> Iterator[tuple[bool, str, str]]:
    """Yield what was looked at, line by line: (is it all right, what, the finding)."""
    python = sys.version_info >= (3, 11)
    mend = "" if python else "; the course needs 3.11 or newer"
    yield python, "Python", f"{platform.python_version()} on {platform.system()}{mend}"
    yield True, "cnnlab", __version__
    for name in NEEDED:
        yield _package(name)
    try:
        importlib.import_module("torch")
    except Exception as error:  # a broken installation fails in any way
        yield False, "torch", f"cannot be imported: {error}"
        return
    yield True, "device", _device()
    yield True, "CIFAR-10", _cifar10()
    yield _training()


def _package(name: str) -> tuple[bool, str, str]:
    try:
        return True, name, importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False, name, "is not installed. In the course's folder: pip install -e ."


def _device() -> str:
    import torch

    from cnnlab.training import best_device

    device = best_device()
    cores = f"{os.cpu_count()} CPU cores, of which torch uses {torch.get_num_threads()}"
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        return f"{properties.name}, {properties.total_memory / 2**30:.0f} GiB; {cores}"
    if device.type == "mps":
        return f"Apple GPU; {cores}"
    return f"{cores}; no GPU. Every lesson runs; lesson 06 says where it uses a smaller budget"


def _cifar10() -> str:
    from cnnlab.data import cifar10

    if found := cifar10.find():
        return f"found: {found}"
    folder = cifar10.data_folder()
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(existing).free / 1e9
    return (
        f"not in {folder}, so lessons use Shapes-10, which needs no download. "
        f"{cifar10.HOW_TO_GET}; {free:.0f} GB are free there"
    )


def _training() -> tuple[bool, str, str]:
    """Time a short training on Shapes-10."""
    from cnnlab import data, models, training

    pictures = data.shapes10(1000, 100)
    history = training.train(models.SmallCNN(), pictures, epochs=2, progress=False)
    speed = history.epochs[-1].images_per_second  # the first epoch warms up
    slow = ". Slow: lessons that train take minutes" if speed < SLOW else ""
    return True, "training", f"{speed:,.0f} images/s with SmallCNN{slow}"
