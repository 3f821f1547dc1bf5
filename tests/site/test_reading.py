"""What a page shows to a reader: a picture first, exercises to solve elsewhere, no machine."""

import re

import pytest
from nbformat import v4

from cnnlab import course
from cnnlab.site import lessons, pages, reading
from cnnlab.widgets import ConvolutionStepper, Prediction

from .small_lessons import code, figure, lesson_of, shown, slide, text, title


def printed(words):
    return v4.new_output("stream", text=f"{words}\n")


def first_slide(reference):
    return slide(f"# 01 Title\n\n![Hooks in noise](#{reference})", "slide-first")


@pytest.fixture
def page(tmp_path):
    """Return a function that writes one lesson and returns its page as text."""

    def write(*cells, first=None):
        notebook = lesson_of(first or title(1), *cells)
        pages.write_lesson(notebook, [lessons.describe("01_a", notebook)], 0, tmp_path)
        return (tmp_path / "01_a.html").read_text("utf-8")

    return write


OPENING = text(
    f"# 01 Title\n\nIt begins.\n\n**The question:** why?\n\n{lessons.CAN}\n\n- count", "title"
)


def places(document, *words):
    found = [document.find(word) for word in words]
    assert -1 not in found, dict(zip(words, found, strict=True))
    return found


def test_a_page_begins_with_title_question_and_the_lead(page):
    drawn = code("draw()", "draws", figure())
    document = page(text("## One", "one"), drawn, first_slide("draws"), first=OPENING)
    order = (
        "<h1>01 Title",
        "why?",
        'alt="Hooks in noise. One white pixel."',
        "It begins.",
        "<li>count",
    )
    assert places(document, *order) == sorted(places(document, *order))
    assert document.count("why?</p>") == 1
    assert document.count('<div class="figure"') == 2  # its own place keeps it
    assert document.count('id="at-title"') == 1


def test_a_lead_that_would_come_again_at_once_comes_once_with_its_caption(page):
    cells = code("import a", "imports"), code("draw()", "draws", figure())
    caption = text("*What it shows.*", "caption")
    document = page(*cells, caption, text("## One", "one"), first_slide("draws"), first=OPENING)
    order = (
        "why?",
        'alt="Hooks in noise. One white pixel."',
        "What it shows.",
        "It begins.",
        "Imports",
        "One</h2>",
    )
    assert places(document, *order) == sorted(places(document, *order))
    assert document.count('<div class="figure"') == 1
    assert document.count("What it shows.") == 1


def test_a_lead_may_be_a_widget_and_shares_its_code(page):
    stepper = shown(ConvolutionStepper())
    cells = text("## One", "one"), code("stepper", "steps", stepper)
    document = page(*cells, first_slide("steps"), first=OPENING)
    assert places(document, "why?", "cnnlab-twin", "It begins.") == sorted(
        places(document, "why?", "cnnlab-twin", "It begins.")
    )
    assert document.count('<div class="cnnlab-twin">') == 3  # with the section's feedback
    assert document.count("(globalThis.cnnlabTwins ??= {})") == 2


ASKED = Prediction("01 n", "How many?")


@pytest.mark.parametrize(
    "waits",
    [
        [code("n", "draws", figure(), shown(ASKED.compare(2)))],
        [code("n", "compared", shown(ASKED.compare(2))), code("d", "draws", figure())],
    ],
    ids=["in the comparison's cell", "below it"],
)
def test_a_lead_that_waits_for_a_prediction_is_refused(page, waits):
    with pytest.raises(ValueError, match=r"waits for a prediction.*Show another picture"):
        page(code("ask", "asks", shown(ASKED)), *waits, first_slide("draws"))


@pytest.mark.parametrize(
    "between",
    [
        text("## Next", "next"),
        text("It goes on.\n\n### Next", "next"),
        code("...", "exercise", tags=["exercise"]),
        code("ask", "asks", shown(Prediction("01 m", "And now?"))),
    ],
    ids=["heading", "heading below text", "exercise", "prediction"],
)
def test_a_lead_from_the_next_part_does_not_wait(page, between):
    compared = code("n", "compared", shown(ASKED.compare(2)))
    page(compared, between, code("draw()", "draws", figure()), first_slide("draws"))


def summaries(document):
    return re.findall(r'<details class="hidden-code"><summary>(.*?)</summary>', document)


LOOP = "total = 0\n" + "total += 1\n" * 6
DRAWING = "def show(ax, image):\n    ax.imshow(image)"


@pytest.mark.parametrize(
    ("cell", "label"),
    [
        (code("scene = 1", "a-scene", figure()), "Code of this figure: a scene"),
        (code("widget", "steps", shown(ConvolutionStepper())), "Code of this widget: steps"),
        (code("scene = 1", "scene-figure", figure()), "Code of this figure: scene"),
        (code("check.progress()", "yours", printed("0 of 66")), "Code: yours"),
        (code("import math", "imports"), "Imports"),
        (code("import math\n\nwidgets.Review.offer(before='02')", "imports"), "Imports"),
        (code(DRAWING, "draw-it"), "Code: draw it"),
        (code("n = 1", "run", printed("1"), tags=["hide-input"]), "Code: run"),
        (code(LOOP, "run", shown(ASKED.compare(2))), "Code of this measurement: run"),
    ],
    ids=[
        "figure",
        "widget",
        "named so",
        "report",
        "imports",
        "imports with an offer",
        "function that draws",
        "tagged",
        "long measurement",
    ],
)
def test_code_that_is_not_the_subject_is_folded_below_what_it_shows(page, cell, label):
    document = page(cell)
    assert summaries(document) == [label]
    begins = document.index('<details class="hidden-code">')
    assert document.rindex(f'data-cell="{cell.id}"') < begins
    assert document.count('<div class="source">') == 1
    assert document.index('<div class="source">') > begins


