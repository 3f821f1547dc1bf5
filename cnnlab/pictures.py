"""Hold pictures and labels as tensors, read them from folders, keep them in one file."""

import hashlib
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from cnnlab.errors import DataError
from cnnlab.files import save_whole

SUFFIXES = (".png", ".jpg", ".jpeg")
ORDER_SEED = 0  # of the order in which pictures come, whatever their order on the disk


def tell(sentence: str) -> None:
    """Say one sentence to the learner: the one place where the package prints by itself."""
    print(sentence, flush=True)


@dataclass(frozen=True, eq=False)
class ImageData:
    """Training and test pictures with their labels.

    Attributes:
        train_images, test_images: (N, 3, height, width) uint8.
        train_labels, test_labels: (N,) int64, indices into `classes`.
        classes: the name of each label.
        name: "shapes10", "cifar10", or the folder's name.
        source: where the pictures come from, to be printed beside every figure.
    """

    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    classes: tuple[str, ...]
    name: str
    source: str

    def to(self, device: torch.device | str) -> "ImageData":
        """Return the same pictures on `device`."""
        return replace(self, **{name: part.to(device) for name, part in self._tensors().items()})

    def subset(self, n: int, seed: int = 0) -> "ImageData":
        """Return `n` training pictures drawn by `seed`, with all test pictures.

        Raises:
            ValueError: if there are fewer than `n` training pictures, or `n` is below 1.
        """
        total = len(self.train_labels)
        if not 1 <= n <= total:
            raise ValueError(f"n={n} must be from 1 to {total}, the training pictures there are.")
        order = torch.randperm(total, generator=torch.Generator().manual_seed(seed))
        chosen = order[:n].to(self.train_labels.device)
        return replace(
            self, train_images=self.train_images[chosen], train_labels=self.train_labels[chosen]
        )

    def _tensors(self) -> dict[str, Tensor]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, Tensor)}

    def __repr__(self) -> str:
        channels, height, width = self.train_images.shape[1:]
        return (
            f"{self.source}: {len(self.train_labels):,} training and {len(self.test_labels):,} "
            f"test pictures of {channels}x{height}x{width}, {len(self.classes)} classes"
        )


def in_fixed_order(images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Shuffle by a fixed seed.

    Folders are sorted by class. On sorted test batches a network left in train mode looks
    broken, and a first batch of one class teaches nothing.
    """
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(ORDER_SEED))
    return images[order], labels[order]


def read_folder(folder: Path, *, name: str, source: str) -> ImageData:
    """Read `train/<class>/*` and `test/<class>/*` (png or jpg, all of one size) as RGB.

    Raises:
        DataError: naming the file or folder that does not fit, and the mend.
    """
    classes = _class_names(folder / "train")
    if (in_test := _class_names(folder / "test")) != classes:
        odd = sorted(set(classes) ^ set(in_test))
        raise DataError(
            f"{folder}: train and test have different class folders ({', '.join(odd)} in one only)."
        )
    if len(classes) < 2:
        raise DataError(
            f"{folder}/train has {len(classes)} class folder(s). Make at least two: "
            f"train/<class>/*.png, with the same classes under test."
        )
    train, test = (_read_split(folder / part, classes) for part in ("train", "test"))
    if train[0].shape[1:] != test[0].shape[1:]:
        raise DataError(
            f"{folder}: train pictures are {_size(train[0])} but test pictures are "
            f"{_size(test[0])} pixels. Resize them all to one size."
        )
    return ImageData(*in_fixed_order(*train), *in_fixed_order(*test), classes, name, source)


def picture_files(folder: Path) -> list[Path]:
    """Return the pictures directly in `folder`, by name."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)


def _class_names(folder: Path) -> tuple[str, ...]:
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}. Pictures go to train/<class>/ and test/.")
    inside = (path.name for path in folder.iterdir() if path.is_dir())
    return tuple(sorted(name for name in inside if not name.startswith(".")))


def _read_split(folder: Path, classes: Sequence[str]) -> tuple[Tensor, Tensor]:
    files = [(path, i) for i, each in enumerate(classes) for path in picture_files(folder / each)]
    counts = torch.bincount(torch.tensor([i for _, i in files]), minlength=len(classes))
    if not counts.all():
        empty = classes[int(counts.argmin())]
        raise DataError(f"{folder / empty} holds no picture that ends in {', '.join(SUFFIXES)}.")
    with ThreadPoolExecutor() as pool:  # decoding releases Python's lock
        pictures = list(pool.map(_read_picture, (path for path, _ in files)))
    for picture, (path, _) in zip(pictures, files, strict=True):
        if picture.shape != pictures[0].shape:
            raise DataError(
                f"Pictures differ in size: {files[0][0]} is {_size(pictures[0])} and {path} is "
                f"{_size(picture)} pixels. Resize them all to one size."
            )
    images = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()
    return images, torch.tensor([i for _, i in files])


def _read_picture(path: Path) -> np.ndarray:
    try:
        with Image.open(path) as picture:
            return np.asarray(picture.convert("RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise DataError(f"{path} is no readable picture ({error}). Mend or delete it.") from None


def _size(pictures: Tensor | np.ndarray) -> str:
    if isinstance(pictures, Tensor):
        return f"{pictures.shape[-2]}x{pictures.shape[-1]}"
    return f"{pictures.shape[0]}x{pictures.shape[1]}"


def fingerprint(folder: Path) -> str:
    """Return a hash of every file's name, size and time: another one when a file has changed."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*/*/*")):
        status = path.stat()
        line = f"{path.relative_to(folder)} {status.st_size} {status.st_mtime_ns}\n"
        digest.update(line.encode())
    return digest.hexdigest()


def save(image_data: ImageData, path: Path, *, made_from: str) -> None:
    """Write all tensors to one file, whole or not at all. A full or read-only disk is told."""
    record = {field.name: getattr(image_data, field.name) for field in fields(image_data)}
    record |= {"made_from": made_from, "checksum": _checksum(image_data)}
    try:
        save_whole(record, path)
    except OSError as error:
        tell(f"{path} could not be written ({error}); the pictures are decoded anew each time.")


def load_saved(path: Path, *, made_from: str) -> ImageData | None:
    """Return what `save` wrote, or None if it is missing, damaged or made from something else."""
    if not path.is_file():
        return None
    try:
        record = torch.load(path, weights_only=True)
        made, checksum = record.pop("made_from"), record.pop("checksum")
        image_data = ImageData(**record)
        whole = checksum == _checksum(image_data)
    except Exception:  # a damaged file can fail in any way; each means the same
        whole = False
    if not whole:
        tell(f"{path} is damaged and is made again.")
        return None
    return image_data if made == made_from else None


def _checksum(image_data: ImageData) -> int:
    checksum = 0
    for tensor in image_data._tensors().values():
        checksum = zlib.crc32(tensor.contiguous().numpy(), checksum)
    return checksum
