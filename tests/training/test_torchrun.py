"""Several processes: the same steps as one, one voice, and nothing lost when one of them dies.

Each test starts processes with torchrun, on the CPU.
"""

import json
import os
import re
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from cnnlab import __main__ as command_line
from cnnlab.training import checkpoints, distributed
from tests.training.runs import train_with_batch_norm

# One after the other, in one worker: each already fills the machine.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("torchrun")]

ROOT = Path(__file__).parents[2]
PACKAGE = str(Path(distributed.__file__).parents[1])
SECONDS = 120  # for a job that takes ten alone
SENTENCE = r"run\.pt keeps each finished epoch; the same command with --resume goes on\."

# As `cnnlab`, but after its second epoch the process of the given rank is killed; the
# others go on, or sleep. After a restart nothing happens.
MORTAL = """
import os, signal, sys, time
from cnnlab import __main__
from cnnlab.training import checkpoints

write, others, rank = checkpoints.Checkpoint.write, sys.argv[1], sys.argv[2]

def write_and_die(self, history):
    write(self, history)
    if len(history.epochs) == 2 and os.environ["TORCHELASTIC_RESTART_COUNT"] == "0":
        if os.environ["RANK"] == rank:
            while len(checkpoints.read_checkpoint(self.path)["epochs"]) < 2:
                time.sleep(0.01)  # else the first could lose its connection before it writes
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(600 if others == "sleep" else 0)

checkpoints.Checkpoint.write = write_and_die
sys.exit(__main__.main(sys.argv[3:]))
"""

WITH_BATCH_NORM = """
import sys, torch
from cnnlab.training import distributed
from cnnlab.training.command_line import launch
from tests.training.runs import train_with_batch_norm

with launch.process_group("cpu", ""):
    assert not distributed.wrap_ddp(torch.nn.BatchNorm2d(3)).will_sync_module_buffers()
    model, history = train_with_batch_norm()
    rank, size = distributed.rank_and_size()
    torch.save((size, history.test_accuracy, model.state_dict()), f"{sys.argv[1]}/{rank}.pt")
"""


def torchrun(*words, options=("--standalone",), processes=2):
    """Run words under torchrun; the time limit is part of every test."""
    words_of_torchrun = ["-m", "torch.distributed.run", *options]
    return subprocess.run(
        [sys.executable, *words_of_torchrun, "--nproc-per-node", str(processes), *map(str, words)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
    )


def figures(path):
    """Return what a run's file says of each epoch, but for the seconds."""
    epochs = json.loads(path.read_text())["epochs"]
    return [
        [each[f"{part}_{what}"] for part in ("train", "test") for what in ("accuracy", "loss")]
        for each in epochs
    ]


def close_to(expected):
    return [pytest.approx(epoch, rel=1e-4) for epoch in expected]


@pytest.fixture
def words(picture_folder, tmp_path):
    """Return a command on 12 pictures, in batches of 11 and 1: unequal parts, and too few."""
    folder = picture_folder(size=(32, 32))
    options = ["--data", folder, "--batch-size", 11, "--epochs", 4, "--device", "cpu"]
    options += ["--precision", "float32"]  # in 16 bits the order of a sum would show
    return ["train", *map(str, options), "--checkpoint", str(tmp_path / "run.pt")]


@pytest.fixture
def expected(words, tmp_path):
    """Return the figures of the command in one process that is never stopped."""
    path = tmp_path / "expected.json"
    assert command_line.main([*words[:-2], "--out", str(path)]) == 0
    return figures(path)


def test_two_processes_go_on_as_one_and_speak_with_one_voice(
    words, expected, tmp_path, monkeypatch
):
    """One process is stopped after two epochs; two take the same steps as it would have."""
    write = checkpoints.Checkpoint.write

    def write_then_stop(self, history):
        write(self, history)
        if len(history.epochs) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints.Checkpoint, "write", write_then_stop)
    assert command_line.main(words) == 130
    path = tmp_path / "two.json"
    run = torchrun("-m", "cnnlab", *words, "--resume", "--out", path)
    assert run.returncode == 0, run.stderr
    assert figures(path) == close_to(expected)
    assert json.loads(path.read_text())["processes"] == 2
    lines = run.stdout.splitlines()
    assert len(lines) == 9, run.stdout
    assert lines[0].endswith("12 training and 6 test images of 3x32x32, 2 classes")
    assert lines[1] == "12 training images: batches of 11, 4 epochs (8 steps)"
    assert lines[2].startswith("epoch  train loss")
    assert re.search(r"images/s, 2 processes, cpu, float32, torch ", lines[-2])
    assert len(re.findall(r"4/8 \[00:00<", run.stderr)) == 1  # a bar that begins in the middle
    assert len(checkpoints.read_checkpoint(tmp_path / "run.pt")["epochs"]) == 4


