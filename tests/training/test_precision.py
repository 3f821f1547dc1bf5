"""Which numbers a run computes in: `auto` looks, is never slower for it, and a run remembers."""

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import torch
from torch import nn

from cnnlab import __main__ as command_line
from cnnlab import data, doctor, models, training
from cnnlab.training import loop, precision, recipes
from cnnlab.training.precision import Choice

CPU = torch.device("cpu")
SMALL = data.shapes10(200, 100)
# A processor of 2013, played on any: torch and oneDNN use none of the newer instructions.
OLD = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}
ASK = """
import sys, torch
from cnnlab import models
from cnnlab.training.precision import choose
network = getattr(models, sys.argv[1])()
print(choose(network, torch.rand(250, 3, 32, 32), torch.device("cpu")).numbers)
"""


@pytest.fixture(autouse=True)
def _nothing_is_remembered(monkeypatch):
    monkeypatch.setattr(precision, "_remembered", {})


@pytest.fixture
def capable(monkeypatch):
    """A processor that has instructions for bfloat16, as far as torch can tell."""
    monkeypatch.setattr(precision, "instructions", lambda: ("AVX512_BF16",))


@pytest.fixture
def incapable(monkeypatch):
    monkeypatch.setattr(precision, "instructions", lambda: ())


def slow_in(monkeypatch, slow, by=0.1):
    """Make every step in some numbers slower."""
    real = precision.autocast_on

    def slower(device, numbers):
        time.sleep(by * (numbers is slow))
        return real(device, numbers)

    monkeypatch.setattr(precision, "autocast_on", slower)


def small(**how):
    torch.manual_seed(0)
    model = models.SimpleCNN()
    return model, training.train(model, SMALL, epochs=2, progress=False, device="cpu", **how)


def test_without_the_instructions_auto_takes_float32_and_times_nothing(incapable, monkeypatch):
    monkeypatch.setattr(precision, "_ratio", lambda *_: pytest.fail("a step was timed"))
    choice = precision.choose(models.SimpleCNN(), SMALL.train_images, CPU)
    assert choice.numbers is torch.float32
    assert str(choice) == "float32: this processor has no instructions for bfloat16"
    assert small(precision="auto")[1].precision == "float32"


