"""The execution of lessons that other tests look at: it tells what is wrong, and only once."""

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from tests import lessons


@pytest.fixture
def written(tmp_path):
    def write(source):
        path = tmp_path / "lesson.ipynb"
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
