"""The box in which a learner's code is graded: bubblewrap around the kernel, and `gate` in it.

Inside there is no network, no right to anything, an environment of its own, and nothing to write to
but a small /tmp and /dev/shm. It can read Python, this package without its exercises, and the
learner's own folder: not the gradebook, the sources or other submissions.
"""

import json
import os
import random
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import matplotlib
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from traitlets import List, Unicode

import cnnlab
from cnnlab import exercises
from cnnlab.data.cifar10 import data_folder
from cnnlab.homework.grading import gate

TMP_BYTES = 256 * 2**20
PROCESSES = gate.LIMITS["NPROC"]
# Users of a moment, as systemd has them: one for each box, so that its processes are counted alone.
USERS = range(61184, 65520)
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix", "/opt/hostedtoolcache")
EXCHANGE = "/usr/local/share/nbgrader"  # where nbgrader has its exchange, unless told otherwise
ETC = ("ld.so.cache", "alternatives", "localtime", "passwd", "group", "nsswitch.conf")
PROC = ("sys", "sysrq-trigger", "irq", "bus", "acpi", "scsi", "fs")  # what is more than processes
NEEDED = "bubblewrap 0.5 or newer (bwrap) and libseccomp2"
NO_BOX = (
    f"Submissions are graded in a box that needs {NEEDED}, and {{}}. Install them (apt-get install "
    "bubblewrap libseccomp2; Ubuntu from 24.04 also needs bubblewrap's AppArmor profile, "
    "bwrap-userns-restrict), or grade in a container or virtual machine of its own and say so in "
    "nbgrader_config.py: c.Run.box = False."
)
# What a process in the box says of itself. None of it needs to import anything of the course.
PROBE = """
import glob, json, os
told = dict(line.split(":\\t", 1) for line in open("/proc/self/status") if ":\\t" in line)
def opened(path, how):
    try:
        return open(path, how)
    except OSError:
        return None
environments = [
    words
    for path in glob.glob("/proc/[0-9]*/environ")
    for words in getattr(opened(path, "r"), "read", str)().split("\\0")
]
routes, routes6 = (
    [line.split() for line in opened(f"/proc/net/{name}", "r") or () if line.split()[-1] != "lo"]
    for name in ("route", "ipv6_route")
)
places = [line.split()[4] for line in open("/proc/self/mountinfo")]
print(json.dumps({
    "capabilities": sum(int(told["Cap" + kind], 16) for kind in ("Eff", "Prm", "Inh", "Amb")),
    "new rights": int(told["NoNewPrivs"]) == 0,
    "filter of calls": int(told["Seccomp"]) == 2,
    "user": os.getuid(),
    "environment": sorted(
        {name for words in environments for name in words.split("=")[:1] if name}
    ),
    "writable": sorted(path for path in places if opened(os.path.join(path, "probe"), "x")),
    "ways out": sorted({words[0] for words in routes[1:]} | {words[-1] for words in routes6}),
}))
"""


class BoxError(RuntimeError):
    """There is no box to grade in."""


def around(folder: Path, *, course: Path, private: Path) -> list[str]:
    """Return the arguments that come before a command to run it in the box.

    Args:
        folder: the learner's, to read.
        course: what is hidden, with everything in it but `folder`.
        private: where the grader's sockets for the kernel are, to read.
    """
    argv = ["bwrap", "--die-with-parent", "--new-session", "--clearenv", "--hostname", "box"]
    argv += [*_rights(), "--proc", "/proc"]
    for name in PROC:
        argv += ["--ro-bind-try", f"/proc/{name}", f"/proc/{name}"]
    argv += ["--dev", "/dev"]
    # Before what can be read: Python, the package and the pictures may themselves lie in /tmp.
    for place in ("/tmp", "/dev/shm"):
        argv += ["--size", str(TMP_BYTES), "--perms", "1777", "--tmpfs", place]
    argv += ["--tmpfs", str(course)]
    readable = _readable()
    argv += _folders(_parents(readable))
    for path in readable:
        argv += ["--ro-bind-try", path, path]
    # Again what is hidden, where it lies in something that can be read.
    hidden = [place for place in (str(course), EXCHANGE) if _lies_in(place, readable)]
    for place in hidden:
        argv += ["--tmpfs", place]
    argv += _folders([*_parents([str(folder), str(private)]), "/etc"])
    argv += _without_answers(Path(cnnlab.__file__).resolve().parent / "exercises")
    for name in ETC:
        argv += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    argv += _folders(["/tmp/.cache", "/tmp/.cache/matplotlib"], mode="1777")
    for fonts in Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):  # slow to make again
        argv += ["--ro-bind", str(fonts), f"/tmp/.cache/matplotlib/{fonts.name}"]
    for path in (str(folder), str(private)):
        argv += ["--ro-bind", path, path]
    argv += ["--chdir", str(folder)]
    for name, value in environment().items():
        argv += ["--setenv", name, value]
    for place in (str(course), *hidden, "/dev", "/"):
        argv += ["--remount-ro", place]
    user = str(random.choice(USERS)) if os.geteuid() == 0 else "-"
    return [*argv, sys.executable, "-I", "-S", gate.__file__, user]


