"""The emoji that come with the package."""

import pytest
import torch

from cnnlab import data
from cnnlab.data import emojis as module
from cnnlab.errors import DataError


def test_each_emoji_is_there_as_three_makers_draw_it():
    found = data.emoji()
    assert found.images.dtype == torch.uint8
    assert found.images.shape == (3 * len(found.names), 3, 32, 32)
    assert (found.groups.bincount() == 3).all()
    assert found.makers[:4].tolist() == [0, 1, 2, 0]
    assert found.labels.bincount().min() >= 100
    for group in range(len(found.names)):
        assert len(found.labels[found.groups == group].unique()) == 1
    flat = found.images.flatten(1)
    assert len(flat.unique(dim=0)) == len(flat)  # no picture twice


def test_the_pictures_lie_on_white():
    corners = data.emoji().images[:, :, ::31, ::31].float()
    assert corners.median() > 250


def test_an_emoji_is_more_like_the_same_emoji_by_another_maker_than_like_most():
    found = data.emoji()
    flat = found.images.flatten(1).float()
    fluent, noto = (flat[found.makers == maker] for maker in (0, 1))
    distances = torch.cdist(fluent, noto)
    same = distances.diagonal()[:, None]
    assert (distances < same).float().mean() < 0.25


def test_a_damaged_sheet_is_named(tmp_path, monkeypatch):
    copy = tmp_path / "emoji.jpg"
    copy.write_bytes(module.SHEET.read_bytes()[:5000])
    monkeypatch.setattr(module, "SHEET", copy)
    with pytest.raises(DataError, match=r"emoji\.jpg .*Install cnnlab again"):
        data.emoji()
