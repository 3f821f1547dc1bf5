"""The progress bar of a training run."""

import time

LOOK_EVERY = 0.5  # seconds between two looks at the loss; each look waits for the GPU


class ProgressBar:
    """A bar over all steps, renewed a few times a second; silent without `show`."""

    def __init__(self, total: int, done: int, *, show: bool) -> None:
        from tqdm.auto import tqdm

        self.bar = tqdm(total=total, initial=done, unit="step", disable=not show)
        self.shown = time.perf_counter()

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def is_due(self) -> bool:
        return not self.bar.disable and time.perf_counter() - self.shown > LOOK_EVERY

    def show(self, step: int, loss: float, accuracy: float, images_per_second: float) -> None:
        self.shown = time.perf_counter()
        self.bar.set_postfix_str(
            f"loss {loss:.3f}, accuracy {accuracy:.1%}, {images_per_second:,.0f} images/s", False
        )
        self.bar.update(step - self.bar.n)
