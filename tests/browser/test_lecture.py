"""A lecture in a room: hands that are counted, shorter lectures, the notes' times, the sizes."""

import pytest

from cnnlab import widgets
from cnnlab.site import lessons, pages
from tests.site.small_lessons import code, figure, lesson_of, shown, slide, title

from .helpers import reload_until

pytestmark = pytest.mark.slow

HERE = "Reveal.getCurrentSlide().id"


@pytest.fixture
def opened(offline, tmp_path):
    """Open a deck of six slides with a part of its address; returns its page."""
    asked = widgets.Prediction("n", "How many?", choices=["one", "two"])
    stepper = widgets.ConvolutionStepper([[1, 6, 6]] * 3, [[1, -1]] * 2, controls=False)
    notebook = lesson_of(
        title(1),
        code("draw()", "draw", figure()),
        code("asked", "asks", shown(asked)),
        code("asked.compare('two')", "gives", shown(asked.compare("two"))),
        code("stepper", "steps", shown(stepper)),
        slide("# 01 First\n\n![white](#draw)", "slide-1", "minutes-5"),
        slide("![the question](#asks)", "slide-asks", "minutes-15"),
        slide("## It is two\n\n![the result](#gives)", "slide-gives", "minutes-15"),
        slide("## Later\n\nNow.\n\n. . .\n\nThen.", "slide-later", "minutes-30"),
        slide("## By hand\n\n![a window](#steps)", "slide-steps"),
    )
    pages.write_lesson(notebook, [lessons.describe("01_a", notebook)], 0, tmp_path)

    def visit(address=""):
        page = offline(width=1280).page
        page.goto((tmp_path / "01_a.slides.html").as_uri() + address)
        page.wait_for_function("window.Reveal?.isReady()")
        return page

    return visit


def ids(page):
    return [
        section["id"] for section in page.evaluate("Reveal.getSlides().map(({ id }) => ({ id }))")
    ]


ALL = ["slide-1", "slide-asks", "slide-gives", "slide-later", "slide-steps", "the-end"]


@pytest.mark.parametrize(
    ("address", "slides"),
    [
        ("", ALL),
        ("?lecture=45", ALL),
        ("?lecture=30", [*ALL[:4], "the-end"]),
        ("?lecture=15", [*ALL[:3], "the-end"]),
        ("?lecture=short", [*ALL[:3], "the-end"]),
        ("?lecture=5", ["slide-1", "the-end"]),
        ("?lecture=nonsense", ALL),
    ],
)
def test_a_shorter_lecture_has_the_slides_that_are_marked_for_it(opened, address, slides):
    assert ids(opened(address)) == slides


def test_the_notes_tell_the_time_and_the_shorter_lectures(opened):
    said = "[...document.querySelectorAll('aside p:first-child')].map(p => p.textContent)"
    assert opened().evaluate(said) == [f"Minute {n} of 10." for n in (0, 2, 4, 6, 8)]
    page = opened("?lecture=15")
    assert page.evaluate(said) == [f"Minute {n} of 6." for n in (0, 2, 4)]
    first = page.locator("aside").first
    assert (
        "?lecture=5 (2 slides), ?lecture=15 (4 slides), ?lecture=30 (5 slides)."
        in first.text_content()
    )


def test_page_down_alone_goes_through_question_result_and_pause(opened):
    page, seen = opened(), []
    while page.evaluate(HERE) != "the-end":
        later = page.locator("section.present p", has_text="Then.").is_visible()
        seen.append(page.evaluate(HERE) + (" then" if later else ""))
        page.keyboard.press("PageDown")
    assert seen == [*ALL[:4], "slide-later then", "slide-steps"]


def test_hands_are_counted_by_keys_and_by_clicks_and_stand_with_the_result(opened):
    page = opened("#/slide-asks")
    for key in ("1", "2", "2", "2", "Shift+Digit1"):
        page.keyboard.press(key)
    page.get_by_role("button", name="one").click()
    assert page.locator(".options output").all_text_contents() == ["1", "3"]
    page.keyboard.press("9")  # there is no such option
    page.keyboard.press("PageDown")
    verdict = page.locator(".verdict")
    assert " ".join(verdict.text_content().split()) == (
        "The experiment says two. 3 of 4 hands were for it."
    )
    page.keyboard.press("2")  # no options on this slide
    page.keyboard.press("PageUp")
    for _ in range(5):
        page.keyboard.press("Shift+Digit2")
    page.keyboard.press("Shift+Digit1")
    assert page.locator(".options output").all_text_contents() == ["", ""]
    page.keyboard.press("PageDown")
    assert " ".join(verdict.text_content().split()) == "The experiment says two."


def test_plus_and_minus_choose_among_three_sizes_of_a_widget(opened):
    page = opened("#/slide-steps")
    size = "parseFloat(getComputedStyle(document.querySelector('.cnnlab-widget')).fontSize)"
    largest, sizes = page.evaluate(size), []
    for key in ("-", "-", "-", "+"):
        page.keyboard.press(key)
        sizes.append(page.evaluate(size))
    assert sizes[-1] <= largest
    assert sizes[1] == sizes[2] == min(sizes) >= 18
    assert len({largest, *sizes}) >= 2


