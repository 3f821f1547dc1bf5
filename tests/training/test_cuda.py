"""What only a CUDA card can show. Where there is none, these tests are left out."""

import math
from dataclasses import replace

import pytest
import torch

from cnnlab import data, models, training
from cnnlab.training import devices, precision, recipes, saving
from tests.training.runs import new_model, train, weights

pytestmark = pytest.mark.cuda
CUDA, CPU = torch.device("cuda"), torch.device("cpu")


@pytest.fixture(scope="module")
def images():
    return data.shapes10(400, 200)


def test_the_card_is_what_is_chosen():
    assert devices.best_device() == devices.as_device(None) == CUDA
    assert recipes.for_device() is recipes.FAST


@pytest.mark.parametrize("name", ["fast", "speedrun", "laptop-1"])
def test_each_recipe_takes_an_epoch_and_learns(images, name):
    recipe = recipes.BY_NAME[name].with_settings(epochs=1, batch_size=100)
    model, history = recipe.train(images, device="cuda", progress=False)
    epoch = history.epochs[0]
    assert {weight.device.type for weight in model.parameters()} == {"cuda"}
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}
    assert math.isfinite(epoch.train_loss)
    assert math.isfinite(epoch.test_loss)
    assert 0 <= recipe.evaluate(model, images.to("cuda")).accuracy <= 1


def test_sixteen_bits_are_the_default_there():
    expected = torch.bfloat16 if torch.cuda.is_bf16_supported(False) else torch.float16
    layer, images = torch.nn.Linear(2, 2, device="cuda"), torch.ones(1, 2, device="cuda")
    assert precision.resolve(None, layer, images, CUDA) is expected
    with precision.autocast_on(CUDA, expected):
        assert layer(images).dtype is expected


def test_in_float32_the_card_and_the_cpu_agree(images):
    model = models.FastCNN(width=8).eval()
    on_cpu = training.predict(model, images.test_images)
    with torch.backends.cudnn.flags(allow_tf32=False):
        on_card = training.predict(model.to("cuda"), images.test_images.to("cuda"))
    torch.testing.assert_close(on_card.cpu(), on_cpu, atol=1e-4, rtol=1e-4)


def test_the_same_seed_sees_the_same_images_on_both(images):
    """Order and augmentation are drawn on the CPU, so a card changes the arithmetic alone."""
    augment = data.Augment(flip=True, shift=2, cutout=4)
    seen = [
        torch.cat(
            [
                batch.cpu()
                for batch, _ in data.batches(
                    images.train_images.to(device),
                    images.train_labels.to(device),
                    64,
                    augment=augment,
                )
            ]
        )
        for device in (CPU, CUDA)
    ]
    torch.testing.assert_close(*seen)


@pytest.mark.parametrize(("first", "then"), [("cuda", "cpu"), ("cpu", "cuda")])
def test_a_checkpoint_moves_between_card_and_cpu(images, tmp_path, first, then):
    path = tmp_path / "run.pt"
    model = new_model()

    def stop_after_one(history):
        if len(history.epochs) == 1:
            raise KeyboardInterrupt

    how = {"precision": "float32", "checkpoint": path}
    train(model, images, device=first, **how, on_epoch=stop_after_one)
    resumed = new_model(seed=1)
    history = train(resumed, images, device=then, **how)
    assert len(history.epochs) == 3
    whole = new_model()
    train(whole, images, device=then, precision="float32")
    assert weights(resumed).device.type == then
    assert (weights(resumed) - weights(whole)).abs().max() < 0.05


def test_a_network_saved_on_the_card_is_read_without_one(images, tmp_path):
    recipe = recipes.SPEEDRUN_CPU.with_settings(epochs=1)
    model, _ = recipe.train(images, device="cuda", progress=False)
    trained = saving.Trained(model, recipe.name, images.classes, (32, 32), images.source, 0.5)
    trained.save(tmp_path / "model.pt")
    loaded = saving.load(tmp_path / "model.pt")
    assert {weight.device.type for weight in loaded.model.parameters()} == {"cpu"}


def test_too_large_a_batch_is_a_sentence(images):
    """The card is made small for it: a share of its memory that no batch of the test fits."""
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(300 * 2**20 / total)
    try:
        with pytest.raises(MemoryError, match="batch_size=400 does not fit"):
            training.train(
                models.FastCNN(width=64), images, epochs=1, batch_size=400, progress=False
            )
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


def test_a_compiled_run_learns_the_same(images):
    """Compiled arithmetic rounds differently, in 16 bits too; the loss of an epoch is the same."""
    recipe = recipes.SPEEDRUN_CPU.with_settings(epochs=2, batch_size=100)
    for numbers in ("float32", None):
        plain, compiled = (
            replace(recipe, compile=compile, precision=numbers).train(
                images, device="cuda", progress=False
            )[1]
            for compile in (False, True)
        )
        losses = [history.epochs[0].train_loss for history in (plain, compiled)]
        assert losses[0] == pytest.approx(losses[1], abs=0.1), numbers
