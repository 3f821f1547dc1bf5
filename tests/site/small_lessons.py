"""Cells and lessons of a few lines, to be made into pages."""

from nbformat import v4

PNG = (  # one white pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
)


def lesson_of(*cells):
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=list(cells), metadata={"kernelspec": kernel})


def text(source, ident):
    return v4.new_markdown_cell(source, id=ident)


def code(source, ident, *outputs, tags=()):
    return v4.new_code_cell(source, id=ident, outputs=list(outputs), metadata={"tags": list(tags)})


def slide(source, ident, *tags, notes="Ask the room."):
    source = f"{source}\n\n*For the lecturer, 2 minutes.* {notes}"
    return v4.new_markdown_cell(source, id=ident, metadata={"tags": ["lecture", *tags]})


def figure(png=PNG, alt="One white pixel."):
    data = {"image/png": png, "text/html": "<img>", "text/plain": "<Figure>"}
    return v4.new_output("display_data", data, metadata={"image/png": {"alt": alt}})


def shown(widget):
    data = {"text/html": widget._twin(), "text/plain": repr(widget)}
    return v4.new_output("execute_result", data)


def title(number):
    question = "**The question:** what is `1 + 1`?"
    return text(f"# 0{number} Title\n\nIt begins.\n\n{question}", "title")
