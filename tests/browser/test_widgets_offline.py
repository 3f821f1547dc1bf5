"""Every widget as the page that `nbconvert` exports: no kernel, no network, real Chromium."""

import pytest
import torch

from cnnlab import models, widgets

pytestmark = pytest.mark.slow

QUESTIONS = [
    {
        "question": "`padding=1` and a 3x3 kernel: what happens to the width?",
        "options": {"It shrinks": "That is without padding.", "It stays": "As many as it takes."},
        "answer": "It stays",
    },
    {
        "question": "Who learns more numbers?",
        "options": {"A dense layer": "By far.", "A convolution": "It shares its kernel."},
        "answer": "A dense layer",
    },
]


def network():
    torch.manual_seed(0)
    return models.SmallCNN(3, widths=(4, 20, 4, 4))


def picture():
    return torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(0))


def explorer():
    pictures = torch.stack([picture(), 1 - picture()])
    classes = ["cat", "dog", "frog"]
    return widgets.NetworkExplorer(network(), pictures, classes=classes, labels=[2, 0])


def frames():
    pictures = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    bars = torch.eye(4)[:, :3] * 0.8
    captions = [f"Noise number {number}." for number in range(4)]
    return widgets.Frames(pictures, captions, bars=bars, classes=["cat", "dog", "frog"])


EVERY = {
    "ConvolutionStepper": lambda: widgets.ConvolutionStepper(padding=1),
    "CostTable": lambda: widgets.CostTable(),
    "Frames": lambda: frames(),
    "KernelPainter": lambda: widgets.KernelPainter(),
    "NetworkExplorer": lambda: explorer(),
    "OutputSizeRuler": lambda: widgets.OutputSizeRuler(32, 3, dilation=2),
    "Quiz": lambda: widgets.Quiz(QUESTIONS),
    "ReceptiveField": lambda: widgets.ReceptiveField(network(), picture()),
}
DARK = (
    "background: #111; color: #fff; --jp-content-font-color1: #fff; --jp-layout-color0: #111; "
    "--jp-border-color1: #555"
)
THEMES = {"light": "", "dark": DARK, "slides": "--jp-content-font-size1: 20px"}


@pytest.fixture(params=EVERY)
def widget(request):
    return EVERY[request.param]()


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def violations(page, axe):
    page.evaluate(axe)
    found = page.evaluate("axe.run()")["violations"]
    return [(v["id"], [node["html"][:120] for node in v["nodes"]]) for v in found]


def test_opens_without_a_request_or_a_complaint(offline, widget):
    watched = offline(widget)
    assert watched.page.locator(".cnnlab-widget").count() == 1
    assert watched.requests == []
    assert watched.complaints == []


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing(offline, axe, widget, theme):
    watched = offline(widget, body=THEMES[theme])
    assert violations(watched.page, axe) == []


def test_axe_sees_a_fault_when_there_is_one(offline, axe):
    watched = offline(widgets.ConvolutionStepper())
    watched.page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [name for name, _ in violations(watched.page, axe)] == ["button-name"]


@pytest.mark.parametrize("theme", THEMES)
def test_480_pixels_wide_without_sideways_scroll(offline, widget, theme):
    page = offline(widget, width=480, body=THEMES[theme]).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 480


def test_plain_keys_stay_inside_and_others_pass(offline, widget):
    page = offline(widget).page
    page.evaluate("window.heard = []; addEventListener('keydown', e => heard.push(e.key))")
    page.locator(".cnnlab-widget :is(button, td[tabindex='0'], input)").first.focus()
    for key in ("d", "ArrowRight", "Escape", "Control+c"):
        page.keyboard.press(key)
    assert page.evaluate("heard") == ["Escape", "Control", "c"]


def test_forced_colors_and_reduced_motion(offline, axe, widget):
    watched = offline(widget, forced_colors="active", reduced_motion="reduce")
    moving = "[...document.querySelectorAll('*')].filter(e => e.getAnimations().length).length"
    assert watched.page.evaluate(moving) == 0
    assert violations(watched.page, axe) == []
    assert watched.complaints == []


# ConvolutionStepper


def target(page):
    return page.locator(".cnnlab-target").inner_text()


