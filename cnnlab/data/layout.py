"""Find the image files of a folder and their classes, however people lay them out."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch

from cnnlab.data.decoding import suffixes
from cnnlab.errors import DataError, report

VALIDATION_NAMES = ("val", "valid", "validation")
SYSTEM_FILES = {
    "$recycle.bin",
    "@eadir",
    "__macosx",
    "__pycache__",
    "desktop.ini",
    "icon\r",
    "lost+found",
    "system volume information",
    "thumbs.db",
}
SPLIT_SEED = 0
TEST_SHARE = 0.2

Labeled = list[tuple[Path, int]]


@dataclass
class Layout:
    """Which files are for training, for testing and for validation, and which others there are.

    Attributes:
        train, test, validation: (file, index of its class).
        test_name: "test", or "validation" if there is val/ alone and it stands in for test/.
        ignored: how many files of each suffix are not images that can be read.
    """

    classes: tuple[str, ...]
    train: Labeled = field(default_factory=list)
    test: Labeled = field(default_factory=list)
    validation: Labeled = field(default_factory=list)
    test_name: str = "test"
    ignored: Counter = field(default_factory=Counter)


def find_layout(folder: Path) -> Layout:
    """Find train/<class>/ with test/, val/ or both, or class folders alone, which are split.

    Files may lie deeper in a class's folder. Hidden files and those of operating systems are
    ignored.

    Raises:
        DataError: naming the folder that does not fit, and the fix.
    """
    top = _unwrapped(folder)
    parts = {path.name.lower(): path for path in _folders(top)}
    choosing = [parts[name] for name in VALIDATION_NAMES if name in parts]
    others = [parts["test"], *choosing] if "test" in parts else choosing
    if others and "train" not in parts:
        raise DataError(f"There is no folder {top / 'train'} beside {others[0].name}/.")
    if not others:
        return _split(parts.get("train", top))
    for path in choosing[1:]:
        report(f"{path.name}/ in {top} is not used: {choosing[0].name}/ is for validation.")
    layout = _parts(parts["train"], others[:2] if "test" in parts else others[:1])
    if "test" not in parts:
        layout.test_name = "validation"
        report(
            f"{top} has no test/: {choosing[0].name}/ is for validation. What is chosen by it "
            f"looks better on it than on new images; images in test/ are looked at once."
        )
    return layout


def _unwrapped(folder: Path) -> Path:
    """Go into the one folder that a zip file often wraps around everything."""
    inside = _folders(folder)
    alone = len(inside) == 1 and not any(_files(folder, deep=False))
    wrapped = alone and inside[0].name.lower() != "train" and len(_folders(inside[0])) > 1
    return inside[0] if wrapped else folder


def _parts(train: Path, others: list[Path]) -> Layout:
    classes = _class_names(train)
    for other in others:
        if odd := set(classes) ^ set(_class_names(other)):
            raise DataError(
                f"{train.parent}: {train.name} and {other.name} have different class folders "
                f"({', '.join(sorted(odd))} in one only)."
            )
    layout = Layout(_at_least_two(train, classes))
    layout.train, layout.test, *validation = (_labeled(each, layout) for each in (train, *others))
    layout.validation = validation[0] if validation else []
    return layout


def _split(top: Path) -> Layout:
    """Keep every fifth image of each class for testing, drawn by a fixed seed."""
    layout = Layout(_at_least_two(top, _class_names(top)))
    generator = torch.Generator().manual_seed(SPLIT_SEED)
    everything = _labeled(top, layout)
    for index, name in enumerate(layout.classes):
        files = [each for each in everything if each[1] == index]
        if len(files) < 2:
            raise DataError(
                f"{top / name} holds one image; a class needs two, one of them to test."
            )
        order = torch.randperm(len(files), generator=generator).tolist()
        count = max(1, round(TEST_SHARE * len(files)))
        layout.test += [files[i] for i in sorted(order[:count])]
        layout.train += [files[i] for i in sorted(order[count:])]
    report(
        f"{top} has no train/ and test/: {len(layout.test):,} of its {len(everything):,} images, "
        f"a fifth of each class by a fixed seed, are kept for testing."
    )
    return layout


def _class_names(part: Path) -> tuple[str, ...]:
    return tuple(path.name for path in _folders(part))


def _at_least_two(part: Path, classes: tuple[str, ...]) -> tuple[str, ...]:
    if len(classes) < 2:
        raise DataError(
            f"{part} has {len(classes)} class folder(s). Make at least two, each with the images "
            f"of one class: {part / 'cat'} and {part / 'dog'}, say."
        )
    return classes


def _labeled(part: Path, layout: Layout) -> Labeled:
    found: Labeled = []
    for index, name in enumerate(layout.classes):
        files = list(_files(part / name))
        images = [path for path in files if _is_image(path)]
        layout.ignored.update(_kind(path) for path in files if not _is_image(path))
        if not images:
            raise DataError(f"{part / name} holds no image. Remove the folder, or fill it.")
        found += [(path, index) for path in images]
    layout.ignored.update("outside class folders" for _ in _files(part, deep=False))
    return found


def images_in(folder: Path) -> list[Path]:
    """Return the images in a folder and in its folders, without what systems leave behind."""
    return sorted(filter(_is_image, _files(folder)))


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in suffixes()


def _kind(path: Path) -> str:
    return path.suffix.lower() or "without suffix"


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and _is_own(path.name))


def _files(folder: Path, *, deep: bool = True) -> Iterator[Path]:
    """Yield the files of a folder by name, and of its folders, but not the system's own."""

    def refuse(error: OSError) -> None:
        raise error

    seen = set()  # of the folders: a link may lead back
    for root, folders, names in os.walk(folder, onerror=refuse, followlinks=True):
        seen.add(os.path.realpath(root))
        own = sorted(name for name in folders if deep and _is_own(name))
        folders[:] = [name for name in own if os.path.realpath(Path(root, name)) not in seen]
        yield from (Path(root) / name for name in sorted(names) if _is_own(name))


def _is_own(name: str) -> bool:
    return not name.startswith(".") and name.lower() not in SYSTEM_FILES
