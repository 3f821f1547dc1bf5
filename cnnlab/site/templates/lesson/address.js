// The state of a widget in the address: `#stride=2&padding=1` opens the first widget that has these
// traits in this state, `#CELL&stride=2` the one of a cell, `#/SLIDE&stride=2` that of a deck's slide.
// Call `widgetAddress()` once the widgets are drawn, in a deck before Reveal.initialize, which then
// finds the slide's own address. A widget says by itself what is wrong with a value.
const widgetAddress = (() => {
  "use strict";
  const LONGEST = 40; // characters of a value
  const links = () => [...document.querySelectorAll(".cnnlab-link")];

  function decoded(text) {
    try { return decodeURIComponent(text); } catch { return text; }
  }

  // The place and the values of an address.
  function parse(hash) {
    const [first, ...rest] = hash.replace(/^#/, "").split("&");
    const parts = first.includes("=") ? [first, ...rest] : rest;
    const values = parts.filter((part) => part.includes("=")).map((part) => {
      const at = part.indexOf("=");
      return [decoded(part.slice(0, at)), decoded(part.slice(at + 1)).slice(0, LONGEST)];
    });
    return { place: first.includes("=") ? "" : first, values };
  }

  // A text as a value like `before`; as it stands if it is none, so that the widget explains it.
  function typed(text, before) {
    if (typeof before === "boolean") return { true: true, 1: true, false: false, 0: false }[text.toLowerCase()] ?? text;
    const number = typeof before === "number" && text.trim() ? Number(text) : NaN;
    return Number.isFinite(number) ? number : text;
  }

  function within(place) {
    const id = decoded(place.replace(/^(\/|at-)/, ""));
    return id ? document.querySelector(`[data-cell="${CSS.escape(id)}"], section[id="${CSS.escape(id)}"]`) : document;
  }

  // Bring a widget into the state of an address, and into view; returns the widget, if there is one.
  function open(hash = location.hash) {
    const { place, values } = parse(hash);
    if (!values.length) return null;
    if (place.startsWith("/")) history.replaceState(null, "", `#${place}`); // what Reveal reads next
    const known = (link) => values.filter(([name]) => name in link.first).length;
    const root = within(place);
    const [link] = links().filter((each) => known(each) && root?.contains(each)).sort((a, b) => known(b) - known(a));
    if (!link) return null;
    for (const [name, text] of values) if (name in link.first) link.model.set(name, typed(text, link.first[name]));
    link.model.save_changes();
    const widget = link.closest(".cnnlab-widget");
    for (let fold = widget.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    if (!widget.closest(".reveal")) widget.scrollIntoView({ block: "center" });
    return widget;
  }

  // The address of a widget's present state: of its traits, those that were changed.
  function addressOf({ model, first, parentElement }) {
    const section = parentElement.closest(".reveal section"), cell = parentElement.closest("[data-cell]");
    const values = Object.keys(first).filter((name) => model.get(name) !== first[name])
      .map((name) => `${name}=${encodeURIComponent(model.get(name))}`);
    return `#${[section ? `/${section.id}` : cell?.dataset.cell ?? "", ...values].filter(Boolean).join("&")}`;
  }

  for (const link of links()) {
    const said = Object.assign(document.createElement("span"), { role: "status", ariaLive: "polite" });
    const button = Object.assign(document.createElement("button"), { type: "button", className: "cnnlab-button", textContent: "Link",
      title: "Put this state into the address, and copy it" });
    button.addEventListener("click", async () => {
      history.replaceState(null, "", addressOf(link));
      said.textContent = await navigator.clipboard.writeText(location.href).then(() => "Copied", () => "In the address bar");
      setTimeout(() => { said.textContent = ""; }, 2000);
    });
    link.append(button, said);
    link.hidden = false;
  }
  addEventListener("hashchange", () => open());
  return open;
})();
