"""Let CIFAR-10 come while the learner reads on.

The thread only fetches: it prints nothing, and reading the archive is left to whoever waits. A
thread that is inside torch when Python ends aborts the whole process.
"""

import html
import os
import sys
import uuid
from contextlib import suppress
from threading import Thread
from typing import Any

from cnnlab.data import cifar10, mirrors
from cnnlab.data.images import ImageData
from cnnlab.data.sources import INSTEAD, known_as, load, shapes10_instead
from cnnlab.errors import DataError, report


def load_in_background(
    name: str | os.PathLike = "auto", *, within: float | None = 5, **options: Any
) -> "Coming":
    """Begin to fetch what `load` would download, and return at once.

    As the last line of a cell, what is returned shows one line that keeps itself up to date;
    its `wait()` returns the images. Ending Python breaks the download off; it resumes next time.

    Args:
        name: as `load` takes it, and all options.
        within: how many seconds the mirrors have to answer.

    Example:
        `coming = data.load_in_background("auto")`, and further down `images = coming.wait()`
    """
    return Coming(name, {"within": within, **options})


class Coming:
    """Images on their way: see `load_in_background`."""

    def __init__(self, name: str | os.PathLike, options: dict[str, Any]) -> None:
        self.name, self.options = name, options
        self._images: ImageData | None = None
        self._error: Exception | None = None
        self._news = "asking the mirrors"
        self._display_id, self._publisher = uuid.uuid4().hex, None
        self._thread = Thread(target=self._fetch, daemon=True)
        self._wanted = known_as(name) in ("auto", "cifar10") and options.get("download", True)
        self._there = self._wanted and cifar10.find(options.get("root")) is not None
        if self._wanted and not self._there:
            try:
                self._thread.start()
            except RuntimeError:  # no thread can be started, as in a browser
                self._news = "fetched when it is waited for"

    def wait(self) -> ImageData:
        """Return the images; until they are there, say how far they are.

        Interrupting this leaves the download running: call it again.

        Raises:
            DataError: if the images are not available. Never for "shapes10" and "auto".
        """
        if self._thread.is_alive():
            self._thread.join(0.2)
        if self._thread.is_alive():
            self._watch()
        if self._images is None:
            self._images = self._read()
            self._show()
        return self._images

    def _fetch(self) -> None:
        archive = cifar10.data_folder(self.options.get("root")) / mirrors.ARCHIVE
        try:
            mirrors.fetch(archive, self.options["within"], self._hear)
            self._there = True
        except Exception as error:  # raised where somebody waits
            self._error = error
        self._show()

    def _hear(self, news: str) -> None:
        if news != self._news:
            self._news = news
            self._show()

    def _watch(self) -> None:
        """Follow the download until it ends."""
        from tqdm import tqdm

        in_notebook = _publisher() is not None
        stop = "the stop button" if in_notebook else "Ctrl-C"
        report(f"CIFAR-10 is not here yet: {self._news}. Waiting for the rest; {stop} interrupts.")
        if in_notebook:
            self._ipython_display_()  # the thread keeps this line up to date, too
        with tqdm(bar_format="{desc}", disable=in_notebook) as bar:
            while self._thread.is_alive():
                self._thread.join(0.2)
                bar.set_description_str(repr(self))

    def _read(self) -> ImageData:
        if self._error is None:
            return load(self.name, **self.options)
        if isinstance(self._error, DataError) and known_as(self.name) == "auto":
            return shapes10_instead(self._error)
        raise self._error

    def __repr__(self) -> str:
        if self._images is not None:
            source = self._images.source
            return self._images.note or f"{source} is here{repr(self._images).removeprefix(source)}"
        if self._error is not None:
            return f"{self._error} {INSTEAD if known_as(self.name) == 'auto' else ''}".strip()
        if self._there:
            return "CIFAR-10 is here."
        return f"CIFAR-10: {self._news}" if self._wanted else f"{self.name}: nothing to download"

    def _ipython_display_(self) -> None:
        self._publisher = _publisher()
        if self._publisher is None:
            raise NotImplementedError  # IPython then prints the repr
        self._show(update=False)

    def _show(self, *, update: bool = True) -> None:
        if self._publisher is None:
            return
        text = repr(self)
        with suppress(Exception):  # a page that is gone must not stop the download
            self._publisher.publish(
                {"text/plain": text, "text/html": f"<p>{html.escape(text)}</p>"},
                transient={"display_id": self._display_id},
                update=update,
            )


def _publisher() -> Any:
    """Return what shows a notebook's outputs; None outside one."""
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython else None
    return shell.display_pub if hasattr(shell, "kernel") else None
