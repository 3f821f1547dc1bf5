"""Right answers to the exercises of lesson 12, in the styles that learners write."""

import random
from collections import defaultdict
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor, nn


def freeze_by_loops(model: nn.Module) -> list:
    for name, parameter in model.named_parameters():
        parameter.requires_grad = name.startswith("head.")
    for name, layer in model.named_modules():
        layer.train(name == "head")
    return [parameter for parameter in model.parameters() if parameter.requires_grad]


def freeze_by_children(model: nn.Module) -> tuple:
    model.train(True)
    for child in model.children():
        if child is not model.head:
            child.train(False)
            for parameter in child.parameters():
                parameter.requires_grad_(False)
    return tuple(model.head.parameters())


def freeze_layers_that_matter(model: nn.Module) -> list:
    """The containers stay in train mode, where they make no difference."""
    model.train()
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d | nn.Dropout):
            layer.eval()
    kept = {id(parameter) for parameter in model.head.parameters()}
    for parameter in model.parameters():
        parameter.requires_grad = id(parameter) in kept
    return [each for each in (model.head.bias, model.head.weight) if each is not None]


def split_by_loops(labels: Tensor, groups: Tensor, share: float, generator: Generator) -> tuple:
    of_class = defaultdict(list)
    for label, group in zip(labels.tolist(), groups.tolist(), strict=True):
        if group not in of_class[label]:
            of_class[label].append(group)
    tested = set()
    for members in of_class.values():
        count = max(1, min(len(members) - 1, round(share * len(members))))
        order = torch.randperm(len(members), generator=generator).tolist()
        tested.update(members[place] for place in order[:count])
    places = range(len(labels))
    train = [place for place in places if int(groups[place]) not in tested]
    return train, [place for place in places if int(groups[place]) in tested]


def split_by_numpy(labels: Tensor, groups: Tensor, share: float, generator: Generator) -> list:
    seed = int(torch.randint(2**31, (), generator=generator))
    numbers, chosen = np.random.default_rng(seed), []
    for label in np.unique(labels):
        members = np.unique(groups[labels == label])
        count = int(np.clip(np.round(share * len(members)), 1, len(members) - 1))
        chosen.extend(numbers.choice(members, count, replace=False))
    test = np.isin(groups.numpy(), chosen)
    return [np.flatnonzero(~test), np.flatnonzero(test)]


def split_by_one_order(labels: Tensor, groups: Tensor, share: float, generator: Generator) -> tuple:
    """One order of all groups; of each class the last ones in it."""
    names = groups.unique()
    names = names[torch.randperm(len(names), generator=generator)].tolist()
    random.Random(len(names)).shuffle(names)
    label_of = dict(zip(groups.tolist(), labels.tolist(), strict=True))
    train, test = [], []
    for label in set(label_of.values()):
        members = [name for name in names if label_of[name] == label]
        count = min(max(int(share * len(members) + 0.5), 1), len(members) - 1)
        for name in members:
            side = test if name in members[-count:] else train
            side.append((groups == name).nonzero().flatten())
    return torch.cat(train), torch.cat(test)


def standardize_numpy(train: Tensor, test: Tensor) -> list:
    """The deviation is numpy's, over N."""
    mean, deviation = np.mean(train.numpy(), axis=0), np.std(train.numpy(), axis=0)
    deviation[deviation == 0] = 1
    return [(train.numpy() - mean) / deviation, (test.numpy() - mean) / deviation]


def standardize_float32(train: Tensor, test: Tensor) -> tuple:
    train, test = train.float(), test.float()
    variance, mean = torch.var_mean(train, dim=0, keepdim=True)
    scale = torch.where(variance > 0, variance.rsqrt(), torch.ones_like(variance))
    return scale * (train - mean), scale * (test - mean)


def standardize_by_loops(train: Tensor, test: Tensor) -> tuple:
    new_train, new_test = train.clone(), test.clone()
    for feature in range(train.shape[1]):
        column = train[:, feature]
        mean = sum(column.tolist()) / len(column)
        squares = sum((number - mean) ** 2 for number in column.tolist())
        deviation = (squares / (len(column) - 1)) ** 0.5 or 1.0
        new_train[:, feature] = (column - mean) / deviation
        new_test[:, feature] = (test[:, feature] - mean) / deviation
    return new_train, new_test


class Scaler:
    """As scikit-learn writes it: over N, and 1 for a deviation of 0."""

    def fit(self, features: Tensor) -> "Scaler":
        self.mean, deviation = features.mean(0), features.std(0, correction=0)
        self.scale = torch.where(deviation < 1e-12, torch.ones_like(deviation), deviation)
        return self

    def transform(self, features: Tensor) -> Tensor:
        return (features - self.mean) / self.scale


def standardize_by_scaler(train: Tensor, test: Tensor) -> tuple:
    scaler = Scaler().fit(train)
    return scaler.transform(train), scaler.transform(test)


def balanced_by_table(predicted: Tensor, labels: Tensor) -> Any:
    size = int(max(predicted.max(), labels.max())) + 1
    table = torch.zeros(size, size)
    for label, guess in zip(labels, predicted, strict=True):
        table[label, guess] += 1
    counts = table.sum(1)
    return (table.diag()[counts > 0] / counts[counts > 0]).mean()


def balanced_by_counting(predicted: Tensor, labels: Tensor) -> float:
    hits, images = defaultdict(int), defaultdict(int)
    for guess, label in zip(predicted.tolist(), labels.tolist(), strict=True):
        images[label] += 1
        hits[label] += guess == label
    return sum(hits[label] / images[label] for label in images) / len(images)


def balanced_by_weights(predicted: Tensor, labels: Tensor) -> Any:
    classes, place, counts = np.unique(labels, return_inverse=True, return_counts=True)
    weights = 1 / counts[place]
    right = predicted.numpy() == labels.numpy()
    return np.average(right, weights=weights) if len(classes) else 0.0


def balanced_ignoring_empty(predicted: Tensor, labels: Tensor) -> Tensor:
    shares = [
        (predicted[labels == each] == each).float().mean() for each in range(int(labels.max()) + 1)
    ]
    return torch.stack(shares).nanmean()
