"""What is wrong on the learner's computer is named as that, and not as a mistake in cnnlab."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from cnnlab import __version__, data, doctor, models, training
from cnnlab.data import mirrors
from cnnlab.errors import DataError, MissingError, needed, own_file, tell

ROOT = Path(__file__).parents[1]
WAY = "has the name of the library {0}, so Python reads it instead. Rename it and try again"


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """Return a function that puts the learner's own file into the folder where Python runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path))

    before = dict(sys.modules)

    def forget():
        libraries = {path.stem for path in tmp_path.iterdir()}
        for loaded in [each for each in sys.modules if each.partition(".")[0] in libraries]:
            del sys.modules[loaded]
        importlib.invalidate_caches()

    def put(name, text="x = 1\n"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        forget()
        return path if "/" not in name else path.parent

    yield put
    forget()
    sys.modules.update(before)


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("queue.py", "from queue import Queue"),
        ("colorsys.py", "import colorsys; colorsys.rgb_to_hsv"),
        ("requests.py", "import requests.exceptions"),
        ("PIL.py", "from PIL import Image"),
        ("datasets/__init__.py", None),
        ("filelock/__init__.py", "from filelock import FileLock"),
        ("tqdm.py", "from tqdm.auto import tqdm"),
    ],
)
def test_a_file_in_the_way_of_a_library_is_named(beside, name, statement):
    path = beside(name)
    library = path.stem
    if statement is None:  # nothing else has this name: it is in nobody's way
        assert own_file(library) is None
        return
    with pytest.raises((ImportError, AttributeError)) as raised:
        exec(statement, {"__name__": "cnnlab.example"})
    said, status = tell(raised.value)
    assert said.startswith(f"{path} {WAY.format(library)}")
    assert status == 1


@pytest.mark.parametrize("text", ["this is no Python", "1 / 0", "import nowhere_at_all"])
def test_it_is_named_too_when_it_fails_itself(beside, text):
    path = beside("colorsys.py", text)
    with pytest.raises(Exception) as raised:  # noqa: PT011
        importlib.import_module("colorsys")
    assert tell(raised.value)[0].startswith(f"{path} {WAY.format('colorsys')}")


def test_an_error_that_has_nothing_to_do_with_it_stays_what_it_is(beside):
    beside("colorsys.py")
    importlib.import_module("colorsys")
    for error in (KeyError("colorsys"), AttributeError("x"), ImportError("no", name="cnnlab.x")):
        said, status = tell(error)
        assert said.startswith(f"unexpected {type(error).__name__}")
        assert "This is a mistake in cnnlab." in said
        assert status == 2


def test_needed_names_it_at_once(beside, serve_nothing):
    path = beside("requests.py")
    with pytest.raises(DataError, match="has the name of the library requests"):
        mirrors.fetch(path.parent / mirrors.ARCHIVE)
    assert str(path) in data.load("auto", within=5).note


@pytest.fixture
def serve_nothing(monkeypatch):
    monkeypatch.delenv("CNNLAB_OFFLINE", raising=False)
    monkeypatch.setattr(mirrors, "MIRRORS", ("http://127.0.0.1:1/",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "raise RuntimeError('operator torchvision::nms does not exist')",
            "does not fit the torch",
        ),
        (
            "raise ImportError('_C.so: undefined symbol: _Z', name='loner')",
            "_C.so: undefined symbol",
        ),
        ("import _another", "No module named '_another'"),
    ],
)
def test_a_library_that_is_installed_wrongly_is_told(tmp_path, monkeypatch, text, said):
    monkeypatch.setattr(sys, "path", [sys.path[0], str(tmp_path), *sys.path[1:]])
    (tmp_path / "loner.py").write_text(text)
    with pytest.raises(Exception) as raised:  # noqa: PT011
        importlib.import_module("loner")
    told, status = tell(raised.value)
    assert said in told
    assert "nstall" in told
    assert status == 1
    if "_another" not in text:
        with pytest.raises(MissingError, match="nstall"):
            needed("loner", "a test needs")


def run(folder, *arguments, **environment):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "CNNLAB_OFFLINE": "1"} | environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_python_m_reads_pythons_own_modules_in_any_folder(tmp_path):
    for name in ("random", "typing", "torch", "numpy", "PIL", "struct", "json", "copy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('mine')")
    done = run(tmp_path, "-m", "cnnlab", "train", "--data", "nowhere")
    assert done.stderr.startswith("cnnlab: ")
    assert "nowhere" in done.stderr
    assert done.returncode == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["torch.py", "random.py"])
def test_a_file_in_the_way_ends_in_a_sentence(tmp_path, name):
    path = tmp_path / name
    path.write_text("x = 1")
    code = (
        "from cnnlab.__main__ import main; raise SystemExit(main(['train', '--data', 'nowhere']))"
    )
    done = run(tmp_path, "-c", code)
    assert done.stderr.splitlines()[-1].startswith(f"cnnlab: {path} {WAY.format(path.stem)}")
    assert done.returncode == 1


def test_doctor_says_that_another_copy_of_the_course_is_read(beside, monkeypatch):
    monkeypatch.setattr(doctor, "own_file", lambda _: None)
    lines = doctor.examine()
    assert [next(lines), next(lines)][1] == (True, "cnnlab", __version__)
    copy = beside("colorsys.py")
    monkeypatch.setattr(doctor, "own_file", lambda _: own_file("colorsys"))
    lines = doctor.examine()
    said = f"{__version__}, read from {copy}, not as installed"
    assert [next(lines), next(lines)][1] == (True, "cnnlab", said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("InvalidCxxCompiler: No working C++ compiler found in x: (None, 'g++')", "a C++ compiler"),
        ("InvalidCxxCompiler: Compiler: cl is not found.", "a C++ compiler"),
        ("Failed to find C compiler. Please specify via CC environment variable", "a C++ compiler"),
        ("fatal error: Python.h: No such file or directory", "Python's headers"),
        ("Cannot find a working triton installation.", "Triton"),
        ("Found X which is too old to be supported by the triton GPU compiler", "too old"),
    ],
)
def test_what_compiling_lacks_is_told(words, said, monkeypatch):
    def fail(_):
        def forward(*_):
            raise RuntimeError(words)

        return forward

    monkeypatch.setattr(torch, "compile", fail)
    with pytest.raises(MissingError, match="without --compile, in Python compile=True") as raised:
        training.train(models.SimpleCNN(), data.shapes10(20, 10), epochs=1, compile=True)
    assert said in str(raised.value)


@pytest.mark.slow
def test_without_a_compiler_the_command_says_so(tmp_path):
    """With torch's own error: no compiler is found, whatever this machine has."""
    done = run(
        tmp_path,
        *["-m", "cnnlab", "bench", "recipe", "--data", "shapes10", "--recipe", "laptop-1"],
        *["--device", "cpu", "--compile", "--runs", "1", "--epochs", "1"],
        CXX=str(tmp_path / "none"),
        PATH=str(tmp_path),
        TORCHINDUCTOR_CACHE_DIR=str(tmp_path / "cache"),
    )
    assert done.stderr.splitlines()[-1].startswith("cnnlab: torch.compile needs a C++ compiler")
    assert done.returncode == 1
