"""Decks on paper: a page for each slide, and a handout that has the lecturer's notes."""

import pytest

from cnnlab.site import lessons, pages, pdf
from cnnlab.widgets import Prediction

from .small_lessons import code, lesson_of, shown, slide, title


@pytest.fixture
def deck(tmp_path):
    """A deck of four slides: one with a pause and notes, a question, its result, the end."""
    asked = Prediction("two", "What is 1 + 1?")
    notebook = lesson_of(
        title(1),
        code("asked", "asked", shown(asked)),
        code("asked.compare(2)", "compare", shown(asked.compare(2))),
        slide(
            "## Second\n\nSeen at once. [One](00_a.html), [two](https://example.org/)."
            "\n\n. . .\n\nSeen later.",
            "slide-second",
            notes="Whisper.",
        ),
        slide("![the question](#asked)", "slide-asks"),
        slide("## Third\n\n![the result](#compare)", "slide-result"),
    )
    pages.write_lesson(notebook, [lessons.describe("01_a", notebook)], 0, tmp_path)
    return tmp_path / "01_a.slides.html"


@pytest.mark.slow
def test_a_deck_and_its_handout_are_printed(deck):
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")
    try:
        chromium = pdf.find_chromium()
    except ValueError:
        pytest.skip("no Chromium is installed")
    files = pdf.write_pdfs(deck, chromium)
    assert [file.name for file in files] == ["01_a.slides.pdf", "01_a.handout.pdf"]
    slides, handout = (pypdf.PdfReader(file) for file in files)
    assert [(page.mediabox.width, page.mediabox.height) for page in slides.pages] == [
        (960, 540)
    ] * 4
    assert len(handout.pages) == 2
    words, with_notes = (
        " ".join(" ".join(page.extract_text() for page in file.pages).split())
        for file in (slides, handout)
    )
    for each in ("Seen at once", "Seen later", "The experiment says 2", "2/4"):
        assert each in words
        assert each in with_notes
    assert with_notes.count("Whisper") == 1
    assert "Whisper" not in words
    notes = [note.get_object() for page in slides.pages for note in page.get("/Annots", ())]
    license = "https://creativecommons.org/licenses/by/4.0/"
    assert [note["/A"]["/URI"] for note in notes] == ["https://example.org/", license]


def test_without_a_chromium_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.delenv(pdf.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(pdf, "PLACES", ())
    with pytest.raises(ValueError, match=r"--pdf prints with .*none was found\. Install one, or"):
        pdf.find_chromium()
    monkeypatch.setenv(pdf.VARIABLE, "/no/such")
    with pytest.raises(ValueError, match=r"CNNLAB_CHROMIUM=/no/such is not one\. Install"):
        pdf.find_chromium()


def test_a_chromium_that_does_not_print_is_reported(tmp_path):
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho 'no display' >&2\n")
    broken.chmod(0o755)
    with pytest.raises(ValueError, match=r"broken did not print 01_a.slides.html: no display\.$"):
        pdf.write_pdfs(tmp_path / "01_a.slides.html", str(broken))
