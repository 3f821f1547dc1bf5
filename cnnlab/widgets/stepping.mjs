// What the stepper knows of its state: whether it fits, which window is meant, what a sum is made of.
import { ShapeError, asChannels, convOutputSize, firstNonFinite, outputShape, valueAt, windowTerms } from "./arithmetic.mjs";
import { clamp, element, formatNumber } from "./base.mjs";

const LARGEST = 20; // pixels along a side, padding included

// The sentence that says why the numbers do not fit together, as Python would; empty if they do.
export function problemOf({ image, kernel, bias, stride, padding, dilation }) {
  const bad = firstNonFinite("image", image) || firstNonFinite("kernel", kernel);
  if (bad) return bad;
  if (bias !== null && !Number.isFinite(bias)) return `bias=${bias} is not a finite number. Use an ordinary number.`;
  const [planes, slices] = [asChannels(image), asChannels(kernel)];
  if (planes.length !== slices.length) {
    return `kernel has ${slices.length} channels but the image has ${planes.length}. ` +
      "Give the kernel one slice for each channel of the image.";
  }
  const sizes = [planes[0].length, planes[0][0].length];
  try {
    const kernelSizes = [slices[0].length, slices[0][0].length];
    sizes.forEach((inputSize, axis) => convOutputSize({ inputSize, kernelSize: kernelSizes[axis], stride, padding, dilation }));
  } catch (error) {
    if (error instanceof ShapeError) return error.message;
    throw error;
  }
  if (Math.max(...sizes) + 2 * padding <= LARGEST) return "";
  return `padded image is ${sizes.map((size) => size + 2 * padding).join("x")} ` +
    `pixels. The stepper writes every number out: use at most ${LARGEST}x${LARGEST}.`;
}

const near = (a, b) => Math.abs(a - b) <= 0.00501 + 1e-9 * Math.abs(b);

// Judge a prediction; a wrong one is named if it is a slip that many make.
export function judge(state, row, column, guess) {
  const actual = valueAt(state.image, state.kernel, state, row, column);
  const result = formatNumber(actual);
  if (near(guess, actual)) return { right: true, text: `Right: ${result}.` };
  const terms = windowTerms(state.image, state.kernel, state, row, column);
  const turned = terms.reduce((sum, { terms: t }) => sum + t.reduce((s, { pixel }, i) => s + pixel * t[t.length - 1 - i].weight, 0), 0);
  const pixels = terms.reduce((sum, { terms: t }) => sum + t.reduce((s, { pixel }) => s + pixel, 0), 0);
  const unsigned = terms.reduce((sum, { terms: t }) => sum + t.reduce((s, { pixel, weight }) => s + pixel * Math.abs(weight), 0), 0);
  const bias = state.bias ?? 0;
  const slips = [
    [actual - bias, "The bias is still to be added."],
    [turned + bias, "That turns the kernel around first. The kernel is laid on as it stands."],
    [unsigned + bias, "Mind the minus signs in the kernel."],
    [pixels + bias, "That adds up the pixels. Multiply each by its kernel number first."],
    [terms[0].sum + bias, "That is the first channel alone. Add all channels."],
  ];
  const slip = slips.find(([value]) => near(guess, value));
  return { right: false, text: `Off: you wrote ${formatNumber(guess)}, the sum is ${result}. ${slip ? slip[1] : ""}`.trim() };
}

// The output cell whose window is centered nearest to the pixel (y, x), counted without padding.
export function nearestWindow(state, y, x) {
  const [rows, columns] = outputShape(state.image, state.kernel, state);
  const weights = asChannels(state.kernel)[0];
  const middle = (size) => (state.dilation * (size - 1)) / 2;
  const place = (at, size, count) => clamp(Math.round((at + state.padding - middle(size)) / state.stride), 0, count - 1);
  return [place(y, weights.length, rows), place(x, weights[0].length, columns)];
}

// The sum in the page: its products, and with several channels or a bias a last line of parts.
export function sumLines(state, read, known) {
  const chip = (kind, text) => element("span", { class: `cnnlab-${kind}` }, text);
  const signed = (value) => (value < 0 ? `(${formatNumber(value)})` : formatNumber(value));
  const many = read.length > 1 || state.bias !== null;
  const lines = read.map(({ terms, sum: part }, channel) => {
    const products = terms.flatMap(({ pixel, weight, padded }, i) => [i ? " + " : "", element("span", { class: "cnnlab-term" },
      chip(padded ? "pixel cnnlab-padded" : "pixel", formatNumber(pixel)), "\u00d7", signed(weight))]);
    const name = read.length > 1 ? [chip("part", `channel ${channel + 1}: `)] : [];
    const end = many ? [" = ", known || read.length > 1 ? formatNumber(part) : "?"] : [" = ", chip("result", known ? formatNumber(part) : "?")];
    return element("p", {}, ...name, ...products, ...end);
  });
  if (many) {
    const parts = read.map(({ sum: part }, i) => (i ? ` + ${signed(part)}` : known || read.length > 1 ? formatNumber(part) : "?"));
    const bias = state.bias === null ? [] : [` + ${signed(state.bias)} `, chip("part", "bias")];
    const value = read.reduce((total, { sum: part }) => total + part, state.bias ?? 0);
    lines.push(element("p", {}, chip("part", "sum: "), ...parts, ...bias, " = ", chip("result", known ? formatNumber(value) : "?")));
  }
  return lines;
}
