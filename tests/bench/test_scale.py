"""What an epoch costs as it grows, how near that is to the machine's best, and where it goes."""

import os

import pytest
import torch

from cnnlab.bench import peak, scale
from cnnlab.training import recipes
from tests.bench.told import told_and_kept

pytestmark = pytest.mark.usefixtures("small_recipes")
CPU = torch.device("cpu")


@pytest.mark.slow
def test_scale_changes_one_thing_at_a_time(folder, capsys, tmp_path, monkeypatch):
    words = ["scale", "--runs", "1", "--data", folder, "--device", "cpu", "--images", "8"]
    words += ["--processes", "2", "--precision", "float32", "bfloat16"]
    threads = torch.get_num_threads()
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    told, kept = told_and_kept(capsys, tmp_path, *words)
    assert torch.get_num_threads() == threads
    *costs, last = kept["figures"]["costs"]
    axes = ["images"] * 3 + ["width"] * 3 + ["batch size"] * 5 + ["threads"] * 3
    assert [cost["axis"] for cost in costs] == 2 * axes
    assert [cost["precision"] for cost in costs] == 14 * ["float32"] + 14 * ["bfloat16"]
    assert [cost["value"] for cost in costs[:3]] == ["2", "4", "8"]
    assert [cost["value"] for cost in costs[-3:]] == ["1", "2", "3"]
    assert all(0 < cost["of_peak"] < 1 for cost in costs)
    assert last["axis"] == "processes"
    assert " | processes | 2 processes | " in told
    spent = kept["figures"]["spent"]
    assert {"float32", "bfloat16"} <= set(spent)
    for each in spent.values():
        assert {"convolutions", "the optimizer", "batches and augmentation"} <= set(each)
        assert all(seconds >= 0 for seconds in each.values())


def test_flops_are_those_of_the_layers():
    """A 3x3 convolution of 3 channels to 4 and a matrix of 10 rows: forward, and both gradients.

    The image itself needs no gradient, so the first layer has one backward pass and not two.
    """
    layers = torch.nn.Conv2d(3, 4, 3, padding=1), torch.nn.Flatten(), torch.nn.Linear(256, 10)
    images = torch.zeros(2, 3, 8, 8, dtype=torch.uint8)
    conv, linear = 2 * 64 * 27 * 4, 2 * 256 * 10
    assert peak.flops_of_image(torch.nn.Sequential(*layers), images) == 2 * conv + 3 * linear


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="there is no oneDNN")
def test_one_thread_has_its_product_from_both_libraries_too():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.profiler.profile() as profiled:
            peak.matrix_flops(CPU, torch.float32)
    finally:
        torch.set_num_threads(threads)
    assert {"aten::mm", "aten::mkldnn_convolution"} <= {each.name for each in profiled.events()}


def test_the_parts_of_a_step_make_up_the_step(pictures):
    spent = peak.where_time_goes(recipes.SPEEDRUN_CPU, pictures, "float32")
    assert list(spent.values()) == sorted(spent.values(), reverse=True)
    assert {"convolutions", "batch norm", "activations", "pooling", "the optimizer"} <= set(spent)
    assert 0 < sum(spent.values()) < 5


def test_scale_doubles_the_processes():
    assert scale._process_counts(CPU) == [1, 2]


@pytest.mark.slow
def test_a_process_that_fails_is_told():
    with pytest.raises(ValueError, match=r"processes=1 failed .*'no-such-folder' is neither auto"):
        scale._in_processes(recipes.SPEEDRUN_CPU, "no-such-folder", 1, runs=1, device=CPU)


def test_wider_recipes_have_wider_networks():
    widths = [scale.widened(recipe, 0.5).model.keywords for recipe in recipes.BY_NAME.values()]
    assert {"width": 1} in widths
    assert {"widths": (2, 2, 2)} in widths
    assert {"widths": (32, 128, 128)} in widths
