"""The bench: what it measures, what it prints beside the figures, and how it fails."""

import itertools
import json
import re
import statistics
from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from cnnlab import __main__ as command_line
from cnnlab import data, models
from cnnlab.bench import ablation, cpu, ladder, scale, small_data, transformer
from cnnlab.bench import recipe as one_recipe
from cnnlab.bench import report as bench
from cnnlab.models import speedrun
from cnnlab.training import evaluation, recipes
from cnnlab.training.evaluation import Evaluation
from tests.bench.told import told_and_kept

pytestmark = pytest.mark.usefixtures("small_recipes")
CPU = torch.device("cpu")


def test_a_recipe_prints_the_mean_and_writes_every_run(folder, capsys, tmp_path):
    words = ["recipe", "--device", "cpu", "--recipe", "fast", "--runs", "2", "--data", folder]
    told, kept = told_and_kept(capsys, tmp_path, *words, "--precision", "float32")
    runs = kept["figures"]["runs"]
    mean = statistics.mean(run["test_accuracy"] for run in runs)
    assert [run["seed"] for run in runs] == [0, 1]
    assert f"| fast | float32 | 1 | 2 | {mean:.2%} ± " in told
    assert torch.__version__ in told
    assert bench.hardware(CPU) in told
    assert "12 to train on" in told


def test_a_recipe_says_which_figures_are_with_views(folder, capsys, tmp_path, monkeypatch):
    shares = []
    monkeypatch.setattr(
        recipes,
        "predict_with_tta",
        lambda model, images, share: shares.append(share) or torch.zeros(len(images), 2),
    )
    words = ["gpu", "--device", "cpu", "--recipe", "speedrun-cpu", "--runs", "1", "--data", folder]
    told, kept = told_and_kept(capsys, tmp_path, *words)
    assert set(shares) == {0.25}
    assert "six views of 25%" in told
    assert kept["figures"]["runs"][0]["test_accuracy"] == 0.5  # all zeros: the first of two classes


