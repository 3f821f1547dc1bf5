"""The review: what is due, what a card becomes, what the progress file keeps, what an offer is."""

import json
import random
from datetime import UTC, date, datetime, timedelta

import pytest

from cnnlab import course, widgets
from cnnlab.widgets import review, review_items

from .helpers import in_node, needs_node

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
QUIZ = next(each for each in review_items.items() if each["id"].startswith("quiz/03"))


def card(due, *, days=2, reviewed=-3, first=-9.0, **more):
    """Return a card that is due in so many days from now."""
    times = {"due": due, "last_review": reviewed, "first": first}
    times = {name: iso(NOW + timedelta(days=each)) for name, each in times.items()}
    numbers = {"stability": 2.3, "difficulty": 2.1, "reps": 1, "lapses": 0, "state": 2}
    return {**numbers, "scheduled_days": days, **times, **more}


def iso(time):
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.fixture
def copy(learners_copy):
    """A learner's copy in which the quiz of lesson 03 was done."""
    course.remember("quizzes", QUIZ["enters"]["quizzes"], {"right": 1, "of": 3})
    return learners_copy / course.PROGRESS_FILE


def test_what_is_due_comes_first_by_its_time_and_then_what_is_new():
    cards = {"a": card(-1), "b": card(-2), "c": card(+5), "d": card(0.3), "e": card(0.3, days=0)}
    asked = review.due_now(["new", "a", "b", "c", "d", "e"], cards, NOW)
    assert asked == ["b", "a", "d", "new"]  # "d" on its day; "e" is one of minutes


def test_at_most_twenty_new_a_day():
    new = [f"new {number}" for number in range(30)]
    assert review.due_now(new, {}, NOW) == new[:20]
    begun = {f"b {number}": card(2, first=0) for number in range(15)}
    assert review.due_now([*begun, *new], begun, NOW) == new[:5]


@needs_node
def test_the_page_asks_the_same():
    draw = random.Random(3)
    cases = []
    for _ in range(200):
        ids = [f"item {number}" for number in range(draw.randint(1, 40))]
        cards = {
            each: card(draw.uniform(-3, 3), days=draw.choice([0, 2]), first=draw.choice([0, -5]))
            for each in ids
            if draw.random() < 0.5
        }
        cases.append([ids, cards, int(NOW.timestamp() * 1000)])
    expected = [review.due_now(ids, cards, NOW) for ids, cards, _ in cases]
    assert in_node("dueNow", cases, "review_due") == expected
    assert len({len(each) for each in expected}) > 10


def rated(before, rating, hours=0):
    time = int((NOW + timedelta(hours=hours)).timestamp() * 1000)
    return in_node("rated", [[before, rating, time]], "review_cards")[0]


@needs_node
def test_who_knows_is_asked_after_days_and_who_does_not_the_same_day():
    due = {rating: rated(None, rating)["due"] for rating in (1, 2, 3, 4)}
    assert due[1] == iso(NOW + timedelta(minutes=10))
    assert due[2] == iso(NOW + timedelta(minutes=15))
    assert due[3] == iso(NOW + timedelta(days=2))
    assert due[4] == iso(NOW + timedelta(days=8))


@needs_node
def test_a_lapse_shortens_the_time_and_the_first_day_is_kept():
    known = rated(rated(None, 3), 3, hours=48)
    assert known["reps"] == 2
    assert known["first"] == iso(NOW)
    lapsed = rated(known, 1, hours=400)
    assert (lapsed["lapses"], lapsed["state"]) == (1, 3)
    assert lapsed["stability"] < known["stability"]
    assert review.read_cards({"a": lapsed}) == {"a": lapsed}


@needs_node
def test_the_next_time_in_words():
    now = int(NOW.timestamp() * 1000)
    cards = {"a": card(10 / 1440), "b": card(1), "c": card(6)}
    cases = [[each, cards, now] for each in (["a", "b"], ["b", "c"], ["c"], [])]
    words = in_node("nextTime", cases, "review_due")
    assert words == ["in 10 minutes", "tomorrow", "in 6 days", ""]
    assert in_node("offered", [[1], [3], [5]], "review_due") == [
        "1 thing from earlier lessons is due: about a minute.",
        "3 things from earlier lessons are due: about a minute.",
        "5 things from earlier lessons are due: about 2 minutes.",
    ]


