"""Recipes: what they make, that a seed decides them, and the bench that measures them."""

import json
from dataclasses import replace
from functools import partial

import pytest
import torch

from cnnlab import __main__ as command_line
from cnnlab import bench, data, models, recipes, speedrun


@pytest.fixture(scope="module")
def pictures():
    return data.shapes10(200, 50)


def short(recipe):
    """Return the recipe with a network of its own kind, but a few channels wide, for one epoch."""
    small = partial(models.FastCNN, width=2)
    if isinstance(recipe.model(10), speedrun.SpeedrunCNN):
        small = partial(speedrun.SpeedrunCNN, widths=(4, 4, 4))
    return replace(recipe, model=small, epochs=1)


def test_the_command_line_knows_every_recipe():
    assert set(command_line.RECIPES) == set(recipes.BY_NAME)
    assert all(name == recipe.name for name, recipe in recipes.BY_NAME.items())


def test_the_networks_have_the_sizes_that_are_told():
    sizes = [
        sum(parameter.numel() for parameter in recipe.model(10).parameters())
        for recipe in (recipes.FAST, recipes.FAST_CPU)
    ]
    assert sizes == [6_573_136, 103_960]


@pytest.mark.parametrize("recipe", recipes.BY_NAME.values(), ids=lambda recipe: recipe.name)
def test_a_seed_decides_the_weights_and_leaves_the_callers_random_numbers(recipe, pictures):
    recipe = short(recipe)
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    trained = [
        recipe.train(pictures, seed=seed, device="cpu", progress=False)[0] for seed in (0, 0, 1)
    ]
    assert torch.equal(torch.rand(1), expected)
    first, same, other = (
        torch.cat([parameter.flatten() for parameter in model.parameters()]) for model in trained
    )
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_a_cpu_gets_the_small_recipe():
    assert recipes.for_device("cpu") is recipes.FAST_CPU
    assert recipes.for_device("cuda") is recipes.FAST


def test_bench_prints_the_mean_and_writes_every_run(monkeypatch, tmp_path, capsys, picture_folder):
    monkeypatch.setitem(recipes.BY_NAME, "fast", short(recipes.FAST))
    out = tmp_path / "bench.json"
    folder = str(picture_folder(size=(32, 32)))
    words = ["bench", "gpu", "--device", "cpu", "--recipe", "fast", "--runs", "2", "--data", folder]
    assert command_line.main([*words, "--out", str(out)]) == 0
    kept = json.loads(out.read_text())
    told = capsys.readouterr().out
    mean = sum(run["test_accuracy"] for run in kept["runs"]) / 2
    assert [run["seed"] for run in kept["runs"]] == [0, 1]
    assert f"| 1 | 2 | {mean:.2%} ± " in told
    assert torch.__version__ in told


def test_bench_without_a_gpu_says_so(monkeypatch, capsys):
    monkeypatch.setattr(bench, "best_device", lambda: torch.device("cpu"))
    assert command_line.main(["bench", "gpu"]) == 1
    assert "there is no GPU here that torch can use" in capsys.readouterr().err


def test_bench_needs_a_run():
    with pytest.raises(ValueError, match="runs=0 must be at least 1"):
        bench.gpu(runs=0, device="cpu")
