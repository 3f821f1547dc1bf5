// The course's one scheduler: FSRS, without chance. Who doesn't know is asked again after ten
// minutes; who knows, after days.

import { createEmptyCard, fsrs } from "./fsrs/index.umd.js";

export const AGAIN = 1, HARD = 2, GOOD = 3, EASY = 4;
const scheduler = fsrs({ enable_fuzz: false, learning_steps: ["10m"], relearning_steps: ["10m"] });

// The card, as JSON, after an answer with this rating; without a card, of an item that is new.
export function rated(card, rating, now = Date.now()) {
  const { first = new Date(now).toISOString(), ...before } = card ?? createEmptyCard(new Date(now));
  return { ...JSON.parse(JSON.stringify(scheduler.next(before, new Date(now), rating).card)), first };
}