def test_stepper_steps_back_and_resets(offline):
    watched = offline(widgets.ConvolutionStepper(stride=1))
    page = watched.page
    assert target(page) == "0"
    press(page, "Step")
    assert target(page) == "15"
    assert page.locator(".cnnlab-sum").inner_text().endswith("= 15")
    assert page.locator(".cnnlab-window").count() == 9
    press(page, "Back")
    assert target(page) == "0"
    press(page, "Step")
    press(page, "Step")
    press(page, "Reset")
    assert page.locator(".cnnlab-count").inner_text() == "1 of 16"
    assert watched.requests == watched.complaints == []


def test_stepper_keyboard(offline):
    page = offline(widgets.ConvolutionStepper()).page
    count = page.locator(".cnnlab-count")
    page.get_by_role("button", name="Step", exact=True).focus()
    for key, place in {"ArrowRight": 2, "ArrowDown": 6, "End": 16, "Home": 1}.items():
        page.keyboard.press(key)
        assert count.inner_text() == f"{place} of 16"
    page.locator(".cnnlab-output td[tabindex='0']").focus()
    page.keyboard.press(" ")
    page.get_by_role("button", name="Pause").wait_for()
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
    assert verdict.inner_text().startswith("Off: you wrote 3, the sum is 0.")
    press(page, "Next")
    assert target(page) == "?"
    guess.fill("15")
    guess.press("Enter")
    assert verdict.inner_text() == "Right: 15."
    assert page.locator(".cnnlab-count").inner_text() == "2 of 16, 1 of 2 right"


# Quiz


def test_quiz_answers_each_option_and_counts(offline):
    watched = offline(widgets.Quiz(QUESTIONS))
    page = watched.page
    feedback = page.locator(".cnnlab-feedback")
    check = page.get_by_role("button", name="Check")
    check.first.click()
    assert feedback.first.inner_text() == "Pick an option first."
    page.get_by_label("It shrinks").check()
    assert feedback.first.inner_text() == "Pick an option first."
    check.first.click()
    assert feedback.first.inner_text() == "Not quite. That is without padding."
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert feedback.first.inner_text() == "Right. As many as it takes."
    assert page.locator(".cnnlab-score").inner_text() == "1 of 2 right"
    assert watched.complaints == []


# OutputSizeRuler


def test_ruler_steps_slides_and_explains(offline):
    watched = offline(widgets.OutputSizeRuler(8, 3, stride=2))
    page = watched.page
    assert page.locator(".cnnlab-formula .cnnlab-result").inner_text() == "3"
    assert "Never read: pixel 7" in page.locator(".cnnlab-remark").inner_text()
    press(page, "Step")
    window = page.locator(".cnnlab-cell.cnnlab-window")
    assert window.first.get_attribute("data-pixel") == "2"
    page.keyboard.press("End")
    assert window.first.get_attribute("data-pixel") == "4"
    page.get_by_label("kernel size").press("End")
    assert page.locator(".cnnlab-problem").inner_text().startswith("kernel spans 11 pixels")
    page.get_by_label("kernel size").press("Home")
    assert page.locator(".cnnlab-formula .cnnlab-result").inner_text() == "4"
    assert watched.complaints == []


def test_ruler_hovers(offline):
    page = offline(widgets.OutputSizeRuler(8, 3, stride=2)).page
    page.locator("[data-stop='2'] .cnnlab-out").hover()
    assert page.locator(".cnnlab-count").inner_text() == "stop 3 of 3"
    page.mouse.move(0, 0)
    assert page.locator(".cnnlab-count").inner_text() == "stop 1 of 3"


# CostTable


def test_cost_table_is_edited(offline):
    watched = offline(widgets.CostTable())
    page = watched.page
    total = page.locator("tfoot td[data-name='Parameters']")
    assert total.inner_text() == "41,418"
    page.get_by_label("layer 1 channels").fill("32")
    page.get_by_label("layer 1 channels").press("Enter")
    assert total.inner_text() == "82,826"
    press(page, "Add conv")
    assert page.locator("tbody tr").count() == 4
    assert page.locator("tbody tr").nth(2).inner_text().startswith("3 conv")
    page.get_by_role("button", name="move layer 4 up").click()
    assert page.locator(".cnnlab-problem").inner_text().startswith("Layer 4, conv: it comes after")
    page.get_by_role("button", name="remove layer 4").click()
    assert page.locator(".cnnlab-problem").is_hidden()
    assert total.inner_text() == "82,826"
    assert watched.complaints == []


