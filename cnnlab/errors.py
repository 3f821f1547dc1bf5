"""The package's own errors, the checks that raise them, and the commands that a sentence names."""

import operator
import os
import re
import shlex
import shutil
import site
import subprocess
import sys
import sysconfig
import traceback
from collections.abc import Iterator
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

Size = int | tuple[int, int]  # one number for both axes, or (height, width)


class ShapeError(ValueError):
    """Sizes that do not fit together, such as a kernel larger than its padded input."""


class DataError(RuntimeError):
    """Images that cannot be found, downloaded, read or trusted."""


class MissingError(ImportError):
    """A library that only part of the course needs is not installed."""


# What `cnnlab` reports in one sentence; any other error is a bug: see `tell`.
USER_ERRORS = (DataError, MissingError, ValueError, FloatingPointError, MemoryError, OSError)

FULL = ("out of memory", "allocate memory", "not enough memory")  # the last one on Windows
LONGEST = 259  # characters of a path on Windows, unless long ones are switched on
WITHOUT = "or go on without --compile, in Python compile=True."
COMPILING = (  # words in torch's own errors, and what is said instead
    (
        r"No working C\+\+ compiler|Compiler: .* is not found|Failed to find C compiler",
        "torch.compile needs a C++ compiler, and none was found. Install one (Debian and Ubuntu: "
        "sudo apt install g++; macOS: xcode-select --install; Windows: Visual Studio's Build "
        f"Tools), {WITHOUT}",
    ),
    (
        r"Python\.h: No such file",
        "torch.compile needs Python's headers, which are not installed. Install them (Debian and "
        f"Ubuntu: sudo apt install python3-dev), {WITHOUT}",
    ),
    (
        "Cannot find a working triton",
        "torch.compile needs Triton, which is not installed or too old. Install it "
        f"({{pip}} --upgrade triton), {WITHOUT}",
    ),
    (
        "too old to be supported by the triton",
        "this GPU is too old for torch.compile. Go on without --compile, in Python compile=True.",
    ),
)


def shell_command(*words: str | os.PathLike) -> str:
    """Return a `cnnlab` command as a terminal takes it here, in any folder and without a venv.

    It begins with `cnnlab` alone where the terminal finds that, and with its path elsewhere. What
    runs under uv has a PATH of its own, so there the terminal's is not known.

    Example:
        shell_command("predict", "my net.pt") is "cnnlab predict 'my net.pt'" on Linux and macOS,
        where the environment is activated.
    """
    schemes = [sysconfig.get_default_scheme()]
    schemes += [sysconfig.get_preferred_scheme("user")] if site.ENABLE_USER_SITE else []
    folders = [Path(sysconfig.get_path("scripts", scheme)).resolve() for scheme in schemes]
    found = shutil.which("cnnlab")
    if found and "UV" not in os.environ and Path(found).resolve().parent in folders:
        return _typed("cnnlab", *words)
    for folder in folders:
        if script := shutil.which("cnnlab", path=str(folder)):
            return _typed(script, *words)
    return _typed(*_python(), "-m", "cnnlab", *words)


def pip_install(*words: str) -> str:
    """Return the command that installs packages where the course is installed."""
    if PathFinder.find_spec("pip"):
        return _typed(*_python(), "-m", "pip", "install", *words)
    return _typed("uv", "pip", "install", "--python", *_python(), *words)


def _python() -> tuple[str]:
    """Return this Python by its path: what `python` alone is in a terminal, nobody knows."""
    return (sys.executable or "python",)


def _typed(*words: str | os.PathLike) -> str:
    """Return words as they are typed: with quotes where one holds a space.

    On Windows as PowerShell takes them, or as cmd does, which is known by its variable PROMPT.
    """
    texts = [os.fspath(word) for word in words]
    if sys.platform != "win32":
        return shlex.join(texts)
    line = subprocess.list2cmdline(texts)
    return f"& {line}" if line.startswith('"') and "PROMPT" not in os.environ else line


def tell(error: BaseException) -> tuple[str, int]:
    """Return what is said of an error in one sentence, and the status that a command ends with.

    It is 1 if the learner can do something about it, and 2 for a bug of this package.
    """
    if isinstance(error, USER_ERRORS):
        return f"{error}{too_long(error)}", 1
    if sentence := compiling(error) or _of_this_installation(error):
        return sentence, 1
    if isinstance(error, RuntimeError) and memory_is_full(error):
        return "the memory is full. Close other programs, or give smaller or fewer images.", 1
    first = str(error).strip().splitlines()[:1]
    return (
        f"unexpected {type(error).__name__}: {' '.join(first)} This is a mistake in cnnlab. "
        f"Set CNNLAB_DEBUG=1 and run it again to see where; please report it."
    ), 2


def too_long(error: BaseException) -> str:
    """Return a sentence if a file was refused because Windows takes no path as long; else ""."""
    path = str(getattr(error, "filename", None) or "")
    if sys.platform != "win32" or len(path) <= LONGEST:
        return ""
    return f" That path has {len(path)} characters, Windows takes {LONGEST}: use a folder above."


def compiling(error: BaseException) -> str | None:
    """Return one sentence on what torch.compile lacks on this computer, if an error says so."""
    text = "\n".join(str(each) for each in chain(error) if isinstance(each, RuntimeError))
    said = next((said for words, said in COMPILING if re.search(words, text)), None)
    return said and said.replace("{pip}", pip_install())


def memory_is_full(error: BaseException) -> bool:
    """Return whether an error says so in torch's words, on a card or on a CPU."""
    return any(part in str(error) for part in FULL)


