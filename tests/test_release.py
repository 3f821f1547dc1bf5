"""A release: version, changelog, citation and tag agree; licenses, issue forms and the paper."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest
import yaml

import cnnlab
from cnnlab import exercises

ROOT = Path(__file__).parent.parent
GITHUB = ROOT / ".github"
FORMS = sorted((GITHUB / "ISSUE_TEMPLATE").glob("[0-9]*.yml"))
VERSION = cnnlab.__version__
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
CITED = re.compile(r"@([\w:]+)")


check_tag = SimpleNamespace(**run_path(str(GITHUB / "check_tag.py")))


def parsed(path):
    return yaml.safe_load(path.read_text("utf-8"))


@pytest.fixture
def ready(tmp_path):
    """Return a copy of what states the version, with a date for it in the changelog."""
    for name in (".github/check_tag.py", *check_tag.STATED):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    changes = tmp_path / "CHANGELOG.md"
    dated = re.sub(r"(?m)^(## .*) - .*$", r"\1 - 2026-12-01", changes.read_text("utf-8"), count=1)
    changes.write_text(dated, "utf-8")
    return tmp_path


def replace(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_every_place_states_this_version():
    assert check_tag.versions() == dict.fromkeys(check_tag.STATED, VERSION)
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)


def test_the_first_entry_of_the_changelog_is_unreleased_or_has_a_date():
    entries = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    first, *published = (entry.partition(" - ")[2] for entry in entries)
    assert re.fullmatch(r"unreleased|\d{4}-\d\d-\d\d", first)
    assert [date for date in published if not re.fullmatch(r"\d{4}-\d\d-\d\d", date)] == []


def test_the_tag_of_this_version_may_be_published(ready):
    assert check_tag.problems(f"v{VERSION}", ready) == []


@pytest.mark.parametrize("tag", ["v1.0", "1.0.0", "v1.0.1", "v1.0.0rc1", "v1x0x0", ""])
def test_other_tags_are_refused(ready, tag):
    sentence = f"The tag is {tag}, the version is {VERSION}: its tag is v{VERSION}."
    assert check_tag.problems(tag, ready) == [sentence]


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        ("CITATION.cff", f"version: {VERSION}", "version: 0.9", "CITATION.cff says version 0.9,"),
        ("CITATION.cff", f"version: {VERSION}\n", "", "CITATION.cff says version none"),
        ("CHANGELOG.md", f"## {VERSION} ", "## 0.9 ", "CHANGELOG.md says version 0.9,"),
        ("CHANGELOG.md", "2026-12-01", "unreleased", f"CHANGELOG.md has no date for {VERSION}:"),
        ("cnnlab/__init__.py", f'"{VERSION}"', '"0.9"', "its tag is v0.9."),
    ],
)
def test_a_place_that_disagrees_is_named(ready, name, old, new, sentence):
    replace(ready / name, old, new)
    assert sentence in "\n".join(check_tag.problems(f"v{VERSION}", ready))


@pytest.mark.parametrize(("tag", "code"), [(f"v{VERSION}", 0), ("v0.0", 1), (None, 1)])
def test_the_script_ends_as_the_workflow_needs_it(ready, tag, code):
    words = [sys.executable, "-I", str(ready / ".github" / "check_tag.py"), *([tag] if tag else [])]
    run = subprocess.run(words, capture_output=True, text=True)
    assert run.returncode == code
    assert bool(run.stderr) == bool(code)
    assert "Traceback" not in run.stderr


def test_the_workflow_checks_the_tag_before_it_builds_and_publishes():
    workflow = parsed(GITHUB / "workflows" / "publish.yml")
    assert workflow[True] == {"push": {"tags": ["v*"]}}  # YAML reads `on` as true
    build, publish = workflow["jobs"]["build"], workflow["jobs"]["publish"]
    commands = [step["run"] for step in build["steps"] if "run" in step]
    assert commands[0] == 'python .github/check_tag.py "$GITHUB_REF_NAME"'
    assert commands[-1] == "python -m build"
    assert publish["needs"] == "build"
    assert publish["environment"] == "pypi"
    assert (workflow["permissions"], publish["permissions"]) == (
        {"contents": "read"},
        {"id-token": "write"},
    )
    assert "permissions" not in build


def test_the_citation_is_of_software_under_the_license_of_the_code():
    citation = parsed(ROOT / "CITATION.cff")
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "software"
    assert citation["license"] == PROJECT["license"].split(" AND ")[0] == "BSD-3-Clause"
    assert citation["authors"] == PROJECT["authors"]


def test_every_license_that_the_package_names_comes_with_it():
    files = [path for name in PROJECT["license-files"] for path in ROOT.glob(name)]
    texts = "".join(path.read_text("utf-8") for path in files)
    first_words = {
        "BSD-3-Clause": "BSD 3-Clause License",
        "CC-BY-4.0": "Creative Commons Attribution 4.0 International Public",
        "MIT": "reveal.js contributors",
    }
    assert PROJECT["license"].split(" AND ") == list(first_words)
    assert [words for words in first_words.values() if words not in texts] == []
    names = [path.relative_to(ROOT).as_posix() for path in ROOT.glob("LICENSE*")]
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [name for name in names if f"]({name})" not in readme] == []


# What GitHub shows to those who report something


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_an_issue_form_is_one_that_github_takes(path):
    form = parsed(path)
    assert {"name", "description", "body"} <= set(form)
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert {field["type"] for field in fields} <= {"input", "textarea"}
    ids = [field["id"] for field in fields]
    assert len(set(ids)) == len(ids)
    assert all(field["attributes"]["label"] for field in fields)


def required_fields(path):
    for field in parsed(path)["body"]:
        if field.get("validations", {}).get("required"):
            yield field["id"]


def test_the_forms_ask_for_what_is_needed_to_look_into_it():
    required = {path.stem: list(required_fields(path)) for path in FORMS}
    assert required == {
        "1_sentence": ["lesson", "sentence", "instead", "version"],
        "2_check": ["exercise", "answer", "verdict", "instead", "version"],
        "3_other": ["what"],
    }


def invented(text, urls):
    """Return the addresses on GitHub and of e-mail in a text that the project does not state."""
    found = re.findall(r"https?://github\.com/[\w/.-]+|[\w.]+@[\w-]+\.\w+", text)
    return [address for address in found if not any(map(address.startswith, urls))]


def test_no_address_of_the_project_is_invented():
    urls = PROJECT.get("urls", {}).values()
    folders = (GITHUB, ROOT / "paper")
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    texts = {path.name: path for path in paths if path.suffix in (".bib", ".md", ".yml")}
    assert len(texts) > 8
    assert [name for name in texts if invented(texts[name].read_text("utf-8"), urls)] == []
    text = "https://github.com/a/b/issues https://github.com/c/d me@a.org actions/checkout@v4"
    assert invented(text, ["https://github.com/a/b"]) == ["https://github.com/c/d", "me@a.org"]


# The paper


def paper():
    """Return the front matter of the paper, and its text."""
    _, front, text = (ROOT / "paper" / "paper.md").read_text("utf-8").split("---\n", 2)
    return yaml.safe_load(front), text


def citations(text, bibliography):
    """Return the keys that are cited and not there, and those that are there and not cited."""
    keys = re.findall(r"^@\w+\{(\w+),", bibliography, re.M)
    assert len(set(keys)) == len(keys)
    cited = set(CITED.findall(text))
    return sorted(cited - set(keys)), sorted(set(keys) - cited)


def test_the_paper_has_the_front_matter_and_the_sections_of_the_journal():
    front, text = paper()
    assert set(front) == {"title", "tags", "authors", "affiliations", "date", "bibliography"}
    places = {str(place["index"]) for place in front["affiliations"]}
    assert {str(author["affiliation"]) for author in front["authors"]} == places
    names = [author["name"] for author in parsed(ROOT / "CITATION.cff")["authors"]]
    assert [author["name"] for author in front["authors"]] == names
    assert (ROOT / "paper" / front["bibliography"]).exists()
    headings = re.findall(r"^# (.*)$", text, re.M)
    assert {"Summary", "Statement of Need", "Acknowledgements", "References"} <= set(headings)
    assert headings[-1] == "References"


def test_the_paper_cites_what_is_in_its_bibliography_and_nothing_else():
    _, text = paper()
    assert citations(text, (ROOT / "paper" / "paper.bib").read_text("utf-8")) == ([], [])
    wrong = citations("[@a2000; @b2001]", "@misc{b2001,\n}\n@misc{c2002,\n}")
    assert wrong == (["a2000"], ["c2002"])


def test_the_paper_counts_right_and_measures_what_was_measured():
    _, text = paper()
    words = " ".join(text.split())
    asked = [each.lesson for each in exercises.asked().values()]
    homework = sum(lesson.startswith("Homework") for lesson in asked)
    assert f"{len(asked) - homework} exercises in the lessons" in words
    assert f"{homework} in the assignments" in words
    assert len(list(ROOT.glob("notebooks/*.ipynb"))) == 13
    assert len(list(ROOT.glob("notebooks/homework/release/*"))) == 5
    assert "thirteen lessons" in words.lower()
    assert "The five assignments" in words
    bench = " ".join((ROOT / "cnnlab" / "bench" / "README.md").read_text("utf-8").split())
    figures = re.findall(r"\d+ \(\d+ %\)|Of \d+ wrong", words)
    assert len(figures) == 2
    assert [figure for figure in figures if figure not in bench] == []
