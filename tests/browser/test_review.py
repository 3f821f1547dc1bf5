"""The review in Chromium: by keyboard, over days, on a page, on a phone, offered in a lesson."""

from datetime import datetime, timedelta

import pytest

from cnnlab import widgets
from cnnlab.site import lessons, pages
from cnnlab.widgets import review_items
from tests.site.small_lessons import code, lesson_of, shown, text, title

from .examples import ITEMS, review
from .helpers import pass_frames, press, reload_until, violations

pytestmark = pytest.mark.slow

OPENED_02 = """localStorage["cnnlab-progress"] = JSON.stringify({
  ...JSON.parse(localStorage["cnnlab-progress"]),
  "02_sliding_window": { predictions: { done: [], of: 1 }, questions: { done: [], of: 1 } } })"""
MORNING = datetime(2026, 3, 2, 9)
TOMORROW = MORNING + timedelta(days=1)
ENTERED = [  # with the quiz of lesson 03
    each
    for each in review_items.for_pages()
    if each["lesson"] == "03_counting" and "quizzes" in each["enters"]
]
QUIZ = [each for each in review_items.items() if each["id"].startswith("quiz/03/")]


def answered(page):
    """Return what is said to the answer that was given last."""
    return page.locator(".cnnlab-review .cnnlab-feedback").inner_text()


def pick(page, wanted):
    """Press the key of the option with this text."""
    texts = page.locator(".cnnlab-review .cnnlab-option").all_inner_texts()
    page.keyboard.press(str(texts.index(wanted) + 1))


def test_a_review_by_keyboard_alone(offline):
    watched = offline(review(folded=True))
    page = watched.page
    assert page.get_by_text("4 things from earlier lessons are due: about a minute.").is_visible()
    assert page.evaluate("typeof FSRS") == "undefined"  # its scheduler stays inside
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.get_by_text("1 of 4, from lesson 02").first.is_visible()
    page.keyboard.press("Enter")
    assert answered(page) == "Pick one first."
    pick(page, "It stays")
    page.keyboard.press("Enter")
    assert answered(page) == "Right. As many as it takes."
    page.keyboard.press("Enter")
    for typed, said in [
        (
            "72",
            "Not quite. Too low. That forgets the input channels. It is 216 weights. 3 x 8 x 9.",
        ),
        ("(8, 3, 3, 3)", "Right."),
    ]:
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        assert answered(page) == said
        page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # I don't know
    assert answered(page) == "It is edges."
    page.keyboard.press("Enter")
    assert page.get_by_text("Done: 2 of 4 right. The next is due in 10 minutes.").first.is_visible()
    assert page.locator(".cnnlab-review").evaluate("node => node === document.activeElement")
    assert watched.requests == watched.complaints == []


def test_a_wrong_option_says_what_it_mixes_up_and_which_is_right(offline):
    page = offline(review()).page
    page.get_by_label("It shrinks").check()
    press(page, "Check")
    assert answered(page) == (
        "Not quite. That is without padding. Right is \u201cIt stays\u201d. As many as it takes."
    )
    marks = {
        each.inner_text(): each.get_attribute("data-mark")
        for each in page.locator(".cnnlab-option").all()
    }
    assert marks == {"It stays": "right", "It shrinks": "wrong"}
    assert page.get_by_text("Read again: lesson 02, \u201cWhat is shared\u201d.").is_visible()


def test_options_stand_in_no_fixed_order(offline, tmp_path):
    page = offline(review()).page
    seen = set()
    for _ in range(40):
        seen.add(page.locator(".cnnlab-option").first.inner_text())
        page.reload()
    assert seen == {"It stays", "It shrinks"}


def test_nothing_due_is_nothing_seen(offline):
    page = offline(review(items=[], folded=True)).page
    assert page.locator(".cnnlab-review").count() == 1
    assert not page.locator(".cnnlab-review").is_visible()
    page = offline(review(folded=True)).page
    page.get_by_role("button", name="Not now").press("Enter")
    assert not page.locator(".cnnlab-review").is_visible()
    pass_frames(page)
    assert page.evaluate("document.activeElement !== document.body")  # the next Tab goes on here


def test_at_most_so_many_and_then_it_asks_whether_to_go_on(offline):
    page = offline(review(most=1)).page
    press(page, "I don\u2019t know")
    press(page, "Next")
    assert page.get_by_text("Done: 0 of 1 right. 3 more are due.").first.is_visible()
    press(page, "Go on")
    assert page.get_by_text("1 of 1, from lesson 03").first.is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_and_for_axe(site, offline, axe, theme):
    file = site / "review.html"
    watched = offline(file=site / "03_counting.html", width=400, color_scheme=theme)
    page = watched.page
    do_quiz(page)
    page.goto(file.as_uri())
    reload_until(page, lambda: page.get_by_role("button", name="Check").is_visible())
    for press_name in ("Check", "I don\u2019t know"):
        press(page, press_name)
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        assert violations(page, axe) == []
    assert watched.complaints == []


