import { MAIN, button, change, clamp, disable, element, formatCount, formatNumber, linkPlace, listenToKeys, notBoolean, redrawOnChange, setText, stateOf, uniqueId } from "./base.mjs";
import { liveRegion } from "./say.mjs";
import { bestOf, classBars, formatPercent, largestOf } from "./class_bars.mjs";
import { axisEnd, chart, runTable } from "./learning_charts.mjs";
import { Trainer, forward, softmax, standardized, unpack } from "./learning_network.mjs";
import { bytesOf, colorScale, gray, kernelWords, largestMagnitude, layMark, mapWords, paintPixels, signedColor } from "./maps.mjs";

const WORK = 22; // milliseconds of learning in a frame, so that 30 frames a second stay possible
const MOST_IMAGES = 100; // in a frame: on a fast machine the eye should be able to follow
const REST = 80_000; // images after which play pauses by itself
const NAMED = 10_000; // images between two names of what is drawn, in play
const [KEPT_RUNS, SHORTEST_RUN] = [2, 1000];
const CALM = 1000; // milliseconds between two drawings, for who prefers reduced motion
const RATES = [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1];
const STARTS_OVER = ["kernels", "shared", "pooled", "permuted", "seed"];

export function problemOf(state) {
  const { learning_rate: rate, kernels, example, held_out: heldOut } = state;
  const bad = notBoolean(state, ["shared", "pooled", "permuted"]);
  if (bad) return bad;
  if (!(rate > 0 && rate <= 1)) return `learning_rate=${rate} must be above 0 and at most 1.`;
  if (!(Number.isInteger(kernels) && kernels >= 1 && kernels <= 16)) return `kernels=${kernels} must be from 1 to 16.`;
  if (!(Number.isInteger(state.seed ?? 0) && !(state.seed < 0))) return `seed=${state.seed} must be a whole number, at least 0.`;
  return Number.isInteger(example) && example >= 0 && example < heldOut ? "" : `example=${example} is not a test image. Use 0 to ${heldOut - 1}.`;
}

// What a screen reader hears of the network.
export function sentenceOf({ seen, losses, accuracies }, what) {
  if (!seen) return `${what} The network has not seen any image yet.`;
  const loss = losses.length ? ` Loss ${formatNumber(losses.at(-1)[1])}.` : "";
  const right = accuracies.length ? ` ${formatPercent(accuracies.at(-1)[1])} of the held-out images are right.` : "";
  return `${what} ${formatCount(seen)} images seen.${loss}${right}`;
}

const check = (label, name, model) => {
  const box = element("input", { type: "checkbox", id: uniqueId(name), onchange: () => change(model, { [name]: box.checked }) });
  return { node: element("label", { class: "cnnlab-tick", for: box.id }, box, ` ${label}`), box };
};

// A list of numbers; one that is not in it, set from Python, is added.
const choice = (label, name, values, model) => {
  const list = element("select", { id: uniqueId(name), class: "cnnlab-select", onchange: () => change(model, { [name]: Number(list.value) }) },
    ...values.map((value) => element("option", { value }, String(value))));
  const show = (value) => {
    if (![...list.options].some((option) => option.value === String(value))) list.append(element("option", { value }, String(value)));
    list.value = String(value);
  };
  return { node: element("div", { class: "cnnlab-field" }, element("label", { for: list.id }, label), list), list, show };
};