def own_file(library: str) -> Path | None:
    """Return what Python reads instead of a library: a file or folder of that name in the way.

    It lies beside the notebook or script, or where the command is run; None if there is none.
    """
    spec = getattr(sys.modules.get(library), "__spec__", None) or PathFinder.find_spec(library)
    if spec is None or not spec.origin:
        return None
    found = Path(spec.origin).resolve()
    found = found.parent if found.stem == "__init__" else found
    stdlib = Path(os.__file__).resolve().parent
    if found.parent not in (Path.cwd(), Path(sys.path[0]).resolve()) or found.parent == stdlib:
        return None
    others = [path for path in sys.path if Path(path).resolve() != found.parent]
    return found if PathFinder.find_spec(library, others) else None


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it was made from, each once: libraries wrap each in another."""
    waiting, seen = [error], set[int]()
    while waiting:
        each = waiting.pop(0)
        if id(each) not in seen:
            seen.add(id(each))
            yield each
            context = None if each.__suppress_context__ else each.__context__
            inside = (each.__cause__, context, getattr(each, "reason", None), *each.args)
            waiting += [one for one in inside if isinstance(one, BaseException)]


def _of_this_installation(error: BaseException) -> str | None:
    """Return one sentence for an error that a file in the way or a broken library makes."""
    for each in chain(error):
        for library in _modules_of(each) - {"cnnlab", "__main__"}:
            if found := own_file(library):
                return _in_the_way(found, library)
    if "operator torchvision::" in str(error):
        return (
            "torchvision does not fit the torch that is installed. "
            f"Install both again: {pip_install('--upgrade', 'torch', 'torchvision')}."
        )
    library = (getattr(error, "name", None) or "").partition(".")[0]
    if not isinstance(error, ImportError) or library in ("", "cnnlab"):
        return None
    first = str(error).strip().partition("\n")[0].rstrip(".")
    return f"a library cannot be imported as it is installed: {first}. Install the course again."


def _in_the_way(found: Path, library: str) -> str:
    return (
        f"{found} has the name of the library {library}, so Python reads it instead. "
        f"Rename it and try again; in a notebook, restart the kernel first."
    )


def _modules_of(error: BaseException) -> set[str]:
    """Return the top-level modules that an error names, or in whose import it came up."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    imported = [each for each in frames if each.f_code.co_name == "<module>"]
    names = [str(each.f_globals.get("__name__", "")) for each in imported]
    if isinstance(error, ImportError):
        names.append(error.name or "")
    if isinstance(error, AttributeError) and isinstance(error.obj, ModuleType):
        names.append(error.obj.__name__)
    if isinstance(error, SyntaxError):
        names.append(Path(error.filename or "").stem)
    return {name.partition(".")[0] for name in names} - {""}


def report(sentence: str) -> None:
    """Print one sentence for the learner."""
    print(sentence, flush=True)


def needed(module: str, what_needs: str, error: type[Exception] = MissingError) -> Any:
    """Import and return a module of a library that only part of the course needs.

    Args:
        what_needs: the beginning of the sentence, such as "saliency maps need".
        error: what is raised where the library is missing.

    Raises:
        Exception: `error`, with what is missing, for what, and how to get it.
    """
    library = module.partition(".")[0]
    if found := own_file(library):
        raise error(_in_the_way(found, library))
    try:
        return import_module(module)
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != library:
            raise  # something that the library itself needs
    except Exception as failed:
        if sentence := _of_this_installation(failed):
            raise error(f"{sentence[0].upper()}{sentence[1:]}") from None
        raise
    raise error(
        f"{what_needs[0].upper()}{what_needs[1:]} {library}, which is not installed: "
        f"{pip_install(library)}, or in a notebook: %pip install {library}."
    )


def as_int(name: str, value: Any, *, minimum: int = 1) -> int:
    """Return `value` as an int. A bool, a float and a string are refused, a numpy int is not.

    Raises:
        ShapeError: if it is not an integer, or below `minimum`.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise ShapeError(
            f"{name}={value!r} is {type(value).__name__}, not an integer. Use a whole number."
        ) from None
    if number < minimum:
        raise ShapeError(f"{name}={number} must be at least {minimum}.")
    return number


def as_pair(name: str, value: Any, *, minimum: int = 1) -> tuple[int, int]:
    """Return `value` as (height, width); one integer stands for both.

    Raises:
        ShapeError: if it is neither an integer nor two of them, or one is below `minimum`.
    """
    if not isinstance(value, tuple | list):
        value = (value, value)
    if len(value) != 2:
        raise ShapeError(f"{name}={value!r} must be an integer or a (height, width) pair.")
    height, width = (as_int(name, size, minimum=minimum) for size in value)
    return height, width


def as_shape(name: str, value: Any) -> tuple[int, ...]:
    """Return `value` as a tuple of sizes.

    Raises:
        ShapeError: if it is not a sequence, or a size is not an integer or below 1.
    """
    try:
        if isinstance(value, str):
            raise TypeError
        sizes = list(value)
    except TypeError:
        raise ShapeError(f"{name}={value!r} must be several sizes, such as (3, 32, 32).") from None
    return tuple(as_int(f"{name}[{axis}]", size) for axis, size in enumerate(sizes))


def as_bool(name: str, value: Any) -> bool:
    """Return `value` if it is True or False.

    Raises:
        ShapeError: if it is anything else; 0 and 1 are more often a mistake than a choice.
    """
    if not isinstance(value, bool):
        raise ShapeError(f"{name}={value!r} must be True or False.")
    return value
