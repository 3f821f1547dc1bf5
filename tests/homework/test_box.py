"""The box: what it promises, and what somebody inside it cannot do, as root and as anybody else.

Each row of the table in the lecturers' page is a test here.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("nbgrader", reason="nbgrader is not installed")

from cnnlab.homework.grading import box, gate, memory

ROOT = Path(box.__file__).resolve().parents[3]
ORDINARY = 12345  # somebody who owns nothing here

# Each line is tried; what it returns, if it is not refused, is reported under its name.
ATTACKS = r'''
import ctypes, glob, json, mmap, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)

def call(name, *words):
    if getattr(libc, name)(*words) < 0:
        raise OSError(ctypes.get_errno(), name)
    return name

def written(paths):
    found = []
    for path in paths:
        try:
            os.close(os.open(path, os.O_WRONLY))
            found.append(path)
        except OSError:
            pass
    return found

def kept(limit_mb):
    """How many MB fit into all places that can be written to, in sum."""
    held, block = 0, b"x" * 2**20
    places = {line.split()[4] for line in open("/proc/self/mountinfo")}
    places |= {os.getcwd(), "/dev", "/var/tmp"}
    for place in places:
        for number in range(limit_mb):
            try:
                with open(f"{place}/fill-{number}", "wb") as file:
                    file.write(block)
                held += 1
            except OSError:
                break
    return held

def anywhere(pattern):
    found = []
    for path in glob.glob(pattern):
        try:
            found.append(open(path, "rb").read().decode(errors="replace"))
        except OSError:
            pass
    return found

tree = [f"{root}/{name}" for root, _, names in os.walk("/proc/sys") for name in names]
host = sys.argv[1]
mounts = [line.split()[4] for line in open("/proc/self/mountinfo")]
environments = anywhere("/proc/[0-9]*/environ")
memories = set(glob.glob("/proc/[0-9]*/mem"))
attempts = {
    "umount": lambda: [call("umount2", place.encode(), 2) for place in mounts],
    "remount": lambda: call("mount", b"none", b"/usr", None, 32 | 4096, None),
    "mount": lambda: call("mount", b"none", b"/tmp", b"tmpfs", 0, None),
    "a namespace of one's own": lambda: call("unshare", 0x10000000),
    "clone with a namespace": lambda: libc.syscall(56, 0x10000011, 0, 0, 0, 0) > 0 or 1 / 0,
    "become root": lambda: call("setuid", 0),
    "become somebody": lambda: call("setresuid", 1, 1, 1),
    "chroot": lambda: call("chroot", b"/tmp"),
    "memory without a file": lambda: os.memfd_create("x"),
    "shared memory of System V": lambda: call("shmget", 0, 2**20, 0o1600),
    "look into another process": lambda: call("ptrace", 16, 1, 0, 0),
    "a socket of the machine": lambda: socket.socket(40, socket.SOCK_STREAM),
    "a raw socket": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
    "the network": lambda: socket.create_connection(("1.1.1.1", 53), timeout=1),
    "the host's settings": lambda: written([*tree, "/proc/sysrq-trigger"]) or 1 / 0,
    "the host's devices": lambda: written(["/dev/mem", "/dev/kmsg", "/dev/sda"]) or 1 / 0,
    "the grader's environment": lambda: ["TOKEN" in e for e in environments].index(True),
    "another process's memory": lambda: written(memories - {f"/proc/{os.getpid()}/mem"}) or 1 / 0,
    "the gradebook": lambda: open(f"{host}/gradebook.db").read(),
    "another submission": lambda: os.listdir(f"{host}/autograded/bob"),
    "a file of the host's /tmp": lambda: open(f"{host}/private/taken", "w"),
    "the solutions": lambda: open(f"{sys.argv[2]}/cnnlab/exercises/correlate2d.py"),
    "the package": lambda: open(f"{sys.argv[2]}/cnnlab/check/judge.py", "a"),
    "Python": lambda: open(os.__file__, "a"),
    "more places to write to": lambda: kept(2000) > 520 and "too much" or 1 / 0,
}
done = {}
for name, attempt in attempts.items():
    try:
        done[name] = str(attempt())
    except Exception:
        pass
print(json.dumps(done))
'''


def ordinary_python():
    """Return a Python that anybody may run, of the version that the packages are for."""
    for path in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        command = [path, "-c", "import os"]
        try:
            if not subprocess.run(command, user=ORDINARY, capture_output=True).returncode:
                return path
        except (PermissionError, FileNotFoundError):
            continue
    return None


def whoever():
    return ["root", "an ordinary user"] if os.geteuid() == 0 else ["an ordinary user"]


@pytest.fixture(params=whoever())
def lecturer(request, tmp_path):
    """Return a function that runs code as root or as an ordinary user, who grades."""
    change, python = {}, sys.executable
    if request.param != "root" and os.geteuid() == 0:
        python, change = (
            ordinary_python(),
            {"user": ORDINARY, "group": ORDINARY, "extra_groups": []},
        )
        if python is None:
            pytest.skip("no Python here that another user may run")
    home = Path("/tmp") / f"cnnlab-test-{os.getpid()}-{request.param.split()[0]}"
    home.mkdir(mode=0o777, exist_ok=True)
    home.chmod(0o777)
    packages = [path for path in sys.path if Path(path).name == "site-packages"]
    env = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), *packages]),
        "HOME": str(home),
        "TOKEN": "of the lecturer",
    }

    def run(code, *words):
        command = [python, "-c", code, *map(str, words)]
        said = subprocess.run(
            command, cwd=home, env=env, capture_output=True, text=True, check=False, **change
        )
        assert said.returncode == 0, said.stderr
        return json.loads(said.stdout.strip().splitlines()[-1])

    yield run, home
    subprocess.run(["rm", "-rf", str(home)], check=True)


IN_BOX = """
import json, subprocess, sys
from pathlib import Path
from cnnlab.homework.grading import box
course, code = Path(sys.argv[1]), sys.argv[2]
own = course / "autograded" / "ann" / "hw1"
for folder in (own, course / "autograded" / "bob" / "hw1", course / "private"):
    folder.mkdir(parents=True)
