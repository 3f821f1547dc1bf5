"""Quiz: what it hides, what it refuses, and its page."""

import pytest

from cnnlab import widgets
from tests.widgets.helpers import QUESTIONS, in_node, needs_node


def test_quiz_hides_its_answers_from_the_source():
    twin = widgets.Quiz(QUESTIONS)._twin()
    assert "biases" not in twin
    assert "224" not in twin


def test_quiz_knows_what_is_right():
    quiz = widgets.Quiz(QUESTIONS)
    quiz.chosen = [0, 1]
    assert quiz.right == [False, True]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answer": "7"}, r"question 1: answer='7' is not among its options \['6', '8'\]"),
        ({"options": {"8": "Yes."}}, "question 1 has 1 options. Give at least 2"),
        ({"hint": "?"}, r"question 1 has \['answer', 'hint', 'options', 'question'\]. Give it"),
    ],
)
def test_quiz_refuses_what_is_not_a_question(change, message):
    with pytest.raises(ValueError, match=message):
        widgets.Quiz([{**QUESTIONS[0], **change}])


def test_quiz_refuses_no_questions():
    with pytest.raises(ValueError, match="questions is empty"):
        widgets.Quiz([])


@needs_node
def test_quiz_page_reads_what_python_wrote():
    quiz = widgets.Quiz([{"question": "é?", "options": {"ü": "\u2212", "b": "c"}, "answer": "b"}])
    [decoded] = in_node("decode", [[quiz._page_state()["questions"]]], "base")
    assert decoded == quiz.questions
