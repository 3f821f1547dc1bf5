"""The package's own errors, and the checks of arguments that raise them."""

import operator
from importlib import import_module
from typing import Any

Size = int | tuple[int, int]  # one number for both axes, or (height, width)


class ShapeError(ValueError):
    """Sizes that do not fit together, such as a kernel larger than its padded input."""


class DataError(RuntimeError):
    """Images that cannot be found, downloaded, read or trusted."""


class MissingError(ImportError):
    """A library that only part of the course needs is not installed."""


# What `cnnlab` reports in one sentence; any other error is a bug: see `unexpected`.
USER_ERRORS = (DataError, MissingError, ValueError, FloatingPointError, MemoryError, OSError)


def unexpected(error: BaseException) -> str:
    """Return one sentence for an error that is a bug of this package."""
    first = str(error).strip().splitlines()[:1]
    return (
        f"unexpected {type(error).__name__}: {' '.join(first)} This is a mistake in cnnlab. "
        f"CNNLAB_DEBUG=1 before the command shows where; please report it."
    )


def report(sentence: str) -> None:
    """Print one sentence for the learner."""
    print(sentence, flush=True)


def needed(module: str, what_needs: str, error: type[Exception] = MissingError) -> Any:
    """Import and return a module of a library that only part of the course needs.

    Args:
        what_needs: the beginning of the sentence, such as "saliency maps need".
        error: what is raised where the library is missing.

    Raises:
        Exception: `error`, with what is missing, for what, and how to get it.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as missing:
        library = module.partition(".")[0]
        if (missing.name or "").partition(".")[0] != library:
            raise  # something that the library itself needs
    raise error(
        f"{what_needs[0].upper()}{what_needs[1:]} {library}, which is not installed: "
        f"pip install {library}, or in a notebook: %pip install {library}."
    )


def as_int(name: str, value: Any, *, minimum: int = 1) -> int:
    """Return `value` as an int. A bool, a float and a string are refused, a numpy int is not.

    Raises:
        ShapeError: if it is not an integer, or below `minimum`.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise ShapeError(
            f"{name}={value!r} is {type(value).__name__}, not an integer. Use a whole number."
        ) from None
    if number < minimum:
        raise ShapeError(f"{name}={number} must be at least {minimum}.")
    return number


def as_pair(name: str, value: Any, *, minimum: int = 1) -> tuple[int, int]:
    """Return `value` as (height, width); one integer stands for both.

    Raises:
        ShapeError: if it is neither an integer nor two of them, or one is below `minimum`.
    """
    if not isinstance(value, tuple | list):
        value = (value, value)
    if len(value) != 2:
        raise ShapeError(f"{name}={value!r} must be an integer or a (height, width) pair.")
    height, width = (as_int(name, size, minimum=minimum) for size in value)
    return height, width


def as_shape(name: str, value: Any) -> tuple[int, ...]:
    """Return `value` as a tuple of sizes.

    Raises:
        ShapeError: if it is not a sequence, or a size is not an integer or below 1.
    """
    try:
        if isinstance(value, str):
            raise TypeError
        sizes = list(value)
    except TypeError:
        raise ShapeError(f"{name}={value!r} must be several sizes, such as (3, 32, 32).") from None
    return tuple(as_int(f"{name}[{axis}]", size) for axis, size in enumerate(sizes))


def as_bool(name: str, value: Any) -> bool:
    """Return `value` if it is True or False.

    Raises:
        ShapeError: if it is anything else; 0 and 1 are more often a mistake than a choice.
    """
    if not isinstance(value, bool):
        raise ShapeError(f"{name}={value!r} must be True or False.")
    return value
