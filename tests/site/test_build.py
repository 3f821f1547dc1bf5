"""The site's folder: what is built, what runs again, what is said of a lesson that fails."""

import re

import nbformat
import pytest

from cnnlab.site import build as site

from .small_lessons import code, lesson_of, title


@pytest.fixture
def course(tmp_path):
    """Return a folder with two lessons that run and one that does not."""
    folder = tmp_path / "course"
    folder.mkdir()
    for number, source in enumerate(("print(1 + 1)", "fine = 1", "print(2 + 2)")):
        cells = [title(number), code(source, "first"), code("last = 1", "last")]
        if number == 1:
            cells.insert(2, code("raise ValueError('no good')", "broken"))
        nbformat.write(lesson_of(*cells), folder / f"0{number}_x.ipynb")
    return folder


def built(out, course, *names, **options):
    """Build, and return what was said and the error at the end."""
    news = []
    try:
        for line in site.build_site(out, names, course=course, **options):
            news.append(line)
    except site.LessonError as error:
        return news, str(error)
    return news, ""


@pytest.mark.slow
def test_a_lesson_that_fails_is_named_and_the_others_are_built(course, tmp_path):
    out = tmp_path / "site"
    news, error = built(out, course)
    assert error == "1 of 3 lessons failed: 01_x."
    assert ("01_x", "FAILED in cell broken: ValueError: no good") in news
    made = sorted(path.name for path in out.glob("*.html"))
    lessons = ["00_x.html", "00_x.slides.html", "02_x.html", "02_x.slides.html"]
    assert made == [*lessons, "glossary.html", "index.html", "review.html"]
    page = (out / "00_x.html").read_text("utf-8")
    assert "<pre>2\n</pre>" in page
    assert re.search(r'<a href="02_x.html" rel="next">', page)  # past the one that is missing
    assert "01_x" not in (out / "index.html").read_text("utf-8")


@pytest.mark.slow
def test_only_changed_code_runs_again(course, tmp_path):
    out, lesson = tmp_path / "site", course / "00_x.ipynb"
    ran = ("00_x", "runs ...")
    assert ran in built(out, course, "00")[0]
    assert ran not in built(out, course, "00")[0]
    notebook = nbformat.read(lesson, 4)
    notebook.cells[0].source += "\n\nNew words."
    nbformat.write(notebook, lesson)
    assert ran not in built(out, course, "00")[0]
    page = (out / "00_x.html").read_text("utf-8")
    assert "New words." in page
    assert "<pre>2\n</pre>" in page
    notebook.cells[1].source = "print(1 + 2)"
    notebook.cells.append(code("claimed = 1\nassert claimed", "n-claim", tags=["claim"]))
    nbformat.write(notebook, lesson)
    assert ran in built(out, course, "00")[0]
    assert "<pre>3\n</pre>" in (out / "00_x.html").read_text("utf-8")
    assert "assert claimed" in lesson.read_text("utf-8")
    assert "assert claimed" not in (out / "00_x.ipynb").read_text("utf-8")  # a stranger's copy
    assert sorted(path.name for path in course.iterdir()) == [f"0{n}_x.ipynb" for n in range(3)]


@pytest.mark.slow
def test_pdfs_are_linked_where_they_are_and_deleted_when_the_deck_changes(
    course, tmp_path, monkeypatch
):
    def write_pdfs(deck, chromium):
        for kind in ("slides", "handout"):
            deck.with_name(deck.name.replace("slides.html", f"{kind}.pdf")).touch()

    monkeypatch.setattr(site.pdf, "find_chromium", lambda: "chromium")
    monkeypatch.setattr(site.pdf, "write_pdfs", write_pdfs)
    out = tmp_path / "site"

    def links(name):
        found = re.findall(r'href="(\w+\.\w+\.pdf)"', (out / name).read_text("utf-8"))
        assert all((out / each).exists() for each in found)
        return found

    def rebuilt():
        built(out, course)
        return links("00_x.html"), links("index.html")

    assert rebuilt() == ([], [])
    news, error = built(out, course, pdfs=True)
    assert error == "1 of 3 lessons failed: 01_x."
    assert "00_x.slides.pdf 0.00 MB, 00_x.handout.pdf 0.00 MB" in dict(news)["00_x"]
    first, third = ([f"0{n}_x.slides.pdf", f"0{n}_x.handout.pdf"] for n in (0, 2))
    assert (links("00_x.html"), links("index.html")) == (first, first + third)
    assert rebuilt() == (first, first + third)  # the same decks
    notebook = nbformat.read(course / "00_x.ipynb", 4)
    notebook.cells[0].source = "# 00 Another title"
    nbformat.write(notebook, course / "00_x.ipynb")
    assert rebuilt() == ([], third)


def test_the_fingerprint_follows_code_and_package_not_words(course, tmp_path, monkeypatch):
    package = tmp_path / "package"
    (package / "site").mkdir(parents=True)
    (package / "models.py").write_text("a = 1")
    (package / "site" / "build.py").write_text("b = 1")
    monkeypatch.setattr(site, "PACKAGE", package)
    lesson = course / "00_x.ipynb"
    before = site.fingerprint(lesson)
    (package / "site" / "deck.css").write_text("changed")
    (package / "site" / "build.py").write_text("b = 2")
    assert site.fingerprint(lesson) == before
    (package / "models.py").write_text("a = 2")
    assert site.fingerprint(lesson) != before


def test_what_was_kept_half_written_is_not_an_output(course, tmp_path):
    folder = tmp_path / site.KEPT
    folder.mkdir()
    (folder / "00_x.ipynb").write_text('{"cells": [')
    assert site.kept(course / "00_x.ipynb", tmp_path) is None


def test_a_lesson_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match=r"There are no lessons in .*They come with the source"):
        site.find_lessons(course=tmp_path)
    with pytest.raises(ValueError, match=r"There is no lesson '77'. There are: 00_start_here, 01_"):
        site.find_lessons(["77"])
    assert [path.stem for path in site.find_lessons(["05", "00"])] == [
        "00_start_here",
        "05_first_cnn",
    ]
