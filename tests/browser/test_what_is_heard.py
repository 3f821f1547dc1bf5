"""What a screen reader hears of each widget: each change once, with what is then shown."""

import pytest

from cnnlab import widgets

from .examples import EVERY, choice, prediction
from .helpers import press, take_clock
from .listening import everything, hear, listen, wrong_because

pytestmark = pytest.mark.slow


def click(name):
    return lambda page: press(page, name)


def key(*names):
    return lambda page: [page.keyboard.press(name) for name in names]


def choose(label, option):
    return lambda page: page.get_by_label(label, exact=True).select_option(option)


def enter(label, text):
    def act(page):
        page.get_by_label(label, exact=True).fill(text)
        page.keyboard.press("Enter")

    return act


def tick(label):
    return lambda page: page.get_by_label(label).click()


def focus(selector):
    return lambda page: page.locator(selector).first.focus()


def edit(selector, text):
    """Write into a cell of a table of numbers."""

    def act(page):
        page.locator(selector).first.dblclick()
        page.keyboard.type(text)
        page.keyboard.press("Enter")

    return act


ASKED = "Predict. How many times fewer?"
MAKE = {
    **EVERY,
    "ConvolutionStepper": lambda: widgets.ConvolutionStepper(),
    "ConvolutionStepper, asking": lambda: widgets.ConvolutionStepper(predict=True),
    "KernelPainter": lambda: widgets.KernelPainter([[0] * 5, [0, 0, 1, 0, 0], *[[0] * 5] * 3]),
    "OutputSizeRuler": lambda: widgets.OutputSizeRuler(8, 3, stride=2),
}
RUNS = {  # what is done to a widget, and what is heard; None: what has the focus is heard
    "ConvolutionStepper": [
        (click("Back"), "Output row 1, column 1: the sum is 0"),
        (click("Step"), "Output row 1, column 2: the sum is 15"),
        (key("ArrowDown"), "Output row 2, column 2: the sum is 15"),
        (key(*["ArrowRight"] * 9), "Output row 4, column 3: the sum is 15"),
        (enter("stride", "2"), "Output 2\u00d72. Output row 1, column 1: the sum is 0"),
        (choose("kernel", "identity"), "Output row 1, column 1: the sum is 6"),
        (edit(".cnnlab-kernel td", "1/2"), "Output row 1, column 1: the sum is 9"),
        (enter("dilation", "9"), "kernel spans 19 pixels (kernel_size=3, dilation=9) but"),
        (enter("dilation", "1"), "Output row 1, column 1: the sum is 9"),
        (tick("predict first"), "Output row 1, column 1: what is the sum?"),
        (enter("What comes next?", "3"), "Not 3. Try again, or press Show."),
        (key("Enter"), "Not 3. Try again, or press Show."),
        (enter("What comes next?", "9"), "Right: 9. Output row 1, column 1: the sum is 9"),
        (click("Next"), "Output row 1, column 2: what is the sum?"),
        (click("Show"), "Output row 1, column 2: the sum is"),
        (click("Reset"), "Output row 1, column 1: what is the sum?"),
    ],
    "Frames": [
        (focus("input"), None),
        (key("ArrowRight"), "Noise number 1. dog 80%"),
        (key(*["ArrowRight"] * 2), "The last </script>. cat 0%"),
    ],
    "ReceptiveField": [
        (focus(".cnnlab-hold-output"), None),
        (key("Home"), "Unit in row 0, column 0. It can see 26\u00d726 pixels. Of these, 11"),
        (key("ArrowRight", "ArrowDown"), "Unit in row 1, column 1. It can see"),
        (focus("input[type=range]"), None),
        (key("Home"), "Layer 1 of 7: conv 3\u00d73, layer 1. Unit in row"),
    ],
    "KernelPainter": [
        (choose("kernel", "identity"), "Kernel: identity. The largest response is 1, at row 0"),
        (focus(".cnnlab-painter td[tabindex='0']"), None),
        (key(" "), "Row 0, column 0 of the kernel is 1. The largest response is 1, at row 0"),
        (
            edit(".cnnlab-painter td", "3"),
            "Row 0, column 0 of the kernel is 3. The largest res",
        ),
        (click("Clear"), "The kernel is empty: its response is 0 everywhere. Paint a cell."),
        (click("Next kernel"), "Kernel: identity. The largest response is 1, at row 0, colum"),
        (choose("size", "7"), "kernel spans 7 pixels (kernel_size=7, dilation=1) but the"),
    ],
    "GradientStamps": [
        (click("Step"), "Output (0, 1) has the gradient 0: so many times the kernel is added"),
        (click("Start over"), "Output (0, 0) has the gradient 1: so many times the kernel is"),
    ],
    "OutputSizeRuler": [
        (click("Step"), "Stop 2 reads pixels 2, 3, 4."),
        (focus("input >> nth=3"), None),
        (key("ArrowRight"), "Output size 4. Stop 1 reads pixels \u22121, 0, 1. The last step"),
        (key("ArrowRight", "ArrowRight", "ArrowLeft"), "Output size 5. Stop 1 reads pixels"),
        (focus("input >> nth=1"), None),
        (key("End", "ArrowLeft", "End"), "Output size 1. Stop 1 reads pixels"),
    ],
    "CostTable": [
        (enter("layer 1 channels", "32"), "Together 82,826 parameters and"),
        (click("Add conv"), "Added layer 3, conv. Together"),
        (
            click("move layer 4 up"),
            "Layer 4 is now layer 3. Layer 4, conv: it comes after a dense",
        ),
        (click("remove layer 4"), "Removed layer 4, conv. Together 82,826 parameters and"),
        (enter("layer 1 groups", "2"), "Layer 1, conv: groups=2 does not divide"),
    ],
    "NetworkExplorer": [
        (click("Next layer"), "map 1 of batch norm, row 16, column 16: "),
        (focus(".cnnlab-target"), None),
        (key("ArrowRight", "ArrowRight"), "map 1 of batch norm, row 16, column 18: "),
        (choose("color scale", "one per map"), "map 1 of batch norm, row 16, column 18: "),
        (click("cat"), "cat: the network says "),
    ],
    "Photograph": [
        (click("Cut out less"), "The network itself is in the notebook: open it there to hear"),
        (click("Cut out more"), "Square of 32 pixels, 0 from the left, 0 from the top."),
    ],
    "Learning": [
        (click("Next image"), "Image of the class"),
        (key("ArrowDown"), "Image of the class"),
        (click("Step"), "One step. 20 images seen. "),
        (click("Start over"), "Started over. The network has not seen any image yet."),
        (tick("pool"), "Started over. The network has not seen any image yet."),
    ],
    "Prediction": [
        (click("Commit"), "Write a number first."),
        (click("Commit"), "Write a number first."),
        (enter(ASKED, "7"), "You said 7 times. Now the experiment."),
        (click("Take back"), "Taken back."),
    ],
    "Prediction, compared": [
        (click("Show the result"), "The experiment says 112,384 times."),
        (click("Hide the result"), "The result waits for your prediction."),
    ],
    "Quiz": [
        (lambda page: page.get_by_role("button").first.click(), "Pick an option first."),
        (lambda page: page.get_by_role("button").first.click(), "Pick an option first."),
        (
            lambda page: page.get_by_label("It shrinks").check() or key("Enter")(page),
            "Not quite. That is without padding. 0 of 2 right.",
        ),
        (key("Enter"), "Not quite. That is without padding. 0 of 2 right."),
        (key("ArrowDown", "Enter"), "Right. As many as it takes. 1 of 2 right."),
    ],
    "Inventory": [
        (click("Begin"), "Question 1 of 18"),
        (key("Enter"), "Pick one first. \u201cI do not know\u201d is an answer, too."),
        (key("2", "Enter"), "Question 2 of 18"),
        (click("Skip the rest"), "18 questions before the course: skipped."),
        (click("Show them"), "Question 2 of 18"),
    ],
    "Review, offered": [
        (click("Review"), "1 of 4, from lesson 02."),
        (click("Check"), "Pick one first."),
        (click("I don\u2019t know"), "Right is \u201cIt stays\u201d. As many as it takes."),
        (click("Next"), "2 of 4, from lesson 03."),
        (key("x", "Enter"), "Write a number first."),
        (lambda page: page.locator("input").fill("216") or key("Enter")(page), "Right. 3 x 8"),
    ],
    "Feedback": [
        (lambda page: page.locator("summary").click(), None),
        (click("Copy"), "It is selected: copy it with Ctrl+C or Cmd+C."),
        (click("Copy"), "It is selected: copy it with Ctrl+C or Cmd+C."),
    ],
}