# KernelPainter


def test_painter_paints_with_the_pointer_and_the_keys(offline):
    watched = offline(widgets.KernelPainter())
    page = watched.page
    cells = page.locator(".cnnlab-painter td")
    page.get_by_label("kernel", exact=True).select_option("identity")
    page.get_by_role("button", name="brush \u22121").click()
    cells.nth(0).click()
    assert cells.nth(0).inner_text() == "\u22121"
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    assert cells.nth(1).inner_text() == "\u22121"
    page.keyboard.type("2.5")
    page.keyboard.press("Enter")
    assert cells.nth(1).inner_text() == "2.5"
    page.get_by_label("size").select_option("5")
    assert cells.nth(7).inner_text() == "2.5"
    press(page, "Clear")
    assert page.locator(".cnnlab-answer").inner_text().startswith("The kernel is empty")
    assert watched.complaints == []


def test_painter_shows_the_patch_that_answers_most(offline):
    image = [[0] * 9 for _ in range(9)]
    image[4][3] = 1
    page = offline(widgets.KernelPainter(image, [[0, 0, 0], [0, 2, 0], [0, 0, 0]])).page
    answer = page.locator(".cnnlab-answer")
    assert answer.inner_text() == "It answers 2, at row 3, column 2."
    page.locator(".cnnlab-painter canvas").nth(1).hover(position={"x": 2, "y": 2})
    assert answer.inner_text() == "It answers 0, at row 0, column 0."
    reds = (
        page.locator("canvas")
        .nth(1)
        .evaluate("canvas => [...canvas.getContext('2d').getImageData(2, 3, 1, 1).data]")
    )
    assert reds == [178, 24, 43, 255]


# Frames


def test_frames_slide_and_play(offline):
    watched = offline(frames())
    page = watched.page
    picture, count = page.locator("img"), page.locator(".cnnlab-count")
    first = picture.get_attribute("src")
    assert picture.get_attribute("alt") == "Noise number 0."
    assert page.locator(".cnnlab-best").inner_text().split() == ["cat", "80%"]
    page.get_by_label("frame", exact=True).focus()
    for key, place in {"ArrowRight": 2, "End": 4, "ArrowLeft": 3, "Home": 1}.items():
        page.keyboard.press(key)
        assert count.inner_text() == f"{place} of 4"
    page.keyboard.press(" ")
    page.get_by_role("button", name="Pause").wait_for()
    page.wait_for_function("document.querySelector('.cnnlab-count').innerText == '2 of 4'")
    page.keyboard.press(" ")
    page.get_by_role("button", name="Play").wait_for()
    assert picture.get_attribute("src") != first
    assert page.locator(".cnnlab-best").inner_text().split() == ["dog", "80%"]
    assert watched.complaints == []


# ReceptiveField


def test_field_moves_by_keys_clicks_and_layers(offline):
    watched = offline(widgets.ReceptiveField(network(), picture()))
    page = watched.page
    who, title = page.locator(".cnnlab-who"), page.locator(".cnnlab-settings output")
    page.get_by_label("layer", exact=True).focus()
    page.keyboard.press("ArrowLeft")
    assert title.inner_text() == "6 of 7: conv 3\u00d73, layer 12"
    units = page.get_by_label("Units: click one")
    units.focus()
    page.keyboard.press("Home")
    assert who.inner_text() == "Unit in row 0, column 0."
    assert "Of these, 11 rows and 11 columns lie" in page.locator(".cnnlab-said").inner_text()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert who.inner_text() == "Unit in row 2, column 1."
    box = units.bounding_box()
    units.click(position={"x": box["width"] * 0.95, "y": box["height"] * 0.05})
    assert who.inner_text() == "Unit in row 0, column 7."
    seen = page.get_by_label("Picture: click a place")
    box = seen.bounding_box()
    seen.click(position={"x": box["width"] * 0.5, "y": box["height"] * 0.5})
    assert who.inner_text() in ("Unit in row 3, column 3.", "Unit in row 4, column 4.")
    page.get_by_label("layer", exact=True).press("Home")
    assert title.inner_text() == "1 of 7: conv 3\u00d73, layer 1"
    page.keyboard.press(" ")
    page.get_by_role("button", name="Pause").wait_for()
    page.keyboard.press(" ")
    page.get_by_label("show the gradient").uncheck()
    assert page.locator(".cnnlab-receptive canvas").is_hidden()
    assert watched.complaints == []


