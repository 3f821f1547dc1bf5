"""Which device, in which format: what holds on a Mac is tested without one."""

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from cnnlab import data, doctor, models, training
from cnnlab.training import loop, recipes
from cnnlab.training.devices import as_device, memory_format_on


def test_on_mps_everything_stays_contiguous():
    """With channels_last, batch norm's gradients are wrong there: pytorch/pytorch issue 175189."""
    for wanted in (True, False):
        assert memory_format_on(torch.device("mps"), wanted) is torch.contiguous_format
    for name in ("cpu", "cuda"):
        assert memory_format_on(torch.device(name), True) is torch.channels_last
        assert memory_format_on(torch.device(name), False) is torch.contiguous_format


@pytest.mark.parametrize("kind", ["mps", "cpu"])
def test_training_and_predicting_use_the_format_of_the_device(monkeypatch, kind):
    """The format is looked up for the device; here the CPU's device passes for a Mac's."""
    seen = set()

    def observe(module, inputs):
        (images,) = inputs
        seen.add(images.is_contiguous(memory_format=torch.channels_last))

    as_if = torch.device(kind)
    for room in ("loop", "evaluation"):
        monkeypatch.setattr(
            f"cnnlab.training.{room}.memory_format_on",
            lambda _, channels_last=True: memory_format_on(as_if, channels_last),
        )
    model = models.SmallCNN()
    model.register_forward_pre_hook(observe)
    images = data.shapes10(64, 32)
    training.train(model, images, epochs=1, batch_size=32, device="cpu", progress=False)
    training.predict(model, images.test_images)
    assert seen == {kind == "cpu"}
    weight = model[1].weight
    assert weight.is_contiguous() == (kind == "mps")


@pytest.mark.parametrize("scaled", [True, False])
def test_in_float16_small_gradients_are_kept_by_the_scaler(monkeypatch, scaled):
    """On the CPU, which knows float16 too: a gradient of 1e-9 is 0 in it."""
    if not scaled:
        off = torch.amp.GradScaler("cpu", enabled=False)
        monkeypatch.setattr(loop, "scaler_on", lambda *_: off)

    class Faint(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = torch.nn.Linear(1, 10, bias=False)

        def forward(self, images):
            faint = self.linear(1e-3 * images.mean(dim=(1, 2, 3))[:, None])
            return 1e-5 * faint.float()

    model = Faint()
    before = model.linear.weight.clone()
    images = data.shapes10(64, 32)
    how = {"device": "cpu", "precision": "float16", "progress": False}
    training.train(model, images, epochs=1, batch_size=32, **how)
    assert torch.equal(model.linear.weight, before) == (not scaled)


def test_a_device_that_is_there():
    assert as_device("cpu") == torch.device("cpu")
    assert as_device(None) == training.best_device()


def test_doctor_compares_gradients(monkeypatch):
    good, what, finding = doctor.examine_gradients("cpu")
    assert (good, what) == (True, "gradients")
    assert "differ by 0.0e+00" in finding
    right = doctor._gradients("cpu")
    wrong = [*right[:-1], right[-1] * 1.1]
    assert doctor.largest_difference(right, wrong) == pytest.approx(0.1, rel=1e-3)
    monkeypatch.setattr(doctor, "_gradients", lambda kind: right if kind == "cpu" else wrong)
    good, _, finding = doctor.examine_gradients("mps")
    assert not good
    assert 'Train with device="cpu"' in finding


def test_doctor_looks_at_the_gradients_of_a_gpu(monkeypatch):
    monkeypatch.setattr(doctor, "_device_type", lambda: "mps")
    monkeypatch.setattr(doctor, "_gradients", lambda _: [torch.ones(2)])
    monkeypatch.setattr(doctor, "_training", lambda: (True, "training", ""))
    assert "gradients" in [what for _, what, _ in doctor.examine()]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gpu", "device='gpu' must be cpu, cuda or mps. Leave it out for the fastest"),
        ("meta", "device='meta' must be cpu, cuda or mps"),
        ("cpu:3", "device='cpu:3' must be cpu, cuda or mps"),
        ("cuda:1", "device='cuda:1': PyTorch finds none here. Use cpu, or leave it out"),
        ("mps", "device='mps': PyTorch finds none here"),
    ],
)
def test_a_device_that_is_not_there(name, message, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(ValueError, match=message):
        as_device(name)


FULL = data.Augment(flip=True, shift=4, cutout=8)


@pytest.mark.parametrize("augment", [None, FULL, data.Augment(flip="alternating", shift=2)])
def test_no_batch_mixes_devices(augment, monkeypatch):
    """Without a card: tensors that only say that they lie on one, and refuse all others."""
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda numbers: numbers)  # takes a real card
    with FakeTensorMode(allow_non_fake_inputs=True):
        images = torch.zeros(20, 3, 32, 32, dtype=torch.uint8, device="cuda")
        labels = torch.zeros(20, dtype=torch.int64, device="cuda")
        if augment is not None:
            images = augment.for_epoch(images, epoch=1, seed=0)
        for batch, of_batch in data.batches(images, labels, 8, augment=augment):
            assert batch.device.type == of_batch.device.type == "cuda"


@pytest.mark.parametrize("recipe", recipes.BY_NAME.values(), ids=lambda recipe: recipe.name)
def test_no_network_mixes_devices(recipe):
    with FakeTensorMode(allow_non_fake_inputs=True), torch.device("cuda"):
        logits = recipe.model(10)(torch.zeros(2, 3, 32, 32))
    assert (logits.device.type, logits.shape) == ("cuda", (2, 10))


def test_mixed_devices_would_be_found():
    with FakeTensorMode(), pytest.raises(Exception, match="devices"):
        torch.zeros(2, device="cuda") + torch.zeros(2, device="cpu")
