"""What the tests do with a page in Chromium, whatever it shows."""

import re
import time
from contextlib import contextmanager

import nbformat
from nbformat import v4

TWIN = "cnnlab-twin"
# What a reader may set (WCAG 1.4.12).
SPACING = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
  word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }"""
PATIENCE = 120_000  # milliseconds, on a busy machine; what is awaited ends a wait, seldom this


class Watched:
    """A page without a network. It records what the page asked for and complained about."""

    def __init__(self, browser, **context):
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.requests, self.complaints = [], []
        self.page.on("console", lambda m: m.type != "log" and self.complaints.append(m.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.context.route(re.compile("^(?!file:)"), self._refuse)

    def _refuse(self, route):
        self.requests.append(route.request.url)
        route.abort()


def show(page, index):
    """Turn a deck to a slide and show all its fragments."""
    page.evaluate("index => { Reveal.slide(index); Reveal.slide(index, 0, 99); }", index)


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def pass_frames(page, count=20):
    """Let the page draw itself so many times: whatever it does of itself has begun by then."""
    page.evaluate(
        """count => new Promise(done => {
          const next = () => (count-- ? requestAnimationFrame(next) : done());
          next();
        })""",
        count,
    )


def take_clock(page):
    """From now on, what plays on the page goes on when the test calls the page's `tick()`."""
    page.evaluate("window.setInterval = (tick) => { window.tick = tick; return 1; }")


def reload_until(page, is_shown):
    """Reload until something is shown: Chromium keeps what a page stores in its own time."""
    end = time.monotonic() + PATIENCE / 1000
    while not is_shown() and time.monotonic() < end:
        page.reload()
        pass_frames(page)
    assert is_shown()


def hidden_stops(page):
    """Go through a page by Tab and back; return what has the focus under something else."""
    page.emulate_media(reduced_motion="reduce")  # it is scrolled to at once
    page.evaluate("document.body.tabIndex = -1; document.body.focus()")
    here = """() => {
      const node = document.activeElement;
      if (node === document.body || node.dataset.passed) return null;
      node.dataset.passed = "yes";
      const seen = [...node.getClientRects()].some(({ left, top, width, height }) =>
        [0.1, 0.5, 0.9].some(x => [0.1, 0.5, 0.9].some(y => {
          const over = document.elementFromPoint(left + x * width, top + y * height);
          return over && (node.contains(over) || over.contains(node));
        })));
      return [seen, node.outerHTML.slice(0, 120)];
    }"""
    hidden = []
    for key in ("Tab", "Shift+Tab"):
        page.keyboard.press(key)
        while stop := page.evaluate(here):
            hidden += [] if stop[0] else [stop[1]]
            page.keyboard.press(key)
        page.evaluate(
            "document.querySelectorAll('[data-passed]').forEach(n => { delete n.dataset.passed; })"
        )
    return hidden


def pale_borders(page):
    """Return fields and buttons whose border and fill have less than 3:1 to what is behind."""
    return page.evaluate(
        """() => {
          const paint = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
          const over = colors => {
            for (const color of colors) {
              paint.fillStyle = color;
              paint.fillRect(0, 0, 1, 1);
            }
            const lit = [...paint.getImageData(0, 0, 1, 1).data].map(each => each / 255)
              .map(each => each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
            return 0.2126 * lit[0] + 0.7152 * lit[1] + 0.0722 * lit[2] + 0.05;
          };
          const backs = node => node ? [...backs(node.parentElement),
            getComputedStyle(node).backgroundColor] : ["#fff"];
          const controls = "button, select, textarea, input:not([type=radio], [type=checkbox], "
            + "[type=range]), .cnnlab-nudge";
          return [...document.querySelectorAll(controls)].filter(node => {
            const { borderTopWidth, borderTopColor } = getComputedStyle(node);
            const there = parseFloat(borderTopWidth) && !/, 0\\)$/.test(borderTopColor);
            if (!there || !node.checkVisibility() || node.ariaDisabled === "true") return false;
            const behind = backs(node.parentElement);
            const { backgroundColor } = getComputedStyle(node), paper = over(behind);
            const lit = [borderTopColor, backgroundColor].map(color => over([...behind, color]));
            return lit.every(each => Math.max(each, paper) / Math.min(each, paper) < 3);
          }).map(node => node.outerHTML.slice(0, 120));
        }"""
    )


def hear(page):
    """From now on, what is announced on the page is added to its list `heard`."""
    page.evaluate(
        """() => {
          window.heard = [];
          new MutationObserver(records => {
            const live = "[aria-live], [role=status], [role=alert], output";
            const told = records.map(({ target }) =>
              (target.closest ? target : target.parentElement)?.closest(live));
            for (const node of new Set(told)) {
              if (node && node.ariaLive !== "off" && node.textContent) heard.push(node.textContent);
            }
          }).observe(document.body, { subtree: true, childList: true, characterData: true });
        }"""
    )


def violations(page, axe, **options):
    """Return what axe-core has to say about the page, and where; targets of 24 pixels are asked."""
    page.evaluate(axe)
    options.setdefault("rules", {"target-size": {"enabled": True}})
    options["resultTypes"] = ["violations"]
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [(v["id"], [node["html"][:120] for node in v["nodes"]]) for v in found]


def widgets_in(notebook):
    """Return how many widgets an executed notebook shows."""
    return sum(
        TWIN in "".join(output.get("data", {}).get("text/html", ""))
        for cell in notebook.cells
        for output in cell.get("outputs", ())
    )


def interact(widget):
    """Use the widget's controls until it shows something else; return whether it did."""
    state = """node => node.innerHTML
      + [...node.querySelectorAll("input")].map(input => [input.value, input.checked])"""
    before = widget.evaluate(state)
    controls = "input[type=radio], button, input[type=range], td[tabindex], summary"
    for control in widget.locator(controls).all()[:8]:
        if not control.is_visible() or control.get_attribute("aria-disabled") == "true":
            continue
        control.click()
        control.press("ArrowRight")
        if widget.evaluate(state) != before:
            return True
    return False


def first_picture(page):
    """Return how far below the top of a page its first picture or widget begins, in pixels."""
    return page.evaluate(
        """[...document.querySelectorAll("main :is(.figure img, .parts, .cnnlab-widget)")]
          .find(box => box.checkVisibility()).getBoundingClientRect().top + scrollY"""
    )


def open_results(page):
    """Show what waits for a prediction."""
    page.evaluate(
        """[...document.querySelectorAll(".cnnlab-prediction button")]
          .filter(button => button.textContent === "Show the result")
          .forEach(button => button.click())"""
    )


def idle_widgets(page):
    """Return the classes of the widgets on which no control does anything.

    Using a comparison may hide others again.
    """
    idle = []
    for widget in page.locator(".cnnlab-widget").all():
        if not widget.is_visible():
            open_results(page)
        if not interact(widget):
            idle.append(widget.get_attribute("class"))
    return idle


def under_headings(cells):
    """Return cells with a heading before each: what waits for a prediction ends at the next."""
    return [each for cell in cells for each in (v4.new_markdown_cell("# Next"), cell)]


def notebook_of(cells):
    """Return a notebook of Python with these cells."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=list(cells), metadata={"kernelspec": kernel})


@contextmanager
def running_in(lab, chromium, name, notebook):
    """Write a notebook, open it in JupyterLab and run all; shut its kernel down at the end."""
    address, folder = lab
    nbformat.write(notebook, folder / name)
    page = chromium.new_context(viewport={"width": 1200, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/doc/tree/{name}?reset")
    page.wait_for_function(
        "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel"
    )
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    yield page
    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.context.close()