def _rights() -> list[str]:
    """Return the arguments that take away all rights; root drops the last in the gate, for good."""
    argv = ["--cap-drop", "ALL"]
    if os.geteuid():
        # As its first process: one of bwrap's would be there to be read, and written to.
        return [*argv, "--unshare-all", "--unshare-user", "--as-pid-1"]
    argv += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    return [*argv, *(f"--unshare-{kind}" for kind in ("ipc", "pid", "net", "uts", "cgroup-try"))]


def _folders(places: list[str], mode: str = "0755") -> list[str]:
    """Return the arguments that make folders: bwrap would make those in between for root alone."""
    return [word for place in places for word in ("--perms", mode, "--dir", place)]


def _lies_in(place: str, folders: list[str]) -> bool:
    return Path(place).exists() and any(Path(place).is_relative_to(each) for each in folders)


def _parents(paths: list[str]) -> list[str]:
    """Return all folders that some paths lie in, the outer ones first."""
    found = {str(parent) for path in paths for parent in Path(path).parents}
    return sorted(found - {"/", "/tmp"})


def _without_answers(folder: Path) -> list[str]:
    """Return the arguments that hide all exercises and their solutions, but for the kit."""
    argv = ["--tmpfs", str(folder)]
    names = {f"{each.module}.py" for each in exercises.asked().values() if each.in_box}
    for shown in (folder / name for name in ("__init__.py", "kit", *sorted(names))):
        argv += ["--ro-bind", str(shown), str(shown)]
    return [*argv, "--remount-ro", str(folder)]


def _readable() -> list[str]:
    packages = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    python = [sys.prefix, sys.base_prefix, sys.exec_prefix, *packages]
    own = [str(Path(cnnlab.__file__).resolve().parent), str(data_folder())]
    return list(dict.fromkeys([*SYSTEM, *python, *own]))


def environment() -> dict[str, str]:
    """Return the environment of a submission's kernel: nothing of the lecturer's is in it."""
    bins = dict.fromkeys([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"])
    names = ("GOMP_SPINCOUNT", "OMP_NUM_THREADS", "TZ")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    threads = str(min(4, os.cpu_count() or 1))  # a large server's would be too many processes
    return (
        {"OMP_NUM_THREADS": threads}
        | kept
        | {
            "PATH": os.pathsep.join(bins),
            "HOME": "/tmp",
            "USER": "learner",
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(Path(cnnlab.__file__).resolve().parent.parent),
            "PYTHONDONTWRITEBYTECODE": "1",
            "CNNLAB_DATA": str(data_folder()),
            "NBGRADER_EXECUTION": "autograde",
        }
    )


def let_read(*folders: Path) -> None:
    """Let the box's user read some folders, if root starts it."""
    for path in (each for folder in folders for each in (folder, *folder.rglob("*"))):
        if not os.geteuid() and not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o444))


def probed() -> dict[str, Any]:
    """Return what a process in the box finds there. See `PROBE`.

    Raises:
        BoxError: if the box does not start.
    """
    with TemporaryDirectory(prefix="cnnlab-") as there:
        course, own = Path(there) / "course", Path(there) / "course" / "own"
        private = Path(there) / "private"
        for folder in (own, private):
            folder.mkdir(parents=True)
        argv = around(own, course=course, private=private)
        command = [*argv, sys.executable, "-I", "-S", "-c", PROBE]
        tried = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    try:
        return json.loads(tried.stdout)
    except ValueError:
        said = tried.stderr.strip().splitlines() or ["it says nothing"]
        raise BoxError(NO_BOX.format(f"here it does not start: {said[-1]}")) from None


def broken_promises(found: dict[str, Any]) -> list[str]:
    """Return what a box should not hold, of what was found in it. See `probed`."""
    promised = {
        "capabilities": 0,
        "new rights": False,
        "filter of calls": True,
        "environment": sorted({*environment(), "PWD"}),
        "writable": ["/dev/shm", "/tmp"],
        "ways out": [],
    }
    broken = [f"{what}: {found[what]}" for what in promised if found[what] != promised[what]]
    return [*broken, "user: root"] if found["user"] == 0 else broken


@cache
def problem() -> str | None:
    """Say why there is no box here, or what it does not keep; None if all is as promised."""
    if not shutil.which("bwrap"):
        return NO_BOX.format("bwrap cannot be found here")
    try:
        broken = broken_promises(probed())
    except (BoxError, subprocess.TimeoutExpired) as error:
        return str(error)
    return NO_BOX.format(f"here it does not keep out {'; '.join(broken)}") if broken else None


def require() -> None:
    """Stop here unless there is a box.

    Raises:
        BoxError: with what to install.
    """
    if said := problem():
        raise BoxError(said)


class KernelInBox(KernelSpecManager):
    """Give one kernel whatever it is asked for: this Python, behind `prefix`."""

    prefix = List(Unicode())
    module = Unicode("ipykernel_launcher")

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        # -P: a random.py beside the notebook is not Python's own.
        kernel = [sys.executable, "-P", "-m", self.module]
        return KernelSpec(
            argv=[*self.prefix, *kernel, "-f", "{connection_file}"],
            display_name="Python in the box",
            language="python",
            interrupt_mode="message" if self.prefix else "signal",  # none reaches into the box
        )
