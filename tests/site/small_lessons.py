"""Cells and lessons of a few lines, to be made into pages."""

from nbformat import v4

PNG = (  # one white pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
)


def lesson_of(*cells):
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=list(cells), metadata={"kernelspec": kernel})


def text(source, ident, slide="-"):
    return v4.new_markdown_cell(source, id=ident, metadata={"slideshow": {"slide_type": slide}})


def code(source, ident, *outputs, tags=(), slide="-"):
    metadata = {"tags": list(tags), "slideshow": {"slide_type": slide}}
    return v4.new_code_cell(source, id=ident, outputs=list(outputs), metadata=metadata)


def title(number):
    question = "**The question:** what is `1 + 1`?"
    return text(f"# 0{number} Title\n\nIt begins.\n\n{question}", "title", slide="slide")