def test_typing_in_a_widget_counts_no_hand_and_turns_no_slide(opened):
    page = opened("#/slide-steps")
    page.keyboard.press("w")
    assert page.evaluate("document.activeElement.matches('.cnnlab-main')")
    for key in ("1", "2", "ArrowRight"):
        page.keyboard.press(key)
    assert page.evaluate(HERE) == "slide-steps"
    page.keyboard.press("PageDown")
    assert page.evaluate(HERE) == "the-end"


def test_a_link_opens_a_slide_with_its_widget_in_this_state(opened):
    page = opened("#/slide-steps&stride=2")
    assert page.evaluate(HERE) == "slide-steps"
    columns = page.get_by_role("grid", name="Output").locator("tr").first.locator("td").count()
    assert columns == 1  # of (3 - 2) // 2 + 1; with a stride of 1 there are 2
    page.keyboard.press("PageUp")
    assert page.evaluate(HERE) == "slide-later"


STATE = """JSON.stringify([Reveal.getState(), document.documentElement.dataset.theme,
  [...document.querySelectorAll("output, .cnnlab-widget")].map(node => node.outerHTML)])"""
LETTERS = (*"bvdofnswghjklp.,/;:+-=?", "1", "B", "D", "Shift+Digit1")


def test_letters_do_nothing_once_they_are_switched_off_and_a_clicker_goes_on(opened):
    page = opened("#/slide-asks")
    page.keyboard.press("1")
    assert page.locator(".options output").first.text_content() == "1"
    page.keyboard.press("?")
    page.get_by_role("dialog").get_by_label("Letters, digits and signs are keys").press("Space")
    page.keyboard.press("Escape")
    before = page.evaluate(STATE)
    for key in LETTERS:
        page.keyboard.press(key)
    assert page.evaluate(STATE) == before
    for key, at in (("ArrowRight", 2), ("PageUp", 1), ("Space", 2), ("ArrowLeft", 1)):
        page.keyboard.press(key)
        assert page.evaluate(HERE) == ALL[at]
    page.keyboard.press("F1")
    page.get_by_role("button", name="Dark or light").click()  # what a letter did is a button
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    reload_until(page, lambda: page.evaluate("kept('letters')") == "off")
    page.wait_for_function("window.Reveal?.isReady()")
    page.keyboard.press("n")
    assert page.evaluate(HERE) == ALL[1]
    page.get_by_role("button", name="Help").click()  # with a mouse
    page.get_by_label("Letters, digits and signs are keys").click()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("n")
    assert page.evaluate(HERE) == ALL[2]


def test_letters_are_no_keys_where_something_is_typed_or_a_widget_has_the_focus(opened):
    page = opened("#/slide-steps")
    page.evaluate(
        "document.querySelector('#slide-steps .content').prepend("
        "...['input', 'textarea', 'select'].map(name => document.createElement(name)))"
    )
    page.keyboard.press("w")
    for place in ("input", "textarea", "select", ".cnnlab-main", "td[tabindex='0']"):
        page.locator(f"#slide-steps {place}").first.focus()
        shown = page.evaluate(
            "JSON.stringify([Reveal.getState(), document.documentElement.dataset])"
        )
        for key in "bvdofnsg":
            page.keyboard.press(key)
        assert (
            page.evaluate("JSON.stringify([Reveal.getState(), document.documentElement.dataset])")
            == shown
        ), place


def test_the_first_slide_leads_to_the_lesson_and_a_choice_makes_a_page_of_the_deck(opened):
    page = opened()
    link = page.locator("section.present").get_by_role("link", name="This lesson as a page to read")
    assert link.get_attribute("href") == "01_a.html"
    page.keyboard.press("PageDown")
    page.get_by_role("button", name="Help").click()
    choice = page.get_by_label("Always as a page")
    choice.click()
    page.keyboard.press("Escape")
    assert [page.locator(f"#{each}").is_visible() for each in ALL] == [True] * 6
    page.keyboard.press("PageDown")  # scrolls, as in any page
    page.get_by_role("button", name="one").click()
    assert page.locator(".verdict").inner_text().endswith("0 of 1 hands were for it.")
    page.get_by_role("link", name="Skip to the slides").press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.get_by_role("button", name="Help").click()
    choice.click()
    page.keyboard.press("Escape")
    page.wait_for_function("document.querySelector('.reveal.ready')")
    assert page.locator(".as-page").count() == 0


@pytest.mark.parametrize(
    ("size", "is_page"),
    [
        *((size, False) for size in ((1280, 720), (1024, 768), (800, 600), (1366, 600))),
        *((size, True) for size in ((640, 400), (960, 540), (683, 384), (320, 256), (400, 800))),
    ],
)
def test_a_projector_shows_a_deck_and_a_zoomed_window_a_page(opened, size, is_page):
    page = opened()
    page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    page.wait_for_function(
        "isPage => document.querySelector(isPage ? '.as-page' : '.reveal.ready')", arg=is_page
    )
    assert [page.locator(f"#{each}").is_visible() for each in ALL] == [True] * 6 or not is_page
    top = "document.getElementById('slide-later').getBoundingClientRect().top"
    page.evaluate("location.hash = '#/slide-later'")
    page.wait_for_function(f"Math.abs({top}) < innerHeight / 2")
    page.reload()
    page.wait_for_function(f"Math.abs({top}) < innerHeight / 2")
    assert (page.locator(".as-page").count() == 1) == is_page
    page.goto(page.url.replace(".html", ".html?receiver"))  # the speaker's small view of it
    page.wait_for_function("window.Reveal?.isReady()")
    assert page.locator(".as-page").count() == 0
