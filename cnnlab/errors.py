"""The two errors of the package: a shape that cannot be, and data that cannot be had."""


class ShapeError(ValueError):
    """Sizes that do not fit together, such as a kernel larger than its padded input."""


class DataError(RuntimeError):
    """Pictures that cannot be found, fetched, read or trusted."""
