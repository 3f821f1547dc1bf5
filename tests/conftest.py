"""What several test modules need: folders of pictures, and a quiet matplotlib."""

import os
import re
import shutil
from importlib.util import find_spec

import matplotlib
import pytest
import torch
from PIL import Image

from cnnlab import course
from tests.colab import PACKAGES
from tests.like_a_browser import REFUSED, refusing

matplotlib.use("Agg")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep together what shares something slow to make, and hand out the rest one by one."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return process_group(nodeid)

    return Scheduling(config, log)


def process_group(nodeid):
    """Return what the tests that run in one process have in common.

    The tests of one executed lesson; the cells of a notebook; those of a file that starts a
    browser, a grader or torchrun, or judges two hundred answers; else the test alone.
    """
    file, _, test = nodeid.partition("::")
    lesson = re.search(r"\[(\d\d_\w+)", test)
    if lesson and ("test_lessons" in file or "test_runs_offline" in test):
        return lesson.group(1)
    if file.endswith(".ipynb") or re.search(
        "browser|homework|torchrun|bench|commands|independent", file
    ):
        return file
    return nodeid


def pytest_collection_modifyitems(config, items):
    """Leave out what needs a card, a hub or Colab's versions where there are none.

    Nobody could mend such a skip.
    """
    colab = (PACKAGES / "ready").exists()
    there = {"cuda": torch.cuda.is_available(), "hub": _has_hub(), "colab": colab}
    missing = [name for name, found in there.items() if not found]
    left_out = [item for item in items if any(map(item.get_closest_marker, missing))]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _has_hub():
    """JupyterHub is Python's; its proxy comes from npm."""
    return bool(find_spec("jupyterhub") and shutil.which("configurable-http-proxy"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Where everything is installed, as in CI, a skipped test is a failed one."""
    report = yield
    if report.skipped and os.environ.get("CNNLAB_SKIP_NOTHING") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
    return report


@pytest.fixture
def learners_copy(tmp_path, monkeypatch):
    """A learner's copy of the course, in which the test now is: what it does is remembered."""
    monkeypatch.delenv("CI", raising=False)
    (tmp_path / course.COPY_RECORD).write_text("{}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session", autouse=True)
def _same_numbers_every_time():
    torch.manual_seed(0)


@pytest.fixture
def _one_thread(monkeypatch):
    """As in a browser, the package can start neither a thread nor a process."""
    for owner, name, error in REFUSED:
        monkeypatch.setattr(owner, name, refusing(getattr(owner, name), error))


@pytest.fixture
def picture_folder(tmp_path):
    """Return a function that writes train/<class>/ and test/<class>/ and returns the folder."""

    def write(root=tmp_path / "pictures", *, classes=("cat", "dog"), size=(8, 6), suffix="png"):
        generator = torch.Generator().manual_seed(0)
        for part, count in (("train", 6), ("test", 3)):
            for label, name in enumerate(classes):
                folder = root / part / name
                os.makedirs(folder)
                for number in range(count):
                    noise = torch.randint(
                        0, 20, (size[1], size[0], 3), generator=generator, dtype=torch.uint8
                    )
                    noise[..., 0] += 100 * label  # the class can be read from the red channel
                    Image.fromarray(noise.numpy()).save(folder / f"{number:04}.{suffix}")
        return root

    return write
