"""The execution of lessons that other tests look at: it tells what is wrong, and only once."""

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from tests import lessons


@pytest.fixture
def written(tmp_path):
    def write(source, name="lesson.ipynb"):
        path = tmp_path / name
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]), path)
        return path

    return write


@pytest.fixture
def empty(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    return folder


def test_a_checkpoint_left_behind_is_told(written, empty):
    path = written("open('model.pt', 'w').close()")
    with pytest.raises(ValueError, match=r"leaves checkpoints .*: \['model.pt'\]"):
        lessons.executed(path, empty)


def test_a_lesson_that_fails_is_not_executed_again(written, empty):
    path = written("open('run.txt', 'a').write('once')\n1 / 0")
    for _ in range(3):
        with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
            lessons.executed(path, empty)
    assert (empty / "run.txt").read_text() == "once"


WHAT_IS_REFUSED = """
import _thread
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

def refused(call, *given):
    try:
        call(*given)
    except (ImportError, OSError, RuntimeError) as error:
        return f"{type(error).__name__}: {error}".partition(";")[0]

print(refused(threading.Thread(target=print).start))
print(refused(_thread.start_new_thread, print, ()))
print(refused(ThreadPoolExecutor().submit, print))
print(refused(subprocess.run, ["true"]))
print(refused(__import__, "torchvision"))
print(refused(__import__, "captum"), refused(__import__, "requests"))
"""


def test_a_lesson_for_the_browser_has_neither_threads_nor_every_library(written, empty):
    usual, browser = (
        lessons.executed(written(WHAT_IS_REFUSED, name), empty).cells[0].outputs[0].text
        for name in ("06_x.ipynb", "00_x.ipynb")
    )
    assert "Error" not in usual
    assert browser.splitlines() == [
        *["RuntimeError: can't start new thread"] * 3,
        "OSError: [Errno 138] Not supported",
        "ModuleNotFoundError: import of torchvision halted",
        "ModuleNotFoundError: import of captum halted "
        "ModuleNotFoundError: import of requests halted",
    ]
