"""Each setting is explained, is used, and leaves a recipe its own value."""

import re
from dataclasses import MISSING, fields
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
    default = "4" if field.default is MISSING else str(field.default)
    wanted = rf"{option} [A-Z_]+ [^-]*default: the recipe's, or {re.escape(default)}\b"
    assert re.search(wanted, said), f"The help of {option}: default: the recipe's, or {default}"
