"""What a lesson is about: its card, its contents, and what the search finds in it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from nbformat import NotebookNode

from cnnlab.course import is_lecture
from cnnlab.site import figures, lectures

ASKS = "**The question:**"  # so begins the paragraph with a lesson's question
SPELLED = {"eight": 8, "ten": 10, "twelve": 12}  # numbers that a lesson writes as words
FURTHER = "Going further"  # so begins the heading of a section that the rest does without
CAN = "**After this lesson you can**"  # stands above the list of the objectives
# What explains a result waits in such a fold for the prediction.
CAME_OUT = re.compile(
    r"<details>\s*<summary>What came out</summary>\s*(.*?)\s*</details>", re.DOTALL
)


@dataclass(frozen=True)
class Lesson:
    """What the pages say about a lesson.

    Attributes:
        name: the notebook's file name without its ending, such as "05_first_cnn".
        title: the first heading, such as "05 A first convolutional network".
        question: the lesson's question, or else its first paragraph.
        minutes: how long it takes to read; 0 if it does not say so.
        exercises: how many minutes more its exercises take; 0 likewise.
        needs: what it builds on, such as "the training loop of lesson 05"; "" likewise.
        picture: one of its figures as the address of a small WebP image; "" if it draws none.
        objectives: what one can do after it, such as "count the parameters of a layer".
    """

    name: str
    title: str
    question: str
    minutes: int = 0
    exercises: int = 0
    needs: str = ""
    picture: str = ""
    objectives: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A heading in a lesson: its cell, its level (1 to 6), its words, and the text below it.

    What explains the results of predictions is found like `text`, and never shown: `waits`.
    """

    cell: str
    level: int
    title: str
    text: str
    waits: str = ""


def describe(name: str, notebook: NotebookNode) -> Lesson:
    """Return the lesson's title, question, minutes, needs and aims, as its first cell has them."""
    first = notebook.cells[0].source
    paragraphs = [part.strip() for part in first.split("\n\n")]
    title = paragraphs[0].lstrip("# ") or name
    question = plain(question_of(first).removeprefix(ASKS))
    question = question[:1].upper() + question[1:]
    found = re.search(r"about (\w+) minutes(?:, and (\w+)(?: more)? for )?", first)
    minutes = [*map(_number, found.groups("0"))] if found else [0, 0]
    needs = re.search(r"You need: (.*?)\. ", first)
    return Lesson(
        name,
        title,
        question,
        minutes[0],
        minutes[1],
        plain(needs.group(1)) if needs else "",
        _card(notebook),
        tuple(plain(each) for each in objectives(first)),
    )


def _number(word: str) -> int:
    return int(word) if word.isdigit() else SPELLED[word]


def hours(minutes: int) -> str:
    """Return minutes as hours, rounded.

    Example:
        >>> hours(50), hours(80), hours(560)
        ('1 hour', '1 hour', '9 hours')
    """
    rounded = max(round(minutes / 60), 1)
    return f"{rounded} hour{'s' * (rounded > 1)}"


def objectives(first: str) -> list[str]:
    """Return what a lesson's first cell says that one can do after it.

    Example:
        >>> objectives(f"# A\\n\\n{CAN}\\n\\n- count\\n- draw\\n\\nTime: 1 hour.")
        ['count', 'draw']
    """
    _, _, after = first.partition(f"{CAN}\n\n")
    return re.findall(r"^- (.+)$", after.partition("\n\n")[0], re.MULTILINE)


def _card(notebook: NotebookNode) -> str:
    """Return the lead small, or where that is a widget, the first figure that suits a card."""
    data = [each.get("data", {}) for cell in notebook.cells for each in cell.get("outputs", ())]
    encoded = [each["image/png"] for each in data if "image/png" in each]
    lead = lectures.lead(notebook) if data else None  # in a lesson that has run
    if lead is not None and lead.kind == "figure":
        return figures.small(lead.content)
    return next((figures.small(each) for each in encoded if figures.suits(each)), "")


def question_of(first: str) -> str:
    """Return the paragraph of a lesson's first cell that asks its question, or else the first.

    Example:
        >>> question_of("# A\\n\\nIt begins.\\n\\n**The question:** why?")
        '**The question:** why?'
    """
    paragraphs = [part.strip() for part in first.split("\n\n")]
    asked = [text for text in paragraphs if text.startswith(ASKS)]
    return (asked or paragraphs[1:2] or [""])[0]


def sections(notebook: NotebookNode) -> list[Section]:
    """Return the headings in the text cells of a lesson, without what is for the lecturer."""
    found: list[Section] = []
    for cell in notebook.cells:
        if cell.cell_type != "markdown" or is_lecture(cell):
            continue
        heading = re.match(r"(#+) +(.+)", cell.source)
        text = cell.source[heading.end() :] if heading else cell.source
        if heading:
            title = plain(heading.group(2))
            found.append(Section(cell.id, len(heading.group(1)), title, ""))
        if found:
            waits = " ".join(CAME_OUT.findall(text))
            found.append(_with(found.pop(), plain(CAME_OUT.sub("", text)), plain(waits)))
    return found


def _with(section: Section, text: str, waits: str) -> Section:
    both = f"{section.text} {text}".strip(), f"{section.waits} {waits}".strip()
    return replace(section, text=both[0], waits=both[1])


def unwrapped(markdown: str) -> str:
    """Return a text cell with what waits for a prediction as plain text.

    Example:
        >>> unwrapped("<details>\\n<summary>What came out</summary>\\n\\nIt is 2.\\n\\n</details>")
        'It is 2.'
    """
    return CAME_OUT.sub(r"\1", markdown)


def further(notebook: NotebookNode) -> list[list[NotebookNode]]:
    """Return the cells of each section that is marked "Going further".

    It goes on to the next heading of the same or a higher level.
    """
    found: list[list[NotebookNode]] = []
    depth = 0  # of the section's heading; 0 outside
    for cell in (each for each in notebook.cells if not is_lecture(each)):
        heading = re.match(r"(#+) +(.+)", cell.source) if cell.cell_type == "markdown" else None
        if heading and (not depth or len(heading.group(1)) <= depth):
            depth = len(heading.group(1)) if heading.group(2).startswith(FURTHER) else 0
            if depth:
                found.append([])
        if depth:
            found[-1].append(cell)
    return found


def search_index(notebooks: Mapping[Lesson, NotebookNode]) -> str:
    """Return the script that hands every section of the lessons to the pages' search field."""
    every = [
        {
            "page": lesson.name,
            "lesson": lesson.title,
            "cell": section.cell,
            "title": section.title,
            "text": section.text,
            "waits": section.waits,
        }
        for lesson, notebook in notebooks.items()
        for section in sections(notebook)
    ]
    return f"cnnlabSearch({json.dumps(every, ensure_ascii=False)});\n"


def plain(markdown: str) -> str:
    """Return a paragraph of Markdown without its marks, for attributes and lists."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    return " ".join(re.sub(r"[*`$\\]", "", text).split())