(course / "gradebook.db").write_text("marks")
argv = box.around(own, course=course, private=course / "private")
root = str(Path(box.__file__).resolve().parents[3])
ran = subprocess.run([*argv, sys.executable, "-c", code, str(course), root],
                     capture_output=True, text=True)
print(ran.stdout or json.dumps({"it did not run": ran.stderr}))
"""


@pytest.fixture
def in_the_box():
    if said := box.problem():
        pytest.skip(said)


def test_the_box_keeps_what_it_promises(lecturer, in_the_box):
    run, _ = lecturer
    probed = "import json; from cnnlab.homework.grading import box; print(json.dumps(box.probed()))"
    found = run(probed)
    assert found["user"] != 0
    assert box.broken_promises(found) == []


def test_nothing_is_reached_from_inside(lecturer, in_the_box):
    run, home = lecturer
    assert run(IN_BOX, home / "course", ATTACKS) == {}


def test_what_does_not_keep_a_promise_is_told():
    kept = {
        "capabilities": 0,
        "new rights": False,
        "filter of calls": True,
        "environment": sorted({*box.environment(), "PWD"}),
        "writable": ["/dev/shm", "/tmp"],
        "ways out": [],
        "user": 1000,
    }
    assert box.broken_promises(kept) == []
    for what, found in (
        ("capabilities", 1),
        ("new rights", True),
        ("filter of calls", False),
        ("environment", ["TOKEN"]),
        ("writable", ["/", "/dev/shm", "/tmp"]),
        ("ways out", ["eth0"]),
        ("user", 0),
    ):
        (broken,) = box.broken_promises(kept | {what: found})
        assert broken.startswith(what)


@pytest.fixture
def afresh():
    box.problem.cache_clear()
    yield
    box.problem.cache_clear()


def test_without_bubblewrap_nothing_is_graded_silently(monkeypatch, afresh):
    monkeypatch.setattr(box.shutil, "which", lambda name: None)
    with pytest.raises(box.BoxError, match=r"bwrap cannot be found.*c\.Run\.box = False"):
        box.require()


def test_a_box_that_does_not_start_says_why(monkeypatch, afresh):
    failed = subprocess.CompletedProcess([], 1, "", "bwrap: No permissions to create namespace")
    monkeypatch.setattr(box.shutil, "which", lambda name: name)
    monkeypatch.setattr(box.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(box.BoxError, match=r"No permissions to create namespace.*AppArmor"):
        box.require()


def test_a_box_that_keeps_less_than_it_promises_is_none(monkeypatch, in_the_box, afresh):
    found = box.probed() | {"capabilities": 3}
    monkeypatch.setattr(box, "probed", lambda: found)
    with pytest.raises(box.BoxError, match="does not keep out capabilities: 3"):
        box.require()


def test_the_limits_hold_in_the_box(tmp_path, in_the_box):
    own = tmp_path / "course" / "autograded" / "jo"
    own.mkdir(parents=True)
    argv = box.around(own, course=tmp_path / "course", private=own)
    code = (
        "import json, resource as r; print(json.dumps([r.getrlimit(getattr(r, n))[0] for n in {}]))"
    )
    names = [f"RLIMIT_{name}" for name in gate.LIMITS]
    command = [*argv, sys.executable, "-c", code.format(names)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == list(gate.LIMITS.values())


def test_python_and_the_package_run_in_the_box(tmp_path, in_the_box):
    own = tmp_path / "course" / "autograded" / "jo"
    own.mkdir(parents=True)
    (tmp_path / "course" / "gradebook.db").write_text("marks")
    words = box.around(own, course=tmp_path / "course", private=own)
    code = "import os, cnnlab; print(os.listdir('../..'), os.environ.get('SECRET'))"
    run = subprocess.run([*words, sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout == "['autograded'] None\n", run.stderr


def test_a_course_inside_what_can_be_read_is_hidden_all_the_same(tmp_path, monkeypatch, in_the_box):
    """Such as one under /usr, or the environment of a lecturer who keeps the course in it."""
    own = tmp_path / "course" / "autograded" / "ann"
    for folder in (own, tmp_path / "course" / "autograded" / "bob", tmp_path / "exchange" / "bob"):
        folder.mkdir(parents=True)
    tmp_path.chmod(0o755)
    readable = [*box._readable(), str(tmp_path)]
    monkeypatch.setattr(box, "_readable", lambda: readable)
    monkeypatch.setattr(box, "EXCHANGE", str(tmp_path / "exchange"))
    argv = box.around(own, course=tmp_path / "course", private=own)
    code = "import os; print(os.listdir('..'), os.listdir('../../../exchange'))"
    ran = subprocess.run([*argv, sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.stdout == "['ann'] []\n", ran.stderr


def test_windows_which_has_no_box_can_import_its_settings():
    code = "import sys; sys.modules['resource'] = None; import cnnlab.homework.grading.gate"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_a_kernel_outside_a_box_has_no_environment_of_the_lecturers(monkeypatch):
    monkeypatch.setenv("TOKEN", "of the lecturer")
    assert "TOKEN" not in box.environment()
    assert "HOME" in box.environment()


def test_where_systemd_works_the_group_of_a_box_limits_memory_and_processes(monkeypatch):
    memory._works.cache_clear()
    done = subprocess.CompletedProcess([], 0)
    monkeypatch.setattr(memory.shutil, "which", lambda name: name)
    monkeypatch.setattr(memory.subprocess, "run", lambda *_, **__: done)
    words = memory.scope(4 * 2**20, 77)
    assert words[0] == "systemd-run"
    assert {"--scope", "MemoryMax=4194304", "MemorySwapMax=0", "TasksMax=77"} <= set(words)
    memory._works.cache_clear()


OUTLIVE = """
import json, os, signal, subprocess, sys, time
from pathlib import Path
import psutil
from cnnlab.homework.grading import box
course = Path(sys.argv[1])
own = course / "own"
own.mkdir(parents=True)
code = '''
import ctypes, os, time
ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)  # not to end with the parent
os.fork()
print('in the box', flush=True)
time.sleep(600)
'''
starter = '''
import subprocess, sys
process = subprocess.Popen(sys.argv[1:])
process.wait()
'''
argv = box.around(own, course=course, private=own)
started = subprocess.Popen([sys.executable, "-c", starter, *argv, sys.executable, "-c", code],
                           stdout=subprocess.PIPE)
started.stdout.readline(), started.stdout.readline()
family = psutil.Process(started.pid).children(recursive=True)
started.kill()
gone, left = psutil.wait_procs(family, timeout=20)
print(json.dumps([len(gone) > 2, [each.pid for each in left]]))
"""


def test_nothing_in_the_box_outlives_the_grader(lecturer, in_the_box):
    run, home = lecturer
    assert run(OUTLIVE, home / "course") == [True, []]


def test_each_promise_on_the_lecturers_page_has_its_test():
    page = (ROOT / "notebooks" / "homework" / "README.md").read_text("utf-8")
    _, _, table = page.partition("| the box promises | test |\n|---|---|\n")
    rows = [line.split("|")[1:3] for line in table.partition("\n\n")[0].splitlines()]
    assert len(rows) > 10
    functions = [name for name in globals() if name.startswith("test_")]
    for promise, tests in rows:
        names = re.findall("`([^`]+)`", tests)
        assert names, promise
        for name in names:
            there = (ROOT / "tests" / "homework" / name).exists()
            assert there or any(name in function for function in functions), name
