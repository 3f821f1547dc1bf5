"""The box in which a learner's code is graded: bubblewrap and prlimit around the kernel.

Inside there is no network and nothing to write to but a small /tmp. It can read Python, this
package without its exercises, and the learner's own folder: not the gradebook, the sources or
other submissions.
"""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import matplotlib
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from traitlets import List, Unicode

import cnnlab
from cnnlab import exercises
from cnnlab.data.cifar10 import data_folder

LIMITS = {
    "cpu": 600,  # seconds
    "as": 16 * 2**30,  # bytes of addresses: the CUDA build of torch maps many
    "fsize": 100 * 2**20,  # bytes of one file
    "nproc": 256,  # processes and threads: ends a fork bomb
    "core": 0,
}
TMP_BYTES = 256 * 2**20
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix", "/opt/hostedtoolcache")
ETC = ("ld.so.cache", "alternatives", "localtime", "passwd", "group", "nsswitch.conf")
NO_BOX = (
    "Submissions are graded in a box made by bubblewrap, and {}. Install it (apt-get install "
    "bubblewrap; Ubuntu from 24.04 also needs its AppArmor profile, bwrap-userns-restrict), or "
    "grade in a container or virtual machine of its own and say so in nbgrader_config.py: "
    "c.Run.box = False."
)


class BoxError(RuntimeError):
    """There is no box to grade in."""


def around(folder: Path, *, course: Path, private: Path) -> list[str]:
    """Return the arguments that come before a command to run it in the box.

    Args:
        folder: the learner's, to read.
        course: what is hidden, with everything in it but `folder`.
        private: where the kernel's sockets are, to write.
    """
    argv = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]
    argv += ["--hostname", "box", "--proc", "/proc", "--dev", "/dev"]
    # Before what can be read: Python, the package and the pictures may themselves lie in /tmp.
    for place in ("/tmp", "/dev/shm"):
        argv += ["--size", str(TMP_BYTES), "--tmpfs", place]
    for path in _readable():
        argv += ["--ro-bind-try", path, path]
    argv += _without_answers(Path(cnnlab.__file__).resolve().parent / "exercises")
    for name in ETC:
        argv += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for fonts in Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):  # slow to make again
        argv += ["--ro-bind", str(fonts), f"/tmp/.cache/matplotlib/{fonts.name}"]
    argv += ["--tmpfs", str(course), "--ro-bind", str(folder), str(folder)]
    argv += ["--bind", str(private), str(private), "--chdir", str(folder)]
    for name, value in _environment().items():
        argv += ["--setenv", name, value]
    limits = [f"--{name}={value}" for name, value in LIMITS.items()]
    return [*argv, "--remount-ro", str(course), "--remount-ro", "/", "prlimit", *limits]


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


def _environment() -> dict[str, str]:
    bins = dict.fromkeys([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"])
    names = ("GOMP_SPINCOUNT", "OMP_NUM_THREADS", "TZ")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    return kept | {
        "PATH": os.pathsep.join(bins),
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(cnnlab.__file__).resolve().parent.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "CNNLAB_DATA": str(data_folder()),
        "NBGRADER_EXECUTION": "autograde",
    }


@cache
def problem() -> str | None:
    """Say why there is no box here; None if there is one."""
    missing = [name for name in ("bwrap", "prlimit") if not shutil.which(name)]
    if missing:
        return NO_BOX.format(f"{' and '.join(missing)} cannot be found here")
    trial = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "true"]
    tried = subprocess.run(trial, capture_output=True, text=True, check=False)
    if tried.returncode:
        return NO_BOX.format(f"here it fails: {tried.stderr.strip()}")
    return None


def require() -> None:
    """Stop here unless there is a box.

    Raises:
        BoxError: with what to install.
    """
    if said := problem():
        raise BoxError(said)


class BoxedKernels(KernelSpecManager):
    """Give one kernel whatever it is asked for: this Python, in the box."""

    prefix = List(Unicode())

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        kernel = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(
            argv=[*self.prefix, *kernel],
            display_name="Python in the box",
            language="python",
            interrupt_mode="message",  # no signal reaches into the box
        )
