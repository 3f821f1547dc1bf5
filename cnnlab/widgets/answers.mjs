// Answers that a learner types: read, refused, said, and judged.

import { parseNumber } from "./base.mjs";

// "112,384", "40 %", "10^5" and "1/9" are numbers; "(3, 32, 32)" and "3x32x32" are shapes.
export function readAnswer(text, kind, unit = "") {
  if (kind === "shape") {
    const sizes = text.match(/\d+/g);
    return sizes && /^[\s\d()[\],x\u00d7*]+$/.test(text) ? sizes.map(Number) : null;
  }
  if (kind !== "number") return text.trim() || null;
  let plain = text.trim().replace(/^[~\u2248]\s*/, "");
  if (unit && plain.endsWith(unit)) plain = plain.slice(0, -unit.length);
  plain = plain.trim().replace(/\s(?=\d{3}\b)/g, "");
  if (/^[-\u2212]?[1-9]\d{0,2}(,\d{3})+$/.test(plain)) plain = plain.replaceAll(",", "");
  const power = /^10\^(\d+)$/.exec(plain);
  const value = power ? 10 ** Number(power[1]) : parseNumber(plain);
  return Number.isFinite(value) ? value : null;
}

// What to write instead of an answer that cannot be right; "" if it can be.
export function refuse(text, kind, unit = "") {
  const answer = readAnswer(text, kind, unit);
  if (answer !== null) return unit === "%" && !(answer >= 0 && answer <= 100) ? "A share lies between 0 and 100 %." : "";
  const wanted = { number: "Write a number first.", shape: "Write a shape first, such as (3, 32, 32).", choice: "Pick one first." };
  return wanted[kind] ?? "Write a word first.";
}

export function sayAnswer(answer, kind, unit = "") {
  if (kind === "shape") return `(${answer.join(", ")}${answer.length === 1 ? "," : ""})`;
  if (kind !== "number") return String(answer);
  const size = Math.abs(answer);
  const digits = size < 1 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: size < 1000 ? 2 : 0 };
  return `${answer.toLocaleString("en-US", digits).replace("-", "\u2212")}${unit && ` ${unit}`}`;
}

const same = (a, b, kind) =>
  kind === "word" ? a.toLowerCase() === b.toLowerCase() : JSON.stringify(a) === JSON.stringify(b);

// How a prediction went: { how: "right" | "close" | "off", word, mixesUp }.
export function judge(guess, { kind, measured, within, common }) {
  const found = common.find(([answer]) => same(answer, guess, kind));
  const mixesUp = found ? found[1] : "";
  if (same(guess, measured, kind)) return { how: "right", word: "Right.", mixesUp: "" };
  if (kind !== "number") return { how: "off", word: "A surprise.", mixesUp };
  const off = Math.abs(guess - measured);
  if (off <= within * Math.abs(measured)) return { how: "right", word: "Right, as near as it gets.", mixesUp: "" };
  const close = off <= 2.5 * within * Math.abs(measured);
  const side = guess > measured ? "high" : "low";
  return close ? { how: "close", word: `Close, a little ${side}.`, mixesUp } : { how: "off", word: `Too ${side}.`, mixesUp };
}
