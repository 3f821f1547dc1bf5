"""Libraries that only part of the course needs: asked for where they are used, in a sentence."""

import ast
import sys
from pathlib import Path

import pytest
import torch

from cnnlab import data, inspection, models
from cnnlab.__main__ import main
from cnnlab.bench.cpu import ImageObjects
from cnnlab.data import cifar10, mirrors
from cnnlab.errors import USER_ERRORS, DataError, MissingError, needed
from cnnlab.site import anki

PACKAGE = Path(__file__).parents[1] / "cnnlab"
OPTIONAL = ("captum", "genanki", "requests", "torchvision")
IMAGES = torch.rand(2, 3, 32, 32)
HOW = r": \S+ -m pip install {0}, or in a notebook: %pip install {0}\.$"


def imports(source):
    """Yield the modules of optional libraries that import statements name, anywhere in a file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if is_optional(alias.name))
        elif isinstance(node, ast.ImportFrom) and is_optional(node.module or ""):
            yield node.module


def is_optional(module):
    return module.partition(".")[0] in OPTIONAL


def test_no_import_statement_names_them():
    """Whoever needs one calls `needed`, which has the sentence: see `cnnlab.errors`."""
    found = {path.name: list(imports(path.read_text("utf-8"))) for path in PACKAGE.rglob("*.py")}
    assert len(found) > 100
    assert {name: modules for name, modules in found.items() if modules} == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import requests", ["requests"]),
        ("from torchvision.datasets import CIFAR10", ["torchvision.datasets"]),
        ("def f():\n    try:\n        from captum import attr\n    except E: pass", ["captum"]),
        ("import torch, requests_cache\nfrom . import captum", []),
    ],
)
def test_the_test_of_imports_can_fail(source, found):
    assert list(imports(source)) == found


def places():
    """Return (file, library) of each call of `needed` in the package."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "needed":
                found.add((path.stem, ast.literal_eval(node.args[0]).partition(".")[0]))
    return found


SENTENCES = {  # (file, library): what is said, and by which call
    ("inspection", "captum"): [
        ("saliency maps need captum", lambda: inspection.saliency(models.LeNet5(), IMAGES, 0)),
        ("Grad-CAM needs captum", lambda: inspection.grad_cam(models.LeNet5(), IMAGES, "x", 0)),
    ],
    ("anki", "genanki"): [
        ("a file for Anki needs genanki", lambda: anki.write(Path("a.apkg"), []))
    ],
    ("mirrors", "requests"): [("downloading CIFAR-10 needs requests", mirrors._requests)],
    ("cifar10", "torchvision"): [
        ("reading CIFAR-10's batches needs torchvision", lambda: cifar10._read_batches(Path()))
    ],
    ("cpu", "torchvision"): [
        ("measuring PyTorch's tutorial needs torchvision", lambda: ImageObjects(IMAGES, IMAGES))
    ],
}


def block(library, monkeypatch):
    """Let a library be missing, although other tests have imported it."""
    for name in [library, *sys.modules]:
        if name.partition(".")[0] == library:
            monkeypatch.setitem(sys.modules, name, None)


def test_every_place_has_its_sentence_here():
    assert places() == set(SENTENCES)


@pytest.mark.parametrize(
    ("library", "sentence", "call"),
    [(library, *each) for (_, library), cases in SENTENCES.items() for each in cases],
)
def test_one_sentence_says_what_is_missing_for_what_and_how_to_get_it(
    library, sentence, call, monkeypatch
):
    block(library, monkeypatch)
    what, _, name = sentence.rpartition(" ")
    pattern = f"^{what[0].upper()}{what[1:]} {name}, which is not installed{HOW.format(name)}"
    with pytest.raises(USER_ERRORS, match=pattern):
        call()


def test_what_a_library_itself_lacks_is_not_called_missing(tmp_path, monkeypatch):
    (tmp_path / "half_there.py").write_text("import of_another_library")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="No module named 'of_another_library'"):
        needed("half_there", "a test needs")
    with pytest.raises(
        MissingError, match=r"^A test needs not_there, which .*install not_there\.$"
    ):
        needed("not_there.inside", "a test needs")
    assert needed("collections.abc", "a test needs").Callable


def test_without_requests_auto_is_shapes10_and_the_command_says_why(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("CNNLAB_OFFLINE", raising=False)
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path))
    block("requests", monkeypatch)
    loaded = data.load("auto", within=5)
    assert loaded.name == "shapes10"
    assert loaded.note.startswith("Downloading CIFAR-10 needs requests")
    assert data.load_in_background("auto").wait().note == loaded.note
    with pytest.raises(DataError, match="needs requests"):
        data.load("cifar10")
    assert main(["download"]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("cnnlab: Downloading CIFAR-10 needs requests")
    assert captured.err.count("\n") == 1
    assert captured.out == ""
