"""ConvolutionStepper in Chromium, with no kernel and no network."""

import pytest

from cnnlab import widgets

from .helpers import press, take_clock

pytestmark = pytest.mark.slow


def target(page):
    return page.locator(".cnnlab-target").inner_text()


def test_stepper_steps_back_and_resets(offline):
    watched = offline(widgets.ConvolutionStepper(stride=1))
    page = watched.page
    assert target(page) == "15"  # it opens at an edge
    assert page.locator(".cnnlab-sum").inner_text().endswith("= 15")
    assert page.locator(".cnnlab-window").count() == 9
    press(page, "Back")
    assert target(page) == "0"
    press(page, "Step")
    press(page, "Step")
    assert target(page) == "15"
    press(page, "Reset")
    assert page.locator(".cnnlab-count").inner_text() == "1 of 16"
    assert watched.requests == watched.complaints == []


def test_stepper_keyboard(offline):
    page = offline(widgets.ConvolutionStepper()).page
    count = page.locator(".cnnlab-count")
    page.get_by_role("button", name="Step", exact=True).focus()
    for key, place in {"ArrowRight": 3, "ArrowDown": 7, "End": 16, "Home": 1}.items():
        page.keyboard.press(key)
        assert count.inner_text() == f"{place} of 16"
    page.locator(".cnnlab-output td[tabindex='0']").focus()
    take_clock(page)
    page.keyboard.press(" ")
    page.get_by_role("button", name="Pause").wait_for()
    page.evaluate("tick()")
    page.wait_for_function("document.querySelector('.cnnlab-count').innerText == '2 of 16'")
    page.keyboard.press(" ")
    page.get_by_role("button", name="Play").wait_for()


def test_stepper_hovers_and_clicks_both_ways(offline):
    page = offline(widgets.ConvolutionStepper()).page
    window = ".cnnlab-input td.cnnlab-window"
    page.locator(".cnnlab-output td").nth(5).hover()
    assert page.locator(window).first.get_attribute("data-row") == "1"
    page.locator(".cnnlab-input td").nth(35).hover()
    assert page.locator(".cnnlab-target").get_attribute("data-row") == "3"
    page.mouse.move(0, 0)
    assert page.locator(".cnnlab-target").get_attribute("data-row") == "0"
    page.locator(".cnnlab-input td").nth(14).click()
    assert page.locator(".cnnlab-count").inner_text() == "6 of 16"


def test_stepper_cells_are_edited_and_presets_chosen(offline):
    page = offline(widgets.ConvolutionStepper()).page
    press(page, "Reset")
    page.locator(".cnnlab-kernel td").first.dblclick()
    page.keyboard.type("1/2")
    page.keyboard.press("Enter")
    assert page.locator(".cnnlab-kernel td").first.inner_text() == "0.5"
    assert target(page) == "\u22123"
    page.keyboard.press("Enter")
    page.keyboard.type("77")
    page.keyboard.press("Escape")
    assert page.locator(".cnnlab-kernel td").first.inner_text() == "0.5"
    page.get_by_label("kernel", exact=True).select_option("identity")
    assert target(page) == "6"


def test_stepper_explains_what_does_not_fit_and_recovers(offline):
    watched = offline(widgets.ConvolutionStepper(dilation=4))
    page = watched.page
    assert page.locator(".cnnlab-problem").inner_text().startswith("kernel spans 9 pixels")
    page.get_by_role("button", name="dilation less").focus()
    for key in ("ArrowRight", "ArrowDown", "Home", "End", "ArrowUp"):
        page.keyboard.press(key)
    page.get_by_role("button", name="dilation less").click()
    page.get_by_role("button", name="dilation less").click()
    assert page.locator(".cnnlab-problem").is_hidden()
    press(page, "Step")
    assert page.locator(".cnnlab-count").inner_text() == "2 of 4"
    page.get_by_label("stride", exact=True).fill("1.5")
    page.get_by_label("stride", exact=True).press("Enter")
    assert page.get_by_label("stride", exact=True).input_value() == "1"
    assert watched.complaints == []


def test_stepper_asks_before_it_shows(offline):
    page = offline(widgets.ConvolutionStepper(predict=True)).page
    assert target(page) == "?"
    guess = page.get_by_label("What comes next?")
    guess.fill("3")
    guess.press("Enter")
    verdict = page.locator(".cnnlab-verdict")
    assert verdict.inner_text() == "Not 3. Try again, or press Show."
    assert target(page) == "?"
    assert page.locator(".cnnlab-sum").inner_text().endswith("= ?")
    page.keyboard.type("0")  # over the wrong one, which is selected
    page.keyboard.press("Enter")
    assert verdict.inner_text() == "Right: 0."
    assert page.locator(".cnnlab-count").inner_text() == "1 of 16, 0 of 1 right at the first try"
    page.keyboard.press("Enter")  # on Next; the field has the focus again, and is empty
    assert target(page) == "?"
    page.keyboard.type("15")
    page.keyboard.press("Enter")
    assert verdict.inner_text() == "Right: 15."
    assert page.locator(".cnnlab-count").inner_text() == "2 of 16, 1 of 2 right at the first try"


def test_a_number_missed_and_shown_leaves_the_next_place_its_first_try(offline):
    page = offline(widgets.ConvolutionStepper(predict=True)).page
    guess = page.get_by_label("What comes next?")
    guess.fill("3")
    guess.press("Enter")
    press(page, "Show")
    assert target(page) == "0"
    press(page, "Next")
    guess.fill("15")
    guess.press("Enter")
    assert page.locator(".cnnlab-count").inner_text() == "2 of 16, 1 of 2 right at the first try"


def test_a_step_needs_no_kernel_and_no_wait(offline):
    """The page shows each step at once: after the click, before the next frame."""
    page = offline(widgets.ConvolutionStepper(padding=1)).page
    shown = page.evaluate("""async () => {
      const step = [...document.querySelectorAll("button")].find(b => b.textContent == "Step");
      const count = document.querySelector(".cnnlab-count");
      const shown = [];
      while (step.getAttribute("aria-disabled") != "true") {
        step.click();
        await Promise.resolve();
        shown.push(count.textContent);
      }
      return shown;
    }""")
    assert shown == [f"{place} of 36" for place in range(2, 37)]
