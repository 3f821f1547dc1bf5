"""Check a learner's function, and name the misconception behind a wrong answer.

`check.output_size(output_size)` judges the function; `check.hint("output_size")` gives the next
hint; `check.solution("output_size")` leads to the solution; `check.exercises()` lists them all.
A lesson's exercises are imported when first used, and torch with them.
"""

from collections import Counter
from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cnnlab.check.verdict import Note, Verdict

if TYPE_CHECKING:
    from cnnlab.check.exercise import Exercise

__all__ = ["Verdict", "exercises", "hint", "solution", "trained_network"]

LESSONS = {  # module: its exercises
    "lesson01": ("respond", "edge_kernel"),
    "lesson02": ("output_size", "output_shape"),
    "lesson02_images": ("correlate2d_valid", "correlate2d"),
    "lesson02_flip": ("flip",),
    "lesson03": ("conv_parameters", "conv_macs"),
    "lesson03_layers": (
        "layer_macs",
        "activation_bytes",
        "table_parameters",
        "subsampling_parameters",
    ),
    "lesson03_channels": ("conv2d_multichannel",),
    "lesson04": ("im2col",),
    "lesson04_backward": ("conv_backward",),
    "lesson04_check": ("numerical_gradient",),
    "lesson05": ("accuracy",),
    "lesson05_evaluate": ("evaluate",),
    "lesson05_training": ("train_one_epoch",),
    "lesson06": ("residual_block",),
    "lesson06_norm": ("batch_norm",),
    "lesson06_shift": ("random_shift",),
    "lesson07": ("receptive_field",),
    "lesson07_grad_cam": ("grad_cam",),
    "lesson08": ("permute_pixels",),
    "lesson08_shifts": ("equivariance_error", "shift_consistency"),
    "lesson09": ("fgsm",),
    "lesson09_pgd": ("pgd_step",),
    "lesson09_roofline": ("macs_per_byte",),
    "lesson10": ("causal_conv1d", "dilated_field"),
    "lesson10_spectrogram": ("spectrogram",),
    "lesson11": ("throughput",),
    "lesson11_whitening": ("whitening_kernels",),
    "lesson11_parallel": ("shared_gradient",),
    "homework1": ("dot_kernel", "diagonal_kernel", "find_template"),
    "homework1_dilation": ("correlate2d_dilated",),
    "homework2": ("count_lenet5", "count_plain", "count_modern"),
    "homework2_design": ("budget_network",),
    "homework3": ("conv_forward", "bias_gradient", "weight_gradient", "image_gradient"),
    "homework4": (*(f"mended_{number}" for number in range(1, 9)), "diagnoses"),
    "homework5": ("build_network", "compare"),
}
_hints_given: Counter[str] = Counter()


def __getattr__(name: str) -> Callable[..., Verdict]:
    if name.startswith("_") or name in LESSONS or _lesson_of(name) is None:
        raise AttributeError(_no_exercise(name))
    return _checker(load(name))


def __dir__() -> list[str]:
    return [*__all__, *(name for names in LESSONS.values() for name in names)]


def exercises() -> Note:
    """List every exercise with its signature, lesson by lesson."""
    lines = []
    for module, names in LESSONS.items():
        kind, number = ("Lesson", module[6:8]) if "lesson" in module else ("Homework", module[8])
        heading = f"{kind} {number}"
        lines += [heading] * (heading not in lines)
        lines += [f"  {load(name).signature}\n    {load(name).task}" for name in names]
    headline = "The exercises: check.<name>(<your function>) checks one."
    return Note(headline, ("\n".join(lines),))


def hint(name: str) -> Note:
    """Return the next of an exercise's three hints.

    Raises:
        ValueError: for a name that is no exercise.

    Example:
        >>> hint("outputsize")
        Traceback (most recent call last):
        ValueError: There is no exercise 'outputsize'. Did you mean output_size, output_shape?
    """
    hints = load(name).hints
    if _hints_given[name] == len(hints):
        _hints_given[name] = 0
        again = f'check.hint("{name}") starts again with the first.'
        return Note(
            f"There are no more hints for {name}.",
            (f'check.solution("{name}") leads to the solution; {again}',),
        )
    _hints_given[name] += 1
    number = _hints_given[name]
    return Note(f"Hint {number} of {len(hints)}: {hints[number - 1]}")


def solution(name: str, *, show: bool = False) -> Note:
    """Return an exercise's solution, if asked for with `show=True`.

    Raises:
        ValueError: for a name that is no exercise.
    """
    exercise = load(name)
    if not show:
        return Note(
            f"This shows a solution of {name}.",
            (f'If you want to see it now: check.solution("{name}", show=True).',),
        )
    return Note(f"One solution of {name}:", (exercise.solution,))


def trained_network(build: Callable, path: str, *, seed: int = 0) -> Verdict:
    """Measure a network that was trained and saved. See `cnnlab.check.trained`."""
    from cnnlab.check.trained import trained_network

    return trained_network(build, path, seed=seed)


def load(name: str) -> "Exercise":
    """Return an exercise by its name, importing its lesson.

    Raises:
        ValueError: for a name that is no exercise, with the nearest names.
    """
    lesson = _lesson_of(name)
    if lesson is None:
        raise ValueError(_no_exercise(name))
    known = import_module(f"{__name__}.{lesson}").EXERCISES
    return next(exercise for exercise in known if exercise.name == name)


def _lesson_of(name: str) -> str | None:
    return next((lesson for lesson, names in LESSONS.items() if name in names), None)


def _no_exercise(name: str) -> str:
    names = [each for names in LESSONS.values() for each in names]
    near = get_close_matches(name, names, n=3)
    mend = f"Did you mean {', '.join(near)}?" if near else "check.exercises() lists them all."
    return f"There is no exercise {name!r}. {mend}"


def _checker(exercise: "Exercise") -> Callable[..., Verdict]:
    def check(function: Any, *, seed: int = 0) -> Verdict:
        from cnnlab.check.engine import judge

        return judge(exercise, function, seed=seed)

    check.__name__ = check.__qualname__ = exercise.name
    check.__doc__ = f"Check {exercise.signature}. {exercise.task}"
    return check