# NetworkExplorer


def test_explorer_opens_a_map_by_click_and_by_keys(offline):
    watched = offline(explorer())
    page = watched.page
    heading = page.locator(".cnnlab-heading")
    assert heading.inner_text().startswith("Map 1 of conv 3\u00d73: 3 input maps")
    page.get_by_role("gridcell", name="ReLU, map 3").first.click()
    assert heading.inner_text().startswith("Map 3 of ReLU: each number by itself")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert heading.inner_text().startswith("Map 3 of conv 3\u00d73")
    page.keyboard.press("End")
    assert heading.inner_text().startswith("Map 4 of conv")
    page.keyboard.press("Home")
    for _ in range(4):  # batch norm, ReLU, pooling, and the next convolution
        page.keyboard.press("ArrowDown")
    assert heading.inner_text().startswith("Map 1 of conv 3\u00d73: 4 input maps")
    page.keyboard.press("End")
    assert heading.inner_text().startswith("Map 20 of conv")
    assert page.locator(".cnnlab-pager:visible").first.inner_text().split()[1] == "17\u201320"
    page.get_by_role("button", name="earlier maps").first.click()
    assert page.get_by_role("gridcell", name="conv 3\u00d73, map 16").is_visible()
    assert watched.requests == watched.complaints == []


def test_explorer_takes_a_number_apart(offline):
    watched = offline(explorer())
    page = watched.page
    total, text = page.locator(".cnnlab-sum"), page.locator(".cnnlab-stop .cnnlab-formula").first
    first = total.inner_text()
    page.locator(".cnnlab-target").focus()
    page.keyboard.press("Home")
    assert page.locator("td.cnnlab-pad").count() == 5
    assert text.inner_text().startswith("at row 0, column 0: ")
    page.keyboard.press("ArrowDown")
    assert text.inner_text() == f"at row 1, column 0: {total.inner_text().split(' = ')[1]}"
    assert total.inner_text() != first
    page.get_by_role("button", name="green adds").click()
    assert page.get_by_role("grid", name="Window on green").is_visible()
    weighed = page.locator(".cnnlab-sign").last.inner_text().removeprefix("added up = ")
    assert page.get_by_role("button", name=f"green adds {weighed}").count() == 1
    bar = page.locator(".cnnlab-fill").first
    before = bar.get_attribute("style")
    page.get_by_role("button", name="cat", exact=True).click()
    assert total.inner_text() != first
    assert bar.get_attribute("style") != before
    limit = page.locator(".cnnlab-limit").nth(1)
    assert limit.inner_text().strip().startswith("to \u00b1")
    page.get_by_label("color scale").select_option("map")
    assert limit.inner_text() == ""
    assert watched.complaints == []


def test_explorer_keeps_the_map_under_the_pointer(offline):
    page = offline(explorer()).page
    cell = page.get_by_role("gridcell", name="ReLU, map 2").last
    cell.scroll_into_view_if_needed()
    before = cell.bounding_box()["y"]
    cell.click()
    assert page.locator(".cnnlab-heading").inner_text().startswith("Map 2 of ReLU")
    assert abs(cell.bounding_box()["y"] - before) < 2


# Speed


def test_a_step_needs_no_kernel_and_no_wait(offline):
    """A step takes a few milliseconds on a quiet machine; the bound only tells it from a wait."""
    page = offline(widgets.ConvolutionStepper(padding=1)).page
    milliseconds = page.evaluate("""async () => {
      const step = [...document.querySelectorAll("button")].find(b => b.textContent == "Step");
      const times = [];
      for (let i = 0; i < 50; i += 1) {
        if (step.getAttribute("aria-disabled") == "true")
          [...document.querySelectorAll("button")].find(b => b.textContent == "Reset").click();
        await new Promise(requestAnimationFrame);
        const start = performance.now();
        step.click();
        await Promise.resolve();
        document.body.offsetHeight;
        times.push(performance.now() - start);
      }
      return times.sort((a, b) => a - b)[25];
    }""")
    print(f"median of 50 steps: {milliseconds:.1f} ms")
    assert milliseconds < 100