@pytest.mark.parametrize("network", ["SimpleCNN", "SpeedrunCNN"])
def test_on_an_older_processor_auto_takes_float32(network):
    command = [sys.executable, "-c", ASK, network]
    done = subprocess.run(command, env=os.environ | OLD, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "torch.float32"


@pytest.mark.parametrize("slow", [torch.float32, torch.bfloat16])
def test_the_stopwatch_decides(capable, monkeypatch, slow):
    slow_in(monkeypatch, slow)
    choice = precision.choose(models.SimpleCNN(), SMALL.train_images, CPU)
    assert (choice.numbers is torch.bfloat16) == (slow is torch.float32)
    assert (choice.ratio < precision.GAIN) == (slow is torch.float32)
    assert f"takes {choice.ratio:.2f} of its time in float32 (the processor has" in choice.why


def test_a_torch_that_cannot_tell_is_timed_all_the_same(monkeypatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert precision.instructions() is None
    slow_in(monkeypatch, torch.bfloat16)
    choice = precision.choose(models.SimpleCNN(), SMALL.train_images, CPU)
    assert choice.numbers is torch.float32
    assert choice.ratio > 1


def test_a_hopeless_format_is_looked_at_once(capable, monkeypatch):
    slow_in(monkeypatch, torch.bfloat16, by=0.3)
    began = time.perf_counter()
    precision.choose(models.SimpleCNN(), SMALL.train_images, CPU)
    assert time.perf_counter() - began < 1.5


def test_a_look_is_remembered_and_another_network_has_its_own(capable, monkeypatch):
    looks = []
    monkeypatch.setattr(precision, "_ratio", lambda model, _: looks.append(model) or 0.5)
    for model in (models.SimpleCNN(), models.SimpleCNN(), models.SmallCNN()):
        assert precision.choose(model, SMALL.train_images, CPU).numbers is torch.bfloat16
    assert [type(model).__name__ for model in looks] == ["SimpleCNN", "SmallCNN"]


def test_a_busy_machine_does_not_decide(capable, monkeypatch):
    """A pause in every third step, of either format: the fastest of each counts."""
    real, calls = precision.autocast_on, iter(range(1000))

    def disturbed(device, numbers):
        time.sleep(0.01 * (numbers is torch.float32) + 0.1 * (next(calls) % 3 == 0))
        return real(device, numbers)

    monkeypatch.setattr(precision, "autocast_on", disturbed)
    choice = precision.choose(models.SimpleCNN(), SMALL.train_images, CPU)
    assert choice.numbers is torch.bfloat16


@pytest.mark.slow
def test_beside_busy_processes_the_choice_is_the_same():
    def asked():
        command = [sys.executable, "-c", ASK, "SpeedrunCNN"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    alone = asked()
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    try:
        assert asked() == alone
    finally:
        for process in busy:
            process.kill()
            process.wait()


def test_looking_changes_nothing(capable):
    torch.manual_seed(0)
    model = nn.Sequential(models.SmallCNN(), nn.Dropout())
    model.eval()
    before = {name: numbers.clone() for name, numbers in model.state_dict().items()}
    state = torch.get_rng_state()
    assert precision.choose(model, SMALL.train_images, CPU).ratio > 0
    after = model.state_dict()
    assert all(torch.equal(after[name], numbers) for name, numbers in before.items())
    assert torch.equal(torch.get_rng_state(), state)
    assert not any(module.training for module in model.modules())
    assert all(weight.grad is None for weight in model.parameters())


def test_a_network_that_fails_in_bfloat16_is_trained_in_float32(capable):
    class Picky(models.SimpleCNN):
        def forward(self, images):
            if torch.is_autocast_enabled("cpu"):
                raise RuntimeError('"fft" not implemented for BFloat16')
            return super().forward(images)

    history = training.train(
        Picky(), SMALL, epochs=1, precision="auto", device="cpu", progress=False
    )
    assert history.precision == "float32"


def test_other_devices_take_what_they_are_fast_in(monkeypatch):
    model, images = models.SimpleCNN(), SMALL.train_images
    mps, cuda = torch.device("mps"), torch.device("cuda")
    assert precision.choose(model, images, mps).numbers is torch.float32
    for has, numbers in ((True, torch.bfloat16), (False, torch.float16)):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda has=has, **_: has)
        for asked in (None, "auto"):
            assert precision.resolve(asked, model, images, cuda) is numbers
    assert precision.resolve("float32", model, images, cuda) is torch.float32
    with pytest.raises(ValueError, match="this card has float16 in its place"):
        precision.resolve("bfloat16", model, images, cuda)


def test_without_a_word_the_cpu_computes_in_float32(capable, monkeypatch):
    """So the figures of a lesson do not hang on a stopwatch."""
    monkeypatch.setattr(precision, "_ratio", lambda *_: pytest.fail("a step was timed"))
    assert small()[1].precision == "float32"


def test_an_unknown_format_is_refused():
    with pytest.raises(ValueError, match="precision='fp8' must be auto, float32 or bfloat16 or"):
        small(precision="fp8")


def test_a_history_tells_sixteen_bits():
    model, history = small(precision="bfloat16")
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}
    assert history.precision == "bfloat16"
    assert repr(history).endswith("computed in bfloat16")
    assert "computed" not in repr(small()[1])


def test_epochs_are_judged_in_the_runs_numbers_and_the_last_in_float32(monkeypatch):
    """On the way that is twice as fast; what is said in the end is what `evaluate` finds."""
    inside = []
    evaluate = loop.evaluate

    def observed(*arguments):
        inside.append(torch.is_autocast_enabled("cpu"))
        return evaluate(*arguments)

    monkeypatch.setattr(loop, "evaluate", observed)
    model, history = small(precision="bfloat16")
    assert inside == [True, False]
    found = evaluate(model, SMALL.test_images, SMALL.test_labels)
    assert (found.accuracy, found.loss) == (history.test_accuracy, history.epochs[-1].test_loss)


def train(*words, out):
    words = ["train", "--data", "shapes10", "--epochs", "1", *words, "--out", str(out)]
    return command_line.main([*words, "--device", "cpu", "--batch-size", "500"])


@pytest.mark.parametrize(("chosen", "says"), [("bfloat16", "bfloat16"), (None, "float32")])
def test_the_command_says_which_it_took(chosen, says, incapable, capsys, tmp_path):
    out = tmp_path / "run.json"
    assert train(*(["--precision", chosen] if chosen else []), out=out) == 0
    assert f"images/s, cpu, {says}, torch {torch.__version__}" in capsys.readouterr().out
    assert json.loads(out.read_text())["precision"] == says


def interrupted(path, **how):
    """Train for one of two epochs, then be interrupted."""

    def stop(_):
        raise KeyboardInterrupt

    return small(checkpoint=path, on_epoch=stop, **how)


@pytest.mark.parametrize("again", [None, "auto", "bfloat16"])
def test_a_run_goes_on_in_the_numbers_that_it_began_in(again, capable, monkeypatch, tmp_path):
    path = tmp_path / "run.pt"
    interrupted(path, precision="bfloat16")
    assert torch.load(path)["precision"] == "bfloat16"
    monkeypatch.setattr(precision, "_ratio", lambda *_: 2.0)  # today float32 would be faster
    resumed, history = small(checkpoint=path, precision=again)
    assert (history.precision, len(history.epochs)) == ("bfloat16", 2)
    whole, _ = small(precision="bfloat16")
    for mine, theirs in zip(resumed.parameters(), whole.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_a_run_in_other_numbers_is_another_run(tmp_path):
    path = tmp_path / "run.pt"
    interrupted(path)
    with pytest.raises(ValueError, match="run computed in float32, but this run has precision="):
        small(checkpoint=path, precision="bfloat16")


def test_a_run_from_elsewhere_does_not_go_on_slowly(incapable, tmp_path):
    path = tmp_path / "run.pt"
    interrupted(path, precision="bfloat16")
    _, history = small(checkpoint=path, precision="auto")
    assert (history.precision, len(history.epochs)) == ("float32", 2)


def test_a_checkpoint_from_before_has_no_numbers(tmp_path, incapable):
    path = tmp_path / "run.pt"
    interrupted(path)
    record = torch.load(path)
    del record["precision"]
    torch.save(record, path)
    assert small(checkpoint=path, precision="auto")[1].precision == "float32"


@pytest.mark.slow
def test_both_formats_learn_as_much():
    recipe = recipes.SPEEDRUN_CPU.with_settings(epochs=4, batch_size=50)
    images = data.shapes10(1500, 500)
    means, deviations = [], []
    for numbers in ("float32", "bfloat16"):
        how = replace(recipe, precision=numbers)
        reached = [
            how.train(images, seed=seed, device="cpu", progress=False)[1].test_accuracy
            for seed in range(3)
        ]
        means.append(statistics.mean(reached))
        deviations.append(statistics.stdev(reached))
    assert min(means) > 0.5  # both learned
    assert abs(means[0] - means[1]) < 3 * max(*deviations, 0.01)


def test_doctor_says_which_and_why(monkeypatch):
    choice = Choice(torch.bfloat16, "a step in bfloat16 takes 0.61 of its time in float32", 0.61)
    monkeypatch.setattr(precision, "choose", lambda *_: choice)
    monkeypatch.setattr(doctor, "_training", lambda: (True, "training", ""))
    found = {what: finding for _, what, finding in doctor.examine()}
    assert found["numbers"] == str(choice)
