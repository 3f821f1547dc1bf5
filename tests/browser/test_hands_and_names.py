"""What holds for every widget in hands other than a mouse, and for ears and other colors."""

import pytest

from .examples import EVERY
from .helpers import pass_frames, take_clock
from .test_every_widget import DARK

pytestmark = pytest.mark.slow

CONTROLS = ".cnnlab-widget :is(button, input):visible"
LIT = "color: #1d1d1f; --jp-content-font-color1: #1d1d1f; --jp-layout-color0: #fff"
LAB = "color: rgba(0, 0, 0, 0.87); --jp-content-font-color1: rgba(0, 0, 0, 0.87)"
NIGHT = "background: #16171a; color: #e8e8ea; --jp-content-font-color1: #e8e8ea; " + (
    "--jp-layout-color0: #16171a"
)


def unfold(page):
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")


@pytest.mark.parametrize("name", EVERY)
def test_no_key_takes_the_focus_away(offline, name):
    """Each control is pressed again and again, also when it vanishes or comes to its end."""
    page = offline(EVERY[name]()).page
    take_clock(page)
    lost = []
    for index in range(40):
        for key in (" ", "Enter", "Enter", "Enter"):
            unfold(page)
            if page.locator(CONTROLS).count() <= index:
                break
            control = page.locator(CONTROLS).nth(index)
            control.focus()
            called = control.evaluate("n => n.ariaLabel || n.textContent || n.type")
            page.keyboard.press(key)
            page.evaluate("window.tick?.()")
            pass_frames(page, 2)
            if page.evaluate("document.activeElement === document.body"):
                lost.append(called)
    assert lost == []


@pytest.mark.parametrize("name", EVERY)
def test_what_is_drawn_is_said_in_numbers(offline, name):
    """Of a map its size and its largest place, of a kernel its signs, of a curve its end."""
    page = offline(EVERY[name]()).page
    labels = page.evaluate(
        """[...document.querySelectorAll(".cnnlab-widget :is(canvas, [role='img'])")]
          .map(node => node.closest("button:not(.cnnlab-choice), [role='gridcell']") ?? node)
          .filter(node => node.checkVisibility() && node.ariaHidden !== "true")
          .map(node => node.ariaLabel)"""
    )
    said = (
        "largest",
        "everywhere",
        "above 0",
        "from row",
        "stops",
        "after 0 images",
        "nothing yet",
    )
    assert [each for each in labels if not any(words in (each or "") for words in said)] == []
    if name in ("KernelPainter", "Learning", "NetworkExplorer", "Photograph", "ReceptiveField"):
        assert labels


@pytest.mark.parametrize(
    ("name", "headers"), [("CostTable", ["1 conv", "2 pool"]), ("NetworkExplorer", ["3\u00d73 4"])]
)
def test_a_row_header_says_its_row_and_not_its_buttons(offline, name, headers):
    page = offline(EVERY[name]()).page
    for header in headers:
        assert page.get_by_role("rowheader", name=header).count()
    spoken = page.locator(".cnnlab-widget").aria_snapshot()
    said = [line for line in spoken.splitlines() if "rowheader" in line]
    assert said
    assert not [line for line in said if "earlier" in line or "remove" in line or "\u00d7 " in line]


WEAK = """() => {
  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const light = (...colors) => {
    for (const color of ["white", ...colors]) {
      brush.fillStyle = color;
      brush.fillRect(0, 0, 1, 1);
    }
    return [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3).map(value => value / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
      .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0) + 0.05;
  };
  const style = node => getComputedStyle(node);
  const paper = node => node ? [...paper(node.parentElement), style(node).backgroundColor] : [];
  const framed = node => parseFloat(style(node).borderTopWidth) ? node : node.closest("span");
  const native = "[type='radio'], [type='checkbox'], [type='range'], [type='file']";
  const pictures = ":has(canvas):not(.cnnlab-card), .cnnlab-quiet, [aria-disabled='true']";
  return [...document.querySelectorAll(".cnnlab-widget :is(button, input, select, textarea)")]
    .filter(node => node.checkVisibility() && !node.matches(native) && !node.matches(pictures))
    .map(node => {
      const frame = framed(node), behind = paper(frame.parentElement);
      const [high, low] = [light(...behind, style(frame).borderTopColor), light(...behind)]
        .sort((a, b) => b - a);
      return [node.ariaLabel || node.textContent || node.type, high / low];
    }).filter(([, ratio]) => ratio < 3);
}"""


@pytest.mark.parametrize("colors", [LIT, LAB, DARK, NIGHT])
@pytest.mark.parametrize("name", EVERY)
def test_the_border_of_what_is_pressed_or_filled_in_is_seen(offline, name, colors):
    page = offline(EVERY[name](), body=colors).page
    unfold(page)
    assert page.evaluate(WEAK) == []


LOOKS = """node => {
  const { backgroundColor, outlineStyle, outlineColor } = getComputedStyle(node);
  return [backgroundColor, outlineStyle, outlineStyle === "none" || outlineColor].join();
}"""
OPTION = (".cnnlab-option:has(:checked)", ".cnnlab-option:not(:has(:checked))")
PAIRS = {  # of a widget, something chosen and something that is not
    "KernelPainter": ("[aria-pressed=true]", "[aria-pressed=false]"),
    "Learning": (".cnnlab-pair[aria-pressed=true]", ".cnnlab-pair[aria-pressed=false]"),
    "NetworkExplorer": (".cnnlab-card[aria-pressed=true]", ".cnnlab-card[aria-pressed=false]"),
    "NetworkExplorer, pictures": (
        ".cnnlab-choice[aria-pressed=true]",
        ".cnnlab-choice[aria-pressed=false]",
    ),
    "NetworkExplorer, maps": (".cnnlab-map[aria-selected=true]", ".cnnlab-map[tabindex='-1']"),
    "GradientStamps": ("td[aria-selected=true]", "td[aria-selected=false]"),
    "GradientStamps, before": ("td.cnnlab-done", "td[aria-selected=false]"),
    "ConvolutionStepper": ("td.cnnlab-window", ".cnnlab-input td:not(.cnnlab-window)"),
    **dict.fromkeys(("Quiz", "Prediction, a choice", "Review", "Inventory, begun"), OPTION),
}


@pytest.mark.parametrize("name", PAIRS)
def test_the_chosen_one_is_seen_in_forced_colors(offline, name):
    make = EVERY.get(name) or EVERY[name.partition(",")[0]]
    page = offline(make(), forced_colors="active").page
    if "done" in PAIRS[name][0]:
        page.get_by_role("button", name="Step").click()
    if ":checked" in PAIRS[name][0]:
        page.locator("input[type=radio]").first.check()
    chosen, other = (page.locator(each).first.evaluate(LOOKS) for each in PAIRS[name])
    assert chosen != other


@pytest.mark.parametrize("name", ["Quiz", "Review"])
def test_right_and_wrong_are_marked_in_forced_colors(offline, name):
    page = offline(EVERY[name](), forced_colors="active").page
    side = "n => [getComputedStyle(n).borderLeftStyle, getComputedStyle(n).borderLeftColor].join()"
    form = page.locator("form").first
    plain = form.locator(".cnnlab-option").first.evaluate(side)
    seen = set()
    for index in range(2 if name == "Quiz" else 1):
        form.locator("input").nth(index).check()
        form.get_by_role("button", name="Check").click()
        marked = form.locator("[data-mark=right], [data-mark=wrong]")
        seen |= {each.evaluate(side) for each in marked.all()}
    assert plain not in seen
    assert seen
