"""Decks on paper: the slides, one a page, and a handout with the lecturer's notes below them.

A Chromium without a window prints the deck's file; `templates/lesson/paper.js` lays it out.
"""

import os
import shutil
import subprocess
from pathlib import Path

from cnnlab.files import temporary_folder

VARIABLE = "CNNLAB_CHROMIUM"
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "microsoft-edge-stable",
    "chrome",
    "msedge",
)
APPLICATIONS = ("/Applications", "~/Applications")  # of all users, of this one
PROGRAMS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")  # Windows' names of its folders
PLACES = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
)
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # nothing is asked of the network
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
)
KINDS = {"slides": "print-pdf", "handout": "print-pdf&handout"}  # what the deck's address asks for
SECONDS = 120


def find_chromium() -> str:
    """Return the path of a Chromium, Chrome or Edge.

    Raises:
        ValueError: if there is none.
    """
    named = os.environ.get(VARIABLE)
    folders = [*APPLICATIONS, *filter(None, map(os.environ.get, PROGRAMS))]
    places = (str(Path(folder, place).expanduser()) for place in PLACES for folder in folders)
    for name in (named,) if named else (*NAMES, *places):
        if found := shutil.which(name):
            return found
    where = f"{VARIABLE}={named} is not one" if named else "none was found"
    raise ValueError(
        f"--pdf prints with Chromium, Chrome or Edge, and {where}. Install one, or set "
        f"{VARIABLE} to the path of its program."
    )


def write_pdfs(deck: Path, chromium: str) -> list[Path]:
    """Print NAME.slides.html to NAME.slides.pdf and NAME.handout.pdf beside it.

    Raises:
        ValueError: if `chromium` does not print.
    """
    return [_print(deck, chromium, kind) for kind in KINDS]


def printed(deck: Path) -> dict[str, Path]:
    """Return the PDFs that lie beside NAME.slides.html: "slides", "handout", both or neither."""
    files = {kind: _pdf_of(deck, kind) for kind in KINDS}
    return {kind: file for kind, file in files.items() if file.exists()}


def _pdf_of(deck: Path, kind: str) -> Path:
    return deck.with_name(f"{deck.name.removesuffix('.slides.html')}.{kind}.pdf")


def _print(deck: Path, chromium: str, kind: str) -> Path:
    out = _pdf_of(deck, kind)
    with temporary_folder() as folder:
        printed = folder / out.name
        command = [
            chromium,
            *FLAGS,
            f"--user-data-dir={folder}",
            f"--print-to-pdf={printed}",
            f"{deck.resolve().as_uri()}?{KINDS[kind]}",
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium has no sandbox for root
        try:
            run = subprocess.run(command, capture_output=True, timeout=SECONDS)
            problem = run.stderr.decode(errors="replace").strip().splitlines()[-1:]
        except subprocess.TimeoutExpired:
            problem = [f"no answer in {SECONDS} seconds"]
        if not printed.exists():
            raise ValueError(f"{chromium} did not print {deck.name}: {' '.join(problem)}.")
        shutil.move(printed, out)
    return out