@pytest.mark.parametrize("name", RUNS)
def test_each_change_is_heard_once_with_what_is_then_shown(offline, name):
    watched = offline(MAKE[name]())
    page = watched.page
    assert listen(page) == []
    page.evaluate("delete Navigator.prototype.clipboard")
    for number, (act, said) in enumerate(RUNS[name]):
        if said is None:
            act(page)
        else:
            text = hear(page, lambda act=act: act(page))
            assert text.startswith(said), (number, text)
    assert watched.complaints == []


PLAYERS = {  # and what is heard at the end
    "ConvolutionStepper": "Output row 4, column 4: the sum is 0",
    "Frames": "The last </script>. cat 0%",
    "ReceptiveField": "Layer 7 of 7:",
}


@pytest.mark.parametrize("name", PLAYERS)
def test_play_is_silent_and_its_end_says_where_it_is(offline, name):
    page = offline(MAKE[name]()).page
    listen(page)
    take_clock(page)
    assert hear(page, lambda: press(page, "Play")) == "Playing."
    assert everything(page, lambda: page.evaluate("tick()")) == []
    paused = hear(page, lambda: press(page, "Pause"))
    assert paused != "Playing."
    assert page.get_by_role("status").inner_text() == paused
    assert hear(page, lambda: page.keyboard.press("Enter")) == "Playing."
    assert hear(page, lambda: [page.evaluate("tick()") for _ in range(20)]).startswith(
        PLAYERS[name]
    )


