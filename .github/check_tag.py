"""Say whether a tag may be published: `python .github/check_tag.py v1.0.0`.

The tag is "v" and the version of the package, CITATION.cff names the same version, and the newest
entry of CHANGELOG.md is that version's, with a date in place of "unreleased". It needs nothing but
Python: the workflow that publishes runs it before anything is installed.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
STATED = {
    "cnnlab/__init__.py": r'^__version__ = "(.+)"$',
    "CITATION.cff": r"^version: (.+)$",
    "CHANGELOG.md": r"^## (\S+) - \S+$",  # the first entry is the newest
}
ENTRY = r"^## {} - \d{{4}}-\d\d-\d\d$"


def read(root: Path, name: str) -> str:
    """Return the text of a file of the repository."""
    return (root / name).read_text("utf-8")


def versions(root: Path = ROOT) -> dict[str, str]:
    """Return the version that each file states, "none" where it states none."""
    found = {name: re.search(stated, read(root, name), re.M) for name, stated in STATED.items()}
    return {name: each[1] if each else "none" for name, each in found.items()}


def problems(tag: str, root: Path = ROOT) -> list[str]:
    """Return why a tag must not be published, a sentence each; nothing if it may be."""
    stated = versions(root)
    version = stated["cnnlab/__init__.py"]
    found = [
        f"{name} says version {other}, cnnlab/__init__.py says {version}. Make them agree."
        for name, other in stated.items()
        if other != version
    ]
    if tag != f"v{version}":
        found.append(f"The tag is {tag}, the version is {version}: its tag is v{version}.")
    if not re.search(ENTRY.format(re.escape(version)), read(root, "CHANGELOG.md"), re.M):
        found.append(f'CHANGELOG.md has no date for {version}: write it after "## {version} - ".')
    return found


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Name one tag: python .github/check_tag.py v1.0.0")
    sys.exit("\n".join(problems(sys.argv[1])) or None)
