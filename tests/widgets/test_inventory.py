"""Inventory: what it hides, what it keeps in the progress file, and that the page decides alike."""

import json
import random
import re
from itertools import pairwise

import pytest

from cnnlab import course, widgets
from cnnlab.widgets import inventory, inventory_items
from tests.widgets.helpers import in_node, needs_node

RIGHT = [0] * 18
ROUND = {"form": "A", "answers": RIGHT}
BEGUN = {"form": "A", "answers": [None] * 18, "at": 0}


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Keep progress in a learner's copy; returns what reads the inventory's part of the file."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / course.COPY_RECORD).touch()
    return lambda: json.loads((tmp_path / course.PROGRESS_FILE).read_text())["inventory"]


def answer(widget, number):
    """Answer as the page does, one item after the other; finish with the last."""
    learner = {"id": "0123456789abcdef"}
    begun = {"form": "A", "answers": [2] * number + [None] * (18 - number), "at": min(number, 17)}
    whole = {"form": begun["form"], "answers": begun["answers"]}
    others = {k: v for k, v in widget.record.get("begun", {}).items() if k != widget.when}
    done = {"begun": {**others, widget.when: begun}} if number < 18 else {"begun": others}
    widget.record = {
        **widget.record,
        "learner": learner,
        **done,
        **({widget.when: whole} if number == 18 else {}),
    }


@pytest.mark.parametrize("when", ["before", "after"])
def test_no_answer_stands_in_the_source(when):
    twin = widgets.Inventory(when)._twin()
    for item in inventory_items.items():
        options = [each for form in item["forms"].values() for each in form["options"]]
        texts = [*item["beliefs"][1:], *item["reasons"], *(each for each in options if " " in each)]
        assert [text for text in texts if text in twin] == []


def test_before_the_course_the_page_holds_no_reasons():
    before, after = (widgets.Inventory(when) for when in ("before", "after"))
    assert set(before.items[0]) == {"id", "forms"}
    assert "reasons" in after.items[0]


def test_there_is_no_third_time():
    with pytest.raises(ValueError, match=r"when='later' is not one of \('before', 'after'\)"):
        widgets.Inventory("later")


def test_what_was_answered_is_there_the_next_day_and_goes_on(kept):
    answer(widgets.Inventory("before"), 5)
    assert kept()["begun"]["before"]["at"] == 5
    again = widgets.Inventory("before")
    assert again.record["begun"]["before"]["answers"] == [2] * 5 + [None] * 13
    answer(again, 18)
    assert kept()["before"] == {"form": "A", "answers": [2] * 18}
    assert kept()["begun"] == {}
    assert widgets.Inventory("after").record["before"]["answers"] == [2] * 18


def test_a_round_writes_no_other_rounds_part(kept):
    early = widgets.Inventory("after")
    answer(widgets.Inventory("before"), 18)
    answer(early, 3)  # it has never heard of the round before
    assert kept()["before"]["answers"] == [2] * 18
    assert kept()["begun"]["after"]["at"] == 3
    answer(early, 18)
    assert kept()["after"] == kept()["before"]


def test_what_was_finished_once_stays(kept):
    first, second = (widgets.Inventory("before") for _ in range(2))
    answer(first, 18)
    second.record = {"learner": {"id": "f" * 16}, "before": ROUND}
    assert kept()["before"]["answers"] == [2] * 18
    assert kept()["learner"] == {"id": "0123456789abcdef"}


def test_skipped_and_shown_again(kept):
    widget = widgets.Inventory("before")
    widget.record = {"skipped": {"before": True}}
    assert kept()["skipped"] == widgets.Inventory("after").record["skipped"] == {"before": True}
    widget.record = {"skipped": {"before": False}}
    assert kept()["skipped"] == {}


