import { judge, readAnswer, refuse, sayAnswer } from "./answers.mjs";
import { MAIN, button, change, decode, element, listenToKeys, redrawOnChange, setText, uniqueId, withCode } from "./base.mjs";
import { brief, liveRegion } from "./say.mjs";

// The parts of one page know of each other through this map: name -> { guess, asked }.
const CHANGED = "cnnlab-prediction";
const made = () => (globalThis.cnnlabPredictions ??= new Map());

function share(name, values) {
  made().set(name, { ...made().get(name), ...values });
  globalThis.dispatchEvent(new CustomEvent(CHANGED));
}

function onShared(draw) {
  globalThis.addEventListener(CHANGED, draw);
  return () => globalThis.removeEventListener(CHANGED, draw);
}

const frame = (label, ...children) =>
  element("div", { class: "cnnlab-widget cnnlab-prediction", role: "group", "aria-label": label }, ...children);

function ask(model, el) {
  const [name, kind, unit, choices] = ["name", "kind", "unit", "choices"].map((key) => model.get(key));
  const id = uniqueId("prediction");
  const radios = choices.map((_, i) => element("input", { type: "radio", name: id, id: `${id}-${i}` }));
  const input = element("input", { id, class: "cnnlab-guess", autocomplete: "off", inputmode: kind === "number" ? "decimal" : null });
  const said = element("p", { class: "cnnlab-feedback" });
  const live = liveRegion();
  const commit = element("button", { type: "submit", class: "cnnlab-button cnnlab-main" }, "Commit");
  const typed = () => (kind === "choice" ? choices[radios.findIndex((radio) => radio.checked)] ?? "" : input.value);
  const submit = (event) => {
    event.preventDefault();
    if (model.get("guess")) return change(model, { guess: "" });
    const refused = refuse(typed(), kind, unit);
    if (!refused) return change(model, { guess: typed().trim() });
    live.refuse(kind === "choice" ? field : input, refused, said);
  };
  const question = [element("strong", {}, "Predict. "), ...withCode(model.get("question"))];
  const field = kind === "choice"
    ? element("fieldset", { role: "radiogroup" }, element("legend", {}, ...question),
      ...choices.map((text, i) => element("label", { class: "cnnlab-option", for: radios[i].id }, radios[i], element("span", {}, ...withCode(text)))))
    : element("p", { class: "cnnlab-question" }, element("label", { for: id }, ...question));
  const answer = kind === "choice" ? [] : [input, unit];
  const root = frame("Prediction", element("form", { onsubmit: submit }, field,
    element("div", { class: "cnnlab-bar" }, ...answer, commit, said), live.node));
  el.append(root);
  listenToKeys(root, {});
  const results = hideCells(el, (own) => (model.get("guess") ? [] : outputsToCome(own)));
  const stop = redrawOnChange(model, ["guess"], () => {
    const guess = model.get("guess");
    if (guess && kind !== "choice") input.value = guess;
    if (guess && kind === "choice") radios[choices.indexOf(guess)].checked = true;
    input.readOnly = Boolean(guess);
    radios.forEach((radio) => { radio.disabled = Boolean(guess); });
    setText(commit, guess ? "Take back" : "Commit");
    const answer = guess && sayAnswer(readAnswer(guess, kind, unit), kind, unit);
    setText(said, guess ? `You said ${answer}. Now the experiment.` : "");
    share(name, { guess, told: false }); // a comparison that is there tells more
    live.tell(made().get(name).told ? "" : said.textContent || "Taken back.", guess);
    results.draw();
  });
  return () => [stop, results.stop].forEach((each) => each());
}

