"""Figures in a real JupyterLab: each way to show one gives its picture an alternative text."""

import nbformat
import pytest

from .helpers import notebook_of, running_in

pytestmark = pytest.mark.slow

NAME = "figures.ipynb"
CELLS = {
    "imports": "import matplotlib.pyplot as plt\nimport torch\n\nfrom cnnlab import plots",
    "shown": "plt.plot([1, 2, 3], [5, 6, 7], label='shown')\nplt.show()",
    "left open": "plots.numbers(torch.eye(2), title='left open');",
    "returned": "figure, ax = plt.subplots()\nax.bar(['returned'], [7])\nplt.close()\nfigure",
    "updated": (
        "line, = ax.plot([], [])\n"
        "view = display(figure, display_id=True)\n"
        "line.set(data=([0, 1, 2], [5, 6, 9]), label='updated')\n"
        "view.update(figure)"
    ),
    "png": "%config InlineBackend.figure_formats = ['png']\nplt.plot([1, 2, 4], label='png');",
}


@pytest.fixture(scope="module")
def page(lab, chromium):
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS.values()]
    with running_in(lab, chromium, NAME, notebook_of(cells)) as page:
        yield page


@pytest.mark.parametrize("way", list(CELLS)[1:])
def test_a_figure_is_described_in_jupyterlab(page, way):
    picture = page.locator(f".jp-OutputArea-output img[alt*='{way}']").first
    picture.wait_for()
    assert picture.evaluate("image => image.naturalWidth") > 100
    assert any(digit in picture.get_attribute("alt") for digit in "012567")


def test_no_picture_of_an_output_is_without_words(page):
    page.locator("img[alt*='png']").wait_for()
    every = page.locator(".jp-OutputArea-output img").evaluate_all("all => all.map(x => x.alt)")
    assert len(every) == len(CELLS) - 1
    assert [said for said in every if len(said.split()) < 3] == []
