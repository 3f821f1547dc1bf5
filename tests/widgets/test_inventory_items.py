"""The inventory's items: what they may say, what a guesser and a learner of each belief score."""

import ast
import json
import random
import re

import pytest

from cnnlab import course, exercises
from cnnlab.widgets import inventory_items
from tests.widgets.helpers import in_node, needs_node

ITEMS = inventory_items.items()
FORMS = inventory_items.FORMS
BELIEFS = sorted({name for item in ITEMS for name in item["beliefs"][1:]})
READ, PAUSE, LIMIT = 150, 4, 10  # words a minute, seconds for each item, minutes


def test_the_file_is_as_the_course_wants_it():
    assert len(ITEMS) == len({item["id"] for item in ITEMS}) == 18
    for item in ITEMS:
        assert set(item["forms"]) == set(FORMS)
        assert item["beliefs"][0] == "right"
        assert len(set(item["beliefs"])) == len(item["reasons"]) == 4
        for form in item["forms"].values():
            assert len(set(form["options"])) == 4, item["id"]
        assert item["forms"]["A"]["question"] != item["forms"]["B"]["question"], item["id"]


def test_the_ideas_are_those_of_the_course():
    ideas = [item["idea"] for item in ITEMS]
    assert ideas.count("template") == ideas.count("sharing and counting") == 3
    assert set(ideas) == {
        "template",
        "equivariance",
        "what breaks equivariance",
        "sharing and counting",
        "size and what is never read",
        "receptive field",
        "what training selects",
        "validation and test",
        "what a saliency map shows",
        "locality",
        "adversarial examples",
        "transfer",
    }


def notebook(lesson):
    path = next(course.LESSONS.glob(f"{lesson}*.ipynb"))
    return json.loads(path.read_text("utf-8"))["cells"]


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["id"])
def test_where_to_read_is_a_section(item):
    text = [
        line for cell in notebook(item["lesson"]) for line in "".join(cell["source"]).split("\n")
    ]
    assert any(re.fullmatch(f"##+ {re.escape(item['section'])}", line) for line in text)


# What the course knows. A belief is named "EXERCISE: MISCONCEPTION", "quiz LESSON: WRONG OPTION",
# "prediction NAME: COMMON ANSWER, OR CHOICE", or else in the file, with its publication.


QUESTION = {"question", "options", "answer"}


def keys(node):
    return {getattr(each, "value", None) for each in node.keys}


def asked(kind):
    """Yield the lesson and the arguments of every quiz question or prediction, as source."""
    for path in sorted(course.LESSONS.glob("*.ipynb")):
        for cell in notebook(path.stem):
            if cell["cell_type"] != "code" or not re.search(
                "widgets.(Quiz|Pred)", "".join(cell["source"])
            ):
                continue
            for node in ast.walk(ast.parse("".join(cell["source"]))):
                if kind == "quiz" and isinstance(node, ast.Dict) and keys(node) == QUESTION:
                    yield path.name[:2], ast.literal_eval(node)
                if (
                    kind == "prediction"
                    and getattr(getattr(node, "func", None), "attr", "") == "Prediction"
                ):
                    yield path.name[:2], node


@pytest.fixture(scope="module")
def known():
    names = {f"{name}: {each.name}" for name in exercises.names() for each in misconceptions(name)}
    for lesson, question in asked("quiz"):
        options = set(question["options"]) - {question["answer"]}
        names |= {f"quiz {lesson}: {option}" for option in options}
    for _, call in asked("prediction"):
        keywords = {each.arg: each.value for each in call.keywords}
        common = getattr(keywords.get("common"), "keys", [])
        answers = [ast.literal_eval(each) for each in common if not isinstance(each, ast.Call)]
        names |= {f"prediction {call.args[0].value}: {answer}" for answer in answers}
    return names | set(inventory_items.sources())


def misconceptions(name):
    return getattr(exercises.load(name), "misconceptions", ())


@pytest.mark.parametrize("belief", BELIEFS)
def test_a_wrong_option_is_a_belief_that_the_course_knows(belief, known):
    assert belief in known


def test_every_publication_is_some_options(known):
    assert "quiz 03: 896" not in known  # that is the right one
    assert set(inventory_items.sources()) <= set(BELIEFS)


def words(text):
    return re.findall(r"[a-z0-9']+", text.lower())


JARGON = """accuracy activation bias channel classif convol epoch feature filter gradient kernel
layer loss network neuron overfit parameter pooling receptive saliency stride tensor train
validation weight"""


@pytest.mark.parametrize("form", FORMS)
def test_no_item_needs_a_word_that_the_first_lesson_does_not_explain(form):
    said = " ".join([text for item in ITEMS for text in texts(item, form)]).lower()
    assert [word for word in JARGON.split() if word in said] == []


def texts(item, form):
    return [item["forms"][form]["question"], *item["forms"][form]["options"]]


@needs_node
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("form", FORMS)
def test_it_is_read_in_less_than_ten_minutes(form, when):
    front = " ".join(in_node("frontText", [[when]], "inventory")[0])
    read = len(front.split()) + sum(len(" ".join(texts(item, form)).split()) for item in ITEMS)
    assert 5 < read / READ + len(ITEMS) * PAUSE / 60 < LIMIT


# Whoever knows nothing, and goes by how the options are worded.

HEDGES = set(words("may might can cannot perhaps probably about usually often likely some little"))
EXTREMES = set(words("always never only all none every exactly nothing any no neither both"))


def alike(one, other):
    return len(set(one) & set(other)) / len(set(one) | set(other))


