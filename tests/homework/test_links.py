"""A submission that is a symbolic link, or holds one, is refused when collected and graded."""

from pathlib import Path

import pytest

pytest.importorskip("nbgrader", reason="nbgrader is not installed")

from cnnlab.homework.grading import links, restore


@pytest.fixture
def course(tmp_path):
    (tmp_path / "gradebook.db").write_text("marks")
    own = tmp_path / "submitted" / "jo" / "hw1"
    (own / "figures").mkdir(parents=True)
    (own / "hw1.ipynb").write_text("{}")
    return tmp_path


def place_link(course, kind):
    own = course / "submitted" / "jo" / "hw1"
    if kind == "a file":
        (own / "figures" / "data.csv").symlink_to(course / "gradebook.db")
        return "data.csv"
    if kind == "the notebook":
        (own / "hw1.ipynb").unlink()
        (own / "hw1.ipynb").symlink_to(course / "gradebook.db")
        return "hw1.ipynb"
    if kind == "a folder":
        (own / "other").symlink_to(course / "submitted")
        return "other"
    if kind == "a link to nothing":
        (own / "gone").symlink_to("nowhere")
        return "gone"
    moved = own if kind == "the submission" else own.parent
    moved.rename(course / "elsewhere")
    moved.symlink_to(course / "elsewhere")
    return moved.name


KINDS = ("a file", "the notebook", "a folder", "a link to nothing", "the submission", "the student")


@pytest.mark.parametrize("kind", KINDS)
def test_a_link_is_refused_by_name_before_grading(course, kind, caplog):
    name = place_link(course, kind)
    notebooks = [str(course / "submitted" / "jo" / "hw1" / "hw1.ipynb")]
    said = links.refusal(Path(notebooks[0]).parent)
    assert f"{name} is a symbolic link" in said
    restore.prepare(assignment="hw1", student="*", notebooks=notebooks)
    assert notebooks == []  # nothing is left to grade


def test_a_submission_without_links_is_left_alone(course):
    notebooks = [str(course / "submitted" / "jo" / "hw1" / "hw1.ipynb")]
    assert links.refusal(Path(notebooks[0]).parent) is None
    restore.prepare(assignment="hw1", student="*", notebooks=notebooks)
    assert len(notebooks) == 1


def test_the_collector_takes_files_and_no_links(tmp_path):
    plugin = links.CollectFiles(
        named_regexp=r"^(?:.*/)?(?P<student_id>\w+?)_(?P<file_id>\w+)\.ipynb$"
    )
    real, link = tmp_path / "jo_hw1.ipynb", tmp_path / "al_hw1.ipynb"
    real.write_text("{}")
    link.symlink_to(real)
    (tmp_path / "folder").mkdir()
    (tmp_path / "way").symlink_to(tmp_path / "folder")
    (tmp_path / "folder" / "bo_hw1.ipynb").write_text("{}")
    assert plugin.collect(str(real))["student_id"] == "jo"
    assert plugin.collect(str(link)) is None
    assert plugin.collect(str(tmp_path / "way" / "bo_hw1.ipynb")) is None


def test_nothing_is_extracted_through_a_link(tmp_path):
    archive, out = tmp_path / "archive", tmp_path / "extracted"
    archive.mkdir()
    (tmp_path / "gradebook.db").write_text("marks")
    (archive / "jo_hw1.ipynb").write_text("{}")
    links.ExtractFiles().extract(str(archive), str(out))
    assert (out / "jo_hw1.ipynb").exists()
    (archive / "al_hw1.ipynb").symlink_to(tmp_path / "gradebook.db")
    with pytest.raises(ValueError, match=r"al_hw1\.ipynb is a symbolic link"):
        links.ExtractFiles().extract(str(archive), str(out))
