import { judge, readAnswer, refuse, sayAnswer } from "./answers.mjs";
import { MAIN, button, change, decode, element, listenToKeys, setText, uniqueId, withCode } from "./base.mjs";
import { liveRegion } from "./say.mjs";
import { AGAIN, EASY, GOOD, HARD, rated } from "./review_cards.mjs";
import { entersHere, nextTime, offered, store, stored, dueNow } from "./review_due.mjs";

const CARDS = "cnnlab-review", PROGRESS = "cnnlab-progress"; // in a reader's browser
const KEYS = "Keys 1 to 9 choose, Enter checks and goes on. ";
const KEPT = {
  browser: "Only this browser keeps when each is due.",
  file: "progress.json beside your lessons keeps when each is due, and nothing leaves this machine.",
  session: "There is no progress file here, so nothing is kept. `cnnlab lab` makes one.",
  page: "This page keeps nothing.",
  lost: "The last answer could not be kept: `cnnlab review` no longer runs.",
};

// Where the cards are: in the learner's file by way of a kernel or a server, in the browser, or
// nowhere. `save` gets all of them, and the id of the one that changed.
function keeper(model) {
  const keeps = model.get("keeps");
  if (model.isTwin && keeps === "session") {
    const save = (cards, id) => (store(CARDS, { ...stored(CARDS), [id]: cards[id] }) ? "browser" : "page");
    return { cards: stored(CARDS), note: "browser", save, done: stored(PROGRESS) };
  }
  if (keeps === "server") {
    const save = (cards, id) => globalThis.cnnlabKeep({ [id]: cards[id] }).then((kept) => (kept ? "file" : "lost"));
    return { cards: model.get("cards"), note: "file", save };
  }
  const note = model.isTwin ? "page" : keeps;
  const save = (cards) => {
    change(model, { cards });
    return note;
  };
  return { cards: model.get("cards"), note, save };
}

function shuffled(list) {
  const left = [...list];
  return list.map(() => left.splice(Math.floor(Math.random() * left.length), 1)[0]);
}

// What stands below a question in order to answer it: its nodes, what was typed, and how it was.
function choiceField({ question, options, answer }) {
  const name = uniqueId("review");
  const order = shuffled([...options.keys()]);
  const radios = order.map((_, i) => element("input", { type: "radio", name, id: `${name}-${i}` }));
  const labels = order.map((option, i) => element("label", { class: "cnnlab-option", for: radios[i].id },
    radios[i], element("span", {}, ...withCode(options[option][0]))));
  const picked = () => order[radios.findIndex((radio) => radio.checked)];
  const [right, because] = options[answer];
  const why = because.replace(/^(Yes|Right)\. /, ""); // that is said already, or would be wrong
  const judged = () => {
    labels.forEach((label, i) => { label.dataset.mark = order[i] === answer ? "right" : radios[i].checked ? "wrong" : ""; });
    const option = picked();
    if (option === answer) return { how: "right", said: why };
    return { how: "off", said: `${option === undefined ? "" : `${options[option][1]} `}Right is \u201c${right}\u201d. ${why}` };
  };
  return {
    node: element("fieldset", { role: "radiogroup" }, element("legend", {}, ...withCode(question)), ...labels),
    inputs: radios,
    refused: () => (picked() === undefined ? "Pick one first." : ""),
    pick: (number) => radios[number - 1]?.click(),
    judged,
  };
}

function typedField({ kind, question, answer, unit = "", within = 0, common = [], reason = "" }) {
  const id = uniqueId("review");
  const input = element("input", { id, class: "cnnlab-guess", autocomplete: "off", inputmode: kind === "number" ? "decimal" : null });
  const right = `It is ${sayAnswer(answer, kind, unit)}. ${reason}`.trim();
  const judged = (known) => {
    if (!known) return { how: "off", said: right };
    const { how, word, mixesUp } = judge(readAnswer(input.value, kind, unit), { kind, measured: answer, within, common });
    const exact = word === "Right.";
    return { how, said: exact ? reason : `${how === "off" && kind === "number" ? `${word} ` : ""}${mixesUp} ${right}`.trim() };
  };
  return {
    node: element("div", {}, element("label", { for: id, class: "cnnlab-question" }, ...withCode(question)), input, unit && ` ${unit}`),
    inputs: [input],
    refused: () => refuse(input.value, kind, unit),
    pick: () => {},
    judged,
  };
}

// The lesson to read again, as a link where the page knows one. JupyterLab follows its own kind.
function readAgain({ lesson, section }, model) {
  const text = `lesson ${lesson.slice(0, 2)}${section ? `, \u201c${section.replaceAll("`", "")}\u201d` : ""}`;
  const path = model.widget_manager?.context?.path;
  const links = model.get("links"), href = links[`${lesson}#${section}`] ?? links[lesson];
  if (href) return element("a", { href }, text);
  if (path === undefined) return text;
  const args = JSON.stringify({ path: path.replace(/[^/]*$/, `${lesson}.ipynb`) });
  return element("a", { href: `${lesson}.ipynb`, "data-commandlinker-command": "docmanager:open", "data-commandlinker-args": args }, text);
}

