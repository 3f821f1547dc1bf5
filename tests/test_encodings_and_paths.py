"""Output in any encoding, names in any language, paths of any length, full disks, one core."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnnlab import __main__ as command_line
from cnnlab import errors, models
from cnnlab.training.saving import Trained


@pytest.fixture
def foreign(tmp_path, picture_folder, monkeypatch):
    """A folder with names that cp1252 does not have: pictures, and a network for them."""
    folder = tmp_path / "写真"
    picture_folder(folder / "pictures", classes=("猫", "犬"), size=(32, 32))
    network = Trained(models.SimpleCNN(2), "simple-cnn", ("猫", "犬"), (32, 32), "写真", 1.0)
    network.save(folder / "net.pt")
    monkeypatch.chdir(folder)
    return folder


COMMANDS = {
    "predict": ["predict", "net.pt", "pictures/test/猫", "--out", "out.json"],
    "train": ["train", "--data", "pictures", "--epochs", "1", "--out", "out.json"],
    "progress": ["progress"],
    "slip": ["predict", "無", "無"],
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_output_in_another_encoding_stops_no_command(words, encoding, foreign, monkeypatch, capsys):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding, write_through=True))
    failed = "無" in words
    assert command_line.main(words) == failed
    assert "codec" not in capsys.readouterr().err
    assert (rb"\u" in written.getvalue()) != failed
    if "--out" in words:
        text = (foreign / "out.json").read_bytes().decode()
        assert "猫" in str(json.loads(text))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's full device")
def test_a_full_disk_below_the_output_is_told(foreign, monkeypatch, capsys):
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert command_line.main(COMMANDS["predict"]) == 1
        assert capsys.readouterr().err == (
            "cnnlab: the output cannot be written (No space left on device).\n"
        )
    assert (foreign / "out.json").exists()


class Full(io.FileIO):
    """An output that takes no more as soon as it is given a result."""

    def write(self, text):
        if b"%" in text and b"%|" not in text:  # which is a progress bar's
            raise OSError(28, "No space left on device")
        return len(text)


@pytest.mark.parametrize("name", ["predict", "train"])
def test_what_was_asked_for_is_written_although_no_result_can_be_printed(
    name, foreign, monkeypatch, capsys
):
    with io.TextIOWrapper(Full(os.devnull, "w"), "utf-8", write_through=True) as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert command_line.main(COMMANDS[name]) == 1
    assert "No space left on device" in capsys.readouterr().err
    assert (foreign / "out.json").exists()


def test_a_folder_named_in_latin_1_gets_its_figures(tmp_path, picture_folder, monkeypatch):
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xe9t\xe9"))
    picture_folder(folder, size=(32, 32))
    words = ["train", "--data", str(folder), "--epochs", "1", "--device", "cpu"]
    words += ["--figures", str(tmp_path / "drawn"), "--save", str(tmp_path / "net.pt")]
    assert command_line.main(words) == 0
    assert len(list((tmp_path / "drawn").iterdir())) == 3


def test_windows_longest_path_is_told(monkeypatch):
    error = FileNotFoundError(2, "No such file or directory", "C:\\" + 300 * "x")
    assert "characters" not in errors.tell(error)[0]
    monkeypatch.setattr(sys, "platform", "win32")
    said, status = errors.tell(error)
    assert said.endswith(" That path has 303 characters, Windows takes 259: use a folder above.")
    assert status == 1
    assert "characters" not in errors.tell(FileNotFoundError(2, "No", "C:\\x"))[0]


ELSEWHERE = {
    "C locale": {"LC_ALL": "C"},
    "cp1252": {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
    "a path of 600 letters": {},
    "one core": {},
}


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="sets the cores as Linux does")
@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_command_runs_elsewhere(name, foreign):
    out = foreign.joinpath(*3 * [200 * "x"] if "path" in name else ["x"], "out.json")
    code = (
        "import os, sys; from cnnlab.__main__ import main\n"
        f"os.sched_setaffinity(0, {{min(os.sched_getaffinity(0))}} if {name == 'one core'} else "
        "os.sched_getaffinity(0)); sys.exit(main(sys.argv[1:]))"
    )
    root = str(Path(__file__).parents[1])
    for words in (COMMANDS["train"][:-1], COMMANDS["predict"][:-1]):
        subprocess.run(
            [sys.executable, "-W", "error::EncodingWarning", "-c", code, *words, str(out)],
            env=os.environ | {"PYTHONPATH": root} | ELSEWHERE[name],
            check=True,
        )
        assert "猫" in str(json.loads(out.read_bytes()))
