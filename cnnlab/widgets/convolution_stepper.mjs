import { PRESETS, ShapeError, asChannels, convOutputSize, convolve, firstNonFinite, outputShape, valueAt, windowTerms } from "./arithmetic.mjs";
import { MAIN, button, change, clamp, digitsOf, disable, element, formatNumber, linkPlace, listenToKeys, notBoolean, numberGrid, onSlide, parseNumber, redrawOnChange, setText, stateOf, uniqueId, wholeField } from "./base.mjs";
import { liveRegion } from "./say.mjs";

const TRAITS = ["image", "kernel", "stride", "padding", "dilation", "bias", "position", "seen", "predict", "tried", "missed", "right", "controls"];
const LARGEST = 20; // pixels along a side, padding included
const [ROWS, WIDTH, GAPS] = [10, 64, 5]; // of the padded image that have room on a slide; em of it
const BETWEEN_STEPS = 700; // milliseconds, in play

function render({ model, el }) {
  let state = stateOf(model, TRAITS);
  let grids = null; // tables for the present shapes
  let [shapes, numbers] = ["", ""]; // what the tables were built for, and what they show
  let [results, lit] = [[], []]; // the whole output; the cells of the yellow window
  let peek = null; // the output cell under the pointer
  let timer = null;

  // What is on the page
  const live = liveRegion(), { problem } = live;
  const stage = element("div", { class: "cnnlab-stage" });
  const sum = element("div", { class: "cnnlab-sum" });
  const back = button("Back", () => stop() || go(index() - 1));
  const step = button("Step", () => stop() || onward(), MAIN);
  const play = button("Play", () => (timer ? stop() : start()));
  const reset = button("Reset", () => stop() || go(0, true));
  const count = element("span", { class: "cnnlab-count" });
  const guess = element("input", { id: uniqueId("guess"), class: "cnnlab-guess", inputmode: "decimal", autocomplete: "off" });
  const verdict = element("p", { class: "cnnlab-verdict" });
  const asking = element("form", { class: "cnnlab-predict", onsubmit: (event) => { event.preventDefault(); check(); } },
    element("label", { for: guess.id }, "What comes next?"), guess,
    element("button", { class: "cnnlab-button", type: "submit" }, "Check"), verdict);
  const toggle = element("input", { type: "checkbox", id: uniqueId("predict"), onchange: () => {
    stop();
    change(model, { predict: toggle.checked, position: [0, 0], seen: toggle.checked ? 0 : 1, missed: false });
  } });
  const preset = element("select", { id: uniqueId("preset"), class: "cnnlab-select", onchange: () => choose(preset.value) },
    ...["as given", ...Object.keys(PRESETS)].map((name) => element("option", { value: name }, name)));
  const fields = Object.entries({ stride: [1, 6], padding: [0, 6], dilation: [1, 6] }).map(([name, [minimum, maximum]]) =>
    [name, wholeField(name, { minimum, maximum: () => Math.min(maximum, name === "padding" && onSlide(el) && !problemOf(state) ? roomFor(state, emOf(root)) : maximum), live, onchange: (value) => reshape({ [name]: value }) })]);
  const settings = element("div", { class: "cnnlab-settings" },
    element("div", { class: "cnnlab-field" }, element("label", { for: preset.id }, "kernel"), preset),
    ...fields.map(([, field]) => field.node));
  const root = element("div", { class: "cnnlab-widget cnnlab-stepper", role: "group", "aria-label": "Convolution, step by step" },
    settings, problem, stage, sum, asking,
    element("div", { class: "cnnlab-bar" }, back, step, play, reset, count, ...linkPlace(model, ["stride", "padding", "dilation", "predict"]),
      element("label", { class: "cnnlab-check" }, toggle, " predict first")),
    live.node);
  el.append(root);
  const firstKernel = state.kernel;

  // Moving
  const size = () => outputShape(state.image, state.kernel, state);
  const index = () => state.position[0] * size()[1] + state.position[1];
  const total = () => size()[0] * size()[1];
  function go(target, restart = false) {
    if (problem.textContent) return;
    state = stateOf(model, TRAITS);
    const to = clamp(target, 0, total() - 1);
    const shown = restart ? 0 : state.seen;
    peek = null;
    setText(verdict, "");
    change(model, {
      position: [Math.floor(to / size()[1]), to % size()[1]],
      seen: state.predict ? shown : Math.max(shown, to + 1),
      ...(restart ? { tried: 0, right: 0, missed: false } : {}),
    });
  }
  function advance() {
    if (problem.textContent) return;
    state = stateOf(model, TRAITS);
    if (index() >= state.seen) {
      setText(verdict, "");
      change(model, { seen: index() + 1, missed: false });
    } else if (index() < total() - 1) go(index() + 1);
  }
  function onward() {
    advance();
    state = stateOf(model, TRAITS);
    if (state.predict && index() >= state.seen) guess.focus();
  }
  function start() {
    if (problem.textContent || state.predict) return;
    if (index() === total() - 1) go(0, true);
    timer = setInterval(() => (index() < total() - 1 ? go(index() + 1) : stop()), BETWEEN_STEPS);
    draw();
  }
  function stop() {
    if (!timer) return;
    clearInterval(timer);
    timer = null;
    setText(play, "Play");
    draw();
  }
  function reshape(values) {
    stop();
    change(model, { ...values, position: [0, 0], seen: model.get("predict") ? 0 : 1, missed: false });
  }
  function choose(name) {
    const slices = asChannels(state.image).length;
    if (name === "as given") reshape({ kernel: firstKernel });
    else reshape({ kernel: Array.isArray(state.image[0][0]) ? Array(slices).fill(PRESETS[name]) : PRESETS[name] });
  }
  function check() {
    const value = parseNumber(guess.value);
    if (problem.textContent || index() < state.seen) return;
    if (!Number.isFinite(value)) return live.refuse(guess, "Write a number, for example 12, \u22120.5 or 1/9.", verdict);
    const { right, text } = judge(state, ...state.position, value);
    const first = Number(!state.missed); // only the first try at a place counts
    change(model, { seen: index() + Number(right), tried: state.tried + first, right: state.right + first * Number(right), missed: !right });
    setText(verdict, text);
    verdict.dataset.right = right;
    if (right) live.did(text);
    else queueMicrotask(() => live.refuse(guess, text, verdict)); // after what is drawn
    if (right) step.focus();
    else guess.select();
  }
  function edited(name, channel, row, column, value) {
    const copy = structuredClone(model.get(name));
    (Array.isArray(copy[0][0]) ? copy[channel] : copy)[row][column] = value;
    change(model, { [name]: copy });
  }

  // Drawing
  function build() {
    const { padding, image, kernel } = state;
    const planes = asChannels(image);
    const [height, width] = [planes[0].length, planes[0][0].length];
    const inside = (row, column) => row >= padding && column >= padding && row < height + padding && column < width + padding;
    const called = (name, channel, rows, columns) => `${name}, ${planes.length > 1 ? `channel ${channel + 1}` : `${rows}\u00d7${columns}`}`;
    const hover = (row, column) => {
      peek = row === null ? null : nearestWindow(state, row - padding, column - padding);
      draw();
    };
    const inputs = planes.map((_, channel) => numberGrid({
      caption: called("Input", channel, height, width), rows: height + 2 * padding, columns: width + 2 * padding,
      editable: inside, onHover: hover,
      onPick: (row, column) => stop() || jump(...nearestWindow(state, row - padding, column - padding)), live,
      onEdit: (row, column, value) => edited("image", channel, row - padding, column - padding, value),
    }));
    const kernels = asChannels(kernel).map((slice, channel) => numberGrid({
      caption: called("Kernel", channel, slice.length, slice[0].length), rows: slice.length, columns: slice[0].length, live,
      onEdit: (row, column, value) => edited("kernel", channel, row, column, value),
    }));
    const [rows, columns] = size();
    const output = numberGrid({
      caption: `Output, ${rows}\u00d7${columns}`, rows, columns, onPick: (row, column) => stop() || jump(row, column),
      onHover: (row, column) => { peek = row === null ? null : [row, column]; draw(); },
    });
    inputs.forEach(({ cells }) => cells.forEach((line, row) => line.forEach((cell, column) => cell.classList.toggle("cnnlab-pad", !inside(row, column)))));
    const column = (name, list) => element("div", { class: `cnnlab-column cnnlab-${name}` }, ...list.map((grid) => grid.table));
    stage.replaceChildren(column("input", inputs), column("kernel", kernels), column("output", [output]));
    grids = { inputs, kernels, output };
  }
  function jump(row, column) {
    const to = row * size()[1] + column;
    if (!state.predict || to <= state.seen) go(to); // a prediction is made in order
  }
  // The numbers, when they or the shapes have changed; a step leaves them alone.
  function paintNumbers() {
    const planes = asChannels(state.image);
    const every = planes.flat(2);
    const [low, high] = [Math.min(...every), Math.max(...every)];
    const write = (cell, value) => cell.firstElementChild || setText(cell, formatNumber(value));
    grids.inputs.forEach(({ cells }, channel) => cells.forEach((line, r) => line.forEach((cell, c) => {
      const value = planes[channel][r - state.padding]?.[c - state.padding];
      write(cell, value ?? 0);
      const shade = value === undefined || high === low ? 1 : (value - low) / (high - low);
      cell.style.setProperty("--cnnlab-shade", `${Math.round(70 + 28 * shade)}%`);
    })));
    grids.kernels.forEach(({ cells }, channel) => cells.forEach((line, r) => line.forEach((cell, c) => write(cell, asChannels(state.kernel)[channel][r][c]))));
    results = convolve(state.image, state.kernel, state);
    grids.inputs.forEach((grid) => grid.fit(state.image));
    grids.kernels.forEach((grid) => grid.fit(state.kernel));
    grids.output.fit(results);
  }
  function paintWindow(row, column) {
    const read = windowTerms(state.image, state.kernel, state, row, column);
    lit.forEach((cell) => cell.classList.remove("cnnlab-window", "cnnlab-top", "cnnlab-right", "cnnlab-bottom", "cnnlab-left"));
    lit = [];
    grids.inputs.forEach(({ cells }, channel) => {
      const under = new Set(read[channel].terms.map(({ y, x }) => `${y} ${x}`));
      for (const { y, x } of read[channel].terms) {
        const cell = cells[y + state.padding][x + state.padding];
        const beside = { top: [y - 1, x], right: [y, x + 1], bottom: [y + 1, x], left: [y, x - 1] };
        const edges = Object.keys(beside).filter((side) => !under.has(beside[side].join(" ")));
        cell.classList.add("cnnlab-window", ...edges.map((side) => `cnnlab-${side}`));
        lit.push(cell);
      }
    });
    return read;
  }
  function paintOutput(row, column) {
    const [, columns] = size();
    grids.output.cells.forEach((line, r) => line.forEach((cell, c) => {
      const here = r === row && c === column;
      const known = r * columns + c < state.seen || (here && !state.predict);
      const text = known ? formatNumber(results[r][c]) : here ? "?" : "";
      cell.classList.toggle("cnnlab-lands", here && known && cell.textContent !== text);
      setText(cell, text);
      cell.classList.toggle("cnnlab-target", here);
      cell.setAttribute("aria-selected", String(here));
    }));
    if (!peek) grids.output.activate(row, column);
  }
  function speak(row, column) {
    if (timer) return live.tell("Playing.");
    const known = row * size()[1] + column < state.seen;
    live.tell(`Output row ${row + 1}, column ${column + 1}: ${known ? `the sum is ${formatNumber(results[row][column])}` : "what is the sum?"}`, state);
  }
  function draw() {
    state = stateOf(model, TRAITS);
    settings.hidden = !state.controls;
    fields.forEach(([name, field]) => field.show(state[name]));
    toggle.checked = state.predict;
    preset.value = Object.keys(PRESETS).find((key) => asChannels(state.kernel).every((slice) => JSON.stringify(slice) === JSON.stringify(PRESETS[key]))) ?? "as given";
    live.explain(problemOf(state), [...fields.map(([name, { input }]) => [name, input]), ["kernel_size", preset]]);
    stage.hidden = sum.hidden = !problem.hidden;
    asking.hidden = !state.predict || !problem.hidden;
    if (problem.textContent) return stop() || [back, step, play, reset].forEach((control) => disable(control, true));
    const now = JSON.stringify([asChannels(state.image).length, size(), state.padding, state.image.length, state.image[0].length, state.kernel.length, state.kernel[0].length]);
    if (now !== shapes) { build(); shapes = now; live.did(`Output ${size().join("\u00d7")}.`); }
    const [rows, columns] = size();
    state.position = [clamp(state.position[0], 0, rows - 1), clamp(state.position[1], 0, columns - 1)];
    const [row, column] = (peek && peek[0] < rows && peek[1] < columns && peek) || state.position;
    const wanted = JSON.stringify([now, state.image, state.kernel, state.stride, state.dilation, state.bias]);
    if (wanted !== numbers) paintNumbers();
    numbers = wanted;
    const terms = paintWindow(row, column);
    paintOutput(row, column);
    sum.replaceChildren(...sumLines(state, terms, row * columns + column < state.seen || !state.predict));
    speak(...state.position);
    disable(back, index() === 0);
    disable(step, index() === total() - 1 && index() < state.seen);
    disable(play, state.predict);
    disable(reset, index() === 0 && state.seen <= (state.predict ? 0 : 1));
    setText(play, timer ? "Pause" : "Play");
    setText(count, `${index() + 1} of ${total()}${state.predict && state.tried ? `, ${state.right} of ${state.tried} right at the first try` : ""}`);
    const waiting = state.predict && index() >= state.seen;
    if (waiting && !guess.dataset.waiting) guess.value = "";
    guess.dataset.waiting = waiting ? "yes" : "";
    setText(step, waiting ? "Show" : state.predict ? "Next" : "Step");
  }

  const move = (act) => () => problem.textContent || stop() || act();
  listenToKeys(root, {
    ArrowRight: move(advance),
    ArrowLeft: move(() => go(index() - 1)),
    ArrowDown: move(() => jump(Math.min(state.position[0] + 1, size()[0] - 1), state.position[1])),
    ArrowUp: move(() => jump(Math.max(state.position[0] - 1, 0), state.position[1])),
    Home: move(() => jump(0, 0)),
    End: move(() => go(state.predict ? Math.min(state.seen, total() - 1) : total() - 1)),
    " ": () => (timer ? stop() : start()),
  });
  const forget = redrawOnChange(model, TRAITS, draw);
  return () => stop() || forget();
}