function render({ model, el }) {
  const names = ["packed", "labels", "size", "held_out", "classes", "learning_rate", "example", ...STARTS_OVER];
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  let state;
  let data = null; // the images and labels, unpacked
  let trainer = null;
  let [started, playing, visible, waiting] = ["", false, true, 0];
  let [chosen, drawnAt, restAt] = [0, 0, REST];
  const live = liveRegion(), { problem } = live;
  let [runs, named] = [[], 0];
  const rate = choice("learning rate", "learning_rate", RATES, model);
  const kernels = choice("kernels", "kernels", [2, 4, 8, 16], model);
  const boxes = { shared: check("share weights", "shared", model), pooled: check("pool", "pooled", model), permuted: check("permute pixels", "permuted", model) };
  const play = button("Play", () => toggle(), MAIN);
  const step = button("Step", () => stepOnce());
  const reset = button("Start over", () => startOver());
  const count = element("span", { class: "cnnlab-count" });
  const image = imageFigure();
  const title = element("p", { class: "cnnlab-title" });
  const another = button("Next image", () => change(model, { example: (state.example + 1) % state.held_out }));
  const grid = kernelGrid((map) => choose(map));
  const heads = ["", ""].map((text) => element("p", { class: "cnnlab-title" }, text));
  const strip = mapStrip();
  const side = element("div", { class: "cnnlab-side" });
  const [percent, of, mean] = [element("strong"), element("span"), element("strong")];
  const accuracy = chart({ title: "Accuracy on held-out images", top: 1, guess: 0.1, ticks: [0, 0.5, 1], format: (v) => `${100 * v} %` });
  const loss = chart({ title: "Loss on training images", top: 2.5, guess: Math.log(10), ticks: [0, 1, 2], format: String });
  const table = runTable();
  const block = (name, ...parts) => element("div", { class: `cnnlab-${name}` }, ...parts);
  const right = (...parts) => element("p", { class: "cnnlab-right" }, ...parts);
  const stage = block("stage",
    block("see", element("div", {}, title, image.node, another), side),
    block("layers", block("kernels", heads[0], grid.node, colorScale("below 0", "above 0").node), block("deeper", heads[1], strip.node)),
    block("charts", element("div", {}, right(percent, of), accuracy.node),
      element("div", {}, right(mean, " training loss"), loss.node)),
    table.node);
  const root = element("div", { class: "cnnlab-widget cnnlab-learning", role: "group", "aria-label": "A network that learns" },
    element("div", { class: "cnnlab-bar" }, play, step, reset, count, ...linkPlace(model, ["learning_rate", "example", ...STARTS_OVER])),
    element("div", { class: "cnnlab-settings" }, rate.node, kernels.node, ...Object.values(boxes).map(({ node }) => node)),
    problem, stage, live.node);
  el.append(root);
  let bars = null;

  function choose(map) {
    chosen = clamp(map, 0, trainer.layers[0].outputs - 1);
    show();
  }
  // From other weights, and with the images in another order.
  function startOver() {
    if (problem.textContent) return;
    change(model, { seed: state.seed + 1 });
  }
  function restart() {
    if (trainer && trainer.seen >= SHORTEST_RUN && trainer.accuracies.length) {
      runs = [...runs, { ...trainer.settings, seen: trainer.seen, losses: trainer.losses, accuracies: trainer.accuracies }].slice(-KEPT_RUNS);
    }
    trainer = new Trainer(data, state);
    trainer.measure(); // by guessing, so far
    if (started) change(model, { seen: 0, accuracy: null });
    [restAt, chosen] = [REST, Math.min(chosen, state.kernels - 1)];
    show();
    if (started) live.say(sentenceOf(trainer, "Started over."));
  }
  // Learning
  function toggle() {
    if (playing) return stop("Paused.");
    if (problem.textContent) return;
    playing = true;
    restAt = trainer.seen + REST;
    setText(play, "Pause");
    live.say("Learning.");
    request();
  }
  function stop(what) {
    if (!playing) return;
    playing = false;
    setText(play, "Play");
    settle(what);
  }
  // The kernel learns of the state when the network rests, not at each frame.
  function settle(what) {
    if (trainer.accuracies.at(-1)?.[0] !== trainer.seen) trainer.measure();
    show();
    live.say(sentenceOf(trainer, what));
    change(model, { seen: trainer.seen, accuracy: trainer.accuracies.at(-1)?.[1] ?? null });
  }
  function stepOnce() {
    stop("Paused.");
    if (problem.textContent) return;
    trainer.step(state.learning_rate);
    settle("One step.");
  }
  function request() {
    if (playing && visible && !waiting) waiting = requestAnimationFrame(frame);
  }
  function frame(now) {
    waiting = 0;
    if (!playing || !visible) return;
    const from = performance.now();
    const last = trainer.seen + MOST_IMAGES;
    trainer.work(state.learning_rate, () => performance.now() - from < WORK && trainer.seen < last);
    if (!calm.matches || now - drawnAt > CALM) [drawnAt] = [now, show()];
    if (trainer.seen >= restAt) return stop("Paused to rest.");
    request();
  }
  // Drawing
  function show() {
    if (!trainer || problem.textContent) return;
    const words = !playing || trainer.seen < named || trainer.seen >= named + NAMED;
    if (words) named = trainer.seen;
    const index = trainer.learnable + state.example;
    const chances = softmax(forward(trainer.layers, trainer.weights, trainer.view(index), trainer.space));
    const label = data.labels[index];
    image.show(Float64Array.from(trainer.places, (place) => data.raw[index][place]), state.size, grid.show(trainer, chosen, words),
      `Image of the class ${state.classes[label]}${state.permuted ? ", its pixels permuted" : ""}. The yellow window is where kernel ${chosen + 1} answers most`);
    setText(title, `Held out: ${state.classes[label]}`);
    const [first] = trainer.layers;
    const where = state.shared ? `of ${first.kernel}\u00d7${first.kernel} and their maps` : `at each of ${first.out}\u00d7${first.out} places`;
    setText(heads[0], `${first.outputs} kernels ${where}`);
    const second = trainer.layers.findLastIndex(({ kind }) => kind === "conv");
    setText(heads[1], `${trainer.layers[second].outputs} maps of convolution 2`);
    strip.show(trainer.layers[second], trainer.space.maps[second], words);
    bars.show(chances);
    const end = axisEnd(Math.max(trainer.seen, ...runs.map(({ seen }) => seen)));
    accuracy.show(trainer.accuracies, runs.map((run) => run.accuracies), end);
    loss.show(trainer.losses, runs.map((run) => run.losses), end);
    table.show(runs);
    const measured = trainer.accuracies.at(-1);
    setText(percent, measured ? formatPercent(measured[1]) : "\u2013");
    setText(mean, trainer.seen ? trainer.meanLoss().toFixed(2) : "\u2013");
    setText(of, " held-out accuracy");
    live.tell([image.node.firstChild.getAttribute("aria-label"), `The network says ${bestOf(state.classes, chances)}.`], [chosen, state.example]);
    setText(count, `${formatCount(trainer.seen)} images seen, ${formatCount(trainer.weights.length)} parameters, start ${state.seed + 1}`);
  }
  function draw() {
    const before = state;
    state = stateOf(model, names);
    live.explain(problemOf(state), [["learning_rate", rate.list], ["kernels", kernels.list]]);
    stage.hidden = !problem.hidden;
    rate.show(state.learning_rate);
    kernels.show(state.kernels);
    for (const [name, { box }] of Object.entries(boxes)) box.checked = state[name];
    [play, step, reset].forEach((control) => disable(control, !problem.hidden));
    if (problem.textContent) return pauseQuietly();
    if (before?.packed !== state.packed || !data) unpackData();
    const key = JSON.stringify(STARTS_OVER.map((name) => state[name]));
    if (key !== started || !trainer) restart();
    else show();
    started = key;
  }
  function pauseQuietly() {
    playing = false;
    setText(play, "Play");
  }
  function unpackData() {
    const raw = unpack(state.packed, state.size);
    const labels = bytesOf(state.labels);
    data = { raw, images: raw.map(standardized), labels, size: state.size, learnable: labels.length - state.held_out };
    bars = classBars("What the network says", state.classes);
    side.replaceChildren(bars.node);
    [trainer, runs] = [null, []];
  }
  listenToKeys(root, {
    " ": toggle, ArrowRight: stepOnce, Home: startOver,
    ArrowDown: () => choose(chosen + 1), ArrowUp: () => choose(chosen - 1),
  });
  const watcher = new IntersectionObserver((entries) => {
    visible = entries.at(-1).isIntersecting;
    request();
  });
  watcher.observe(root);
  const forget = redrawOnChange(model, names, draw);
  return () => {
    playing = false;
    watcher.disconnect();
    forget();
  };
}

