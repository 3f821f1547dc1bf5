// What the widgets share in the page: elements, numbers, keys, grids of numbers, the twin's model.

export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// Each widget has its own copy of this file, so the count belongs to the page.
export function uniqueId(name) {
  globalThis.cnnlabIds = (globalThis.cnnlabIds ?? 0) + 1;
  return `cnnlab-${name}-${globalThis.cnnlabIds}`;
}

// A number as a person would write it: two decimals at most, a real minus sign.
export function formatNumber(value) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const tiny = size !== 0 && (size < 0.005 || size >= 1e6);
  const text = tiny ? value.toExponential(1) : String(Number(value.toFixed(2)));
  return text.replace("-", "\u2212").replace("e+", "e");
}

// 12345 as 12,345: counts of parameters and MACs.
export const formatCount = (value) => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");

// A learner may type 1/9, a decimal comma or a typographic minus. Anything else gives NaN.
export function parseNumber(text) {
  const parts = text.trim().replaceAll("\u2212", "-").replaceAll(",", ".").split("/");
  if (parts.length > 2 || parts.some((part) => part.trim() === "")) return NaN;
  const [top, bottom = 1] = parts.map(Number);
  return Number.isFinite(top / bottom) ? top / bottom : NaN;
}

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// The attributes of the one button that a lecturer's key W goes to.
export const MAIN = { class: "cnnlab-button cnnlab-main" };

export function button(label, onclick, extra = {}) {
  const press = (event) => {
    if (event.currentTarget.getAttribute("aria-disabled") !== "true") onclick(event);
  };
  return element("button", { type: "button", class: "cnnlab-button", onclick: press, ...extra }, label);
}

export const disable = (node, off) => node.setAttribute("aria-disabled", String(off));

// What is not a whole number never reaches a trait: the field goes back to its last value, and says so.
export function onWhole(input, { label, live, onchange }) {
  const typed = input.value;
  if (typed !== "" && Number.isInteger(Number(typed))) return onchange(Number(typed));
  input.value = input.dataset.shown;
  live.refuse(input, `${typed ? `\u201c${typed}\u201d is not a whole number` : "That is not a number"}: ${label} stays ${input.value}.`);
}

export function showWhole(input, value) {
  input.dataset.shown = value;
  const text = Number.isFinite(value) ? String(value) : "";
  if (input.value !== text) input.value = text;
}

// A labeled whole number with a minus and a plus button; onchange gets the number. `maximum` may
// be a function.
export function wholeField(label, { minimum, maximum, live, onchange }) {
  const id = uniqueId("field");
  const most = () => (typeof maximum === "function" ? maximum() : maximum);
  const input = element("input", {
    id, type: "number", min: minimum, step: 1, class: "cnnlab-number",
    onchange: () => onWhole(input, { label, live, onchange }),
  });
  const nudge = (by) => () => onchange(clamp(Number(input.value) + by, minimum, most()));
  const less = button("\u2212", nudge(-1), { "aria-label": `${label} less`, tabindex: -1 });
  const more = button("+", nudge(1), { "aria-label": `${label} more`, tabindex: -1 });
  const node = element("div", { class: "cnnlab-field" },
    element("label", { for: id }, label), element("span", { class: "cnnlab-nudge" }, less, input, more));
  const show = (value) => {
    showWhole(input, value);
    disable(less, value <= minimum);
    input.max = most();
    disable(more, value >= most());
  };
  return { node, input, show };
}

// A key pressed inside a widget is the widget's: it runs, selects and deletes no cell of the
// notebook. Tab, Escape, which goes back to the notebook, and saving pass through. Shift+Enter and
// Ctrl+Enter in a field are Enter.
export function listenToKeys(root, actions) {
  holdFocus(root);
  root.addEventListener("keydown", (event) => {
    const { key, target } = event;
    const control = event.ctrlKey || event.metaKey;
    if (key === "Tab" || (control && key.toLowerCase() === "s")) return;
    if (key === "Escape") return event.defaultPrevented ? event.stopPropagation() : root.closest(".jp-Cell")?.focus();
    event.stopPropagation();
    if (event.defaultPrevented) return;
    if (key === "Enter" && (control || event.shiftKey) && target.matches("input")) {
      event.preventDefault();
      return target.form ? target.form.requestSubmit() : target.dispatchEvent(new Event("change"));
    }
    if (control || event.altKey || target.matches("input, select, textarea, summary")) return;
    if (target.matches("button") && (key === " " || key === "Enter")) return;
    if (!actions[key]) return;
    event.preventDefault();
    actions[key](event);
  });
}

const CONTROLS = ".cnnlab-main, input, select, textarea, button, [tabindex='0']";
const canHaveFocus = (node) => node.isConnected && !node.disabled && node.checkVisibility();