@needs_node
def test_what_enters_on_pages_without_a_kernel():
    done = {"predictions": {"done": ["ratio"], "of": 2}, "questions": {"done": ["A b?"], "of": 2}}
    entries = [
        ("prediction/ratio", {"predictions": "ratio"}, "How?", True),
        ("prediction/other", {"predictions": "other"}, "How?", False),
        ("quiz/03/a", {"quizzes": "Q"}, "A `b`?", True),
        ("quiz/03/b", {"quizzes": "Q"}, "B?", False),
        ("compute/x", {"quizzes": "Q"}, "X?", False),  # the quiz is not done
        ("belief/x", {"exercises": "x"}, "X?", False),
    ]
    cases = [
        [{"id": name, "lesson": "03", "enters": enters, "asks": asks}, {"03": done}]
        for name, enters, asks, _ in entries
    ]
    assert in_node("entersHere", cases, "review_due") == [each for *_, each in entries]
    assert in_node("entersHere", [[cases[0][0], {}]], "review_due") == [False]


def test_no_answer_and_no_question_can_be_read_in_the_page(copy):
    twin = widgets.Review()._twin()
    right = QUIZ["variants"][0]["options"][QUIZ["variants"][0]["answer"]][1]
    assert widgets.Review().items
    assert right[:30] not in twin


def test_only_what_was_done_is_asked_and_rated_cards_are_kept(copy):
    shown = widgets.Review()
    assert {each["lesson"] for each in shown.items} == {"03_counting"}
    assert shown.keeps == "file"
    shown.cards = {QUIZ["id"]: card(2)}
    assert course.read_progress(copy)["review"] == {QUIZ["id"]: card(2)}
    assert widgets.Review().cards == {QUIZ["id"]: card(2)}


def test_of_two_windows_the_later_review_of_a_question_stays(copy):
    other = widgets.Review()
    widgets.Review().cards = {QUIZ["id"]: card(2, reviewed=0)}
    other.cards = {QUIZ["id"]: card(1, reviewed=-1), "quiz/03/other": card(3)}
    kept = course.read_progress(copy)["review"]
    assert kept == {QUIZ["id"]: card(2, reviewed=0), "quiz/03/other": card(3)}


@pytest.mark.parametrize(
    "damage",
    [
        {"due": "soon"},
        {"due": 3},
        {"due": "2026-03-02"},
        {"reps": "1"},
        {"stability": float("nan")},
        {"last_review": None},
        {"note": "long " * 20},
        {f"more {number}": 0 for number in range(20)},
    ],
)
def test_what_is_no_card_is_left_out(damage):
    assert review.read_cards({"a": card(1) | damage, "b": card(1)}) == {"b": card(1)}
    assert review.read_cards([card(1)]) == {}


def of_an_earlier_day(path):
    done = json.loads(path.read_text())
    for entry in done["quizzes"].values():
        entry["on"] = (date.today() - timedelta(days=1)).isoformat()
    path.write_text(json.dumps(done))


def test_what_was_answered_today_is_asked_on_demand_and_offered_tomorrow(copy):
    assert widgets.Review.offer("04") is None
    assert widgets.Review().items
    of_an_earlier_day(copy)
    assert widgets.Review.offer("04").items


def test_an_offer_is_of_five_at_most_and_of_earlier_lessons(copy):
    of_an_earlier_day(copy)
    asked = widgets.Review.offer("04")
    quiz = [each for each in review_items.items() if each["enters"] == QUIZ["enters"]]
    assert [each["id"] for each in asked.items] == [each["id"] for each in quiz][:5]
    assert widgets.Review.offer("03") is None
    later = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    asked.cards = {each["id"]: card(0) | {"due": later} for each in quiz}
    assert widgets.Review.offer("04") is None
    assert json.loads(copy.read_text())["review"]


def test_a_notebook_keeps_the_next_variants_where_the_page_looks_for_them():
    variants = [{"question": str(number)} for number in range(12)]
    for reps in range(30):
        item = review.next_asked({"id": "a", "variants": variants}, {"a": {"reps": reps}})
        kept = item["variants"]
        asked = [kept[(reps + more) % len(kept)]["question"] for more in range(3)]
        assert asked == [str((reps + more) % 12) for more in range(3)]
    assert review.next_asked(QUIZ, {}) == QUIZ


def test_without_a_progress_file_there_is_no_offer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert widgets.Review.offer() is None
    assert widgets.Review().keeps == "session"
    assert len(widgets.Review().items) == len(review_items.for_pages())
