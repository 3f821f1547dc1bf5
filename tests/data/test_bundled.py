"""The photographs that come with installed libraries."""

import pytest
import torch

from cnnlab import data
from cnnlab.data import bundled
from cnnlab.errors import DataError, ShapeError


def test_ten_photographs_in_any_size():
    small, wide = data.photographs(), data.photographs((48, 64))
    assert len(small) == 10
    assert {each.shape for each in small.values()} == {(3, 32, 32)}
    assert {each.shape for each in wide.values()} == {(3, 48, 64)}
    assert all(each.dtype == torch.uint8 and each.float().std() > 5 for each in small.values())
    with pytest.raises(ShapeError, match="size=0"):
        data.photographs(0)


def test_a_missing_file_is_named(monkeypatch):
    monkeypatch.setitem(bundled.FILES, "cat", ("skimage", "no-cat.png"))
    with pytest.raises(DataError, match=r"no-cat.png cannot be read .* Install skimage again"):
        data.photographs()