def test_the_examples_are_items(offline):
    assert set(ITEMS[0]) == set(QUIZ[0])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site of two lessons, the first with the quiz of lesson 03, and its review."""
    out = tmp_path_factory.mktemp("site")
    quiz = widgets.Quiz([as_question(each["variants"][0]) for each in QUIZ])
    notebooks = {
        "03_counting": lesson_of(title(3), code("quiz", "quiz", shown(quiz))),
        "04_convolution_as_matrix": lesson_of(title(4), text("Read.", "read")),
    }
    described = [lessons.describe(*each) for each in notebooks.items()]
    for here, notebook in enumerate(notebooks.values()):
        pages.write_lesson(notebook, described, here, out)
    both = dict(zip(described, notebooks.values(), strict=True))
    pages.write_review(both, out)
    pages.write_index(both, out)
    return out


def as_question(variant):
    options = dict(variant["options"])
    return {
        "question": variant["question"],
        "options": options,
        "answer": list(options)[variant["answer"]],
    }


def do_quiz(page):
    for form in page.locator(".cnnlab-quiz form").all():
        form.get_by_role("radio").first.check()
        press(form, "Check")


def open_at(page, file, time, is_shown):
    """Open a page at a time, as soon as the browser has kept what was done before."""
    page.clock.set_fixed_time(time)
    page.goto(file.as_uri())
    reload_until(page, is_shown)


def question(page):
    """Return the question that is asked, and the item it is of."""
    said = page.locator(".cnnlab-review :is(legend, label.cnnlab-question)").inner_text()
    return said, next(each for each in ENTERED if said in map(words, each["variants"]))


def words(variant):
    return variant["question"].replace("`", "")


def answer_rightly(page):
    said, item = question(page)
    variant = next(each for each in item["variants"] if words(each) == said)
    if variant["kind"] == "choice":
        right = variant["options"][variant["answer"]][0].replace("`", "")
        page.locator(".cnnlab-review .cnnlab-option").get_by_text(right, exact=True).click()
    else:
        page.get_by_label(said).fill(str(variant["answer"]))
    press(page, "Check")
    assert answered(page).startswith("Right.")


def test_days_of_a_review_on_a_site(site, offline):
    watched = offline(file=site / "04_convolution_as_matrix.html")
    page = watched.page
    offered, lesson = page.locator(".offer"), site / "04_convolution_as_matrix.html"
    assert offered.count() == 0
    page.clock.set_fixed_time(MORNING)
    page.goto((site / "03_counting.html").as_uri())
    assert offered.count() == 0  # of earlier lessons nothing was done
    do_quiz(page)
    open_at(page, lesson, TOMORROW, lambda: offered.count() == 1)
    page.clock.set_fixed_time(MORNING)
    page.goto(lesson.as_uri())
    assert page.locator("script[src='review.js']").count() == 1
    assert offered.count() == 0  # what was answered today waits
    open_at(page, lesson, TOMORROW, lambda: offered.count() == 1)
    assert offered.inner_text().startswith("5 things from earlier lessons are due")
    offered.get_by_role("link", name="Review").click()
    assert page.get_by_text("1 of 5, from lesson 03").first.is_visible()
    wrong, asked = question(page)[0], set()
    press(page, "I don\u2019t know")
    assert page.get_by_role("link", name="lesson 03").get_attribute("href") == "03_counting.html"
    for _ in range(len(ENTERED) - 1):
        page.keyboard.press("Enter")  # next
        if page.get_by_role("button", name="Go on").is_visible():
            page.keyboard.press("Enter")
        asked.add(question(page)[1]["id"])
        answer_rightly(page)
    assert len(asked) == len(ENTERED) - 1
    page.keyboard.press("Enter")
    assert page.get_by_text("right. The next is due in 10 minutes.").first.is_visible()
    for hours, due in [(0, 0), (1, 1), (24, 1), (48, 5)]:
        now = TOMORROW + timedelta(hours=hours)
        open_at(page, lesson, now, lambda due=due: offered.count() == (due > 0))
        if due:
            assert offered.inner_text().startswith(f"{due} thing{'s' * (due > 1)} from")
    open_at(page, site / "review.html", TOMORROW + timedelta(hours=1), lambda: True)
    assert question(page)[1] in [each for each in ENTERED if wrong in map(words, each["variants"])]
    open_at(page, lesson, TOMORROW + timedelta(hours=48), lambda: offered.count() == 1)
    page.evaluate(OPENED_02)
    page.goto((site / "03_counting.html").as_uri())
    assert page.locator("script[src='review.js']").count() == 1
    assert offered.count() == 0  # a lesson offers nothing of its own
    open_at(page, lesson, TOMORROW + timedelta(hours=48), lambda: offered.count() == 1)
    press(page, "Not now")
    assert offered.count() == 0
    assert watched.requests == watched.complaints == []