def test_learning_is_silent_while_it_plays_and_says_where_it_pauses(offline):
    page = offline(EVERY["Learning"]()).page
    listen(page)
    assert hear(page, lambda: press(page, "Play")) == "Learning."
    seen = "parseInt(document.querySelector('.cnnlab-count').innerText.replace(',', ''))"
    assert everything(page, lambda: page.wait_for_function(f"{seen} > 2000")) == []
    text = hear(page, lambda: press(page, "Pause"))
    assert text.startswith(f"Paused. {page.locator('.cnnlab-count').inner_text().split()[0]} ima")


NO_WHOLE = "\u201c{}\u201d is not a whole number: {} stays {}."
WRONG = [  # a field of a widget, what is typed, what is heard, and what is right
    ("ConvolutionStepper", "stride", "1.5", NO_WHOLE.format("1.5", "stride", 1), "2"),
    ("CostTable", "input height", "3.5", NO_WHOLE.format("3.5", "input height", 32), "8"),
    ("CostTable", "layer 1 channels", "", "That is not a number: layer 1 channels stays 16.", "8"),
    ("ConvolutionStepper", "padding", "9", "padded image is 24x24 pixels (padding=9). ", "1"),
    ("CostTable", "input channels", "0", "input channels=0 must be at least 1.", "1"),
    ("ConvolutionStepper, asking", "What comes next?", "many", "Write a number, for exam", "0"),
    ("Prediction", ASKED, "many", "Write a number first.", "1e5"),
]


