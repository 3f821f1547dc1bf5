"""The list of packages that Colab publishes, and which of them its tests install."""

import re
import sys
from pathlib import Path

PACKAGES = Path(sys.prefix) / "colab"  # `make test` fills it, and then writes `ready`


def preinstalled():
    """Return the version of each package of the list, by its normalized name."""
    lines = Path(__file__).with_name("pip-freeze.txt").read_text("utf-8").splitlines()
    pins = (line.split("==") for line in lines if "==" in line)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pins}
