"""What waits for a prediction: on a page, on a slide, and in a real JupyterLab after Run All."""

import nbformat
import pytest
from nbformat import v4

from cnnlab import widgets
from cnnlab.site import lessons, pages
from tests.site.small_lessons import PNG, code, figure, lesson_of, shown, text, title

from .helpers import PATIENCE, press

pytestmark = pytest.mark.slow

CAME_OUT = (
    "<details>\n<summary>What came out</summary>\n\n*The caption of 49.* Squares.\n\n</details>"
)
ASKED = 'guess = widgets.Prediction("02 n", "How many?")\nguess'
MEASURED = "display(Image(PNG))\nguess.compare(49)"
TRAIN = "while not os.path.exists('trained'): time.sleep(0.01)"


def printed(text):
    return v4.new_output("stream", text=f"{text}\n")


def write(folder):
    """Write a lesson in which two results wait, and return its page."""
    asked, other = widgets.Prediction("02 n", "How many?"), widgets.Prediction("02 m", "And now?")
    compared = shown(asked.compare(49))
    notebook = lesson_of(
        title(2),
        code(ASKED, "asked", shown(asked), tags=["hide-input"]),
        code("first()", "before", printed("set up")),
        code("guess.compare(measure())", "measured", printed("printed 49"), figure(), compared),
        code("draw()", "later", printed("below 49"), figure()),
        text(CAME_OUT, "explained"),
        code("write()", "exercise", printed("to write"), tags=["exercise"]),
        code("other", "again", shown(other)),
        code("other.compare(7)", "other", shown(other.compare(7)), printed("printed 7")),
        text("### Next\n\nIt goes on.", "next"),
        code("more()", "more", printed("more")),
    )
    pages.write_lesson(notebook, [lessons.describe("02_a", notebook)], 0, folder)
    return folder / "02_a.html"


WAITS = ("printed 49", "below 49", "Squares.", "The caption")
STAYS = ("set up", "to write", "It goes on.", "more")


def visible(page, words):
    places = [page.get_by_text(word).filter(visible=True) for word in words]
    return [word for word, place in zip(words, places, strict=True) if place.count()]


def commit(page, said, label="How many?"):
    page.get_by_label(label).fill(said)
    page.keyboard.press("Enter")


def test_on_a_page_all_up_to_the_next_part_waits_and_comes_back(offline, tmp_path):
    watched = offline(file=write(tmp_path))
    page, figures = watched.page, watched.page.locator(".figure img")
    assert visible(page, (*WAITS, *STAYS, "printed 7")) == list(STAYS)
    assert figures.filter(visible=True).count() == 0
    commit(page, "40")
    assert visible(page, (*WAITS, *STAYS, "printed 7")) == [*WAITS, *STAYS]
    assert figures.filter(visible=True).count() == 2
    page.get_by_text("What came out").click()  # then it is the reader's
    assert visible(page, WAITS) == ["printed 49", "below 49"]
    press(page, "Take back")
    assert visible(page, (*WAITS, *STAYS)) == list(STAYS)
    commit(page, "41")
    commit(page, "7", "And now?")
    assert visible(page, (*WAITS, *STAYS, "printed 7")) == [*WAITS, *STAYS, "printed 7"]
    assert watched.complaints == []


def test_a_wide_figure_does_not_squeeze_the_comparison_of_its_cell(offline, tmp_path):
    page = offline(file=write(tmp_path), width=1280).page
    page.add_style_tag(content=".figure img { width: 50rem }")
    commit(page, "40")
    drawn = page.locator(".figure img").first.bounding_box()
    compared = page.locator(".cnnlab-prediction").nth(1).bounding_box()
    assert compared["y"] >= drawn["y"] + drawn["height"]
    assert compared["width"] > 600


