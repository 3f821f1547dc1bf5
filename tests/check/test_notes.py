"""Hints, solutions, names, and how a verdict shows itself."""

import re
from collections.abc import Callable
from html import unescape

import pytest
import torch

from cnnlab import check, exercises
from cnnlab.check.verdict import Note, Verdict


@pytest.fixture(autouse=True)
def _no_hints_yet() -> None:
    check._hints_given.clear()


def test_hints_come_one_by_one_and_end() -> None:
    notes = [check.hint("output_size") for _ in range(5)]
    heads = [note.headline for note in notes]
    assert [head[:11] for head in heads[:3]] == ["Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3"]
    assert len(set(heads[:3])) == 3
    assert heads[3] == "There are no more hints for output_size."
    assert 'check.solution("output_size")' in notes[3].message
    assert heads[4] == heads[0]
    assert check.hint("respond").headline.startswith("Hint 1 of 3")


def test_solution_needs_a_deliberate_step() -> None:
    note = check.solution("output_size")
    assert 'check.solution("output_size", show=True)' in note.message
    assert "def output_size" not in note.message
    assert "def output_size" in check.solution("output_size", show=True).message


def test_unknown_names_list_near_matches() -> None:
    with pytest.raises(AttributeError, match=r"no exercise 'ouput_size'. Did you mean output_size"):
        check.ouput_size  # noqa: B018
    assert "Did you mean layer_macs" in check.hint("layer_mac").headline
    assert "'zzz'. check.exercises() lists them all" in check.solution("zzz").headline
    with pytest.raises(TypeError, match="positional"):
        check.respond(lambda patch, kernel: 1, 3)


@pytest.mark.parametrize("ask", [check.hint, check.solution])
def test_without_a_name_the_exercise_that_was_checked_last_is_meant(
    ask: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "_last_checked", "")
    assert ask().headline == f'Which exercise? For example check.{ask.__name__}("output_size").'
    check.flip(lambda kernel: kernel)
    assert "flip" in ask().headline
    assert "output_size" in ask("output_size").headline

    def respond(patch: object, kernel: object) -> None: ...

    assert "respond" in ask(respond).headline


def shown(verdict: Verdict) -> str:
    """Return a verdict as a notebook shows it, with the entities of HTML as the signs they are."""
    return unescape(verdict._repr_html_())


def test_hints_are_folded_into_a_wrong_verdict_one_inside_the_other() -> None:
    hints = exercises.load("flip").hints
    wrong, stub = check.flip(lambda kernel: kernel), check.flip(lambda kernel: ...)
    for verdict in wrong, stub:
        html = shown(verdict)
        pieces = [
            f"<summary[^>]*>Hint {n} of 3</summary>.*{re.escape(hints[n - 1])}" for n in (1, 2, 3)
        ]
        assert re.search(f"{'.*<details.*'.join(pieces)}.*(</details>){{3}}", html)
        assert verdict.message.endswith('A hint: check.hint("flip").')
        assert hints[0] not in verdict.message


def test_no_hints_are_shown_where_it_is_passed_or_marked() -> None:
    right = check.flip(lambda kernel: kernel.flip(0, 1))
    marked = check.dot_kernel(lambda: None)
    for verdict in right, marked, check.flip(torch.flip):
        assert "<details" not in shown(verdict)
        assert "check.hint" not in verdict.message
    hidden = [n for n in exercises.names() if getattr(exercises.load(n), "hide_diagnosis", False)]
    assert all(exercises.asked()[name].points for name in hidden)
    assert hidden


def test_exercises_are_listed_and_documented() -> None:
    text = check.exercises().message
    for name in exercises.names():
        assert f"  {name}(" in text
        assert name in dir(check)
        assert exercises.load(name).task in getattr(check, name).__doc__
    assert text.count("Lesson 02") == 1


def test_verdict_shows_itself_escaped() -> None:
    verdict = Verdict("a < b", ("one & two", "x =\n  <1>"), "respond", "unknown")
    html = verdict._repr_html_()
    assert "a &lt; b" in html
    assert "one &amp; two" in html
    assert "<pre" in html
    assert "&lt;1&gt;" in html
    assert repr(verdict) == "a < b\none & two\nx =\n  <1>"
    assert html == Verdict("a < b", verdict.details, "respond", "unknown")._repr_html_()


def test_hostile_text_of_an_error_is_escaped() -> None:
    def respond(patch: object, kernel: object) -> None:
        raise ValueError("<script>alert(1)</script>")

    html = check.respond(respond)._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_share_and_points() -> None:
    assert Verdict("", (), "e", "passed").points(5) == 5
    assert Verdict("", (), "e", "misconception", ("one",)).points(5) == 2.5
    assert Verdict("", (), "e", "misconception", ("one", "two")).points(5) == 1.25
    assert Verdict("", (), "e", "crash").points(5) == 0
    assert Verdict("", (), "e", "misconception", ("one", "two")).misconception == "one and two"


def test_right_answer_is_never_in_the_message() -> None:
    verdict = check.output_size(lambda i, k, s=1, p=0, d=1: 1000)
    assert "1000" in verdict.message
    assert "Passed" not in verdict.message
    assert isinstance(verdict, Note)


def test_verdicts_are_deterministic() -> None:
    def wrong(patch: object, kernel: object) -> int:
        return 12345

    assert repr(check.respond(wrong, seed=4)) == repr(check.respond(wrong, seed=4))
    assert repr(check.respond(wrong, seed=4)) != repr(check.respond(wrong, seed=5))