CLUES = {
    "long": lambda option, others, question: len(option),
    "hedged": lambda option, others, question: len(HEDGES & set(words(option))),
    "extreme": lambda option, others, question: len(EXTREMES & set(words(option))),
    "says the question's words": lambda option, others, question: alike(
        words(option), words(question)
    ),
    "like the others": lambda option, others, question: sum(
        alike(words(option), words(each)) for each in others
    ),
    "begins like the others": lambda option, others, question: sum(
        words(option)[0] == words(each)[0] for each in others
    ),
    "gives a reason": lambda option, others, question: bool(re.search("[:,]", option)),
}


def by_wording(form, clue, sign):
    """Return what is scored on average by whoever picks what has most of a clue, or least."""
    total = 0
    for item in ITEMS:
        question, *options = texts(item, form)
        rest = [[each for each in options if each is not option] for option in options]
        held = [sign * clue(*each, question) for each in zip(options, rest, strict=True)]
        total += (held[0] == max(held)) / held.count(max(held))
    return total


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("clue", CLUES)
def test_the_wording_is_no_clue(clue, form):
    """Chance is 4.5, with a standard deviation of 1.8."""
    assert by_wording(form, CLUES[clue], 1) < 6.5
    assert by_wording(form, CLUES[clue], -1) < 6.5


@pytest.mark.parametrize("form", FORMS)
def test_the_right_option_is_the_longest_in_about_a_quarter(form):
    lengths = [[len(option) for option in texts(item, form)[1:]] for item in ITEMS]
    assert 3 <= sum(right > max(wrong) for right, *wrong in lengths) <= 6


def test_the_test_of_clues_can_fail(monkeypatch):
    longer = json.loads(json.dumps(ITEMS))
    for item in longer:
        item["forms"]["A"]["options"][0] += (
            ", which nobody doubts who has thought about it for a while"
        )
    monkeypatch.setattr("tests.widgets.test_inventory_items.ITEMS", longer)
    assert by_wording("A", CLUES["long"], 1) == 18


# Simulated learners, who see the options in the page's order and press a key from 1 to 4.


def orders(learners, form):
    """Return for each learner and item the order in which the options are shown."""
    cases = [[learner, form, item["id"]] for learner in learners for item in ITEMS]
    shown = in_node("shuffled", cases, "inventory")
    return [shown[i : i + len(ITEMS)] for i in range(0, len(shown), len(ITEMS))]


LEARNERS = [f"{number:016x}" for number in range(12345, 12345 + 400)]


@needs_node
@pytest.mark.parametrize("form", FORMS)
def test_a_guesser_scores_a_quarter_whatever_the_guesser_presses(form):
    """The mean of 400 learners has a standard error of 0.1."""
    generator = random.Random(0)
    shown = orders(LEARNERS, form)
    assert all(sorted(order) == [0, 1, 2, 3] for learner in shown for order in learner)
    presses = {str(key): lambda key=key: key for key in range(4)}
    for press in (*presses.values(), lambda: generator.randrange(4)):
        scores = [inventory_items.score([order[press()] for order in learner]) for learner in shown]
        assert abs(sum(scores) / len(scores) - 4.5) < 0.4
        mean = sum(scores) / len(scores)
        assert 1.5 < (sum((each - mean) ** 2 for each in scores) / len(scores)) ** 0.5 < 2.2


def answers_of(belief, form, shown):
    """Return what is answered by who holds one belief, and knows the rest, by the options shown."""
    given = []
    for item, order in zip(ITEMS, shown, strict=True):
        options = item["forms"][form]["options"]
        names = [item["beliefs"][options.index(text)] for text in (options[i] for i in order)]
        key = names.index(belief) if belief in names else names.index("right")
        given.append(order[key])
    return given


@needs_node
def test_who_holds_a_belief_picks_it_in_both_forms_and_who_knows_gets_eighteen():
    held = [*BELIEFS, "right"]
    shown = [orders(LEARNERS[: len(held)], form) for form in FORMS]
    for belief, *both in zip(held, *shown, strict=True):
        one, other = map(answers_of, [belief] * 2, FORMS, both)
        count = sum(belief in item["beliefs"][1:] for item in ITEMS)
        assert one == other
        assert inventory_items.score(one) == 18 - count
        stayed = {each["stayed"] for each in inventory_items.changed(one, other)}
        assert stayed - {None} == ({belief} if count else set())


@pytest.mark.parametrize(
    ("before", "after", "left", "stayed", "came"),
    [
        (0, 0, None, None, None),
        (1, 0, 1, None, None),
        (1, 1, None, 1, None),
        (1, 2, 1, None, 2),
        (None, 2, None, None, 2),
        (2, None, 2, None, None),
    ],
)
def test_what_changed(before, after, left, stayed, came):
    item, rest = ITEMS[3], [0] * 14
    found = inventory_items.changed([0, 0, 0, before, *rest], [0, 0, 0, after, *rest])
    names = [None if each is None else item["beliefs"][each] for each in (left, stayed, came)]
    assert [found[3][what] for what in ("left", "stayed", "came")] == names
    assert found[3]["right"] is (after == 0)
    assert (found[3]["lesson"], found[3]["section"]) == (item["lesson"], item["section"])
    assert {each["came"] for i, each in enumerate(found) if i != 3} == {None}


def test_without_a_round_before_every_belief_came():
    found = inventory_items.changed(None, [1, *[0] * 17])
    assert [each["came"] for each in found if each["came"]] == [ITEMS[0]["beliefs"][1]]


@pytest.mark.parametrize("answers", [[0] * 17, [4] + [0] * 17, [True] + [0] * 17, ["0"] * 18, None])
def test_what_are_not_answers_is_refused(answers):
    with pytest.raises(ValueError, match="are not 18 of 0 to 3, None"):
        inventory_items.score(answers)
