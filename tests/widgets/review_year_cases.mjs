// Simulates learners of the course with the review's own scheduler. Reads cases from stdin, writes
// for each the seconds of every session, how often a question was known, and the cards at the end.
import { readFileSync } from "node:fs";

process.env.TZ = "UTC";
const room = new URL("../../cnnlab/widgets/", import.meta.url);
const { AGAIN, GOOD, rated } = await import(new URL("review_cards.mjs", room));
const { dueNow } = await import(new URL("review_due.mjs", room));
const { fsrs } = await import(new URL("fsrs/index.umd.js", room));
const MINUTE = 60_000, DAY = 1440 * MINUTE, EVENING = Date.parse("2026-03-01T18:00:00Z");
const memory = fsrs();

// Mulberry32, so that a seed gives the same learner on every machine.
function uniform(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// The page's scheduler, or the same with another share of answers that should still be known.
function scheduler(retention) {
  if (retention === null) return rated;
  const other = fsrs({ enable_fuzz: false, learning_steps: ["10m"], relearning_steps: ["10m"], request_retention: retention });
  return (card, rating, now) => (card ? { ...JSON.parse(JSON.stringify(other.next(card, new Date(now), rating).card)), first: card.first } : rated(card, rating, now));
}

// lessons: of each the pairs of an item's id and the seconds that it takes. A lesson is done every
// `every` days; reviews are on those days of the week. An item that is new is known with a chance
// of `first`; later, with what FSRS's model says is left of it.
function simulate({ lessons, every, days, weekdays, first, retention, seed }) {
  const random = uniform(seed), rate = scheduler(retention);
  const seconds = new Map(), cards = {}, sessions = [], later = { asked: 0, known: 0 };
  for (let day = 0; day < days; day++) {
    if (day % every === 0) for (const [id, each] of lessons[day / every] ?? []) seconds.set(id, each);
    if (!weekdays.includes(day % 7)) continue;
    let now = EVENING + day * DAY, asked = 0, took = 0;
    for (let due = dueNow([...seconds.keys()], cards, now); due.length; due = dueNow([...seconds.keys()], cards, now)) {
      for (const id of due) {
        const before = cards[id];
        const known = random() < (before ? memory.get_retrievability(before, new Date(now), false) : first);
        if (before?.scheduled_days > 0) { later.asked++; later.known += known; }
        cards[id] = rate(before, known ? GOOD : AGAIN, now);
        asked++;
        took += seconds.get(id);
      }
      now += 10 * MINUTE; // who didn't know is asked again
    }
    sessions.push([day, asked, took]);
  }
  return { sessions, later: later.known / later.asked, cards };
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(simulate)));
