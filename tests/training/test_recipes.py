"""Recipes: what they make, and that a seed decides them."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch

from cnnlab import __main__ as command_line
from cnnlab import data, models
from cnnlab.training import evaluation, precision, recipes


@pytest.fixture(scope="module")
def pictures():
    return data.shapes10(200, 50)


def short(recipe):
    """Return the recipe with a network of its own kind, but a few channels wide, for one epoch."""
    small = partial(models.FastCNN, width=2)
    for kind in (models.SpeedrunCNN, models.PhotoCNN):
        if isinstance(recipe.model(10), kind):
            small = partial(kind, widths=(4, 4, 4))
    return replace(recipe, model=small).with_settings(epochs=1)


def test_every_recipe_is_known_by_its_name():
    made = {each.name: each for each in vars(recipes).values() if isinstance(each, recipes.Recipe)}
    wanted = "BY_NAME in cnnlab/training/recipes.py has another name for a recipe, or lacks one."
    assert made == recipes.BY_NAME, wanted


def test_the_command_line_knows_every_recipe():
    assert command_line._names("training/recipes.py") == tuple(recipes.BY_NAME)


def test_the_readme_says_what_each_recipe_is():
    table = Path(recipes.__file__).with_name("README.md").read_text("utf-8")
    missing = [name for name in recipes.BY_NAME if f"`{name}`" not in table]
    assert not missing, f"Say in cnnlab/training/README.md, under Recipes, what {missing} are."


def test_the_networks_have_the_sizes_that_are_told():
    sizes = [
        sum(parameter.numel() for parameter in recipe.model(10).parameters())
        for recipe in (recipes.FAST, recipes.FAST_CPU)
    ]
    assert sizes == [6_573_136, 412_960]


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


def test_each_kind_of_device_gets_its_recipe():
    assert recipes.for_device("cpu") is recipes.FAST_CPU
    assert recipes.for_device("cuda") is recipes.FAST
    assert recipes.for_device("mps") is recipes.FAST_MPS


@pytest.fixture
def timed(pictures):
    """A recipe that is made for so many minutes: two epochs, or one where it is in float32."""
    two = short(recipes.LAPTOP_1).with_settings(epochs=2, batch_size=50)
    return replace(two, float32_epochs=1)


@pytest.mark.parametrize(("numbers", "epochs"), [("float32", 1), ("bfloat16", 2)])
def test_a_recipe_of_minutes_has_fewer_epochs_in_float32(timed, pictures, numbers, epochs):
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    recipe = replace(timed, precision=numbers)
    _, history = recipe.train(pictures, device="cpu", progress=False)
    assert torch.equal(torch.rand(1), expected)
    assert (history.precision, len(history.epochs)) == (numbers, epochs)
    assert recipe.on("cpu", pictures).settings.epochs == epochs


def test_epochs_that_are_asked_for_are_taken_in_any_numbers(timed, pictures):
    recipe = replace(timed, precision="float32").with_settings(epochs=3)
    assert recipe.on("cpu", pictures).settings.epochs == 3
    other = replace(timed, precision="float32").with_settings(batch_size=25)
    assert other.on("cpu", pictures).settings.epochs == 1


@pytest.mark.parametrize("numbers", ["float32", "bfloat16"])
def test_a_run_that_goes_on_has_the_epochs_of_its_own_numbers(
    monkeypatch, timed, pictures, tmp_path, numbers
):
    monkeypatch.setattr(precision, "instructions", lambda: ("AVX512_BF16",))
    recipe = replace(timed.with_settings(epochs=3), float32_epochs=2)

    def interrupt(history):
        raise KeyboardInterrupt

    where = {"device": "cpu", "progress": False, "checkpoint": tmp_path / "run.pt"}
    replace(recipe, precision=numbers).train(pictures, on_epoch=interrupt, **where)
    other = {"float32": torch.bfloat16, "bfloat16": torch.float32}[numbers]
    monkeypatch.setattr(precision, "choose", lambda *_: precision.Choice(other, "by a look today"))
    _, history = recipe.train(pictures, **where)
    assert (history.precision, len(history.epochs)) == (numbers, 2 + (numbers == "bfloat16"))


def test_the_command_plans_the_epochs_that_it_trains(monkeypatch, timed, capsys):
    monkeypatch.setitem(recipes.BY_NAME, "laptop-1", timed)
    words = ["train", "--data", "shapes10", "--recipe", "laptop-1", "--device", "cpu"]
    assert command_line.main([*words, "--precision", "float32", "--batch-size", "1000"]) == 0
    told = capsys.readouterr().out
    assert "10,000 training images: batches of 1,000, 1 epoch (10 steps)" in told
    assert "cpu, float32, torch" in told


def test_a_recipe_evaluates_with_its_views(pictures):
    plain = short(recipes.SPEEDRUN_CPU)
    model, history = replace(plain, tta=0).train(pictures, device="cpu", progress=False)
    once = replace(plain, tta=0).evaluate(model, pictures)
    assert once.accuracy == history.test_accuracy
    assert once.loss == pytest.approx(history.epochs[-1].test_loss, rel=1e-4)
    logits = evaluation.predict_with_tta(model, pictures.test_images, share=0.25)
    assert plain.evaluate(model, pictures) == evaluation.score(logits, pictures.test_labels)
