"""Widgets of one kind carry their code once in a file."""

from cnnlab.site import twins
from cnnlab.widgets import Prediction, Quiz

QUESTION = {"question": "Is it?", "options": {"yes": "", "no": "Look again."}, "answer": "yes"}


def test_the_second_twin_of_a_kind_has_the_code_of_the_first():
    one, two = (Prediction(name, f"What is {name}?")._twin() for name in ("one", "two"))
    quiz = Quiz([QUESTION])._twin()
    html = twins.share_code(f"<p>before</p>{one}<p>between</p>{two}{quiz}<p>after</p>")
    assert html.count("function readAnswer") == 1  # of a prediction
    assert html.count("<style>") == 2
    for kept in ("<p>before</p>", "<p>between</p>", "<p>after</p>", "What is one?", "What is two?"):
        assert html.count(kept) == 1
    assert html.count('<div class="cnnlab-twin">') == html.count("<script>") == 3
    assert len(html) < len(one + two + quiz) - 15_000
