"""The package's own errors: impossible shapes, data that cannot be had, a lost process."""


class ShapeError(ValueError):
    """Sizes that do not fit together, such as a kernel larger than its padded input."""


class DataError(RuntimeError):
    """Pictures that cannot be found, fetched, read or trusted."""


class ProcessError(RuntimeError):
    """Another process of a distributed training run has ended."""
