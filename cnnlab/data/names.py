"""What the names of folders and files say: a part of the data, a date, a camera, a class."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

# The words for a part, the usual one first.
PARTS = {
    "train": ("train", "training", "trainval", "trn"),
    "test": ("test", "testing", "tst", "holdout", "eval", "evaluation"),
    "validation": ("val", "valid", "validation", "dev"),
}
ALSO_CLASSES = {"train", "training", "valid", "dev"}  # beside bus, invalid and other first names
STUCK_ON = re.compile("(set|data|images?|pictures?|photos?)$")  # as in trainset
AROUND = {
    *("data", "dataset", "set", "sets", "split", "folder", "dir", "files", "all", "new", "final"),
    *("image", "images", "img", "imgs", "picture", "pictures", "pics", "photo", "photos"),
}
NOT_WHAT_IS_SEEN = {
    *("annotation", "annotations", "bbox", "bboxes", "gt", "label", "labels", "mask", "masks"),
    *("ground truth", "meta", "metadata", "segmentation", "segmentations", "thumbnails", "xml"),
    *("new folder", "untitled folder"),
    *AROUND,
}
DATE = re.compile(r"(19|20)\d\d([-_. ]?\d\d){0,2}")
DATE_OR_CAMERA = re.compile(rf"{DATE.pattern}|\d{{3}}[A-Z0-9_]{{5}}")  # 100APPLE
NUMBER = re.compile(r"^[\W\d_]+|[\W\d_]+$")  # in cat.12, cat (12) and 12_cat
COPY = re.compile(r"^copy of |( -)? (copy|kopie|copie|copia)( \(\d+\))?$| \(\d+\)$")
BY_CAMERAS = {
    "img",
    "image",
    "dsc",
    "dscn",
    "dscf",
    "pxl",
    "mvimg",
    "photo",
    "picture",
    "screenshot",
}
COVERED = 0.9  # of the pictures, by the beginnings of their names


class Role(NamedTuple):
    """The part that a folder's name stands for.

    Attributes:
        exact: whether nothing else is in the name, as there is in seg_test or test tube.
        rank: sorts the folders for one part, the usual name first.
        rest: what else is in the name.
        may_be_class: whether it is as likely to name what is seen, as train does beside bus.
    """

    part: str
    exact: bool
    rank: tuple[int, int]
    may_be_class: bool
    rest: str


def role(name: str) -> Role | None:
    """Return the part that a name stands for, in any case and with other words around; or None."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    words = re.findall(r"[^\W\d_]+", re.sub(r"hold[\W_]?out", "holdout", spaced.lower()))
    words = [word if word in AROUND else STUCK_ON.sub("", word) or word for word in words]
    known = {word: part for part, its_words in PARTS.items() for word in its_words}
    parts = {known[word] for word in words if word in known}
    if parts == {"train", "validation"}:  # what is neither for testing
        parts = {"train"}
    if len(parts) != 1:
        return None
    part = parts.pop()
    first = next(word for word in words if known.get(word) == part)
    others = [word for word in words if word not in known and word not in AROUND]
    rank = (len(words), PARTS[part].index(first))
    may_be_class = bool(others) or first in ALSO_CLASSES
    return Role(part, not others, rank, may_be_class, " ".join(others))


def shown(name: str) -> str:
    """Return a name in the one spelling that systems agree on, é as one letter.

    A letter that is not UTF-8, as of a folder that was named in Latin-1, becomes a question mark.
    """
    return unicodedata.normalize("NFC", name.encode(errors="replace").decode())


def loose(name: str) -> str:
    """Return what names that a person takes for the same have in common."""
    return shown(name).strip().casefold()


def is_odd_class(name: str, names: Iterable[str]) -> bool:
    """Return whether a class is called like a part of a picture, or like a copy of another."""
    own = re.sub(r"[\W_]+", " ", COPY.sub("", loose(name))).strip()
    return own in NOT_WHAT_IS_SEEN or any(own == loose(each) != loose(name) for each in names)


def kinds_by_name(files: Iterable[Path]) -> list[str]:
    """Return what the names have beside numbers, as in cat.0.jpg and dog.0.jpg: classes?"""
    counts = Counter(NUMBER.sub("", path.stem) for path in files)
    repeated = {name: count for name, count in counts.items() if name and count > 1}
    covered = sum(repeated.values()) >= COVERED * counts.total()
    by_cameras = {name.lower() for name in repeated} & BY_CAMERAS
    return sorted(repeated) if len(repeated) > 1 and covered and not by_cameras else []