// One question, until the learner goes on: rate(rating) as soon as it is answered, and again where
// the learner says that it was easy or hard.
function questionForm(item, variant, { model, live, rate, next }) {
  const field = variant.kind === "choice" ? choiceField(variant) : typedField(variant);
  const said = element("p", { class: "cnnlab-feedback" });
  const again = element("p", { class: "cnnlab-again", hidden: true }, "Read again: ", readAgain(item, model), ".");
  const check = element("button", { ...MAIN, type: "submit" }, "Check");
  const skip = button("I don\u2019t know", () => settle(false));
  const on = button("Next", next, { class: "cnnlab-button", hidden: true });
  const felt = [["That was hard", HARD], ["That was easy", EASY]].map(([label, rating]) =>
    button(label, () => { rate(rating); next(); }, { hidden: true }));
  const submit = (event) => {
    event.preventDefault();
    const refused = field.refused();
    if (refused) live.refuse(variant.kind === "choice" ? field.node : field.inputs, refused, said);
    else settle(true);
  };
  function settle(known) {
    field.inputs.forEach((input) => { input.disabled = true; });
    const { how, said: text } = field.judged(known);
    const right = known && how === "right", close = known && how === "close";
    const word = right ? "Right." : close ? "Close." : known ? "Not quite." : "";
    said.replaceChildren(element("strong", {}, word), " ", ...withCode(text));
    node.dataset.how = right ? "right" : "wrong";
    [check, skip].forEach((each) => { each.hidden = true; });
    on.hidden = false;
    felt.forEach((each) => { each.hidden = !right; });
    again.hidden = right;
    on.classList.add("cnnlab-main");
    check.classList.remove("cnnlab-main");
    on.focus();
    live.say(said.textContent.trim());
    rate(right ? GOOD : close ? HARD : AGAIN, right);
  }
  const node = element("form", { onsubmit: submit }, field.node, said, again,
    element("div", { class: "cnnlab-bar" }, check, skip, on, ...felt));
  node.addEventListener("keydown", ({ key, target, ctrlKey, altKey, metaKey }) => {
    if (target.type === "radio" && /^[1-9]$/.test(key) && !ctrlKey && !altKey && !metaKey) field.pick(Number(key));
  });
  const start = (focus) => focus && field.inputs[0].focus();
  return { node, said, start, pick: field.pick };
}

function render({ model, el }) {
  const { note: kept, cards: before, save, done } = keeper(model);
  const items = decode(model.get("items")).filter((item) => !done || entersHere({ ...item, asks: item.variants[0].question }, done));
  const known = new Map(items.map((item) => [item.id, item])), ids = [...known.keys()];
  let cards = before, queue = [], asked = 0, right = 0, form = null;
  const most = model.get("most") ?? (Number(done && new URLSearchParams(location.search).get("most")) || Infinity);
  const title = element("p", { class: "cnnlab-where" });
  const place = element("div");
  const sentence = element("p"), live = liveRegion();
  const begin = button("Review", () => ask(true), MAIN);
  const later = button("Not now", () => {
    (root.closest(".jp-Cell") ?? Object.assign(el, { tabIndex: -1 })).focus({ preventScroll: true }); // not lost with the button
    root.hidden = true;
    change(model, { most: 0 });
  }); // nor tomorrow, in a saved notebook
  const bar = element("div", { class: "cnnlab-bar" }, sentence, begin, later);
  const note = element("p", { class: "cnnlab-note" });
  function tell(which) {
    note.replaceChildren(...(form ? [element("span", { class: "cnnlab-keys" }, KEYS)] : []), ...withCode(KEPT[which]));
    if (which === "lost") live.say(form?.said.textContent, KEPT.lost.replaceAll("`", ""));
  }
  const root = element("div", { class: "cnnlab-widget cnnlab-review", role: "group", "aria-label": "Review" }, title, place, bar, note, live.node);

  function show(these, not) {
    these.forEach((node) => { node.hidden = false; });
    not.forEach((node) => { node.hidden = true; });
  }
  function rateCard(item, card, rating) {
    cards = { ...cards, [item.id]: rated(card, rating) };
    Promise.resolve(save(cards, item.id)).then(tell);
  }
  // Show the next question, or the end.
  function ask(focus) {
    const item = known.get(queue[asked]);
    if (!item) return end(focus);
    const card = cards[item.id], variant = item.variants[(card?.reps ?? 0) % item.variants.length];
    const rate = (rating, isRight) => {
      right += Boolean(isRight);
      rateCard(item, card, rating);
    };
    asked += 1;
    form = questionForm(item, variant, { model, live, rate, next: () => ask(true) });
    setText(title, `${asked} of ${queue.length}, from lesson ${item.lesson.slice(0, 2)}`);
    place.replaceChildren(form.node);
    setText(sentence, "");
    show([title, note], [begin, later]);
    tell(kept);
    form.start(focus);
    if (focus) live.say(`${title.textContent}.`);
  }
  function end(focus) {
    form = null;
    const now = dueNow(ids, cards), when = nextTime(ids, cards);
    const first = asked ? `Done: ${right} of ${asked} right.` : "Nothing is due.";
    const then = now.length ? `${now.length} more ${now.length === 1 ? "is" : "are"} due.` : when && `The next is due ${when}.`;
    setText(sentence, `${first} ${then || "Questions come here from lessons that you have done."}`);
    place.replaceChildren();
    setText(begin, "Go on");
    show(now.length ? [begin, note] : [note], now.length ? [title, later] : [title, begin, later]);
    [queue, asked, right] = [now.slice(0, most), 0, 0];
    tell(kept);
    if (!focus) return;
    (now.length ? begin : root).focus();
    live.say(sentence.textContent);
  }
  queue = dueNow(ids, cards).slice(0, most);
  if (model.get("folded")) {
    root.hidden = !queue.length;
    show([], [title, note]);
    setText(sentence, offered(queue.length));
  } else ask(false);
  el.append(root);
  listenToKeys(root, Object.fromEntries("123456789".split("").map((key) => [key, () => form?.pick(Number(key))])));
}
