"""The state of a widget in the address of a page, and the button that writes it there."""

import pytest

from cnnlab import widgets
from cnnlab.site import pages

from .examples import frames, learning
from .helpers import violations

pytestmark = pytest.mark.slow

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Page</title>
<main><h1>Page</h1><div class="REVEAL">{}</div></main><script>{}</script>
<script>widgetAddress()</script>"""
CELL = '<section id="slide-{0}"><div data-cell="{0}">{1}</div></section>'


@pytest.fixture
def opened(offline, tmp_path):
    """Open cells, a name and a widget each, at an address; returns the page."""

    def show(cells, hash_="", reveal="", height=0, **context):
        space = f'<div style="height: {height}px"></div>'
        body = "".join(CELL.format(name, space + each._twin()) for name, each in cells.items())
        file = tmp_path / "page.html"
        script = pages.shared()["address_js"]
        file.write_text(PAGE.replace("REVEAL", reveal).format(body, script), "utf-8")
        watched = offline(file=file, **context)
        if hash_:
            watched.page.goto("about:blank")
            watched.page.goto(file.as_uri() + hash_)
        return watched

    return show


def steppers():
    return {
        "ruler": widgets.OutputSizeRuler(7, 3),
        "one": widgets.ConvolutionStepper(),
        "two": widgets.ConvolutionStepper(),
    }


def shown(page, cell):
    """The stride and the padding that a cell's stepper shows."""
    field = "[data-cell={}] input[type=number]"
    return [page.locator(field.format(cell)).nth(i).input_value() for i in (0, 1)]


def test_the_first_widget_that_has_the_traits_opens_in_their_state(opened):
    watched = opened(steppers(), "#predict=false&stride=2&padding=1&unknown=7", height=2000)
    assert shown(watched.page, "one") == ["2", "1"]
    assert shown(watched.page, "two") == ["1", "0"]
    box = watched.page.locator("[data-cell=one] .cnnlab-widget").bounding_box()
    assert 0 <= box["y"] < 700
    assert watched.complaints == []


@pytest.mark.parametrize("place", ["two", "at-two"])
def test_an_address_names_a_cell(opened, place):
    page = opened(steppers(), f"#{place}&stride=3").page
    assert shown(page, "one") == ["1", "0"]
    assert shown(page, "two") == ["3", "0"]


def test_a_slide_holds_its_widget_and_reveal_reads_the_slides_address(opened):
    page = opened(steppers(), "#/slide-two&stride=2", reveal="reveal").page
    assert shown(page, "two") == ["2", "0"]
    assert page.evaluate("location.hash") == "#/slide-two"


@pytest.mark.parametrize(
    ("make", "hash_", "says"),
    [
        (widgets.ConvolutionStepper, "dilation=9", "kernel spans 19 pixels"),
        (widgets.ConvolutionStepper, "stride=two", "stride='two' is str, not an integer"),
        (widgets.ConvolutionStepper, "stride=1.5", "stride=1.5 is float, not an integer"),
        (widgets.ConvolutionStepper, "stride=", "stride='' is str, not an integer"),
        (widgets.ConvolutionStepper, "predict=perhaps", "predict='perhaps' must be True or False"),
        (frames, "index=1.5", "index=1.5 is not a picture. Use 0 to 3."),
        (frames, "index=length", "index=length is not a picture. Use 0 to 3."),
        (learning, "shared=%3Cb%3E", "shared='<b>' must be True or False."),
        (learning, "learning_rate=fast", "learning_rate=fast must be above 0"),
        (learning, "kernels=99", "kernels=99 must be from 1 to 16."),
        (learning, "seed=a", "seed=a must be a whole number"),
    ],
)
def test_a_bad_value_has_the_widgets_own_sentence(opened, make, hash_, says):
    watched = opened({"cell": make()}, f"#{hash_}")
    assert says in watched.page.locator(".cnnlab-problem").inner_text()
    assert watched.complaints == []


@pytest.mark.parametrize("hash_", ["#at-one", "#one", "#gone&stride=2", "#title=5", "#%E0%A4=1"])
def test_other_addresses_change_nothing(opened, hash_):
    watched = opened(steppers(), hash_)
    assert shown(watched.page, "one") == ["1", "0"]
    assert watched.complaints == []


@pytest.mark.parametrize(("reveal", "place"), [("", "#two&"), ("reveal", "#/slide-two&")])
def test_the_link_holds_the_state_and_says_that_it_is_copied(opened, reveal, place):
    watched = opened(steppers(), reveal=reveal)
    page = watched.page
    watched.context.grant_permissions(["clipboard-read", "clipboard-write"])
    cell = page.locator("[data-cell=two]")
    cell.get_by_role("button", name="padding more").click()
    cell.get_by_role("button", name="Link").click()
    cell.get_by_role("status").get_by_text("Copied").wait_for()
    assert page.evaluate("location.hash") == f"{place}padding=1"
    copied = page.evaluate("navigator.clipboard.readText()")
    page.goto("about:blank")
    page.goto(copied)
    assert shown(page, "two") == ["1", "1"]


def test_a_link_followed_on_the_same_page_opens_its_state(opened):
    page = opened(steppers()).page
    page.evaluate("location.hash = '#one&stride=2'")
    page.wait_for_function("document.querySelector('[data-cell=one] .cnnlab-number').value === '2'")


def test_a_twin_that_is_on_no_page_has_no_link(offline):
    page = offline(widgets.ConvolutionStepper()).page
    assert page.get_by_role("button", name="Link").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_link(opened, axe, scheme):
    watched = opened({"cell": widgets.ConvolutionStepper()}, width=400, color_scheme=scheme)
    assert watched.page.get_by_role("button", name="Link").is_visible()
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= 400
    assert violations(watched.page, axe) == []
