"""A file for Anki: read as what it is, a zip with a database."""

import json
import sqlite3
import zipfile

import pytest

from cnnlab.site import anki
from cnnlab.widgets import review_items

CHOICE = {
    "id": "quiz/03/less",
    "lesson": "03_counting",
    "section": "",
    "enters": {"quizzes": "Is 1 < 2?"},
    "variants": [
        {
            "kind": "choice",
            "question": "Is `1 < 2` & so on?",
            "options": [["no", "It isn't <less>."], ["yes", "Yes."], ["`x<y>`", "No number."]],
            "answer": 1,
        }
    ],
}
TYPED = {
    "kind": "shape",
    "question": "Which shape?",
    "answer": [3, 4],
    "unit": "",
    "within": 0,
    "common": [[[4, 3], "Exchanged."]],
    "reason": "Height first.",
}
SHAPES = CHOICE | {
    "id": "compute/shape",
    "lesson": "02_sliding_window",
    "variants": [TYPED | {"question": f"Which shape, {n}?"} for n in range(12)],
}


def notes(path, folder):
    """Return the notes of a file, (guid, deck, tags, front, back), in order."""
    with zipfile.ZipFile(path) as archive:
        archive.extract("collection.anki2", folder)
    connection = sqlite3.connect(folder / "collection.anki2")
    decks = json.loads(connection.execute("select decks from col").fetchone()[0])
    rows = connection.execute(
        "select notes.guid, cards.did, notes.tags, notes.flds from notes "
        "join cards on cards.nid = notes.id order by notes.id"
    ).fetchall()
    connection.close()
    return [
        (g, decks[str(d)]["name"], tags.split(), *flds.split("\x1f")) for g, d, tags, flds in rows
    ]


def test_a_question_is_a_note_with_its_options_and_its_answer(tmp_path):
    assert anki.write(tmp_path / "a.apkg", [CHOICE]) == 1
    ((_, deck, tags, front, back),) = notes(tmp_path / "a.apkg", tmp_path)
    assert (deck, tags) == ("cnnlab::03_counting", ["03_counting", "quiz"])
    assert front.startswith("Is <code>1 &lt; 2</code> &amp; so on?")
    assert all(f"<li>{text}</li>" in front for text in ("no", "yes", "<code>x&lt;y&gt;</code>"))
    assert back.startswith("<b>yes</b>")
    assert "It isn&#x27;t &lt;less&gt;." in back


def test_of_fresh_numbers_there_are_three_notes(tmp_path):
    anki.write(tmp_path / "a.apkg", [SHAPES])
    found = notes(tmp_path / "a.apkg", tmp_path)
    assert [front for *_, front, _ in found] == [f"Which shape, {n}?" for n in range(3)]
    assert len({guid for guid, *_ in found}) == 3
    back = found[0][-1]
    assert back.startswith("<b>3x4</b>")
    assert "Height first." in back
    assert "4x3: Exchanged." in back


def test_a_second_import_finds_its_notes_again(tmp_path):
    anki.write(tmp_path / "a.apkg", [CHOICE, SHAPES])
    reworded = CHOICE["variants"][0] | {"question": "Is 1 less than 2?"}
    anki.write(tmp_path / "b.apkg", [SHAPES, CHOICE | {"variants": [reworded]}])
    first, second = (notes(tmp_path / name, tmp_path) for name in ("a.apkg", "b.apkg"))
    assert {guid for guid, *_ in first} == {guid for guid, *_ in second}
    assert {deck for _, deck, *_ in first} == {"cnnlab::03_counting", "cnnlab::02_sliding_window"}


def test_the_right_option_has_no_place_of_its_own(tmp_path):
    count = anki.write(tmp_path / "a.apkg", review_items.items())
    found = notes(tmp_path / "a.apkg", tmp_path)
    assert len(found) == count > 900
    assert len({guid for guid, *_ in found}) == count
    beliefs = [each for each in found if "belief" in each[2]]
    places = [
        front.split("<li>")[1].startswith(back.partition("<b>")[2].partition("</b>")[0] + "</li>")
        for *_, front, back in beliefs
    ]
    assert 0.2 < sum(places) / len(places) < 0.35  # one of four, of three now and then
    assert not any("<script" in part for each in found for part in each[3:])


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ({"kind": "number", "answer": 112384, "unit": "times", "within": 0.2}, "112,384 times"),
        ({"kind": "number", "answer": 50, "unit": "%", "within": 0.1}, "50 %"),
        ({"kind": "number", "answer": 0.651, "unit": "", "within": 0.05}, "0.651"),
        ({"kind": "word", "answer": "edge", "unit": "", "within": 0}, "edge"),
    ],
)
def test_answers_are_written_as_the_page_writes_them(asked, answer, tmp_path):
    variant = {"question": "How many?", "common": []} | asked
    anki.write(tmp_path / "a.apkg", [CHOICE | {"variants": [variant]}])
    ((*_, back),) = notes(tmp_path / "a.apkg", tmp_path)
    assert back == f"<b>{answer}</b>"