@pytest.fixture
def mortal(tmp_path):
    path = tmp_path / "mortal.py"
    path.write_text(MORTAL)
    return path


def test_a_killed_process_ends_the_job_and_one_process_goes_on(words, expected, mortal, tmp_path):
    """The first is killed, which writes the checkpoint; the other loses its connection."""
    run = torchrun(mortal, "work", 0, *words)
    assert run.returncode != 0
    assert len(re.findall("cnnlab: ", run.stderr)) == 1, run.stderr
    assert re.search(rf"cnnlab: the job was stopped, or another .*{SENTENCE}", run.stderr)
    assert PACKAGE not in run.stderr  # no traceback of ours
    assert len(checkpoints.read_checkpoint(tmp_path / "run.pt")["epochs"]) == 2
    path = tmp_path / "one.json"
    assert command_line.main([*words, "--resume", "--out", str(path)]) == 0
    assert figures(path) == close_to(expected)


def test_torchrun_starts_a_job_on_two_machines_again(words, expected, mortal, tmp_path):
    """The second is killed; the first, asleep, is told by SIGTERM. Only one counts a restart."""
    with socket.create_server(("localhost", 0)) as free:
        endpoint = f"localhost:{free.getsockname()[1]}"
    options = ["--nnodes", "2", "--rdzv-backend", "c10d", "--rdzv-endpoint", endpoint]
    options += ["--local-addr", "localhost", "--max-restarts", "1"]
    path = tmp_path / "two.json"
    words = [mortal, "sleep", 1, *words, "--out", path]
    with ThreadPoolExecutor() as machines:
        runs = list(machines.map(lambda _: torchrun(*words, options=options, processes=1), "ab"))
    told = "".join(run.stderr for run in runs)
    assert [run.returncode for run in runs] == [0, 0], told
    assert len(re.findall(SENTENCE, told)) == 1, told
    assert "4/8 [00:00<" in told  # it has gone on, not begun anew
    assert figures(path) == close_to(expected)


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (["--data", "no-such-folder"], "'no-such-folder' is neither auto"),  # the first finds it
        (["--epochs", "0"], "epochs=0 must be at least 1"),  # all find it
    ],
)
def test_a_mistake_is_reported_once(words, mistake, message):
    run = torchrun("-m", "cnnlab", *words, *mistake)
    assert run.returncode != 0
    assert run.stderr.count(message) == 1, run.stderr
    assert run.stderr.count("cnnlab: ") == 1
    assert PACKAGE not in run.stderr  # no traceback of ours


def test_with_batch_norm_the_accuracy_is_near_that_of_one_process(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(WITH_BATCH_NORM)
    run = torchrun(script, tmp_path)
    assert run.returncode == 0, run.stderr
    (size, accuracy, first), (_, same, second) = (torch.load(tmp_path / f"{i}.pt") for i in (0, 1))
    assert (size, accuracy) == (2, same)
    assert all(torch.equal(first[name], second[name]) for name in first)  # running means too
    model, history = train_with_batch_norm()
    assert history.test_accuracy > 0.7
    assert accuracy == pytest.approx(history.test_accuracy, abs=0.15)
    assert not torch.equal(first["0.running_mean"], model[0].running_mean)  # each has its own part