@pytest.mark.parametrize(
    "cell",
    [
        code("def add(a, b):\n    return a + b", "subject"),
        code("n = 1\nguess.compare(n)", "short", shown(ASKED.compare(2))),
        code(f"def add(a, b):\n    return a + b\n{LOOP}", "defines", shown(ASKED.compare(2))),
        code("%pip list", "magic", printed("torch")),
    ],
    ids=["function", "short measurement", "defined beside its measurement", "magic"],
)
def test_code_that_is_the_subject_stays(page, cell):
    document = page(cell)
    assert summaries(document) == []
    assert document.count('<div class="source">') == 1


def test_a_measurement_with_a_magic_is_folded_too(page):
    lines = "%time n = 2\n" + "n += 1\n" * reading.LONG
    document = page(code(lines, "timed", shown(ASKED.compare(2))))
    assert "<summary>Code of this measurement: timed</summary>" in document


def test_the_text_of_a_question_is_no_code_to_read(page):
    document = page(code("asked_in_code", "asks", shown(ASKED), tags=["hide-input"]))
    assert "asked_in_code" not in document
    assert "How many?" in document


YOURS = 'def half(n):\n    """Return n / 2."""\n    ...'


@pytest.mark.parametrize("address", [None, "https://github.com/someone/a-course"])
def test_an_exercise_is_its_signature_and_one_line_that_says_where(page, monkeypatch, address):
    monkeypatch.setattr(course, "address", lambda: address)
    refused = v4.new_output("execute_result", {"text/plain": "half is not written yet."})
    document = page(
        text("### Exercise: `half`\n\n| n | half |\n|---|---|\n| 4 | 2 |", "task"),
        code(YOURS, "yours", tags=["exercise"]),
        code("check.half(half)", "checks", refused, tags=["check"]),
        code("# A solution.\nn / 2", "solved", tags=["solution"]),
    )
    main = document.partition("<main")[2].partition("<footer")[0]
    assert "half</span>" in main
    assert "<td>2</td>" in main
    assert "Return n / 2." in main
    assert not re.search(r"not written yet|check\.half|\.\.\.\s*</pre>|Shift", main)
    assert 'data-cell="checks"' not in main
    line = re.search(r'<p class="try">(.*?)</p>', main, re.DOTALL).group(1)
    place = course.opened_elsewhere("01_a").get("Colab", "01_a.ipynb")
    assert re.findall(r'href="([^"]*)"', line) == [place]
    assert len(re.sub(r"<.*?>", "", line).split()) < 10
    assert "A solution" in main


def test_a_given_function_with_a_bug_is_shown_whole():
    given = "def half(n):\n    return n"
    assert reading.signature(given) == given


def test_a_report_about_the_machine_becomes_words(page):
    report = printed("ok  Python 3.11 on Linux, /home/somebody/.cache")
    progress = v4.new_output("execute_result", {"text/plain": "0 of 66 exercises solved"})
    document = page(
        code("for line in doctor.examine(): print(line)", "installed", report),
        code("check.progress()", "progress", progress),
    )
    assert not re.search("/home/somebody|0 of 66", document)
    assert "On your machine, this lists" in document
    assert "In your copy, this counts" in document


MISSING = "CIFAR-10 is not in /root/.cache. CNNLAB_OFFLINE is set, so it is not downloaded."


def test_what_is_missing_where_the_page_was_made_is_not_said(page):
    said = v4.new_output("display_data", {"text/plain": f"{MISSING} Going on with Shapes-10."})
    html = f'<div role="note" style="x">{MISSING} Going on.</div><p>10,000 images</p>'
    images = v4.new_output("display_data", {"text/html": html, "text/plain": "ImageData"})
    document = page(
        code("chosen", "chosen", images),
        code("load()", "load", printed(f"{MISSING}\nten classes")),
        code("load()", "again", said, printed("half: the course's, until yours passes its check.")),
    )
    assert not re.search("CIFAR-10 is not|OFFLINE|Going on|the course's, until", document)
    assert "<pre>ten classes\n</pre>" in document
    assert "<p>10,000 images</p>" in document


@pytest.mark.parametrize(
    "line",
    [
        "/home/somebody/.cache/cnnlab/a.pt could not be written (Permission denied)",
        "kept in '/tmp/x/own.pt'",
        r"kept in C:\Users\somebody",
    ],
)
def test_an_address_on_a_disk_is_not_said(line):
    assert reading.OF_THE_MACHINE.search(line)


@pytest.mark.parametrize("line", ["4,479 images/s, 6.3 GMAC/s", "1/4 and 3 / 4", "a: b/c/d"])
def test_a_share_and_a_speed_are_no_address(line):
    assert not reading.OF_THE_MACHINE.search(line)
