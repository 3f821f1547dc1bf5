"""Figures in a real JupyterLab: each way to show one gives its picture an alternative text."""

import nbformat
import pytest

from .helpers import PATIENCE

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
    address, folder = lab
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS.values()]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, folder / NAME)
    page = chromium.new_context(viewport={"width": 1200, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/doc/tree/{NAME}?reset")
    page.wait_for_function(
        "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel"
    )
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    yield page
    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.context.close()


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
