"""What a widget says at once."""

from tests.widgets.helpers import in_node, needs_node

LONG = "A sentence of sixty characters, so that two fit and three no."


@needs_node
def test_only_so_many_sentences_are_said_as_are_heard_quickly():
    cases = [[["One."]], [["", None, "One.", "Two."]], [[LONG, LONG, LONG]], [[3 * LONG, "One."]]]
    said = in_node("brief", [*cases, [[["One.", "Two."], False]], [[]]], "say")
    assert said == ["One.", "One. Two.", f"{LONG} {LONG}", 3 * LONG, "One. Two.", ""]
