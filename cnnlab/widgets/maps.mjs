// Maps of numbers as pixels of a canvas, and marks over parts of them.
import { element, formatNumber, setText } from "./base.mjs";

// Blue below zero, white at zero, red above, as the course's figures; `value` is in [-1, 1].
export function signedColor(value) {
  const stops = [[255, 255, 255], [253, 219, 199], [239, 138, 98], [178, 24, 43]];
  const cold = [[255, 255, 255], [209, 229, 240], [103, 169, 207], [33, 102, 172]];
  const scale = value < 0 ? cold : stops;
  const at = Math.min(Math.abs(value), 1) * 3;
  const low = Math.min(Math.floor(at), 2);
  return scale[low].map((channel, i) => Math.round(channel + (scale[low + 1][i] - channel) * (at - low)));
}

// The scale of such colors, with its ends and its white middle, 0, in numbers or words.
export function colorScale(low = "negative", high = "positive") {
  const ends = [low, "0", high].map((text) => element("span", {}, text));
  const node = element("div", { class: "cnnlab-colors" }, element("span"), ...ends);
  const show = (limit) => [-limit, 0, limit].forEach((value, i) => setText(ends[i], formatNumber(value)));
  return { node, show };
}

export const gray = (value) => Array(3).fill(Math.round(255 * Math.min(Math.max(value, 0), 1)));

// Fill a canvas with one pixel per number; `colorAt` gives red, green, blue and perhaps opacity.
export function paintPixels(canvas, [height, width], colorAt) {
  if (canvas.height !== height || canvas.width !== width) [canvas.height, canvas.width] = [height, width];
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height);
  const { data } = pixels;
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 4) {
      const color = colorAt(y, x);
      data[at] = color[0];
      data[at + 1] = color[1];
      data[at + 2] = color[2];
      data[at + 3] = color[3] ?? 255;
    }
  }
  context.putImageData(pixels, 0, 0);
}

// Lay a mark over a part of a picture: [start, length] down and across, in the units of its size.
export function layMark(mark, [[top, tall], [left, wide]], [height, width]) {
  const percent = (part, all) => `${(100 * part) / all}%`;
  Object.assign(mark.style, { top: percent(top, height), height: percent(tall, height), left: percent(left, width), width: percent(wide, width) });
}

// What a map holds, in words: its size, its range, and where it is largest.
export function mapWords(values, [height, width]) {
  let [low, high] = [0, 0]; // the places of the smallest and the largest
  for (let i = 1; i < values.length; i += 1) {
    if (values[i] < values[low]) low = i;
    if (values[i] > values[high]) high = i;
  }
  const size = `${height}\u00d7${width}`;
  if (values[low] === values[high]) return `${size}, ${formatNumber(values[0])} everywhere`;
  return `${size}, from ${formatNumber(values[low])} to ${formatNumber(values[high])}, largest at row ${Math.floor(high / width)}, column ${high % width}`;
}

// A kernel in words: its signs, and what its weights add up to on each side of its middle.
export function kernelWords(weights, [height, width]) {
  if (weights.length === 1) return `weight ${formatNumber(weights[0])}`;
  const count = (sign) => weights.filter((weight) => Math.sign(weight) === sign).length;
  const sum = (counts) => formatNumber(weights.reduce((all, weight, i) =>
    (counts(Math.floor(i / width) - (height - 1) / 2, (i % width) - (width - 1) / 2) ? all + weight : all), 0));
  return `${count(1)} of ${weights.length} weights above 0, ${count(-1)} below; together ${sum(() => true)}, left of the middle ${sum((y, x) => x < 0)}, right of it ${sum((y, x) => x > 0)}, ` +
    `above it ${sum((y) => y < 0)}, below it ${sum((y) => y > 0)}`;
}

export const largestMagnitude = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

export const bytesOf = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
