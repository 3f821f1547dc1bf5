"""Learning in Chromium, with no kernel and no network."""

import pytest

from cnnlab import widgets

from .examples import learning
from .helpers import pass_frames, press

pytestmark = pytest.mark.slow

SEEN = "Number(document.querySelector('.cnnlab-count').innerText.split(' ')[0].replace(',', ''))"
KERNEL = "document.querySelector('.cnnlab-kernel canvas').toDataURL()"
FRAMES = (
    "window.frames_seen = 0; (function next() { frames_seen += 1; requestAnimationFrame(next); })()"
)


def test_a_step_changes_the_kernels_and_start_over_takes_other_ones(offline):
    watched = offline(learning(learning_rate=1.0))
    page = watched.page
    first = page.evaluate(KERNEL)
    names = [page.locator(".cnnlab-pair").first.get_attribute("aria-label")]
    assert page.evaluate(SEEN) == 0
    press(page, "Step")
    assert page.evaluate(SEEN) == 20
    names.append(page.locator(".cnnlab-pair").first.get_attribute("aria-label"))
    assert names[0] != names[1]
    assert all("of 25 weights above 0" in name and "largest at row" in name for name in names)
    page.keyboard.press("ArrowRight")
    assert page.evaluate(SEEN) == 40
    assert page.evaluate(KERNEL) != first
    numbers = page.locator(".cnnlab-right strong").all_inner_texts()
    assert numbers[0].endswith("%")
    assert 1 < float(numbers[1]) < 10
    page.get_by_role("status").get_by_text("One step. 40 images seen.").wait_for()
    starts = {first}
    for number in (2, 3):
        page.keyboard.press("Home")
        pass_frames(page)
        assert page.evaluate(SEEN) == 0
        page.get_by_role("status").get_by_text("Started over. The network has").wait_for()
        assert page.locator(".cnnlab-count").inner_text().endswith(f"start {number}")
        starts.add(page.evaluate(KERNEL))
    assert len(starts) == 3
    assert watched.requests == watched.complaints == []


def test_it_learns_in_the_page(offline):
    page = offline(widgets.Learning()).page
    press(page, "Play")
    page.evaluate(FRAMES)
    page.wait_for_function(f"{SEEN} > 10_000")
    frames = page.evaluate("frames_seen")
    page.keyboard.press(" ")
    assert page.evaluate(SEEN) / frames >= 15
    assert page.get_by_role("button", name="Play", exact=True).is_visible()
    right = page.locator(".cnnlab-right strong").first.inner_text()
    assert int(right.strip("%")) > 45
    points = page.locator(".cnnlab-curve").first.get_attribute("points").split()
    assert len(points) >= 20
    page.get_by_role("status").get_by_text("Paused. 10,").wait_for()


def test_it_pauses_out_of_sight_and_goes_on_in_sight(offline):
    page = offline(learning(), body="padding-bottom: 5000px").page
    press(page, "Play")
    page.wait_for_function(f"{SEEN} > 100")
    page.evaluate("scrollTo(0, 4000)")
    pass_frames(page)
    before = page.evaluate(SEEN)
    pass_frames(page)
    assert page.evaluate(SEEN) == before
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_function(f"{SEEN} > {before + 100}")


def test_settings_start_a_new_network_and_keep_the_run(offline):
    watched = offline(learning())
    page = watched.page
    table = page.get_by_role("region", name="Earlier runs")
    assert not table.is_visible()
    press(page, "Play")
    page.wait_for_function(f"{SEEN} > 1_200")
    press(page, "Pause")
    page.get_by_label("permute pixels").check()
    assert page.evaluate(SEEN) == 0
    cells = table.locator("tbody tr").inner_text().split("\t")
    assert cells[:6] == ["1", "1", "8", "shared", "on", "in place"]
    assert page.locator(".cnnlab-earlier").count() == 2
    assert "its pixels permuted" in page.get_by_role("img").first.get_attribute("aria-label")
    page.get_by_label("share weights").uncheck()
    assert "8 kernels at each of 16\u00d716 places" in page.locator(".cnnlab-layers").inner_text()
    assert "102,594 parameters" in page.locator(".cnnlab-count").inner_text()
    page.get_by_label("pool").uncheck()
    assert "at each of 8\u00d78 places" in page.locator(".cnnlab-layers").inner_text()
    page.get_by_label("kernels", exact=True).select_option("4")
    assert page.locator(".cnnlab-pair").count() == 4
    press(page, "Step")
    assert page.evaluate(SEEN) == 20
    page.get_by_label("learning rate").select_option("0.01")
    assert page.evaluate(SEEN) == 20
    assert watched.complaints == []


def test_keys_choose_the_kernel_whose_window_is_shown(offline):
    page = offline(learning()).page
    pairs = page.locator(".cnnlab-pair")
    window = page.locator(".cnnlab-mark-input")
    before = window.get_attribute("style")
    pairs.first.focus()
    page.keyboard.press("ArrowDown")
    assert pairs.nth(1).get_attribute("aria-pressed") == "true"
    styles = {before, window.get_attribute("style")}
    for _ in range(5):
        page.keyboard.press("ArrowDown")
        styles.add(window.get_attribute("style"))
    assert len(styles) > 2
    pairs.nth(2).click()
    assert pairs.nth(2).get_attribute("aria-pressed") == "true"
    title = page.locator(".cnnlab-title").first.inner_text()
    press(page, "Next image")
    assert page.locator(".cnnlab-title").first.inner_text() != title


def test_it_fits_a_narrow_phone_with_its_table(offline):
    page = offline(learning(), width=400).page
    press(page, "Play")
    page.wait_for_function(f"{SEEN} > 1_200")
    press(page, "Start over")
    assert page.get_by_role("region", name="Earlier runs").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_reduced_motion_draws_once_a_second(offline):
    page = offline(learning(), reduced_motion="reduce").page
    page.evaluate(  # the time of a frame is that of what is drawn in it
        """window.drawn = [];
        new MutationObserver(() => { drawn.push(document.timeline.currentTime); }).observe(
          document.querySelector(".cnnlab-count"), { childList: true })"""
    )
    page.evaluate(FRAMES)
    press(page, "Play")
    page.wait_for_function("drawn.length >= 3")
    first, second, third = page.evaluate("drawn.slice(0, 3)")
    assert second - first > 1000
    assert third - second > 1000
    assert page.evaluate("frames_seen") > 6  # it learned in the frames between


def test_a_number_out_of_range_is_explained(offline):
    widget = learning(learning_rate=2.0)
    watched = offline(widget)
    problem = watched.page.locator(".cnnlab-problem")
    assert (
        problem.inner_text() == widget.problem == "learning_rate=2 must be above 0 and at most 1."
    )
    assert not watched.page.locator(".cnnlab-pair").first.is_visible()
    assert watched.page.get_by_role("button", name="Play").get_attribute("aria-disabled") == "true"
    watched.page.get_by_label("learning rate").select_option("0.003")
    press(watched.page, "Step")
    assert watched.page.evaluate(SEEN) == 20
    assert watched.complaints == []
