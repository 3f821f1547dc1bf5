// What a widget says to who does not see it: one polite region for all of it, and what is wrong with
// which field.
import { element, setText, uniqueId } from "./base.mjs";

const QUIET = 300; // milliseconds without a change before anything is said
const MOST = 160; // characters that are said at once

// The first of these sentences, and as many more as are heard quickly; the rest can be read.
export function brief(sentences) {
  const [first = "", ...others] = sentences.flat().filter(Boolean);
  let text = first;
  for (const other of others) {
    if (text.length + other.length >= MOST) break;
    text += ` ${other}`;
  }
  return text;
}

// Mark fields as wrong, with the text that says why, or as right.
function mark(fields, why) {
  for (const field of fields) {
    for (const [name, value] of [["aria-invalid", "true"], ["aria-describedby", why?.id]]) {
      if (why) field.setAttribute(name, value);
      else field.removeAttribute(name);
    }
  }
}

// The one voice of a widget. Its region is there before any text, which comes in a later task, when
// nothing has changed for a while: of a burst the last is heard, and the same words are heard again.
export function liveRegion() {
  const heard = element("p", { class: "cnnlab-live", role: "status", "aria-live": "polite" });
  const problem = element("p", { class: "cnnlab-problem", id: uniqueId("problem"), hidden: true });
  const refusal = element("p", { class: "cnnlab-refusal", hidden: true });
  const node = element("div", { class: "cnnlab-voice" }, refusal, heard);
  let [timer, last, deed, wrong] = [0, null, "", []];

  function say(...sentences) {
    mark(wrong, null);
    wrong = [];
    refusal.hidden = true;
    clearTimeout(timer);
    setText(heard, "");
    timer = setTimeout(() => setText(heard, brief(sentences)), QUIET);
  }
  // What is shown, in words: said where `what` of it has changed since the last time, or `did` told
  // what was done. What is shown at first can be read. A function is asked for the words when they are said.
  function tell(words, what = words) {
    const now = JSON.stringify(what);
    if (last !== null && (now !== last || deed)) say(deed, typeof words === "function" ? words() : words);
    [last, deed] = [now, ""];
  }
  function did(text) {
    deed = text;
    setTimeout(() => { deed = ""; }); // nothing has come of it
  }
  // What cannot be taken, of which fields, in the place where it is shown; `more` is only said.
  function refuse(fields, text, place = refusal, ...more) {
    say(text, ...more);
    setText(place, text);
    refusal.hidden = place !== refusal;
    place.id ||= uniqueId("why");
    wrong = [fields].flat();
    mark(wrong, place);
  }
  // Why the numbers do not fit together, "" if they do. `fields` are pairs: what it calls a field, and the field.
  function explain(text, fields = []) {
    setText(problem, text);
    problem.hidden = !text;
    if (text) tell(text);
    for (const [name, field] of fields) {
      if (!wrong.includes(field)) mark([field], text.includes(`${name}=`) ? problem : null);
    }
  }
  return { node, problem, say, tell, did, refuse, explain };
}
