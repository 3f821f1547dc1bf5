"""Prediction: what it refuses, what it hides, and how its page reads and judges answers."""

import json

import pytest

from cnnlab import course, widgets
from tests.widgets.helpers import in_node, needs_node


@pytest.mark.parametrize(
    ("options", "measured", "message"),
    [
        ({}, "many", "prediction 'n': 'many' is not a number"),
        ({}, float("nan"), "prediction 'n': nan is not a number"),
        ({"kind": "shape"}, 3, "prediction 'n': 3 is not a shape"),
        ({"kind": "word"}, 3, "prediction 'n': 3 is not a word"),
        ({"choices": ["a", "b"]}, "c", r"prediction 'n': 'c' is not one of \['a', 'b'\]"),
    ],
)
def test_a_result_of_another_kind_is_refused(options, measured, message):
    with pytest.raises(ValueError, match=message):
        widgets.Prediction("n", "?", **options).compare(measured)


@pytest.mark.parametrize("options", [{"kind": "colour"}, {"kind": "choice"}, {"choices": ["a"]}])
def test_a_prediction_of_no_known_kind_is_refused(options):
    with pytest.raises(ValueError, match=r"Use .*'number', 'shape', 'choice', 'word'"):
        widgets.Prediction("n", "?", **options)


def test_a_common_answer_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="'n': 'Maybe' is not one of"):
        widgets.Prediction("n", "?", choices=["Yes", "No"], common={"Maybe": "?"})


def test_the_result_stands_in_no_page_source():
    guess = widgets.Prediction("n", "How many?", common={77: "A misreading."})
    twin = guess.compare(31)._twin()
    assert "A misreading" not in twin + guess._twin()
    assert '"measured"' not in twin


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Keep predictions in a learner's copy; returns what writes one as an earlier day left it."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / course.COPY_RECORD).touch()
    return lambda text: (tmp_path / course.PROGRESS_FILE).write_text(text)


OPTIONS = {
    "number": {},
    "share": {"unit": "%"},
    "shape": {"kind": "shape"},
    "word": {"kind": "word"},
    "choice": {"choices": ["a", "b"]},
}


@pytest.mark.parametrize(
    ("kind", "guess", "back"),
    [
        *[("number", each, True) for each in ("112,384", "~ 0.5", "1/9", "10^5", "1e9", "\u22122")],
        *[("share", each, True) for each in ("40", "40 %", "0", "100")],
        *[("share", each, False) for each in ("500", "-5", "much")],
        ("number", "many", False),
        ("number", "1..2", False),
        ("number", 7, False),
        ("number", None, False),
        ("shape", "(3, 32, 32)", True),
        ("shape", "wide", False),
        ("word", "edge", True),
        ("choice", "b", True),
        ("choice", "c", False),
    ],
)
def test_a_prediction_comes_back_if_it_still_answers_the_question(kept, kind, guess, back):
    kept(json.dumps({"version": 1, "predictions": {"n": {"guess": guess, "tries": 2}}}))
    asked = widgets.Prediction("n", "?", **OPTIONS[kind])
    assert asked.guess == (guess if back else "")
    measured = {"shape": [1], "word": "dot", "choice": "a"}.get(kind, 3)
    assert asked.compare(measured).guess == asked.guess
    assert widgets.Prediction("another", "?", **OPTIONS[kind]).guess == ""


@pytest.mark.parametrize("text", ["", "{", "[]", '{"predictions": {"n": "b"}}'])
def test_a_broken_file_brings_nothing_back(kept, text):
    kept(text)
    assert widgets.Prediction("n", "?").guess == ""


def test_what_is_said_after_taking_back_is_what_comes_back(kept):
    asked = widgets.Prediction("n", "?")
    for guess in ("5", "", "7"):
        asked.guess = guess
    assert widgets.Prediction("n", "?").guess == "7"
    asked.guess = ""
    assert widgets.Prediction("n", "?").guess == ""
    tries = course.read_progress(course.find_progress())["predictions"]["n"]["tries"]
    widgets.Prediction("n", "?")
    assert course.read_progress(course.find_progress())["predictions"]["n"]["tries"] == tries


@needs_node
def test_page_and_python_take_the_same_answers():
    asked = {kind: widgets.Prediction(kind, "?", **options) for kind, options in OPTIONS.items()}
    texts = [
        "40",
        "40 %",
        "~40",
        "1,000",
        "1 000",
        "0,5",
        "1/9",
        "1/0",
        "10^5",
        "1e3",
        "1e999",
        ".5",
    ]
    texts += ["-1", "\u22121/4", "500", "1..2", "1/2/3", "x", "", " ", "%", "(3,)", "3x4", "a"]
    cases = [(text, kind) for text in texts for kind in ("number", "share", "shape", "word")]
    page = in_node(
        "refuse", [[text, asked[kind].kind, asked[kind].unit] for text, kind in cases], "answers"
    )
    wrong = [
        case
        for case, refused in zip(cases, page, strict=True)
        if asked[case[1]]._answers(case[0]) == bool(refused)
    ]
    assert wrong == []


def test_a_late_prediction_reaches_the_comparison():
    guess = widgets.Prediction("n", "?", choices=["a", "b"])
    comparison = guess.compare("a")
    guess.guess = "b"
    assert comparison.guess == "b"


@needs_node
def test_the_page_reads_what_people_write():
    cases = [
        (["112,384", "number"], 112384),
        (["~ 40 %", "number", "%"], 40),
        (["10^5", "number"], 100000),
        (["0,5", "number"], 0.5),
        (["1 000 000", "number"], 1000000),
        (["\u22121/4", "number"], -0.25),
        (["", "number"], None),
        (["ten", "number"], None),
        (["(3, 32, 32)", "shape"], [3, 32, 32]),
        (["3x32\u00d732", "shape"], [3, 32, 32]),
        (["three", "shape"], None),
        ([" edge ", "word"], "edge"),
    ]
    read = in_node("readAnswer", [case for case, _ in cases], "answers")
    assert read == [answer for _, answer in cases]


@needs_node
def test_the_page_judges():
    number = {"kind": "number", "measured": 100, "within": 0.1, "common": [[50, "Half."]]}
    word = {"kind": "word", "measured": "Edge", "within": 0.1, "common": []}
    shape = {"kind": "shape", "measured": [2, 3], "within": 0.1, "common": [[[3, 2], "Turned."]]}
    cases = [(100, number), (91, number), (80, number), (50, number), (200, number)]
    cases += [("edge", word), ("dot", word), ([2, 3], shape), ([3, 2], shape)]
    judged = in_node("judge", [list(case) for case in cases], "answers")
    hows = ["right", "right", "close", "off", "off", "right", "off", "right", "off"]
    assert [each["how"] for each in judged] == hows
    assert [each["mixesUp"] for each in judged if each["mixesUp"]] == ["Half.", "Turned."]