def test_what_others_wrote_into_the_file_breaks_nothing(kept):
    course.change_progress(lambda done: done["inventory"].update(before={"form": "C"}, odd={}))
    assert widgets.Inventory("before").record == {}
    answer(widgets.Inventory("before"), 18)
    assert kept()["before"]["answers"] == [2] * 18


def test_without_a_file_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answer(widgets.Inventory("before"), 18)
    assert list(tmp_path.iterdir()) == []


RECORDS = [
    {},
    {
        "learner": {"id": "0123456789abcdef"},
        "before": ROUND,
        "after": {"form": "B", "answers": RIGHT},
    },
    {"learner": {"id": "short"}, "before": {"form": "C", "answers": RIGHT}},
    {"learner": None, "before": {"form": "A", "answers": [0] * 17}, "after": [1]},
    {"before": {"form": "A", "answers": [None] * 17 + [4]}},
    {"before": {"form": "A", "answers": [None] * 17 + [-1]}, "begun": {"after": {"form": "A"}}},
    {"begun": {"before": BEGUN, "after": {**BEGUN, "at": 18}, "later": BEGUN}},
    {"skipped": {"before": True, "after": "yes"}, "begun": [], "before": "A"},
    {"before": {**ROUND, "more": 1}},
]


@needs_node
def test_page_and_python_read_a_record_alike():
    in_page = in_node("readable", [[each] for each in RECORDS], "inventory")
    assert in_page == [inventory.readable(each) for each in RECORDS]
    assert in_page[1] == RECORDS[1]
    assert in_page[4] == {}


@needs_node
def test_the_form_is_drawn_by_the_learner_and_the_other_one_comes_after():
    ids = [f"{random.Random(seed).getrandbits(64):016x}" for seed in range(400)]
    cases = [[when, {"learner": {"id": each}}] for each in ids for when in inventory.ROUNDS]
    forms = in_node("formOf", cases, "inventory")
    pairs = list(zip(forms[::2], forms[1::2], strict=True))
    assert all(before != after for before, after in pairs)
    assert 160 < sum(before == "A" for before, _ in pairs) < 240
    kept = {"learner": {"id": ids[0]}, "before": ROUND}
    assert in_node("formOf", [["after", kept]], "inventory") == ["B"]


@needs_node
def test_options_of_one_learner_do_not_keep_their_places_from_item_to_item():
    ids = [item["id"] for item in inventory_items.items()]
    shown = in_node("shuffled", [["0123456789abcdef", "A", each] for each in ids], "inventory")
    assert sum(one == other for one, other in pairwise(shown)) < 5
    assert shown == in_node("shuffled", [["0123456789abcdef", "A", e] for e in ids], "inventory")


@needs_node
def test_page_and_python_say_alike_what_became_of_a_belief():
    answers = [None, 0, 1, 2, 3]
    cases = [[before, now] for before in answers for now in answers]
    words = in_node("became", cases, "inventory")
    for (before, now), word in zip(cases, words, strict=True):
        found = inventory_items.changed([before, *[0] * 17], [now, *[0] * 17])[0]
        assert found["right"] == (word in ("now right", "right both times"))
        assert bool(found["stayed"]) == (word == "the same belief as before")
        assert bool(found["came"]) == (word in ("a new belief", "no longer right"))
        assert (now is None) == (word == "not known")


@needs_node
def test_what_is_handed_in():
    record = {"learner": {"id": "0123456789abcdef"}, "before": ROUND}
    [found] = in_node("handIn", [[record]], "inventory")
    assert found == {
        "cnnlab": "inventory",
        "version": 1,
        "learner": "0123456789abcdef",
        "before": ROUND,
        "after": None,
    }


def test_a_word_of_the_front_page_is_what_the_items_need():
    front = " ".join(in_node("frontText", [["before"]], "inventory")[0])
    for word in ("pixel", "template", "answer"):
        assert re.search(rf"\b{word}", front)
        assert any(word in item["forms"]["A"]["question"] for item in inventory_items.items())