// What has the focus may vanish when the widget is drawn anew. JupyterLab would take the focus, and
// the next key would be for the notebook; so another control gets it.
function holdFocus(root) {
  let last = null;
  root.tabIndex = -1; // a click beside the controls stays inside, too
  root.addEventListener("focusin", ({ target }) => { last = target; });
  root.addEventListener("click", ({ target }) => { // JupyterLab may have given it to the cell
    if (!root.contains(document.activeElement)) (target.closest("input, select, textarea, button, [tabindex]") ?? root).focus({ preventScroll: true });
  });
  root.addEventListener("focusout", ({ target, relatedTarget }) => queueMicrotask(() => {
    if (target === last && (relatedTarget || canHaveFocus(target))) last = null;
  }));
  new MutationObserver(() => {
    if (!last || canHaveFocus(last)) return;
    const alike = root.querySelectorAll(`${last.localName}[tabindex='0']`);
    ([...alike, ...root.querySelectorAll(CONTROLS)].find(canHaveFocus) ?? root).focus({ preventScroll: true });
  }).observe(root, { childList: true, subtree: true, attributeFilter: ["hidden", "disabled"] });
}

// What plays from one place to the next, 0 to last(): a slider, on which Space plays too, and a button.
// `changed` is called when it begins and when it ends.
export function player({ index, last, go, between, changed }) {
  let timer = null;
  const slider = element("input", { id: uniqueId("place"), type: "range", min: 0, step: 1,
    oninput: () => stop() || go(Number(slider.value)), onkeydown: (event) => onSpace(event) });
  const play = button("Play", () => toggle(), MAIN);
  function toggle() {
    if (timer) return stop();
    if (index() >= last()) go(0);
    timer = setInterval(() => (index() < last() ? go(index() + 1) : stop()), between);
    setText(play, "Pause");
    changed();
  }
  function stop() {
    if (!timer) return;
    clearInterval(timer);
    timer = null;
    setText(play, "Play");
    changed();
  }
  function onSpace(event) {
    if (event.key !== " " || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    toggle();
  }
  return { slider, play, toggle, stop, plays: () => timer !== null };
}

// Redraw once after any number of trait changes, in the same task. Returns a stop function.
export function redrawOnChange(model, names, draw) {
  let waiting = false;
  const request = () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      draw();
    });
  };
  for (const name of names) model.on(`change:${name}`, request);
  draw();
  return () => names.forEach((name) => model.off(`change:${name}`, request));
}

// Whether a widget is on a slide, where it has a fixed room.
export const onSlide = (el) => Boolean(el.closest(".reveal"));

// The traits of these names, as an object.
export const stateOf = (model, names) => Object.fromEntries(names.map((name) => [name, model.get(name)]));

// Where a page or a deck puts the button "Link", which writes the traits of these names into the
// address. JupyterLab's address is its own.
export function linkPlace(model, names) {
  const node = element("span", { class: "cnnlab-link", hidden: true });
  return model.isTwin ? [Object.assign(node, { model, first: stateOf(model, names) })] : [];
}

// The sentence about the first of these traits that is neither true nor false; "" if all are.
export function notBoolean(state, names) {
  const bad = names.find((name) => typeof state[name] !== "boolean");
  return bad ? `${bad}='${state[bad]}' must be True or False.` : "";
}

export function change(model, values) {
  for (const [name, value] of Object.entries(values)) model.set(name, value);
  model.save_changes();
  const notebook = model.widget_manager?.context?.model; // JupyterLab's: saved by itself where it is dirty
  if (notebook) notebook.dirty = true;
}

// The digits of the longest of these numbers, for which a cell has room. A minus is wider than a digit.
export function digitsOf(numbers) {
  return Math.max(...numbers.flat(2).map(formatNumber).map((text) => text.length + (text.startsWith("\u2212") ? 0.3 : 0)), 2);
}

// A table of numbers with one tab stop. Arrows move inside it; a number key, Enter or a double
// click edits a cell, if there is an onEdit; what is typed and is no number, `live` refuses. A click,
// Enter or Space calls onPress.
export function numberGrid({ caption, rows, columns, onPick, onPress, onHover, onEdit, live, editable = () => true }) {
  const cells = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) =>
      element("td", { role: "gridcell", tabindex: -1, "data-row": row, "data-column": column })));
  const table = element("table",
    { class: "cnnlab-grid", role: "grid", style: `--cnnlab-columns: ${columns}; --cnnlab-rows: ${rows}`, "aria-readonly": onEdit ? null : "true" },
    element("caption", {}, caption),
    element("tbody", {}, ...cells.map((line) => element("tr", {}, ...line))));
  const place = (event) => {
    const cell = event.target.closest("td");
    return cell && [Number(cell.dataset.row), Number(cell.dataset.column)];
  };
  let active = [0, 0];
  const activate = (row, column, focus = false) => {
    cells[active[0]][active[1]].tabIndex = -1;
    active = [clamp(row, 0, rows - 1), clamp(column, 0, columns - 1)];
    const cell = cells[active[0]][active[1]];
    cell.tabIndex = 0;
    if (focus) cell.focus();
  };
  const move = (row, column) => {
    activate(row, column, true);
    onPick?.(...active);
  };
  const edit = (row, column, text) => {
    if (onEdit && editable(row, column)) openEditor(cells[row][column], { text, live, onDone: (value) => onEdit(row, column, value) });
  };
  const on = (name, act) => table.addEventListener(name, (event) => {
    if (event.target.matches("input")) return;
    const at = place(event);
    if (at) act(event, ...at);
  });
  on("click", (event, row, column) => {
    move(row, column);
    onPress?.(row, column);
  });
  on("dblclick", (event, row, column) => edit(row, column));
  if (onHover) {
    on("mouseover", (event, row, column) => onHover(row, column));
    table.addEventListener("mouseleave", () => onHover(null));
  }
  on("keydown", (event, row, column) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (steps) move(row + steps[0], column + steps[1]);
    else if (onPress && (event.key === "Enter" || event.key === " ")) onPress(row, column);
    else if (onEdit && (event.key === "Enter" || event.key === "F2")) edit(row, column);
    else if (onEdit && /^[-\d.\u2212]$/.test(event.key)) edit(row, column, event.key);
    else return;
    event.preventDefault();
  });
  activate(0, 0);
  // Make the cells wide enough for the longest of these numbers.
  const fit = (numbers) => {
    table.style.setProperty("--cnnlab-digits", digitsOf(numbers));
  };
  return { table, fit, cells, activate, active: () => active };
}