// What is drawn of a network in training: its image, its kernels, its maps.

const SHADES = Array.from({ length: 201 }, (_, i) => signedColor(i / 100 - 1));
const GRAYS = Array.from({ length: 101 }, (_, i) => gray(i / 100));
const [DARK, LIGHT] = [[29, 29, 31], [255, 255, 255]];
const CELL = 10; // pixels of a kernel's cell

const shade = (part) => SHADES[Math.round(100 * Math.min(Math.max(part, -1), 1)) + 100];

// The numbers of one kernel on the first input map, as a square. Kernels of their own for each place
// stand side by side, as their places do.
export function kernelPicture({ kernel, taps, out, weight, perPlace, perMap }, weights, map) {
  const places = perPlace ? out : 1;
  const side = places * kernel;
  const values = new Float64Array(side * side);
  for (let place = 0; place < places * places; place += 1) {
    const start = weight + map * perMap + place * taps;
    const corner = (Math.floor(place / places) * side + (place % places)) * kernel;
    for (let tap = 0; tap < kernel * kernel; tap += 1) {
      values[corner + Math.floor(tap / kernel) * side + (tap % kernel)] = weights[start + tap];
    }
  }
  return { side, values };
}

const wordsOfKernel = (layer, weights, map) => (layer.perPlace ? `other weights at each of ${layer.out}\u00d7${layer.out} places`
  : kernelWords(weights.subarray(layer.weight + map * layer.taps, layer.weight + (map + 1) * layer.taps), [layer.kernel, layer.kernel]));

// Blue below zero, red above; where there is room, a dash as well in each cell below zero.
function paintKernel(canvas, { side, values }, limit) {
  const colors = Array.from(values, (value) => shade(value / limit));
  if (side > 9) return paintPixels(canvas, [side, side], (y, x) => colors[y * side + x]);
  const dashes = Array.from(values, (value) => (value > -0.1 * limit ? null : value < -0.6 * limit ? LIGHT : DARK));
  const inDash = (y, x) => y % CELL >= 4 && y % CELL <= 5 && x % CELL >= 2 && x % CELL <= 7;
  paintPixels(canvas, [side * CELL, side * CELL], (y, x) => {
    const cell = Math.floor(y / CELL) * side + Math.floor(x / CELL);
    return (inDash(y, x) && dashes[cell]) || colors[cell];
  });
}

