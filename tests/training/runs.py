"""Small models and short runs for the tests of training, here and in processes of their own."""

import torch
from torch import nn

from cnnlab import data, models, training


class WithDropout(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 4, 3, stride=2), nn.ReLU(), nn.Dropout(), nn.Flatten(), nn.Linear(900, 10)
        )


def new_model(seed=0, make=WithDropout):
    torch.manual_seed(seed)
    return make()


def weights(model):
    return torch.cat([parameter.flatten() for parameter in model.parameters()])


def train(model, pictures, *, epochs=3, **options):
    settings = {"batch_size": 64, "augment": data.Augment(flip=True, shift=2), "device": "cpu"}
    return training.train(model, pictures, epochs=epochs, progress=False, **(settings | options))


def train_with_batch_norm():
    torch.manual_seed(0)
    model = models.FastCNN(width=4)
    pictures = data.shapes10(1000, 400, cue="color", position="center")
    settings = {"epochs": 3, "batch_size": 50, "learning_rate": 1e-2, "device": "cpu"}
    return model, training.train(model, pictures, **settings, progress=False)
