"""What the tests of several widgets need: a network, its explorer, and the page in node."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import torch

from cnnlab import widgets

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "cnnlab" / "widgets"
# The drivers of their tests in node:
EXPLORER = str(Path(__file__).with_name("explorer_cases"))
LEARNING = str(Path(__file__).with_name("learning_cases"))
needs_node = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
QUESTIONS = [
    {
        "question": "A 3x3 kernel on 8x8 pixels, `padding=1`: how wide is the output?",
        "options": {"6": "That is without </script> padding.", "8": "Padding makes up for it."},
        "answer": "8",
    },
    {
        "question": "How many numbers does `Conv2d(3, 8, 3)` learn?",
        "options": {"216": "And the biases?", "224": "8 times 27, and 8 biases."},
        "answer": "224",
    },
]


def seed(number):
    return torch.Generator().manual_seed(number)


def strided():
    """A network whose fields differ along height and width."""
    torch.manual_seed(7)
    return torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, (3, 5), padding=(1, 2)),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d((2, 3)),
        torch.nn.Conv2d(4, 2, 3, padding=1, bias=False),
        torch.nn.Flatten(),
        torch.nn.Linear(32, 2),
    )


def explorer(model, count=2, *, size=(9, 12), **options):
    pictures = torch.rand(count, 3, *size, generator=seed(8))
    return widgets.NetworkExplorer(model, pictures, **{"classes": ["cat", "dog"], **options})


def in_node(function, cases, module="arithmetic"):
    """Call an exported function of a widget's file on each list of arguments."""
    command = ["node", str(Path(__file__).with_name("arithmetic_cases.mjs")), function]
    done = subprocess.run(
        [*command, str(FOLDER / f"{module}.mjs")],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