// The image as the network gets it, under the yellow window.
function imageFigure() {
  const canvas = element("canvas", { role: "img" });
  const mark = element("span", { class: "cnnlab-mark cnnlab-mark-input" });
  const node = element("div", { class: "cnnlab-hold cnnlab-framed" }, canvas, mark);
  const show = (values, side, [row, column, kernel], name) => {
    paintPixels(canvas, [side, side], (y, x) => GRAYS[Math.round(100 * values[y * side + x])]);
    layMark(mark, [[row, kernel], [column, kernel]], [side, side]);
    const words = `${name}: ${kernel}\u00d7${kernel} pixels from row ${row}, column ${column}.`;
    if (canvas.getAttribute("aria-label") !== words) canvas.setAttribute("aria-label", words);
  };
  return { node, show };
}

// Each kernel above the map of its answers; the chosen one has the pink cell where it answers most.
function kernelGrid(onChoose) {
  const node = element("div", { class: "cnnlab-pairs", role: "group", "aria-label": "Kernels, each above its feature map" });
  let pairs = [];
  const build = (count) => {
    pairs = Array.from({ length: count }, (_, map) => {
      const [kernel, answers] = [element("canvas"), element("canvas")];
      const mark = element("span", { class: "cnnlab-mark cnnlab-mark-output" });
      const press = button("", () => onChoose(map), { class: "cnnlab-pair", "aria-label": `kernel ${map + 1}` });
      press.append(element("span", { class: "cnnlab-hold cnnlab-framed cnnlab-kernel" }, kernel), element("span", { class: "cnnlab-hold cnnlab-framed" }, answers, mark));
      return { press, kernel, answers, mark };
    });
    node.replaceChildren(...pairs.map(({ press }) => press));
    node.classList.toggle("cnnlab-many", count > 8);
  };
  // Returns the place where the chosen kernel answers most.
  const show = (trainer, chosen, words) => {
    const [layer] = trainer.layers;
    const [maps] = trainer.space.maps;
    if (pairs.length !== layer.outputs) build(layer.outputs);
    const limit = largestMagnitude(trainer.weights.subarray(layer.weight, layer.bias)) || 1;
    const most = largestMagnitude(maps) || 1;
    const area = layer.out * layer.out;
    let best = 0;
    pairs.forEach(({ press, kernel, answers, mark }, map) => {
      paintKernel(kernel, kernelPicture(layer, trainer.weights, map), limit);
      paintPixels(answers, [layer.out, layer.out], (y, x) => shade(maps[map * area + y * layer.out + x] / most));
      press.setAttribute("aria-pressed", String(map === chosen));
      if (words) press.setAttribute("aria-label", `kernel ${map + 1}: ${wordsOfKernel(layer, trainer.weights, map)}; its map: ${mapWords(maps.subarray(map * area, (map + 1) * area), [layer.out, layer.out])}`);
      mark.hidden = map !== chosen;
      if (map !== chosen) return;
      for (let place = 1; place < area; place += 1) if (maps[map * area + place] > maps[map * area + best]) best = place;
      layMark(mark, [[Math.floor(best / layer.out), 1], [best % layer.out, 1]], [layer.out, layer.out]);
    });
    return [layer.stride * Math.floor(best / layer.out), layer.stride * (best % layer.out), layer.kernel];
  };
  return { node, show };
}

// All maps of a deeper layer on one canvas, in two rows, with gray lines between them.
function mapStrip() {
  const canvas = element("canvas", { role: "img" });
  const show = ({ outputs, out }, maps, words) => {
    const best = largestOf(maps);
    if (words) canvas.setAttribute("aria-label", `Feature maps of the second convolution: ${outputs} of ${out}\u00d7${out}, up to ${formatNumber(maps[best])}, the largest in map ${1 + Math.floor(best / (out * out))}`);
    const [columns, scale] = [Math.min(outputs > 16 ? 16 : 8, outputs), Math.ceil(24 / out)];
    const cell = out * scale + 1;
    const most = largestMagnitude(maps) || 1;
    const between = [29, 29, 31];
    paintPixels(canvas, [Math.ceil(outputs / columns) * cell - 1, columns * cell - 1], (y, x) => {
      const map = Math.floor(y / cell) * columns + Math.floor(x / cell);
      const row = Math.floor((y % cell) / scale);
      const column = Math.floor((x % cell) / scale);
      const inside = row < out && column < out && map < outputs;
      return inside ? shade(maps[(map * out + row) * out + column] / most) : between;
    });
  };
  return { node: element("div", { class: "cnnlab-strip cnnlab-framed" }, canvas), show };
}
