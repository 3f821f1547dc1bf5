"""Train a network and measure it: the loop of lesson 05, kept, with recipes and checkpoints."""

from cnnlab.training import recipes, transfer
from cnnlab.training.devices import best_device
from cnnlab.training.evaluation import (
    Evaluation,
    balanced_accuracy,
    confusion_matrix,
    evaluate,
    predict,
    predict_with_tta,
    score,
    wilson_interval,
)
from cnnlab.training.history import Epoch, History
from cnnlab.training.loop import train
from cnnlab.training.optimizers import Muon, orthogonalize
from cnnlab.training.recipes import Recipe
from cnnlab.training.settings import Settings

__all__ = [
    "Epoch",
    "Evaluation",
    "History",
    "Muon",
    "Recipe",
    "Settings",
    "balanced_accuracy",
    "best_device",
    "confusion_matrix",
    "evaluate",
    "orthogonalize",
    "predict",
    "predict_with_tta",
    "recipes",
    "score",
    "train",
    "transfer",
    "wilson_interval",
]
