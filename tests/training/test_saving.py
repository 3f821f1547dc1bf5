"""A trained network in a file: it comes back the same, and no other file is taken for one."""

import pytest
import torch

from cnnlab import data, models
from cnnlab.errors import DataError
from cnnlab.training import predict, recipes
from cnnlab.training.saving import Trained, load

NAMES = [*models.BY_NAME, *recipes.BY_NAME]


def trained(name, size=(32, 32)):
    if name in recipes.BY_NAME:
        model = recipes.BY_NAME[name].model(3)
    else:
        model = models.build(name, 3, image_size=size)
    return Trained(model, name, ("cat", "dog", "emu"), size, "Images in photos", 0.5)


@pytest.mark.parametrize("name", NAMES)
def test_every_network_comes_back(name, tmp_path):
    before = trained(name, (36, 40))
    before.save(tmp_path / "model.pt")
    after = load(tmp_path / "model.pt")
    assert (after.classes, after.image_size) == (before.classes, (36, 40))
    images = data.shapes10(10, 10).test_images.repeat(1, 1, 2, 2)[:4, :, :36, :40]
    assert torch.equal(predict(after.model, images), predict(before.model, images))


class Attack:
    def __reduce__(self):
        return (print, ("executed",))


def attack(path):
    torch.save({"format": Attack()}, path)


def cut(path):
    trained("mlp").save(path)
    path.write_bytes(path.read_bytes()[:5000])


def renamed(path):
    trained("mlp").save(path)
    torch.save(torch.load(path, weights_only=True) | {"name": "transformer"}, path)


def other_size(path):
    trained("mlp").save(path)
    torch.save(torch.load(path, weights_only=True) | {"image_size": [16, 16]}, path)


def without(name):
    def write(path):
        trained("mlp").save(path)
        record = torch.load(path, weights_only=True)
        record.pop(name)
        torch.save(record, path)

    return write


BROKEN = [attack, cut, renamed, other_size, lambda path: torch.save([1], path)]
BROKEN += [without(name) for name in ("name", "classes", "image_size", "images", "accuracy")]


@pytest.mark.parametrize("make", BROKEN)
def test_another_file_is_told_and_not_executed(make, tmp_path, capsys):
    make(tmp_path / "model.pt")
    with pytest.raises(DataError, match=r"not a model that `train --save` wrote, .*--save FILE"):
        load(tmp_path / "model.pt")
    assert "executed" not in capsys.readouterr().out
