"""What the tests of the bench share."""

from dataclasses import replace
from functools import partial

import pytest
import torch

from cnnlab import data, models
from cnnlab.bench import peak
from cnnlab.training import recipes


@pytest.fixture
def small_recipes(monkeypatch):
    """The commands as they are, but with networks a few channels wide, small batches and matrices.

    torch.compile traces them and writes no C++: that is minutes on some machines, and not ours.
    """
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="eager"))
    monkeypatch.setattr(peak, "SIDE", 256)
    fast = replace(recipes.FAST, model=partial(models.FastCNN, width=2)).with_settings(epochs=1)
    tiny = partial(models.SpeedrunCNN, widths=(4, 4, 4))
    quick = replace(recipes.SPEEDRUN_CPU, model=tiny)
    quick = quick.with_settings(batch_size=4, epochs=1)
    monkeypatch.setitem(recipes.BY_NAME, "fast", fast)
    monkeypatch.setitem(recipes.BY_NAME, "speedrun-cpu", quick)
    monkeypatch.setattr(recipes, "SPEEDRUN_CPU", quick)


@pytest.fixture
def folder(picture_folder):
    return str(picture_folder(size=(32, 32)))


@pytest.fixture(scope="module")
def pictures():
    return data.shapes10(40, 20)
