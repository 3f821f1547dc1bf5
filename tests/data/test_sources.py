"""The names of the data sets: one table, which the command line and the pages repeat."""

import pytest

from cnnlab import data
from cnnlab.__main__ import _names
from cnnlab.data import sources
from tests.test_readmes import ROOT


def test_the_command_line_knows_every_name():
    assert _names("data/sources.py") == tuple(sources.BY_NAME)


@pytest.mark.parametrize("name", sources.BY_NAME)
def test_a_name_is_explained_wherever_one_is_asked_for(name):
    assert name.isalnum(), "data.load reads a name without its hyphens: write it without."
    assert name == name.lower(), "data.load reads a name in lower case: write it so."
    readme = (ROOT / "cnnlab" / "data" / "README.md").read_text("utf-8")
    assert f"| `{name}` |" in readme, f"Add a row for {name} to cnnlab/data/README.md."
    assert f'"{name}"' in data.load.__doc__, f"Say in data.load's docstring what {name} is."
