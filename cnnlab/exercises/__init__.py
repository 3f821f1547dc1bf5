"""The exercises: what each asks, its right answer, and the misconceptions behind wrong ones.

An exercise's module is imported when it is first used, and torch with it.
"""

from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnlab.exercises.exercise import Exercise
    from cnnlab.exercises.sheets import Numbers, Varied

BY_LESSON: dict[
    str, dict[str, tuple[str, ...]]
] = {  # the module of each exercise, lesson by lesson
    "Lesson 01": {"respond": ("respond",), "edge_kernel": ("edge_kernel",)},
    "Lesson 02": {
        "output_size": ("output_size",),
        "output_shape": ("output_shape",),
        "correlate2d": ("correlate2d",),
        "flip": ("flip",),
    },
    "Lesson 03": {
        "conv_parameters": ("conv_parameters",),
        "layer_macs": ("layer_macs",),
        "activation_bytes": ("activation_bytes",),
        "table_parameters": ("table_parameters",),
        "conv2d_multichannel": ("conv2d_multichannel",),
    },
    "Lesson 04": {
        "im2col": ("im2col",),
        "conv_backward": ("conv_backward",),
        "numerical_gradient": ("numerical_gradient",),
    },
    "Lesson 05": {
        "accuracy": ("accuracy",),
        "evaluate": ("evaluate",),
        "train_one_epoch": ("train_one_epoch",),
    },
    "Lesson 06": {
        "residual_block": ("residual_block",),
        "batch_norm": ("batch_norm",),
        "random_shift": ("random_shift",),
    },
    "Lesson 07": {"receptive_field": ("receptive_field",), "grad_cam": ("grad_cam",)},
    "Lesson 08": {
        "permute_pixels": ("permute_pixels",),
        "equivariance_error": ("equivariance_error",),
        "shift_consistency": ("shift_consistency",),
    },
    "Lesson 09": {
        "fgsm": ("fgsm",),
        "pgd_step": ("pgd_step",),
        "macs_per_byte": ("macs_per_byte",),
    },
    "Lesson 10": {
        "causal_conv1d": ("causal_conv1d", "dilated_field"),
        "spectrogram": ("spectrogram",),
    },
    "Lesson 11": {
        "throughput": ("throughput",),
        "whitening_kernels": ("whitening_kernels",),
        "shared_gradient": ("shared_gradient",),
    },
    "Homework 1": {
        "dot_kernel": ("dot_kernel",),
        "diagonal_kernel": ("diagonal_kernel",),
        "find_template": ("find_template",),
        "correlate2d_dilated": ("correlate2d_dilated",),
    },
    "Homework 2": {
        "counted_networks": ("count_lenet5", "count_plain", "count_modern"),
        "budget_network": ("budget_network",),
    },
    "Homework 3": {
        "conv_forward": ("conv_forward",),
        "conv_gradients": ("bias_gradient", "weight_gradient", "image_gradient"),
    },
    "Homework 4": {
        "fixed_bugs": (*(f"fixed_{number}" for number in range(1, 9)), "diagnoses"),
    },
    "Homework 5": {"build_network": ("build_network", "compare")},
}
MODULES = {
    name: module
    for topics in BY_LESSON.values()
    for module, names in topics.items()
    for name in names
}

LESSON_OF = {
    name: lesson
    for lesson, topics in BY_LESSON.items()
    for names in topics.values()
    for name in names
}


def names() -> list[str]:
    """Return the names of all exercises, lesson by lesson."""
    return list(MODULES)


def load(name: str, sheet: int | None = None) -> "Exercise":
    """Return an exercise by its name, importing its module.

    Args:
        sheet: the number of a learner's sheet; None for the exercise as everybody has it.

    Raises:
        ValueError: for a name that is not an exercise, with the nearest names.
    """
    if name not in MODULES:
        raise ValueError(unknown(name))
    if sheet is not None and (varied := varied_by(name)):
        return varied.build(numbers(name, sheet))
    known = import_module(f"{__name__}.{MODULES[name]}").EXERCISES
    return next(exercise for exercise in known if exercise.name == name)


def varied_by(name: str) -> "Varied | None":
    """Return what a sheet changes in an exercise; None if it is the same on every sheet."""
    module = import_module(f"{__name__}.{MODULES[name]}")
    return getattr(module, "VARIED", {}).get(name)


def numbers(name: str, sheet: int | None) -> "Numbers":
    """Return the numbers that a sheet draws for an exercise; empty if it draws none."""
    varied = varied_by(name)
    return varied.numbers(MODULES[name], sheet) if varied else {}


def unknown(name: str) -> str:
    """Return the sentence about a name that is not an exercise."""
    near = get_close_matches(name, MODULES, n=3)
    fix = f"Did you mean {', '.join(near)}?" if near else "check.exercises() lists them all."
    return f"There is no exercise {name!r}. {fix}"