function compare(model, el) {
  const name = model.get("name");
  const asked = decode(model.get("asked"));
  const { kind, unit, measured, common } = asked;
  let wanted = null; // until the button is pressed, a prediction decides
  let shown = false;
  let freed = []; // what waited for it
  const live = liveRegion();
  const body = element("div");
  const waiting = element("span", {}, "The result waits for your prediction.");
  const toggle = button("Show the result", ({ isTrusted }) => { wanted = !shown; draw(isTrusted); }, MAIN); // to print, a page presses it
  const others = element("details", {}, element("summary", {}, "What common answers mix up"),
    element("ul", {}, ...common.map(([answer, text]) =>
      element("li", {}, element("strong", {}, ...withCode(sayAnswer(answer, kind, unit))), ": ", ...withCode(text)))));
  const root = frame("Prediction and result", body, element("div", { class: "cnnlab-bar" }, waiting, toggle), others, live.node);
  el.append(root);
  const rest = hideCells(el, (own) => {
    const { folds, waiting: nodes } = partOf(el, own);
    for (const fold of folds.filter(({ dataset }) => dataset.shown !== String(shown))) {
      fold.dataset.shown = fold.open = shown; // once: then it is the reader's
    }
    freed = [...nodes, ...folds];
    return shown ? [] : nodes;
  });
  listenToKeys(root, {});
  const guessed = () => made().get(name)?.guess ?? model.get("guess");
  function draw(isAsked = true) {
    const guess = guessed();
    shown = wanted ?? guess !== "";
    waiting.hidden = shown;
    setText(toggle, shown ? "Hide the result" : "Show the result");
    body.hidden = !shown;
    others.hidden = !shown || common.length === 0;
    rest.draw();
    if (shown) body.replaceChildren(...verdict(guess, asked));
    if (!isAsked) return;
    live.tell(() => (shown ? spoken(guess, asked, whereOf(freed, el)) : waiting.textContent), [shown, guess]);
    made().get(name).told = root.checkVisibility({ visibilityProperty: true }) && !root.closest("[inert], [aria-hidden='true']");
  }
  share(name, { asked });
  draw();
  const stops = [onShared(draw), redrawOnChange(model, ["guess"], draw), rest.stop];
  return () => stops.forEach((stop) => stop());
}

function verdict(guess, asked) {
  const { kind, unit, measured } = asked;
  const result = element("strong", {}, ...withCode(sayAnswer(measured, kind, unit)));
  if (!guess) return [element("p", { class: "cnnlab-verdict" }, "The experiment says ", result, ".")];
  const answer = readAnswer(guess, kind, unit);
  const { how, word, mixesUp } = judge(answer, asked);
  return [element("p", { class: "cnnlab-verdict", "data-how": how }, "You said ", element("strong", {}, ...withCode(sayAnswer(answer, kind, unit))),
    ", the experiment says ", result, `. ${word} `, ...withCode(mixesUp))];
}

// What a screen reader hears of it: what it mixes up only where that is not too long.
function spoken(guess, asked, where) {
  const result = `The experiment says ${sayAnswer(asked.measured, asked.kind, asked.unit)}.`.replaceAll("`", "");
  if (!guess) return [result, where];
  const { word, mixesUp } = judge(readAnswer(guess, asked.kind, asked.unit), asked);
  const all = [result, word, mixesUp.replaceAll("`", ""), where].filter(Boolean);
  return brief(all) === all.join(" ") ? all : [result, word, where];
}

// Where stands what is now shown, seen from the widget that has the focus.
function whereOf(nodes, el) {
  const here = document.activeElement?.closest(".cnnlab-prediction") ?? el;
  const kinds = { above: new Set(), below: new Set() };
  for (const node of nodes.filter((each) => each.getBoundingClientRect().height)) {
    const isAbove = here.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_PRECEDING;
    kinds[isAbove ? "above" : "below"].add(node.matches(OUTPUT) ? "output" : "text");
  }
  const places = Object.entries(kinds).filter(([, found]) => found.size).map(([side, found]) => `the ${[...found].join(" and ")} ${side}`);
  return places.length ? `Now shown: ${places.join(" and ")}.` : "";
}

const TEXT = ".text, .jp-MarkdownCell", OUTPUT = ".output, .jp-OutputArea-child";
const all = (what, within) => [...within.querySelectorAll(what)];

// Here another part begins: a heading, the next prediction, an exercise.
const begins = (cell) => cell.matches("summary, .exercise") || cell.querySelector(".cnnlab-prediction form, .cnnlab-check")
  || (cell.matches(TEXT) && cell.querySelector("h1, h2, h3, h4, h5, h6"));