def test_paper_and_a_page_without_scripts_lose_nothing(offline, tmp_path):
    file = write(tmp_path)
    page = offline(file=file).page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert visible(page, (*WAITS, *STAYS)) == [*WAITS, *STAYS]
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert visible(page, (*WAITS, *STAYS)) == list(STAYS)
    page = offline(file=file, java_script_enabled=False).page
    page.get_by_text("What came out").click()
    assert visible(page, (*WAITS, *STAYS, "printed 7")) == [*WAITS, *STAYS, "printed 7"]


NAME = "waits.ipynb"
STAY = ["set up", "exercises solved; next", "to the end"]
STARTED = (
    """import base64, os, time
from IPython.display import Image, display
from cnnlab import check, widgets
PNG = base64.b64decode("""
    + f'"{PNG}")'
)
LATER = 'print("below 49")\ndisplay(Image(PNG))'
IN_LAB = [
    v4.new_code_cell(STARTED, id="started"),
    v4.new_code_cell(ASKED, id="asked"),
    v4.new_code_cell('print("set up")', id="before"),
    v4.new_code_cell(f'print("printed 49")\n{TRAIN}\n{MEASURED}', id="measured"),
    v4.new_code_cell(LATER, id="later"),
    v4.new_markdown_cell(CAME_OUT, id="explained"),
    v4.new_code_cell("check.progress()", id="exercise"),
    v4.new_markdown_cell("## Next\n\nIt goes on.", id="next"),
    v4.new_code_cell('print("to the end")', id="ended"),
]


@pytest.fixture
def in_lab(lab, chromium):
    """The notebook in JupyterLab, its kernel ready; shut down at the end."""
    address, folder = lab
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = v4.new_notebook(cells=IN_LAB, metadata={"kernelspec": kernel})
    nbformat.write(notebook, folder / NAME)
    page = chromium.new_context(viewport={"width": 1200, "height": 1400}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/doc/tree/{NAME}?reset")
    here = "window.jupyterapp?.shell?.currentWidget"
    page.wait_for_function(f"{here}?.sessionContext?.session?.kernel")
    yield page
    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.context.close()


def run_all(page, folder):
    """Run all cells; return the numbers of those that ran, in the order of the notebook."""
    page.evaluate("void jupyterapp.commands.execute('notebook:run-all-cells')")
    page.get_by_text("printed 49", exact=True).wait_for(state="attached")
    assert outputs_with(page, ["set up", "printed 49"]) == ["set up"]  # no comparison is there yet
    (folder / "trained").touch()
    page.get_by_text("to the end", exact=True).wait_for()
    page.get_by_text("The result waits").first.wait_for()
    return page.evaluate(
        """[...jupyterapp.shell.currentWidget.context.model.sharedModel.cells]
          .map(cell => cell.toJSON().execution_count).filter(Boolean)"""
    )


def outputs_with(page, words):
    """Return which of the words stand in a visible output or an open fold."""
    inside = page.locator(".jp-OutputArea-output, details[open]").filter(visible=True)
    return [word for word in words if inside.filter(has_text=word).count()]


def test_in_jupyterlab_run_all_ends_in_order_and_shows_no_result(in_lab, lab):
    page, folder = in_lab, lab[1]
    words = ("set up", "printed 49", "below 49", "Squares.", "exercises solved; next", "to the end")
    figures = page.locator(".jp-OutputArea-output img").filter(visible=True)
    for _ in range(2):  # run again, it is the same
        (folder / "trained").unlink(missing_ok=True)
        ran = run_all(page, folder)
        assert ran == sorted(ran)
        assert len(ran) == 7
        assert outputs_with(page, words) == STAY
        assert figures.count() == 0
        commit(page, "40")
        page.get_by_text("Close, a little low.").first.wait_for()
        assert outputs_with(page, words) == list(words)
        assert figures.count() == 2
        press(page, "Take back")
        page.get_by_text("The result waits").first.wait_for()
        assert outputs_with(page, words) == STAY
        assert figures.count() == 0
