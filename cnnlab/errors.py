"""The package's own errors: impossible shapes, data that cannot be had."""


class ShapeError(ValueError):
    """Sizes that do not fit together, such as a kernel larger than its padded input."""


class DataError(RuntimeError):
    """Pictures that cannot be found, fetched, read or trusted."""


# What `python -m cnnlab` tells in a sentence; every other error shows where it comes from.
TOLD = (DataError, ValueError, FloatingPointError, MemoryError)
