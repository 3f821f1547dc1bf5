import { MAIN, button, change, decode, element, listenToKeys, redrawOnChange, setText, uniqueId } from "./base.mjs";
import { liveRegion } from "./say.mjs";

const ROUNDS = ["before", "after"];
const FORMS = ["A", "B"];
const KEPT = "cnnlab-inventory"; // where a page keeps the record; Python keeps it in the progress file
const COUNT = 18, OPTIONS = 4;
const ID = /^[0-9a-f]{8,32}$/;

// What is read before the first question, as paragraphs.
export function frontText(when) {
  const purpose = when === "before"
    ? "18 questions on what you believe now, ten minutes. The end of the course asks again in other words, and shows what has changed. Nobody marks this, and you need not know anything: choose what seems most sensible."
    : "The 18 questions once more, in other words, ten minutes. Then you see what has changed, and where to read.";
  return [purpose,
    "Three words first. A picture is a grid of small squares, its pixels. Each is a number, larger where it is brighter; black is 0.",
    "A template is a small grid of numbers. It is laid on a part of the picture, each of its numbers is multiplied by the pixel under it, and the products are added up: that is its answer there. Then it moves on, pixel by pixel, until it has been everywhere.",
    "What you answer stays with you. Nothing is sent."];
}

// A number from a text, the same on every machine: FNV-1a, then mixed, since ids may differ in little.
function hash(text) {
  let value = 2166136261;
  for (const character of text) value = Math.imul(value ^ character.charCodeAt(0), 16777619);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

// The order in which a learner sees the options of an item.
export function shuffled(learner, form, id) {
  const keys = Array.from({ length: OPTIONS }, (_, option) => hash(`${option} ${id} ${form} ${learner}`));
  return [...keys.keys()].sort((a, b) => keys[a] - keys[b]);
}

// Which form comes before the course is drawn by the learner's number; after it comes the other one.
export function formOf(when, { learner, before, begun }) {
  const first = before?.form ?? begun?.before?.form ?? FORMS[parseInt(learner.id.at(-1), 16) % 2];
  return when === "before" ? first : FORMS.find((form) => form !== first);
}

const isRound = (found) => FORMS.includes(found?.form) && Array.isArray(found.answers) && found.answers.length === COUNT
  && found.answers.every((each) => each === null || (Number.isInteger(each) && each >= 0 && each < OPTIONS));
const isBegun = (found) => isRound(found) && Number.isInteger(found.at) && found.at >= 0 && found.at < COUNT;
const isDict = (found) => Object.prototype.toString.call(found) === "[object Object]";
const pick = (names, good, make) => Object.fromEntries(names.filter(good).map((name) => [name, make(name)]));

// What of a record is as it should be; `readable` in inventory.py decides alike.
export function readable(found) {
  const { learner, begun, skipped } = Object(found);
  const whole = pick(ROUNDS, (when) => isRound(Object(found)[when]), (when) => ({ form: found[when].form, answers: found[when].answers }));
  if (ID.test(learner?.id)) whole.learner = { id: learner.id };
  if (isDict(begun)) whole.begun = pick(ROUNDS, (when) => isBegun(begun[when]), (when) => begun[when]);
  if (isDict(skipped)) whole.skipped = pick(ROUNDS, (when) => skipped[when] === true, () => true);
  return whole;
}

export const score = (answers) => answers.filter((answer) => answer === 0).length;

// What became of the belief behind one answer.
const WORDS = ["now right", "right both times", "the same belief as before", "a new belief", "no longer right", "not known"];
export function became(before, now) {
  if (now === 0) return WORDS[before === 0 ? 1 : 0];
  if (now === null) return WORDS[5];
  if (before === 0) return WORDS[4];
  return WORDS[before === now ? 2 : 3];
}

// The file to hand in.
export const handIn = ({ learner, before = null, after = null }) =>
  ({ cnnlab: "inventory", version: 1, learner: learner.id, before, after });

function save(record) {
  const file = new Blob([`${JSON.stringify(handIn(record), null, 1)}\n`], { type: "application/json" });
  const link = element("a", { href: URL.createObjectURL(file), download: `cnnlab-inventory-${record.learner.id}.json` });
  link.click();
  URL.revokeObjectURL(link.href);
}

const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
const text = (words, attributes = {}) => element("p", attributes, words);

function stored() {
  try { return readable(JSON.parse(localStorage.getItem(KEPT))); } catch { return {}; }
}

function handInPart(record) {
  return element("details", {}, element("summary", {}, "Hand it in, if you are asked to"),
    text("The file holds your answers to both rounds, as far as they are there, and a random number that stands for you. Nobody gets it unless you hand it in, and your name is not in it; who hands it in with a name can be told by that."),
    element("div", { class: "cnnlab-bar" }, button("Save a file to hand in", () => save(record))));
}

function render({ model, el }) {
  const items = decode(model.get("items")), when = model.get("when");
  const root = element("div", { class: "cnnlab-widget cnnlab-inventory", role: "group", "aria-label": `Questions ${when} the course` });
  const live = liveRegion();
  const place = element("div");
  const state = { shown: "", keys: {}, unknown: new Set(), known: 0, moved: false };
  root.append(place, live.node);
  el.append(root);
  if (model.isTwin) model.set("record", { ...readable(model.get("record")), ...stored() });
  const spare = { id: newId() }; // until there is a learner
  const record = () => ({ learner: spare, ...readable(model.get("record")) });
  function keep(values) {
    change(model, { record: { ...record(), ...values } });
    try { if (model.isTwin) localStorage.setItem(KEPT, JSON.stringify(record())); } catch { /* not kept */ }
  }
  const parts = { model, items, when, state, record, keep, live,
    put: (begun) => keep({ begun: { ...record().begun, [when]: begun } }),
    skip: (on) => { state.moved = true; keep({ skipped: { ...record().skipped, [when]: on } }); } };

  function draw() {
    const { [when]: done, begun, skipped } = record();
    const view = done ? finished : skipped?.[when] ? folded : begun?.[when] ? question : front;
    const name = `${view.name} ${view === question ? begun[when].at : ""}`;
    if (name !== state.shown) {
      state.shown = name;
      state.keys = {};
      place.replaceChildren(...view(parts));
      const next = ["input:checked", "input", ".cnnlab-total", ".cnnlab-main", "button"].map((each) => root.querySelector(each)).find(Boolean);
      if (state.moved) {
        next.focus({ preventScroll: true });
        live.say(root.querySelector(".cnnlab-line p")?.textContent); // what has the focus is heard anyway
      }
    }
    state.update?.();
  }
  root.addEventListener("keydown", (event) => {
    const act = !event.ctrlKey && !event.metaKey && !event.altKey && state.keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  listenToKeys(root, {});
  return redrawOnChange(model, ["record"], draw);
}

function front({ when, state, record, put, skip }) {
  state.update = null;
  function begin() {
    state.moved = true;
    put({ form: formOf(when, record()), answers: Array(COUNT).fill(null), at: 0 });
  }
  return [...frontText(when).map((words) => text(words)),
    element("div", { class: "cnnlab-bar" }, button("Begin", begin, MAIN), button("Skip", () => skip(true)))];
}

function folded({ when, state, skip }) {
  state.update = null;
  return [element("div", { class: "cnnlab-line" }, text(`18 questions ${when} the course: skipped.`), button("Show them", () => skip(false)))];
}

function question({ items, when, state, record, keep, live, put, skip }) {
  const begun = () => record().begun[when];
  const { at, form } = begun(), last = at === COUNT - 1;
  const { question: asked, options } = items[at].forms[form];
  const order = [...shuffled(record().learner.id, form, items[at].id), null]; // null: "I do not know"
  const id = uniqueId("inventory");
  state.known = Math.max(state.known, at);
  const radios = order.map((_, i) => element("input", { type: "radio", name: id, id: `${id}-${i}`, onchange: () => choose(i) }));
  const labels = order.map((option, i) => element("label", { class: "cnnlab-option", for: radios[i].id }, radios[i],
    element("kbd", { "aria-hidden": "true" }, String(i + 1)), element("span", {}, option === null ? "I do not know." : options[option])));
  const said = text("", { class: "cnnlab-feedback" });
  const fields = element("fieldset", { role: "radiogroup" }, element("legend", {}, asked), ...labels);
  const answers = (value) => begun().answers.map((old, i) => (i === at ? value : old));
  function choose(i) {
    state.unknown[order[i] === null ? "add" : "delete"](at);
    setText(said, "");
    put({ ...begun(), answers: answers(order[i]) });
    state.update(); // not to know changes no answer
  }
  function go(to) {
    state.moved = true;
    put({ ...begun(), at: to });
  }
  function next() {
    if (!radios.some((radio) => radio.checked)) return live.refuse(fields, "Pick one first. \u201cI do not know\u201d is an answer, too.", said);
    if (!last) return go(at + 1);
    state.moved = true;
    const { [when]: mine, ...others } = record().begun;
    keep({ [when]: { form: mine.form, answers: mine.answers }, begun: others });
  }
  const back = () => at > 0 && go(at - 1);
  radios.forEach((radio, i) => { state.keys[i + 1] = () => [radio.focus(), choose(i)]; });
  Object.assign(state.keys, { Backspace: back });
  state.update = () => {
    const answer = begun()?.answers[at];
    const unknown = answer === null && (state.unknown.has(at) || at < state.known);
    radios.forEach((radio, i) => { radio.checked = order[i] === null ? unknown : answer === order[i]; });
  };
  return [element("div", { class: "cnnlab-line" }, text(`Question ${at + 1} of ${COUNT}`, { class: "cnnlab-place" }),
    element("progress", { max: COUNT, value: at, "aria-label": "answered" }), button("Skip the rest", () => skip(true), { class: "cnnlab-button cnnlab-quiet" })),
  element("form", { onsubmit: (event) => { event.preventDefault(); next(); } },
    fields,
    element("div", { class: "cnnlab-bar" }, ...(at ? [button("Back", back)] : []),
      element("button", { type: "submit", class: "cnnlab-button cnnlab-main" }, last ? "Finish" : "Next"), said)),
  text("Keys: 1 to 5, Enter to go on, Backspace to go back.", { class: "cnnlab-hint" })];
}

function finished({ items, when, state, record, model }) {
  state.update = null;
  const kept = record(), { before, after } = kept;
  const said = (words) => text(words, { class: "cnnlab-total", tabindex: -1 });
  if (when === "before") {
    return [said("Your 18 answers are kept. The end of lesson 11 asks again, in other words, and shows what has changed."), handInPart(kept)];
  }
  const now = score(after.answers);
  const total = before ? `Before the course you had ${score(before.answers)} of ${COUNT} right, now you have ${now}.` : `You have ${now} of ${COUNT} right.`;
  return [said(total), ...(before ? [text(counted(before.answers, after.answers))] : []),
    text("One by one, and why. What is not right yet stands open."),
    element("ol", {}, ...items.map((item, i) => told(item, { before: answerOf(before, i), now: answerOf(after, i), place: readPlace(model, item) }))),
    handInPart(kept)];
}

const answerOf = (round, i) => (round ? { form: round.form, answer: round.answers[i] } : null);

// How many items became what.
function counted(before, after) {
  const words = after.map((now, i) => became(before[i], now));
  const counts = WORDS.map((word) => [word, words.filter((each) => each === word).length]).filter(([, count]) => count);
  return counts.map(([word, count]) => `${word[0].toUpperCase()}${word.slice(1)}: ${count}.`).join(" ");
}

// One item: what was believed before and now, what is right, why, and where to read.
function told(item, { before, now, place }) {
  const what = before ? became(before.answer, now.answer) : now.answer === 0 ? "right" : now.answer === null ? "not known" : "not right";
  const spoken = ({ form, answer }) => element("strong", {}, answer === null ? "I do not know." : item.forms[form].options[answer].replace(/\.?$/, "."));
  const why = (round) => (round.answer && (round === now || round.answer !== now.answer) ? ` ${item.reasons[round.answer]}` : "");
  const block = (title, round) => element("p", {}, element("span", { class: "cnnlab-when" }, title), ` ${item.forms[round.form].question} `,
    "You said: ", spoken(round), why(round));
  return element("li", { "data-right": String(now.answer === 0) }, element("details", { open: now.answer !== 0 },
    element("summary", {}, `${item.idea}: `, element("strong", {}, what)),
    ...(before ? [block("Before.", before)] : []), block("Now.", now),
    element("p", {}, element("span", { class: "cnnlab-when" }, "Right:"), " ", spoken({ ...now, answer: 0 }), ` ${item.reasons[0]}`),
    element("p", {}, "Read: ", place)));
}

// The section to read: a link on the course's pages and in JupyterLab, which opens the notebook.
function readPlace(model, { lesson, section }) {
  const words = `lesson ${lesson.slice(0, 2)}, \u201c${section}\u201d`;
  const path = model.widget_manager?.context?.path;
  if (model.isTwin) return element("a", { href: `${lesson}.html#${encodeURIComponent(section.replaceAll(" ", "-"))}` }, words);
  if (!path) return words;
  const args = JSON.stringify({ path: path.replace(/[^/]*$/, `${lesson}.ipynb`) });
  return element("a", { href: "#", "data-commandlinker-command": "docmanager:open", "data-commandlinker-args": args }, words);
}