// The cells below one. A slide shows its own part of them anyway.
function cellsBelow(own) {
  const root = own.closest(".reveal") ? null : own.closest("main, .jp-Notebook");
  const cells = root ? all(".cell, .jp-Cell, .further > summary", root) : [];
  return cells.slice(cells.indexOf(own) + 1);
}

// What would give a result away: the other outputs of the comparison's cell, and what stands below
// it. On a page the text waits too; in JupyterLab only what it folds up.
function partOf(el, own) {
  const below = cellsBelow(own), end = below.findIndex(begins);
  const cells = end < 0 ? below : below.slice(0, end);
  const outputs = [own, ...cells].flatMap((cell) => all(OUTPUT, cell)).filter((output) => !output.contains(el));
  const texts = cells.filter((cell) => cell.matches(TEXT));
  const folds = texts.flatMap((cell) => all("details", cell))
    .filter(({ firstElementChild: title }) => title?.textContent.trim() === "What came out");
  return { folds, waiting: [...outputs, ...texts.filter((cell) => cell.matches(".text"))] };
}

// In JupyterLab a cell prints before its comparison is there; that it failed is shown.
function outputsToCome(own) {
  const cell = cellsBelow(own).find((each) => each.querySelector(".cm-content")?.textContent.includes(".compare("));
  if (!cell || cell.querySelector(".cnnlab-prediction")) return [];
  return all(OUTPUT, cell).filter((output) => !output.querySelector("[data-mime-type='application/vnd.jupyter.error']"));
}

// Hide what `choose` returns for the cell that el is in, now and whenever the notebook changes. In
// JupyterLab a widget is drawn before it has a place, cells are run and moved, and outputs come one
// by one.
function hideCells(el, choose) {
  const mark = uniqueId("waits");
  let own = null, held = [];
  function hold(nodes) {
    held.forEach((node) => node.classList.remove(mark));
    nodes.forEach((node) => node.classList.add(mark));
    held = nodes;
  }
  const draw = () => own?.isConnected && hold(choose(own));
  const watcher = new MutationObserver((changes) => {
    if (changes.some(({ target }) => !target.closest?.(".cnnlab-widget"))) draw();
  });
  const place = () => {
    own ??= el.closest(".cell, .jp-Cell") ?? el.closest(".jp-OutputArea");
    if (own) watcher.observe(own.closest("main, .jp-Notebook") ?? own, { childList: true, subtree: true });
    draw();
  };
  const placed = new ResizeObserver(place); // from no size to one: it is in the document
  const unwatch = () => [watcher, placed].forEach((each) => each.disconnect());
  placed.observe(el);
  place();
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", () => [draw(), unwatch()]);
  return { draw, stop: () => [unwatch(), hold([])] };
}

function summarize(model, el) {
  let open = false;
  const text = element("p");
  const list = element("ul");
  const toggle = button("Show each", () => { open = !open; draw(); }, { ...MAIN, "aria-expanded": "false" });
  const root = frame("Your predictions", text, toggle, list);
  el.append(root);
  listenToKeys(root, {});
  function draw() {
    const entries = model.get("names").map((name) => made().get(name)).filter((entry) => entry?.asked);
    const known = entries.filter(({ guess }) => guess).map(({ guess, asked }) => {
      const answer = readAnswer(guess, asked.kind, asked.unit);
      return { asked, answer, ...judge(answer, asked) };
    });
    const count = (how) => known.filter((each) => each.how === how).length;
    const off = count("off");
    setText(text, `You made ${known.length} of ${model.get("names").length} predictions` + (known.length
      ? `: ${count("right")} right, ${count("close")} close, ${off} ${off === 1 ? "surprise" : "surprises"}.` : "."));
    list.hidden = !open;
    toggle.setAttribute("aria-expanded", String(open));
    setText(toggle, open ? "Hide" : "Show each");
    list.replaceChildren(...known.map(({ asked, answer, how, word }) => element("li", { "data-how": how }, ...withCode(asked.question),
      ` You said ${sayAnswer(answer, asked.kind, asked.unit)}; it was ${sayAnswer(asked.measured, asked.kind, asked.unit)}. ${word}`)));
  }
  draw();
  return onShared(draw);
}

function render({ model, el }) {
  return { ask, compare, summary: summarize }[model.get("part")](model, el);
}
