"""Drawn pictures that come with the package: each emoji as three makers draw it.

They stand for a learner's own pictures: small, in colour, of unequal classes, and several show
the same thing. README.md beside this file says whose they are.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from cnnlab.data.decoding import decode
from cnnlab.errors import DataError

SHEET, CONTENTS = (Path(__file__).with_name(f"emoji.{suffix}") for suffix in ("jpg", "json"))
SIDE = 32
IN_A_ROW = 36


@dataclass(frozen=True, eq=False)
class Emoji:
    """Pictures with the class of each, and what it shows.

    Attributes:
        images: (N, 3, 32, 32) uint8, on white.
        labels: (N,) int64, indices into `classes`.
        groups: (N,) int64: pictures with the same number show the same emoji, indices into `names`.
        makers: (N,) int64, indices into `maker_names`.
        classes, names, maker_names: what the numbers mean.
    """

    images: Tensor
    labels: Tensor
    groups: Tensor
    makers: Tensor
    classes: tuple[str, ...]
    names: tuple[str, ...]
    maker_names: tuple[str, ...]


def emoji() -> Emoji:
    """Return the emoji that come with the package, in the order of their classes.

    Source:
        Fluent Emoji by Microsoft (MIT), Noto Emoji by Google (Apache 2.0) and Twemoji by Twitter
        and contributors (CC BY 4.0), scaled to 32x32 pixels on white.

    Raises:
        DataError: if the file with the pictures is missing or damaged.

    Example:
        `data.emoji().classes`
    """
    contents = json.loads(CONTENTS.read_text("utf-8"))
    makers, shown = contents["makers"], contents["emoji"]
    count = len(makers) * len(shown)
    try:
        sheet = torch.from_numpy(decode(SHEET).copy())
        rows, columns = (sheet.shape[0] // SIDE, sheet.shape[1] // SIDE)
        tiles = sheet.view(rows, SIDE, columns, SIDE, 3).permute(0, 2, 4, 1, 3)
        images = tiles.reshape(-1, 3, SIDE, SIDE)[:count].contiguous()
        if columns != IN_A_ROW or len(images) < count:
            raise ValueError("has another size than it should")
    except (ValueError, RuntimeError) as error:
        raise DataError(f"{SHEET} {error}. Install cnnlab again.") from None
    groups = torch.arange(len(shown)).repeat_interleave(len(makers))
    return Emoji(
        images=images,
        labels=torch.tensor([label for label, _ in shown])[groups],
        groups=groups,
        makers=torch.arange(len(makers)).repeat(len(shown)),
        classes=tuple(contents["classes"]),
        names=tuple(name for _, name in shown),
        maker_names=tuple(makers),
    )
