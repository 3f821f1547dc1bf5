"""Look at this machine and say whether the course runs on it, and what will be slow."""

import importlib
import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cnnlab import __version__
from cnnlab.course import CLONE, LESSONS
from cnnlab.errors import own_file, shell_command

if TYPE_CHECKING:
    from torch import Tensor

NEEDED = ("torch", "torchvision", "matplotlib", "ipywidgets", "anywidget")
ELSEWHERE = "Open the lessons in Colab (README.md, Where it runs)"
NO_TORCH = {  # (system, machine): why it cannot be installed
    ("Darwin", "x86_64"): f"is no longer made for Intel Macs. {ELSEWHERE}; on a Mac with Apple's "
    "chip, install a Python that is made for it",
    ("Windows", "ARM64"): f"is not made for Windows on ARM. {ELSEWHERE}",
}
GRADIENTS_AGREE = 1e-3  # of the largest number; float32 gives 1e-6, TF32 on CUDA up to 1e-3
SMALLER = (  # how to get torch without CUDA: with the package, in a clone
    "a new environment whose torch comes from https://download.pytorch.org/whl/cpu",
    "`make lab TORCH=cpu` in a fresh clone",
)
COMFORTABLE = 4e9  # bytes: two lessons that are open
SLOW = 400  # images/s with SmallCNN; below, lessons that train take minutes instead of one


def examine() -> Iterator[tuple[bool, str, str]]:
    """Yield what was looked at, line by line: (is it all right, what, the finding)."""
    python = sys.version_info >= (3, 11)
    hint = "" if python else "; the course needs 3.11 or newer"
    yield python, "Python", f"{platform.python_version()} on {platform.system()}{hint}"
    copy = own_file("cnnlab")
    yield True, "cnnlab", __version__ + (f", read from {copy}, not as installed" if copy else "")
    yield True, "command", f"where it says cnnlab, a terminal here takes: {shell_command()}"
    for name in NEEDED:
        yield _package(name)
    needs = f"is not installed; `{shell_command('lab')}` needs it"
    yield True, "jupyterlab", _version("jupyterlab") or needs
    try:
        importlib.import_module("torch")
    except Exception as error:  # a broken installation fails in any way
        yield False, "torch", f"cannot be imported: {error}"
        return
    yield True, "device", _device()
    if hint := _torch_hint():
        yield True, "torch build", hint
    if _device_type() != "cpu":
        yield examine_gradients(_device_type())
    yield True, "memory", _memory()
    yield True, "numbers", _numbers()
    yield examine_data()
    yield _training()


def _package(name: str) -> tuple[bool, str, str]:
    version = _version(name)
    finding = version or "is not installed. Install the course again"
    if not version and name == "torch":
        finding = NO_TORCH.get((platform.system(), platform.machine()), finding)
    return bool(version), name, finding


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


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
    return f"{cores}; no GPU. Every lesson runs; your training in lesson 06 takes minutes"


def _device_type() -> str:
    from cnnlab.training import best_device

    return best_device().type


def examine_gradients(device: str) -> tuple[bool, str, str]:
    """Return the line on whether a device's gradients are those of the CPU."""
    import torch

    difference = largest_difference(_gradients("cpu"), _gradients(device))
    good = difference < GRADIENTS_AGREE
    finding = f"{device} and the CPU differ by {difference:.1e} of the largest"
    if not good:
        finding += (
            f": training on {device} would go wrong with torch {torch.__version__}. Train with "
            f'device="cpu", or install another version of torch'
        )
    return good, "gradients", finding


def largest_difference(right: "list[Tensor]", given: "list[Tensor]") -> float:
    """Return by how much gradients differ, as a share of the largest number of each."""
    pairs = zip(right, given, strict=True)
    return max(float((r - g.cpu()).abs().max() / r.abs().max()) for r, g in pairs)


def _gradients(device: str) -> "list[Tensor]":
    """Return the gradients of a convolution and a batch norm, as training computes them."""
    import torch

    from cnnlab.training.devices import memory_format_on

    generator = torch.Generator().manual_seed(0)
    layers = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8))
    with torch.no_grad():
        for weight in layers.parameters():
            weight.copy_(torch.rand(weight.shape, generator=generator))
    memory_format = memory_format_on(torch.device(device))
    layers.to(device).to(memory_format=memory_format)
    images = torch.rand(8, 3, 12, 12, generator=generator).to(device)
    (layers(images.contiguous(memory_format=memory_format)) ** 2).mean().backward()
    return [weight.grad for weight in layers.parameters()]


