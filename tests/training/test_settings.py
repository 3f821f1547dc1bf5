"""Each setting is explained, is used, and leaves a recipe its own value."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from cnnlab import __main__ as command_line
from cnnlab import training
from cnnlab.training.settings import Settings

OPTIONS = vars(command_line._parser().parse_args(["train"]))
FIELDS = [pytest.param(each, id=each.name) for each in fields(Settings)]
OFFERED = [each for each in fields(Settings) if each.name in OPTIONS and each.name != "seed"]


@pytest.mark.parametrize("field", FIELDS)
def test_a_setting_is_explained_and_used(field):
    explained = f"\n        {field.name}: " in Settings.__doc__
    assert explained, f"Say under Attributes of Settings what {field.name} is."
    modules = Path(training.__file__).parent.glob("*.py")
    code = "".join(path.read_text("utf-8") for path in modules)
    used = re.search(rf"settings\.{field.name}\b", code)
    assert used, f"Nothing in cnnlab/training reads settings.{field.name}."


@pytest.mark.parametrize("field", OFFERED, ids=lambda field: field.name)
def test_an_option_leaves_a_recipe_its_own_setting(field, capsys):
    option = "--" + field.name.replace("_", "-")
    assert OPTIONS[field.name] is None, f"{option} needs no default: it would replace a recipe's."
    with pytest.raises(SystemExit):
        command_line.main(["train", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    follows = field.name in ("epochs", "batch_size")
    default = command_line.FOLLOWS if follows else str(field.default)
    wanted = rf"{option} [A-Z_]+ [^-]*default: the recipe's, or {re.escape(default)}\b"
    assert re.search(wanted, said), f"The help of {option}: default: the recipe's, or {default}"


@pytest.mark.parametrize("count", [2, 5, 8, 9, 17, 33, 96, 97, 145, 400, 1001, 9_599])
def test_batches_and_epochs_follow_few_images(count):
    settings = Settings.for_images(count)
    steps = -(-count // settings.batch_size)
    assert settings.epochs * steps == settings.steps(count)
    assert 300 <= settings.steps(count) < 300 + steps or settings.epochs == 4
    assert steps >= 12 or settings.batch_size <= 9
    assert count % settings.batch_size != 1  # batch norm can do nothing with a single image


@pytest.mark.parametrize("count", [9_600, 10_000, 50_000])
def test_many_images_are_trained_on_as_before(count):
    assert Settings.for_images(count) == Settings(epochs=4)


def test_what_is_given_is_taken():
    given = Settings.for_images(96, epochs=20, learning_rate=1e-2)
    assert given == Settings(
        epochs=20, batch_size=Settings.for_images(96).batch_size, learning_rate=1e-2
    )
    assert Settings.for_images(96, batch_size=96) == Settings(epochs=300, batch_size=96)
    assert Settings.for_images(96, batch_size=128, epochs=1) == Settings(epochs=1)


@pytest.mark.parametrize(("name", "value"), [("batch_size", 0), ("epochs", 0)])
def test_what_is_given_out_of_range_is_named(name, value):
    with pytest.raises(ValueError, match=f"{name}=0 must be at least 1"):
        Settings.for_images(96, **{name: value})
    with pytest.raises(ValueError, match="count=0 must be at least 1"):
        Settings.for_images(0)


def test_what_a_layer_may_learn_is_in_its_range():
    with pytest.raises(ValueError, match=r"layer_decay=0 must be in \(0, 1\]"):
        Settings(epochs=1, layer_decay=0)
    with pytest.raises(ValueError, match=r"layer_decay=1\.5 must be in \(0, 1\]"):
        Settings(epochs=1, layer_decay=1.5)
    with pytest.raises(ValueError, match=r"muon.*: layer_decay=0\.5 is for adamw and sgd"):
        Settings(epochs=1, optimizer="muon", layer_decay=0.5)
    with pytest.raises(ValueError, match="freeze=True is bool, not an integer"):
        Settings(epochs=1, freeze=True)
