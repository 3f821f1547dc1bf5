"""Folders of files and archives, each file by its name."""

import io
import zipfile


def write(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def read(folder, leave=""):
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != leave)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def zipped(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()