@pytest.mark.parametrize(("name", "label", "typed", "said", "right"), WRONG)
def test_a_wrong_entry_is_told_and_tied_to_its_field(offline, name, label, typed, said, right):
    page = offline(MAKE[name]()).page
    listen(page)
    field = page.get_by_label(label, exact=True)
    text = hear(page, lambda: enter(label, typed)(page))
    assert text.startswith(said)
    assert wrong_because(field) == text
    invalid = page.locator("[aria-invalid=true]")
    assert invalid.count() == 1
    hear(page, lambda: enter(label, right)(page))
    assert invalid.count() == 0


@pytest.mark.parametrize("name", ["ConvolutionStepper", "KernelPainter"])
def test_a_cell_tells_what_is_no_number_and_what_it_keeps(offline, name):
    page = offline(EVERY[name]()).page
    listen(page)
    cell = page.locator("table", has_text="Kernel").locator("td").first
    said = "\u201c1x\u201d is not a number: the cell keeps 1."
    act = edit("table:has-text('Kernel') td", "1x")
    assert hear(page, lambda: act(page)) == said
    assert wrong_because(cell) == said
    assert page.get_by_text(said).first.is_visible()
    hear(page, lambda: edit("table:has-text('Kernel') td", "2")(page))
    assert page.locator("[aria-invalid=true]").count() == 0
    assert not page.locator(".cnnlab-refusal").is_visible()


def test_the_fields_of_a_size_that_does_not_fit_are_marked(offline):
    page = offline(widgets.OutputSizeRuler(4, 3)).page
    listen(page)
    kernel = page.get_by_label("kernel size")
    said = hear(page, lambda: kernel.press("End"))
    assert said.startswith("kernel spans 11 pixels")
    assert wrong_because(kernel) == said
    assert wrong_because(page.get_by_label("stride")) is None
    hear(page, lambda: kernel.press("Home"))
    assert page.locator("[aria-invalid=true]").count() == 0


@pytest.mark.parametrize("make", [EVERY["Quiz"], choice, EVERY["Review"]])
def test_where_nothing_is_picked_the_group_says_so(offline, make):
    page = offline(make()).page
    group = page.get_by_role("radiogroup").first
    group.locator("xpath=ancestor::form").get_by_role("button").first.click()
    assert wrong_because(group).startswith("Pick ")


def lesson_page(file):
    """Write a page as the site does: a prediction, its experiment and what is said of it."""
    asked = prediction()
    output = '<div class="output"><pre>112,384</pre></div>'
    compared = f'<div class="output">{asked.compare(112_384)._twin()}</div>'
    file.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><main>'
        f'<div class="cell">{asked._twin()}</div><div class="cell">{output}{compared}</div>'
        '<div class="cell text"><p>So it shares.</p></div></main></html>',
        "utf-8",
    )


def test_a_gate_says_the_verdict_and_where_the_result_stands(offline, tmp_path):
    lesson_page(tmp_path / "lesson.html")
    page = offline(file=tmp_path / "lesson.html").page
    assert listen(page) == []
    said = hear(page, lambda: enter(ASKED, "1024")(page))
    assert said == (
        "The experiment says 112,384 times. Too low. That is sharing alone. "
        "Now shown: the output and text below."
    )
    assert hear(page, lambda: press(page, "Take back")) == "The result waits for your prediction."
    said = hear(page, lambda: press(page, "Show the result"))
    assert said == (
        "The experiment says 112,384 times. Now shown: the output above and the text below."
    )
    assert page.locator("pre").is_visible()
    printed = "node => { node.click(); node.click(); }"
    button = page.get_by_role("button", name="Hide the result")
    assert everything(page, lambda: button.evaluate(printed)) == []


@pytest.mark.parametrize("name", EVERY)
def test_a_widget_has_one_voice_that_is_silent_at_first(offline, name):
    page = offline(EVERY[name]()).page
    assert listen(page) == []
    loud = "[aria-live], [role=status], [role=alert], output"
    assert page.locator(loud).count() <= 1
    assert page.locator(loud).all_inner_texts() in ([], [""])
