"""Refuse submissions that are a symbolic link or hold one, when they are collected and graded.

nbgrader follows links when it copies a submission: one to the gradebook, or to another student's
file, would be readable in the box.
"""

import os
from pathlib import Path

from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin
from traitlets.log import get_logger

REFUSED = (
    "{} is refused: {} is a symbolic link. Ask for the file itself, or delete the link and grade "
    "again."
)


def find_links(path: Path) -> list[Path]:
    """Return `path` if it is a symbolic link, else every link inside it, sorted."""
    if path.is_symlink():
        return [path]
    walk = os.walk(path)
    inside = (Path(root, name) for root, folders, files in walk for name in (*folders, *files))
    return sorted(each for each in inside if each.is_symlink())


def refusal(submission: Path) -> str | None:
    """Return the sentence that refuses a submission's folder, or None if it holds no link."""
    found = [submission.parent] if submission.parent.is_symlink() else find_links(submission)
    return REFUSED.format(submission, ", ".join(map(str, found))) if found else None


class CollectFiles(FileNameCollectorPlugin):
    """Collect by file name, as nbgrader does, but no link and nothing reached through one."""

    def collect(self, submitted_file: str) -> dict | None:
        path = Path(submitted_file)
        link = next((each for each in (path, *path.parents) if each.is_symlink()), None)
        if link is None:
            return super().collect(submitted_file)
        get_logger().error(REFUSED.format(path, link))
        return None


class ExtractFiles(ExtractorPlugin):
    """Extract what was handed in, as nbgrader does, unless it lies there as a link."""

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Extract all archives.

        Raises:
            ValueError: if the archive's folder holds a symbolic link.
        """
        if found := find_links(Path(archive_path)):
            raise ValueError(REFUSED.format(archive_path, ", ".join(map(str, found))))
        super().extract(archive_path, extracted_path)