def test_seconds_hold_preparing_and_the_evaluation_but_not_each_epochs(pictures, monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr(one_recipe.time, "perf_counter", lambda: float(next(clock)))
    run = one_recipe.run_once(recipes.SPEEDRUN_CPU, pictures, 0, CPU)
    assert run.seconds == pytest.approx(len(pictures.train_labels) / run.images_per_second + 2)


def test_two_formats_take_turns(folder, capsys, tmp_path):
    words = ["recipe", "--device", "cpu", "--recipe", "fast", "--runs", "2", "--data", folder]
    told, kept = told_and_kept(capsys, tmp_path, *words, "--precision", "float32", "bfloat16")
    rows = [line.split(" | ")[:4] for line in told.splitlines() if line.startswith("| fast")]
    assert rows == [["| fast", numbers, "1", "2"] for numbers in ("float32", "bfloat16")]
    assert len(kept["figures"]["runs"]) == 4


@pytest.mark.parametrize(
    "measure",
    [m.measure for m in (cpu, one_recipe, ladder, ablation, scale, small_data, transformer)],
)
def test_every_measurement_needs_a_run(measure):
    with pytest.raises(ValueError, match="runs=0 must be at least 1"):
        measure(runs=0, **({} if measure is cpu.measure else {"device": "cpu"}))


def test_ablation_needs_the_speedruns_ideas():
    with pytest.raises(ValueError, match="recipe='fast' must be lesson-11 or speedrun-cpu or"):
        ablation.measure(recipe_name="fast")


def test_the_tutorials_way_is_torchs_tutorial(pictures):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = cpu.tutorial_network()
        objects = cpu.ImageObjects(pictures.train_images, pictures.train_labels)
        expected = (pictures.train_images[3].float() / 255 - 0.5) / 0.5
        assert torch.allclose(objects[3][0], expected, atol=1e-6)
        assert objects[3][1] == pictures.train_labels[3]
    assert sum(weight.numel() for weight in model.parameters()) == 62_006
    run = cpu.train_tutorial(pictures, 0, workers=0)
    assert run.images == 80
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = cpu.tutorial_network()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
        for _ in range(2):
            for images, labels in torch.utils.data.DataLoader(objects, 4, shuffle=True):
                optimizer.zero_grad()
                F.cross_entropy(model(images), labels).backward()
                optimizer.step()
    logits = model((pictures.test_images.float() / 255 - 0.5) / 0.5)
    right = (logits.argmax(dim=1) == pictures.test_labels).float().mean()
    assert run.test_accuracy == pytest.approx(right.item())


def test_cpu_compares_at_the_accuracy_of_the_tutorial(capsys, tmp_path, monkeypatch):
    accuracies = {0.05: 0.1, 0.1: 0.3, 0.2: 0.6}
    monkeypatch.setattr(cpu, "train_tutorial", lambda *_: cpu.Run(0, 100, 0.5, 60.0))
    monkeypatch.setattr(
        cpu, "train_ours", lambda _, seed, share: cpu.Run(seed, 9, accuracies[share], 3.0)
    )
    monkeypatch.setattr(cpu, "_pipeline", lambda _: {"batches": [0.1] * 5})
    told, kept = told_and_kept(capsys, tmp_path, "cpu", "--data", "shapes10", "--runs", "1")
    assert list(kept["figures"]["runs"])[2:] == [
        f"speedrun-cpu, one epoch of {share} of the images" for share in ("5%", "10%", "20%")
    ]
    assert "| 9 | 1 | 60.00% | 3.0 | 3 | 20.0 |" in told
    assert re.search(r"\| `import cnnlab`, seconds \| \d+\.\d+ \(", told)


def test_ours_counts_preparing_and_sees_a_share_of_the_pictures(pictures):
    run = cpu.train_ours(pictures, 0, 0.5)
    assert run.images == 20
    assert run.seconds > 0
    assert run == replace(cpu.train_ours(pictures, 0, 0.5), seconds=run.seconds)


@pytest.mark.slow
def test_cpu_from_end_to_end(folder, capsys, tmp_path):
    told, kept = told_and_kept(capsys, tmp_path, "cpu", "--runs", "1", "--data", folder)
    assert "| tutorial, 2 worker processes | 24 | 1 | " in told
    assert "share of the training time | " in told
    assert all(len(values) == 5 for values in kept["figures"]["others"].values())


@pytest.mark.slow
def test_ablation_has_a_row_for_every_idea_and_never_looks_at_test_images(
    picture_folder, capsys, tmp_path, monkeypatch
):
    folder = picture_folder(size=(32, 32))
    whole = data.load(str(folder))
    seen = []
    train = recipes.Recipe.train
    monkeypatch.setattr(
        recipes.Recipe,
        "train",
        lambda recipe, part, **how: seen.append(part) or train(recipe, part, **how),
    )
    words = ["ablation", "--recipe", "speedrun-cpu", "--runs", "2", "--data"]
    words += [str(folder), "--device", "cpu", "--images", "6"]
    told, kept = told_and_kept(capsys, tmp_path, *words)
    for name in ablation.without_each_idea(recipes.BY_NAME["speedrun-cpu"]):
        assert f"| {name} | " in told
    assert [run["seed"] for run in kept["figures"]["ideas"]["the whole recipe"]] == [0, 1]
    assert "6 to train on, 1 epochs, 6 validation images" in told
    assert {len(each) for each in kept["figures"]["views"].values()} == {2}
    known = {bytes(image.numpy()) for image in whole.test_images} - {
        bytes(image.numpy()) for image in whole.train_images
    }
    assert known
    assert not any(bytes(image.numpy()) in known for part in seen for image in part.test_images)


def test_a_failed_run_is_counted_and_not_averaged():
    whole = [ablation.Run(seed, 0.90, 2.0) for seed in range(3)]
    other = [ablation.Run(seed, accuracy, 1.0) for seed, accuracy in enumerate((0.89, 0.87, 0.72))]
    _, row, last = ablation._ideas_table({"all": whole, "other": other}, 1.0).rows
    assert row == ("other", "87.0 (72.0 to 89.0)", "1 of 3", "-2.00% ± +1.41%", "0.50")
    assert last == ("images read one by one", "the same steps", "", "0", "1.50")


def test_a_quarter_of_the_images_has_six_views_and_no_other(pictures):
    torch.manual_seed(0)
    model = models.SpeedrunCNN(widths=(4, 4, 4)).eval()
    plain, two, drawn, least, six = ablation.by_views(model, pictures.test_images, seed=0).values()
    for looked in (drawn, least):
        changed = (looked != plain).any(dim=1)
        assert changed.sum() == 5
        assert torch.allclose(looked[changed], six[changed], atol=1e-5)
    assert torch.allclose(two - plain, evaluation.predict(model, pictures.test_images.flip(3)))


def test_formats_leave_the_mathematics_alone(pictures):
    formats = {"channels_last": False}, {"compile": True}, {"precision": "bfloat16"}
    losses = []
    for changed in ({}, *formats):
        recipe = replace(recipes.SPEEDRUN_CPU, **changed)
        losses.append(recipe.train(pictures, device="cpu", progress=False)[1].epochs[0].train_loss)
    plain, contiguous, compiled, half = losses
    assert contiguous == pytest.approx(plain, rel=1e-3)
    assert compiled == pytest.approx(plain, rel=1e-3)
    assert half == pytest.approx(plain, rel=0.05)
    assert half != plain


def test_card_asks_everything_and_goes_on_after_a_part_that_fails(
    folder, capsys, tmp_path, monkeypatch
):
    def fails(**_):
        raise FloatingPointError("The loss became nan.")

    small = replace(recipes.BY_NAME["speedrun-cpu"], name="speedrun")
    monkeypatch.setitem(recipes.BY_NAME, "speedrun", small)
    monkeypatch.setattr(ablation, "measure", fails)
    words = ["card", "--device", "cpu", "--runs", "1", "--data", folder]
    told, kept = told_and_kept(capsys, tmp_path, *words)
    parts = ["speedrun", "speedrun, compiled", "batch sizes", "ideas", "fast", "scale"]
    assert list(kept["figures"]) == parts
    assert "ideas: The loss became nan." in told
    for step in kept["figures"]["batch sizes"]["steps"]:
        assert 0 < step["queued"] <= step["done"]


def climbed(path):
    """Return the runs of each rung without their seconds, which no seed decides."""
    rungs = json.loads(path.read_text())["figures"]["rungs"]
    return {
        name: [{key: run[key] for key in run if key != "seconds"} for run in runs]
        for name, runs in rungs.items()
    }


def test_two_processes_climb_the_ladder_to_the_numbers_of_one(folder, tmp_path, capsys):
    few = ["--data", folder, "--images", "6", "--epochs", "1", "--device", "cpu"]
    paths = [tmp_path / f"{name}.json" for name in ("whole", "first", "second", "joined")]
    seeds = [["--runs", "2"], ["--runs", "1"], ["--runs", "1", "--first-seed", "1"]]
    for path, words in zip(paths, seeds, strict=False):
        assert command_line.main(["bench", "ladder", *few, *words, "--out", str(path)]) == 0
    capsys.readouterr()
    ladder.join(paths[2], paths[1]).write(paths[3])
    assert climbed(paths[3]) == climbed(paths[0])
    assert list(climbed(paths[3])) == list(ladder.rungs())


def test_a_ladder_that_was_left_keeps_its_runs(folder, tmp_path, monkeypatch):
    climb, left = ladder._run, 12

    def tire(*arguments):
        nonlocal left
        if not left:
            raise KeyboardInterrupt
        left -= 1
        return climb(*arguments)

    monkeypatch.setattr(ladder, "_run", tire)
    path = tmp_path / "ladder.json"
    few = {"data_name": folder, "images": 6, "epochs": 1, "device": "cpu"}
    with pytest.raises(KeyboardInterrupt):
        ladder.measure(**few, keep=lambda report: report.write(path))
    assert [len(runs) for runs in climbed(path).values()] == [2] * 2 + [1] * 8
    ladder.join(path).write(path)  # without the seed that was not climbed to the top
    assert {run["seed"] for runs in climbed(path).values() for run in runs} == {0}


def test_ladders_under_other_conditions_are_not_joined(tmp_path):
    paths = [tmp_path / "one.json", tmp_path / "other.json"]
    for path in paths:
        bench.make_report(CPU, path.name, validation=6, rungs={}).write(path)
    with pytest.raises(ValueError, match="differ in their conditions"):
        ladder.join(*paths)


def test_each_rung_keeps_what_came_before_and_changes_one_thing():
    torch.manual_seed(0)
    networks = {name: (make(), settings) for name, (make, settings) in ladder.rungs().items()}
    kinds = {
        name: (
            type(model).__name__,
            sum(isinstance(layer, torch.nn.Conv2d) for layer in model.modules()),
            sum(isinstance(layer, torch.nn.BatchNorm2d) for layer in model.modules()),
            sum(isinstance(layer, models.fast.Residual) for layer in model.modules()),
        )
        for name, (model, _) in networks.items()
    }
    plain = ("FastCNN", 8, 9, 0)
    assert list(kinds.values()) == [
        *(("SimpleCNN", 1, 0, 0), ("FastCNN", 8, 1, 0), ("FastCNN", 8, 1, 0), plain),
        *[("FastCNN", 8, 9, 2)] * 6,
    ]
    settings = [vars(each) for _, each in networks.values()]
    changed = [
        {name for name in after if after[name] != before[name]}
        for before, after in itertools.pairwise(settings)
    ]
    last = [{"schedule"}, {"augment"}, {"label_smoothing"}, {"weight_decay"}, set()]
    assert changed == [set()] * 4 + last


def test_hes_weights_keep_the_spread_of_a_deep_plain_networks_maps():
    images, spreads = torch.rand(50, 3, 32, 32), {}
    for name in ("depth", "He's weights"):
        torch.manual_seed(0)
        model = ladder.rungs()[name][0]()
        spreads[name] = torch.nn.Sequential(*list(model)[:5])(images).std().item()
    assert spreads["depth"] < 0.02
    assert spreads["He's weights"] > 0.2


def test_hes_weights_are_kept_by_the_rungs_above():
    for name, (make, _) in list(ladder.rungs().items())[2:]:
        layers = [layer for layer in make().modules() if isinstance(layer, torch.nn.Conv2d)]
        assert not any(layer.bias.any() for layer in layers if layer.bias is not None), name
        weight = layers[-1].weight
        assert weight.std().item() == pytest.approx((2 / weight[0].numel()) ** 0.5, rel=0.05), name


def test_training_accuracy_is_that_of_clean_images_after_the_last_epoch(folder, monkeypatch):
    evaluated = []
    monkeypatch.setattr(
        ladder.training,
        "evaluate",
        lambda model, images, labels: evaluated.append((model, images)) or Evaluation(0.25, 1.0),
    )
    monkeypatch.setattr(ladder, "KNOWN", 4)
    report = ladder.measure(data_name=folder, images=6, runs=1, epochs=1, device="cpu")
    known = ladder.split(data.load(folder), 6).train_images[:4]
    assert all(torch.equal(images, known) for _, images in evaluated)
    assert {runs[0]["train_accuracy"] for runs in report.figures["rungs"].values()} == {0.25}


def parts(recipe):
    return vars(recipe) | vars(recipe.settings) | {"settings": None}


def test_each_variant_takes_away_one_idea_and_no_other():
    whole, *others = ablation.without_each_idea(recipes.SPEEDRUN).values()
    assert whole == recipes.SPEEDRUN
    for recipe in others:
        changed = {name for name, value in parts(recipe).items() if value != parts(whole)[name]}
        changed -= {"learning_rate", "weight_decay"}  # an idea comes with its own rates
        assert len(changed) == 1


def test_a_first_layer_that_is_learned_changes(pictures):
    variants = ablation.without_each_idea(recipes.BY_NAME["speedrun-cpu"])
    model, _ = variants["first layer learned, not whitened"].train(
        pictures, device="cpu", progress=False
    )
    torch.manual_seed(0)
    assert not torch.equal(model[0].weight, speedrun.SpeedrunCNN(widths=(4, 4, 4))[0].weight)