def _torch_hint() -> str:
    import torch

    return build_hint(
        torch.version.cuda,
        has_card=has_nvidia_card(),
        usable=torch.cuda.is_available(),
        system=platform.system(),
    )


def has_nvidia_card(dev: Path = Path("/dev")) -> bool:
    """Return whether this machine has an NVIDIA card with a driver, whatever torch can use."""
    return shutil.which("nvidia-smi") is not None or any(dev.glob("nvidia[0-9]*"))


def build_hint(cuda: str | None, *, has_card: bool, usable: bool, system: str) -> str:
    """Return why another build of torch or another driver would be better; "" if none would.

    Args:
        cuda: the CUDA version of this build of torch, None for a build without CUDA.
        has_card: whether there is an NVIDIA card.
        usable: whether torch can use a GPU through CUDA.
        system: the name that `platform.system` returns.
    """
    if has_card and not usable and cuda:
        return (
            f"there is an NVIDIA card, but torch cannot use it: its driver is too old for CUDA "
            f"{cuda} or not running, or CUDA_VISIBLE_DEVICES hides the card. See `nvidia-smi`"
        )
    if has_card and not usable:
        fix = "choose one with CUDA at pytorch.org"
        if system == "Linux" and LESSONS == CLONE:
            fix = "`make lab` in a fresh clone, without TORCH=cpu, installs one with CUDA"
        return f"there is an NVIDIA card, but this build of torch has no CUDA: {fix}"
    if cuda and not has_card and not usable and system == "Linux":
        return (
            "this build of torch brings CUDA libraries that no card here uses: "
            f"{SMALLER[LESSONS == CLONE]} saves about 4.5 GB"
        )
    return ""


def _memory() -> str:
    """Say how much memory is free, and what to do where it is little."""
    from cnnlab.data.memory import available_bytes

    free = available_bytes()
    if free is None:
        return "how much is free cannot be told here; a lesson takes up to 2 GB"
    enough = free >= COMFORTABLE
    hint = "" if enough else ". Close a lesson's kernel (Kernel, Shut Down) before the next opens"
    return f"{free / 1e9:.1f} GB are free; a lesson takes up to 2{hint}"


def _numbers() -> str:
    """Say which numbers `cnnlab train` computes in here, and why."""
    import torch

    from cnnlab import models, training
    from cnnlab.training import precision

    device = training.best_device()
    network = models.SpeedrunCNN(widths=(16, 64, 64)).to(device)
    return str(precision.choose(network, torch.rand(250, 3, 32, 32), device))


def examine_data() -> tuple[bool, str, str]:
    """Return the line on CIFAR-10: where it is, or how to get it, or why it cannot be kept."""
    from cnnlab.data import cifar10

    if found := cifar10.find():
        return True, "CIFAR-10", f"found: {found}"
    folder = cifar10.data_folder()
    existing = next((each for each in (folder, *folder.parents) if each.exists()), None)
    if existing is None:
        drive = folder.anchor or folder
        return False, "CIFAR-10", f"{drive} of {folder} is not there. Set CNNLAB_DATA to a folder"
    if not existing.is_dir():
        finding = f"needs a folder, and {existing} is a file. Set CNNLAB_DATA to a folder"
        return False, "CIFAR-10", finding
    free = shutil.disk_usage(existing).free / 1e9
    hint = f"{cifar10.how_to_get()}; {free:.0f} GB are free there"
    finding = f"not in {folder}, so lessons use Shapes-10, which needs no download. {hint}"
    return True, "CIFAR-10", finding


def _training() -> tuple[bool, str, str]:
    """Time a short training on Shapes-10."""
    from cnnlab import data, models, training

    image_data = data.shapes10(1000, 100)
    history = training.train(models.SmallCNN(), image_data, epochs=2, progress=False)
    speed = history.epochs[-1].images_per_second  # the first epoch warms up
    slow = ". Slow: lessons that train take minutes" if speed < SLOW else ""
    return True, "training", f"{speed:,.0f} images/s with SmallCNN{slow}"
