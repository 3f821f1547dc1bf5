"""The READMEs: the first page stays short, and links, commands and figures are checked."""

import json
import re
import shlex
import subprocess
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

import pytest

from cnnlab import __main__ as command_line
from cnnlab import check
from cnnlab.course import is_lecture

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`+([^`]+)`+")
LINK = re.compile(r"""\]\(([^)\s]+)|(?:src|href)="([^"]+)""")
PLACEHOLDERS = {"NAME": "fast", "WHAT": "cpu", "${resume[@]}": "--resume"}


def pages():
    """Return the Markdown files and notebooks of the repository, tracked or new."""
    if not (ROOT / ".git").exists():
        return []
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md", "*.ipynb"]
    names = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for path in map(ROOT.joinpath, names.splitlines()) if path.exists()]


PAGES = [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in pages()]


def text_of(page):
    if page.suffix == ".md":
        return page.read_text("utf-8")
    cells = json.loads(page.read_text("utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if is_prose(cell))


def is_prose(cell):
    return cell["cell_type"] == "markdown" and not is_lecture(cell)  # a slide's links name cells


def anchors(page):
    """Return what a link to a heading may end in: by GitHub's rule, in a notebook by Jupyter's."""
    headings = re.findall(r"^#{1,6} +(.+?) *$", FENCE.sub("", text_of(page)), re.MULTILINE)
    if page.suffix == ".ipynb":
        return {heading.replace(" ", "-") for heading in headings}
    found, seen = set(), Counter()
    for heading in headings:
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", shown).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found


def broken_links(page):
    """Return the relative links of a page that lead to no file or to no heading."""
    prose = CODE.sub("", FENCE.sub("", text_of(page)))
    links = {markdown or html for markdown, html in LINK.findall(prose)}
    return sorted(link for link in links if ":" not in link and not leads_somewhere(link, page))


def leads_somewhere(link, page):
    address, _, anchor = unquote(link).partition("#")
    target = page.parent / address if address else page
    return target.exists() and (not anchor or anchor in anchors(target))


@pytest.mark.parametrize("page", PAGES)
def test_every_relative_link_leads_somewhere(page):
    assert broken_links(page) == []


@pytest.mark.parametrize("name", ["page.md", "page.ipynb"])
def test_broken_links_are_seen(tmp_path, name):
    (tmp_path / "there.md").write_text("# A `b`, *c*\n\n## Twice\n\n## Twice\n\n```\n# Code\n```\n")
    right = "[a](there.md) ![b](there.md#a-b-c) [c](there.md#twice-1) [d](https://e.org/none)"
    wrong = ["none.md", "none.png", "none.svg", "there.md#code", "there.md#twice-2", "#none"]
    file, picture, html, *headings = wrong
    text = f'{right} [e]({file}) [![f]({picture})](there.md) <img src="{html}"> `[g](code.md)`'
    text += "".join(f" [h]({heading})" for heading in headings)
    cells = {"cells": [{"cell_type": "markdown", "source": [text]}]}
    page = tmp_path / name
    page.write_text(text if page.suffix == ".md" else json.dumps(cells))
    assert broken_links(page) == sorted(wrong)


def commands(text):
    """Yield the words after `cnnlab` as a command, in blocks of code and within lines."""
    blocks = "".join(FENCE.findall(text)).replace("\\\n", " ").splitlines()
    inline = (" ".join(code.split()) for code in CODE.findall(FENCE.sub("", text)))
    for line in (*blocks, *inline):
        if found := re.search(r"(?:^ *|/| -m )cnnlab ([-a-z].*)", line):
            command = found[1].removesuffix("&")
            yield [PLACEHOLDERS.get(each, each) for each in shlex.split(command, comments=True)]


def refusal(words, capsys):
    """Return what the command line has against a command; "" if nothing."""
    try:
        command_line._parser().parse_args(words)
    except SystemExit as end:
        return capsys.readouterr().err if end.code else ""
    return ""


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_one_that_exists(page, capsys):
    for words in commands(text_of(page)):
        refused = refusal(words, capsys)
        only_named = len(words) == 1 and "arguments are required" in refused
        assert not refused or only_named, refused


def test_commands_are_found_and_wrong_ones_refused(capsys):
    assert len(list(commands(text_of(README)))) >= 5
    text = "```bash\nx -m cnnlab train \\\n --epochs two # why\n```\n and `python -m\ncnnlab fly`"
    in_a_block, in_a_line = commands(text)
    assert "invalid int value: 'two'" in refusal(in_a_block, capsys)
    assert "invalid choice: 'fly'" in refusal(in_a_line, capsys)


def test_the_readme_is_a_page_for_newcomers():
    lines = README.read_text("utf-8").splitlines()
    assert len(lines) <= 150
    block = FENCE.search("\n".join(lines[:20])).group()
    assert "make lab" in block
    assert "make test" in block


def test_the_figures_of_the_readme_are_in_the_tables_of_bench():
    figures = README.read_text("utf-8").partition("## A few figures")[2].partition("\n## ")[0]
    table = [line.strip("|").split("|") for line in figures.splitlines() if line.startswith("|")]
    measured = (ROOT / "cnnlab" / "bench" / "README.md").read_text("utf-8").splitlines()
    assert len(table) > 4
    for what, _, _, accuracy, seconds in table[2:]:
        row = [f"|{what}|", accuracy, f" {seconds.strip()} "]
        assert [line for line in measured if all(each in line for each in row)], what


def test_the_verdict_in_the_readme_is_what_a_check_says():
    def output_size(input_size, kernel_size, stride=1, padding=0, dilation=1):
        return (input_size + 2 * padding - kernel_size) // stride

    verdict = str(check.output_size(output_size)).splitlines()[0]
    assert verdict in " ".join(README.read_text("utf-8").split())


def test_every_lesson_has_a_row_in_the_readme():
    text = README.read_text("utf-8")
    lessons = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    assert len(lessons) >= 12
    missing = [path.name for path in lessons if f"](notebooks/{path.name})" not in text]
    assert not missing, f"Add a row to README's table of lessons: {missing}."