function openEditor(cell, { text, live, onDone }) {
  const before = cell.textContent;
  const input = element("input", { class: "cnnlab-editor", inputmode: "decimal", "aria-label": "New number" });
  input.value = text ?? before;
  cell.replaceChildren(input);
  input.focus();
  if (text === undefined) input.select();
  let open = true;
  const close = (keep, focus) => {
    if (!open) return;
    open = false;
    const value = parseNumber(input.value);
    cell.textContent = before;
    if (focus) cell.focus();
    if (keep && Number.isFinite(value)) onDone(value);
    else if (keep) live.refuse(cell, `${input.value ? `\u201c${input.value}\u201d` : "That"} is not a number: the cell keeps ${before}.`);
  };
  input.addEventListener("blur", () => close(true, false));
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") close(true, true);
    if (event.key !== "Escape") return;
    event.preventDefault(); // it leaves the cell, not the widget
    close(false, true);
  });
}

// What holds answers comes encoded, so that none stands in the page's source.
export function decode(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

// Text with `code` between backticks, as nodes.
export function withCode(text) {
  return text.split("`").map((part, i) => (i % 2 ? element("code", {}, part) : part));
}

// JupyterLab saves a notebook with the state of the widgets that it shows, whether their kernel
// lives or not: the next day each is there as it was left. The manager's own setting `saveState`
// would keep only what has a kernel, so the first saving of the second day would lose the rest.
export function initialize({ model }) {
  const manager = model.widget_manager;
  const saving = manager?.context?.saveState; // JupyterLab's and Notebook 7's
  if (!saving || !manager._modelsSync || manager.cnnlabKeeps) return;
  manager.cnnlabKeeps = true; // one listener for all widgets of a notebook
  saving.connect((_, step) => { if (step === "started") keepWidgets(manager); });
}

const STATE = "application/vnd.jupyter.widget-state+json";
const VIEW = "application/vnd.jupyter.widget-view+json";

function keepWidgets({ context, _modelsSync: models }) {
  const notebook = context.model;
  const state = { ...notebook.getMetadata("widgets")?.[STATE]?.state };
  for (const [id, { state: old }] of Object.entries(state)) {
    if (!old._anywidget_id?.startsWith("cnnlab.")) continue; // another's, and its own affair
    delete state[id];
    delete state[old.layout?.replace("IPY_MODEL_", "")];
  }
  for (const id of shownIn(notebook)) {
    const widget = models.get(id);
    if (!widget?.get("_anywidget_id")?.startsWith("cnnlab.")) continue;
    for (const part of [widget, widget.get("layout")]) {
      state[part.model_id] = { model_name: part.name, model_module: part.module,
        model_module_version: part.get("_model_module_version"), state: part.serialize(part.get_state(true)) };
    }
  }
  notebook.setMetadata("widgets", { [STATE]: { version_major: 2, version_minor: 0, state } });
}

// The ids of the widgets that the outputs of a JupyterLab notebook show.
function* shownIn(notebook) {
  for (const { outputs } of notebook.cells) {
    for (let i = 0; i < (outputs?.length ?? 0); i += 1) {
      const id = outputs.get(i).data[VIEW]?.model_id;
      if (id) yield id;
    }
  }
}

// The model behind a page with no kernel: the part of a widget model that `render` uses.
export function twinModel(state) {
  const listeners = {};
  return {
    isTwin: true,
    get: (name) => state[name],
    set(name, value) {
      if (JSON.stringify(state[name]) === JSON.stringify(value)) return;
      state[name] = value;
      (listeners[`change:${name}`] ?? []).forEach((listener) => listener());
    },
    on: (name, listener) => (listeners[name] ??= []).push(listener),
    off: (name, listener) => (listeners[name] = (listeners[name] ?? []).filter((l) => l !== listener)),
    save_changes() {},
  };
}
