"""Find the image files of a folder and their classes, however people lay them out."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import torch

from cnnlab.data.decoding import FROM_PHONES, HOW_TO_CONVERT
from cnnlab.data.names import (
    DATE,
    DATE_OR_CAMERA,
    Role,
    is_odd_class,
    kinds_by_name,
    loose,
    role,
    shown,
)
from cnnlab.data.trees import (
    core_of,
    files_in,
    folders_in,
    has_pictures,
    holds_classes,
    is_image,
    is_mostly_below,
    pictures_in,
)
from cnnlab.errors import DataError, report, shell_command

SPLIT_SEED = 0
TEST_SHARE = 0.2
NAMED = 3
WHAT_FOR = {"train": "training", "test": "testing", "validation": "validation"}
LISTS = {".csv", ".json", ".parquet", ".tsv", ".txt", ".xlsx"}
ARCHIVES = {".7z", ".gz", ".rar", ".tar", ".tgz", ".zip"}

Labeled = list[tuple[Path, int]]
Classes = dict[str, Path]  # the folder of each class, by what its name has in common with others


@dataclass
class Layout:
    """Which files are for training, for testing and for validation, and which others there are.

    Attributes:
        train, test, validation: (file, index of its class).
        test_name: "test", or "validation" if there is val/ alone and it stands in for test/.
        ignored: how many files of each suffix are not images that can be read.
    """

    classes: tuple[str, ...]
    train: Labeled = field(default_factory=list)
    test: Labeled = field(default_factory=list)
    validation: Labeled = field(default_factory=list)
    test_name: str = "test"
    ignored: Counter = field(default_factory=Counter)


def find_layout(folder: Path) -> Layout:
    """Find train/<class>/ with test/, val/ or both, or class folders alone, which are split.

    A folder is a part by its name and by what is in it: train/ beside bus/ and plane/, with
    pictures and no folders in it, is a class. Files may lie deeper in a class's folder. Hidden
    files and those of operating systems are ignored; any other folder that is not used is named.

    Raises:
        DataError: naming the folder that does not fit or can be read in two ways, and the fix.
    """
    top = core_of(folder)
    parts = _find_parts(top)
    if "test" not in parts and "validation" not in parts:
        return _split(core_of(parts.get("train", top)))
    layout = _keep(parts)
    if "test" not in parts:
        layout.test_name, name = "validation", parts["validation"].name
        report(
            f"{top} has no test/: {name}/ is for validation. What is chosen by it "
            f"looks better on it than on new images; images in test/ are looked at once."
        )
    return layout


def _find_parts(top: Path) -> dict[str, Path]:
    """Return the folders for training, testing and validation; none if the folders are classes."""
    folders = folders_in(top)
    roles = {path: found for path in folders if (found := role(path.name))}
    nested = sorted(filter(holds_classes, roles), key=lambda path: roles[path].rank)
    train = next((path for path in nested if roles[path].part == "train"), None)
    if train is None:
        _refuse_parts_without_training(top, folders, roles, nested)
        return {}
    classes, parts = _names_in(train), {"train": train}
    labeled = [path for path in nested if len(own := _names_in(path)) > 1 or own & classes]
    for path in labeled:
        parts.setdefault(roles[path].part, path)
    unused = [path for path in folders if path not in parts.values()]
    _require_one_reading(top, train, others=set(roles) - {train}, unused=unused)
    for path in unused:
        why = f", {_listed(list(parts.values()))} will do"
        if path in labeled:
            why = f": {parts[roles[path].part].name}/ is for {WHAT_FOR[roles[path].part]}"
        elif path in roles and has_pictures(path):
            how = f"`{shell_command('predict')}`"
            why = f": none of its pictures lies in a class's folder. {how} can name them"
        report(f"{path.name}/ in {top} is not used{why}.")
    return parts


def _require_one_reading(
    top: Path, train: Path, *, others: set[Path], unused: Sequence[Path]
) -> None:
    """Refuse train/ with folders in it, beside pictures of what may be other classes."""
    copies = [path for path in unused if train.name in {each.name for each in folders_in(path)}]
    strangers = [path for path in unused if path not in copies and has_pictures(path)]
    if strangers and not others:
        raise DataError(
            f"{top}: is {train.name}/ the part to train on, or a class beside "
            f"{_listed(strangers)}? To train on it alone, give {train}. If it is a class, put its "
            f"pictures into it, without folders in between."
        )


def _refuse_parts_without_training(
    top: Path, folders: Sequence[Path], roles: dict[Path, Role], nested: Sequence[Path]
) -> None:
    _refuse_parts_in_names(top, folders, roles)
    flat = [path for path in roles if path not in nested and has_pictures(path, deep=False)]
    for path in flat:
        if roles[path].part == "train" and len(roles) == len(folders):
            raise DataError(_too_few_classes(path, []))
    for path in nested:
        if roles[path].exact:
            raise DataError(f"There is no folder {top / 'train'} beside {path.name}/.")
    for path in flat if len(folders) > 1 else []:
        others = [each for each in folders if each != path]
        if not roles[path].may_be_class:
            raise DataError(
                f"{top}: is {path.name}/ a class beside {_listed(others)}, or are its pictures "
                f"for testing? If it is a class, give it a longer name. If not, move it out of "
                f"{top}: a fifth of each class is kept for testing without it."
            )
        report(f"{path.name}/ in {top} is taken for a class beside {_listed(others)}.")


def _refuse_parts_in_names(top: Path, folders: Sequence[Path], roles: dict[Path, Role]) -> None:
    """Refuse cat_train, cat_test, dog_train and dog_test: each class twice."""
    rest = {path: roles[path].rest if path in roles else loose(path.name) for path in folders}
    counts = Counter(rest.values())
    twice = [path for path in roles if rest[path] and counts[rest[path]] > 1]
    if len({rest[path] for path in twice}) > 1:
        name = rest[twice[0]]
        raise DataError(
            f"{top}: {_listed(twice)} look like parts of classes that are there twice. Make "
            f"{top / 'train' / name} and {top / 'test' / name} of them."
        )


def _keep(parts: dict[str, Path]) -> Layout:
    """Return the parts as they are."""
    train, *tables = _by_class([core_of(path) for path in parts.values()])
    for path, table in zip(list(parts.values())[1:], tables, strict=True):
        if odd := train.keys() ^ table.keys():
            names = sorted(shown((train | table)[each].name) for each in odd)
            raise DataError(
                f"{parts['train'].parent}: {parts['train'].name} and {path.name} have different "
                f"class folders ({', '.join(names)} in one only)."
            )
    layout = Layout(_at_least_two(core_of(parts["train"]), train))
    in_order = [{each: table[each] for each in train} for table in (train, *tables)]
    read = {part: _labeled(table, layout) for part, table in zip(parts, in_order, strict=True)}
    layout.train = read.pop("train")
    layout.test = read.pop("test") if "test" in read else read.pop("validation")
    layout.validation = read.get("validation", [])
    return layout


def _split(top: Path) -> Layout:
    """Keep every fifth image of each class for testing, drawn by a fixed seed."""
    (table,) = _by_class([top])
    layout = Layout(_at_least_two(top, table))
    generator = torch.Generator().manual_seed(SPLIT_SEED)
    everything = _labeled(table, layout)
    for index, path in enumerate(table.values()):
        files = [each for each in everything if each[1] == index]
        if len(files) < 2:
            raise DataError(f"{path} holds one image; a class needs two, one of them to test.")
        order = torch.randperm(len(files), generator=generator).tolist()
        count = max(1, round(TEST_SHARE * len(files)))
        layout.test += [files[i] for i in sorted(order[:count])]
        layout.train += [files[i] for i in sorted(order[count:])]
    report(
        f"{top} has no train/ and test/: {len(layout.test):,} of its {len(everything):,} images, "
        f"a fifth of each class by a fixed seed, are kept for testing."
    )
    return layout


def _names_in(part: Path) -> set[str]:
    return {loose(path.name) for path in folders_in(core_of(part))}


def _by_class(cores: Sequence[Path]) -> list[Classes]:
    """Return the class folders of each part by name, é in one or two letters and in any case.

    Where a and A stand beside each other, as for handwritten letters, they stay apart.
    """
    folders = [_class_folders(core) for core in cores]
    for common in (loose, shown):
        tables = [{common(path.name): path for path in each} for each in folders]
        if [len(each) for each in tables] == [len(each) for each in folders]:
            return tables
    raise DataError(f"{cores[0]} has two folders whose names look the same. Rename one of them.")


def _class_folders(core: Path) -> list[Path]:
    """Return the folders of a part, sorted, if they can be its classes."""
    folders = sorted(folders_in(core), key=lambda path: shown(path.name))
    inside = {path: _names_in(path) for path in folders if holds_classes(path)}
    _refuse_two_levels(core, inside)
    for path in inside:
        others = {loose(each.name) for each in folders if each != path}
        if len(same := inside[path] & others) > 1 and 2 * len(same) >= len(others):
            report(f"{path.name}/ in {core} is not used: its folders are beside it, too.")
            folders.remove(path)
    names = [shown(path.name) for path in folders]
    odd = [path for path in folders if is_odd_class(path.name, names)]
    if len(names) > 1 and len(odd) == len(names):
        raise DataError(
            f"{core}: {_listed(folders)} do not say what is seen. Give the one that holds a folder "
            f"for each class, or make these folders: {core / 'cat'} and {core / 'dog'}, say."
        )
    if odd:
        report(f"{_listed(odd)} in {core} is taken for a class.")
    if names and all(map(DATE_OR_CAMERA.fullmatch, names)):
        report(f"The classes in {core} are named like dates or a camera's folders.")
    elif len(inside) == len(folders) > 1 and any(len(each) > 1 for each in inside.values()):
        report(f"The classes are {_listed(folders)}, whatever the folders in them are called.")
    return folders


def _refuse_two_levels(core: Path, inside: dict[Path, set[str]]) -> None:
    """Refuse folders that hold the same folders: either may be the classes."""
    counts = Counter(
        name for names in inside.values() for name in names if not DATE.fullmatch(name)
    )
    shared = sorted(name for name, count in counts.items() if count > 1)
    if len(shared) > 1 and 2 * len(shared) >= len(counts):
        first, second, *_ = (path for path, names in inside.items() if names & set(shared))
        raise DataError(
            f"{core}: {_listed(list(inside))} hold the same folders ({', '.join(shared[:NAMED])}). "
            f"If these are the classes, give one of them, such as {first}, or call two of "
            f"them train and test. If {first.name} and {second.name} are the classes, put their "
            f"pictures into them, without folders in between."
        )


def _at_least_two(core: Path, table: Classes) -> tuple[str, ...]:
    """Return the names of the classes."""
    for path in table.values():
        if not path.name.isascii() and "\\udc" in ascii(path.name):
            raise DataError(f"The name {path.name!a} in {core} is not UTF-8. Rename it.")
    if len(table) < 2 or not is_mostly_below(core):
        raise DataError(_too_few_classes(core, list(table.values())))
    return tuple(shown(path.name) for path in table.values())


def _too_few_classes(core: Path, folders: Sequence[Path]) -> str:
    """Return what is wrong with a folder whose pictures do not lie in class folders, and a way."""
    flat = list(pictures_in(core))
    if flat and len(classes := _beside(core)) > 1 and not role(core.name):
        here = core if core.name else core.resolve()
        return (
            f"{len(flat):,} pictures lie in {here} itself: give the folder above, {_above(core)}, "
            f"if {_listed(classes)} are the classes."
        )
    said = f"{core} has {len(folders)} class folder(s)."
    if flat:
        said = f"{len(flat):,} pictures lie in {core} itself, in no class folder."
    kinds = kinds_by_name(flat or (pictures_in(folders[0]) if folders else []))
    beside = list(files_in(core, deep=False))
    packed = [path.name for path in beside if path.suffix.lower() in ARCHIVES]
    hint = (
        f"Make at least two, each with the images of one class: {core / 'cat'} and "
        f"{core / 'dog'}, say."
    )
    if len(kinds) > 1:
        hint = (
            f"Their names begin or end with {', '.join(kinds[:NAMED])}: if that is what they "
            f"show, make a folder for each."
        )
    elif packed:
        hint = f"Unpack {packed[0]} first."
    if role(core.name):
        beside += files_in(core.parent, deep=False)
    lists = [path.name for path in beside if path.suffix.lower() in LISTS]
    unread = f" {lists[0]} is not read: a picture's folder is its class." if lists else ""
    return f"{said} {hint}{unread}"


def _above(folder: Path) -> Path:
    """Return the folder above, as short as it was given."""
    named = folder.name not in ("", "..") and len(folder.parts) > 1
    return folder.parent if named else folder.resolve().parent


def _beside(folder: Path) -> list[Path]:
    """Return the folder and those beside it, if there are pictures in them."""
    with suppress(PermissionError):
        return [path for path in folders_in(_above(folder)) if has_pictures(path, deep=False)]
    return []


def _labeled(table: Classes, layout: Layout) -> Labeled:
    found: Labeled = []
    for index, path in enumerate(table.values()):
        files = list(files_in(path))
        images = [each for each in files if is_image(each)]
        others = Counter(_kind(each) for each in files if not is_image(each))
        layout.ignored.update(others)
        if not images:
            kinds = f" that can be read, but {counted(others)}" if others else ""
            raise DataError(f"{path} holds no image{kinds}. Remove the folder, or fill it.")
        found += [(each, index) for each in images]
    core = next(iter(table.values())).parent
    layout.ignored.update("outside class folders" for _ in files_in(core, deep=False))
    return found


def counted(kinds: Counter) -> str:
    """Return how many files of each kind there are, and how to convert a phone's."""
    phones = FROM_PHONES & kinds.keys()
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) + (
        f" ({HOW_TO_CONVERT})" if phones else ""
    )


def _kind(path: Path) -> str:
    return path.suffix.lower() or "without suffix"


def _listed(folders: Sequence[Path]) -> str:
    names = [f"{path.name}/" for path in folders]
    more = [f"{len(names) - NAMED} more"] if len(names) > NAMED + 1 else names[NAMED:]
    *first, last = [*names[:NAMED], *more]
    return f"{', '.join(first)} and {last}" if first else last
