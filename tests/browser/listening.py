"""What a screen reader hears of a page, as far as a browser can tell."""

# `heard` has each text that comes into a live region, and whether it would be announced: whether
# the region was there, and shown, in an earlier task. `waiting` are the timers that still run.
RECORDER = """
window.heard = [];
window.waiting = new Set();
const [start, stop] = [window.setTimeout.bind(window), window.clearTimeout.bind(window)];
window.setTimeout = (act, ...more) => {
  const id = start(() => { waiting.delete(id); act(); }, ...more);
  waiting.add(id);
  return id;
};
window.clearTimeout = (id) => { waiting.delete(id); stop(id); };
const REGIONS = "[aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log], output";
const known = new Set();
const look = () => document.querySelectorAll(REGIONS).forEach(
  (region) => region.checkVisibility() && known.add(region));
new MutationObserver((changes) => {
  const touched = new Set();
  for (const { target, addedNodes, type } of changes) {
    const node = target.nodeType === 1 ? target : target.parentElement;
    const around = type === "attributes" ? null : node?.closest(REGIONS);
    if (around) touched.add(around);
    for (const each of type === "attributes" ? [node] : addedNodes) {
      if (each.matches?.(REGIONS)) touched.add(each);
      each.querySelectorAll?.(REGIONS).forEach((region) => touched.add(region));
    }
  }
  for (const region of touched) {
    const text = region.textContent.trim();
    if (text && region.checkVisibility()) heard.push({ text, announced: known.has(region) });
  }
  start(look);
}).observe(document, { subtree: true, childList: true, characterData: true,
  attributes: true, attributeFilter: ["hidden"] });
"""
LONGEST = 160  # characters


def listen(page):
    """Reload a page; from its first byte on, it is listened to. Return what it says unasked."""
    page.add_init_script(RECORDER)
    return everything(page, page.reload)


def everything(page, act):
    """Return all that is heard of what `act` does."""
    page.evaluate("window.heard = []")
    act()
    page.wait_for_function("waiting.size === 0")
    texts = page.evaluate("heard")
    assert [each for each in texts if not each["announced"]] == []
    return [each["text"] for each in texts]


def hear(page, act):
    """Return the one thing that is heard of what `act` does."""
    [text] = everything(page, act)
    assert len(text) <= LONGEST, text
    return text


def wrong_because(field):
    """Return the description of a field that is marked as wrong; None if it is not."""
    return field.evaluate(
        """node => node.getAttribute("aria-invalid") !== "true" ? null
          : document.getElementById(node.getAttribute("aria-describedby")).innerText"""
    )
