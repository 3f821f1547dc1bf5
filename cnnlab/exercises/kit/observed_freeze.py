"""What is seen of a network after its body was frozen. Nothing here knows a right answer."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab.exercises.kit.exercise import Arguments
from cnnlab.exercises.kit.values import plain


class Head(nn.Linear):
    """A linear layer, with dropout before it in train mode."""

    def forward(self, features: Tensor) -> Tensor:
        return super().forward(F.dropout(features, 0.5, self.training))


class Transferred(nn.Module):
    """A small network with a new last layer; it keeps what it was built with."""

    def __init__(self, channels: int, blocks: int, classes: int, bias: bool) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, channels, 3)
        self.body = nn.Sequential(*(_block(channels) for _ in range(blocks)))
        self.head = Head(channels, classes, bias=bias)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.body(self.stem(images)).mean((2, 3)))

    def remember(self) -> None:
        """Keep, outside the state, which layers there are and what they hold."""
        kept = self.head, {name: each.clone() for name, each in self.state_dict().items()}
        object.__setattr__(self, "kept", kept)


def _block(channels: int) -> nn.Module:
    layers = nn.Conv2d(channels, channels, 1), nn.BatchNorm2d(channels), nn.ReLU(), nn.Dropout(0.2)
    return nn.Sequential(*layers)


class TransferredSpec(NamedTuple):
    """How to build the network anew for each call."""

    channels: int
    blocks: int
    classes: int
    bias: bool  # of the head
    training: bool  # whether it comes in train mode
    frozen: bool  # whether its body comes frozen
    seed: int

    def build(self) -> Transferred:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            model = Transferred(self.channels, self.blocks, self.classes, self.bias)
            for layer in _layers(model, nn.BatchNorm2d):
                nn.init.normal_(layer.running_mean)
                nn.init.normal_(layer.weight)
        model.train(self.training)
        model.stem.requires_grad_(not self.frozen)
        model.body.requires_grad_(not self.frozen)
        model.remember()
        return model

    def __str__(self) -> str:
        return f"a model in {'train' if self.training else 'eval'} mode"


def prepare_freeze(arguments: Arguments) -> tuple[Transferred]:
    return (arguments[0].build(),)


def _layers(model: nn.Module, kind: type) -> list[Any]:
    return [each for each in model.modules() if isinstance(each, kind)]


def extract_freeze(returned: Any, prepared: Arguments) -> Any:
    (model,) = prepared
    if not isinstance(returned, list | tuple | Iterator):
        return plain(returned)
    head, state = model.kept
    norms, drops = _layers(model, nn.BatchNorm2d), _layers(model, nn.Dropout)
    of_norms = {id(each) for layer in norms for each in layer.parameters()}
    of_head = {id(each) for each in model.head.parameters()}
    body = [each for each in model.parameters() if id(each) not in of_norms | of_head]
    of_body = {n: each for n, each in state.items() if model.head is head or not _of_head(n)}
    now = model.state_dict()
    same = all(name in now and now[name].equal(each) for name, each in of_body.items())
    return {
        "mode of batch norm": _mode(norms),
        "mode of dropout": _mode(drops),
        "mode of the head": _mode([model.head]),
        "gradients of the head": _gradients(model.head.parameters()),
        "gradients of batch norm": _gradients(p for norm in norms for p in norm.parameters()),
        "gradients of the convolutions": _gradients(body),
        "last layer": "the one it came with" if model.head is head else "another",
        "numbers in the model": "as they were" if same else "changed",
        "content of the list": _returned(returned, model),
    }


def _of_head(name: str) -> bool:
    return name.startswith("head.")


def _mode(layers: list[nn.Module]) -> str:
    return _all_or_some([each.training for each in layers], ("train", "eval"))


def _gradients(parameters: Iterable[Tensor]) -> str:
    return _all_or_some([each.requires_grad for each in parameters], ("on", "off"))


def _all_or_some(flags: list[bool], words: tuple[str, str]) -> str:
    if all(flags) or not any(flags):
        return words[0] if all(flags) else words[1]
    return f"{words[0]} for some, {words[1]} for others"


def _returned(returned: Iterable[Any], model: Transferred) -> str:
    """Say which parameters came back; those that learn are as good as those that should."""
    given = list(returned)
    found = {id(each) for each in given}
    known: dict[str, list[Tensor]] = {
        "all parameters of the model": list(model.parameters()),
        "the head's parameters": list(model.head.parameters()),
        "the head's weight alone": [model.head.weight],
        "the head's bias alone": [model.head.bias],
        "the parameters of all other layers": [
            each for name, each in model.named_parameters() if not _of_head(name)
        ],
    }
    alike = [text for text, each in known.items() if found == {id(one) for one in each}]
    learning = {id(each) for each in model.parameters() if each.requires_grad}
    if alike or found == learning:
        text = alike[0] if alike else "the head's parameters"
    elif _copies(given, known["the head's parameters"]):
        text = "copies of the head's parameters"
    else:
        text = "not, or not only, the head's parameters"
    return text if isinstance(returned, list | tuple) else f"{text}, to be read once"


def _copies(given: list[Any], wanted: list[Tensor]) -> bool:
    pairs = zip(given, wanted, strict=False)
    alike = all(isinstance(a, Tensor) and torch.equal(a, b) for a, b in pairs)
    return alike and len(given) == len(wanted)