// The sentence that says why the numbers do not fit together, as Python would; empty if they do.
export function problemOf({ image, kernel, bias, stride, padding, dilation, predict = false }) {
  const bad = firstNonFinite("image", image) || firstNonFinite("kernel", kernel);
  if (bad) return bad;
  if (typeof predict !== "boolean") return notBoolean({ predict }, ["predict"]);
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
    `pixels (padding=${padding}). The stepper writes every number out: use at most ${LARGEST}x${LARGEST}.`;
}

const near = (a, b) => Math.abs(a - b) <= 0.00501 + 1e-9 * Math.abs(b);

// Judge a prediction; a wrong one is named if it is a slip that many make.
export function judge(state, row, column, guess) {
  const actual = valueAt(state.image, state.kernel, state, row, column);
  if (near(guess, actual)) return { right: true, text: `Right: ${formatNumber(actual)}.` };
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
  return { right: false, text: `Not ${formatNumber(guess)}. ${slip ? `${slip[1]} ` : ""}Try again, or press Show.` };
}

// How wide a widget is, in em; where it is not shown, as at a slide's smallest text.
const emOf = (root) => root.clientWidth / parseFloat(getComputedStyle(root).fontSize) || WIDTH;

// The padding for which a slide has room: of the rows, and of input, kernels and output side by side.
export function roomFor(state, width = WIDTH) {
  const { image, kernel, padding } = state;
  const [planes, slices] = [asChannels(image), asChannels(kernel)];
  const cell = (numbers) => Math.max(2.1, 0.7 * digitsOf(numbers) + 0.4); // em, as the style sheet says
  const fits = (more) => {
    const tried = { ...state, padding: more };
    const columns = planes[0][0].length + 2 * more;
    const wide = planes.length * columns * cell(image) + Math.max(12, planes.length * Math.max(planes.length > 1 ? 10.8 : 0, slices[0][0].length * cell(kernel)))
      + outputShape(image, kernel, tried)[1] * cell(convolve(image, kernel, tried));
    return planes[0].length + 2 * more <= ROWS && wide <= width - GAPS;
  };
  let most = padding;
  while (most < 6 && fits(most + 1)) most += 1;
  return most;
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
