// What of a review is due, and when: plain functions, which a site's pages use without the widget.

export const NEW_A_DAY = 20;
const MINUTE = 60_000;
const SECONDS = 20; // that one question takes

const day = (date) => new Date(date).toDateString();
const plain = (text) => text.replaceAll("`", "");

// What a reader's browser keeps for the pages: { "03_counting": { predictions: { done }, questions } }.
export function stored(key) {
  try { return Object(JSON.parse(localStorage.getItem(key))); } catch { return {}; }
}

// Returns whether it is kept.
export function store(key, value) {
  try { localStorage.setItem(key, JSON.stringify(value)); } catch { return false; }
  return true;
}

// Whether an item's lesson is done so far, on pages without a kernel. A question of a quiz enters
// by itself, a computation with the whole quiz; no page checks an exercise.
export function entersHere({ id, lesson, enters, asks }, progress) {
  const { predictions, questions } = progress[lesson] ?? {};
  if (enters.predictions) return Boolean(predictions?.done.includes(enters.predictions));
  if (!enters.quizzes || !questions?.done.length) return false;
  return id.startsWith("quiz/") ? questions.done.includes(plain(asks)) : questions.done.length === questions.of;
}

// A card is due at its time; one that waits for days, on its day.
function isDue({ due, scheduled_days: days }, now) {
  return Date.parse(due) <= now || (days > 0 && new Date(due) < new Date(now).setHours(24, 0, 0, 0));
}

// The ids of what to ask now: what is due, in order, then what is new, so many a day.
export function dueNow(ids, cards, now = Date.now()) {
  const known = ids.filter((id) => cards[id]);
  const due = known.filter((id) => isDue(cards[id], now));
  due.sort((a, b) => Date.parse(cards[a].due) - Date.parse(cards[b].due));
  const begun = known.filter((id) => day(cards[id].first ?? 0) === day(now)).length;
  return [...due, ...ids.filter((id) => !cards[id]).slice(0, Math.max(NEW_A_DAY - begun, 0))];
}

// When the next of these is asked, in words; "" if none ever is.
export function nextTime(ids, cards, now = Date.now()) {
  const times = ids.map((id) => (cards[id] ? Date.parse(cards[id].due) : new Date(now).setHours(24, 0, 0, 0)));
  if (!times.length) return "";
  const next = Math.min(...times), days = Math.round((new Date(next).setHours(0, 0, 0, 0) - new Date(now).setHours(0, 0, 0, 0)) / (1440 * MINUTE));
  if (days > 1) return `in ${days} days`;
  if (days === 1) return "tomorrow";
  const minutes = Math.max(Math.ceil((next - now) / MINUTE), 1);
  return minutes > 90 ? "later today" : `in ${minutes} minute${minutes === 1 ? "" : "s"}`;
}

// The sentence of an offer.
export function offered(count) {
  const minutes = Math.max(Math.round((count * SECONDS) / 60), 1);
  return `${count} thing${count === 1 ? "" : "s"} from earlier lessons ${count === 1 ? "is" : "are"} due: about ${minutes === 1 ? "a minute" : `${minutes} minutes`}.`;
}
