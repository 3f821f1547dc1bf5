"""Pictures to train on."""

import pytest

from cnnlab import data


@pytest.fixture(scope="session")
def pictures():
    return data.shapes10(300, 101)
