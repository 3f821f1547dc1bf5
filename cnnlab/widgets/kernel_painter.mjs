import { PRESETS, ShapeError, convOutputSize, featureMap, firstNonFinite } from "./arithmetic.mjs";
import { MAIN, button, change, clamp, element, formatNumber, listenToKeys, numberGrid, redrawOnChange, setText, uniqueId } from "./base.mjs";
import { colorScale, gray, layMark, mapWords, paintPixels, signedColor } from "./maps.mjs";
import { liveRegion } from "./say.mjs";

const LARGEST = 200;
const BRUSHES = [-1, 0, 1];

export function problemOf({ image, kernel }) {
  const bad = firstNonFinite("image", image) || firstNonFinite("kernel", kernel);
  if (bad) return bad;
  const sizes = [[image.length, kernel.length], [image[0].length, kernel[0].length]];
  try {
    for (const [inputSize, kernelSize] of sizes) convOutputSize({ inputSize, kernelSize });
  } catch (error) {
    if (error instanceof ShapeError) return error.message;
    throw error;
  }
  const [[height, kernelHeight], [width, kernelWidth]] = sizes;
  if (Math.max(height, width) > LARGEST) {
    return `image is ${height}x${width} pixels. The painter takes at most ` +
      `${LARGEST}x${LARGEST}: make it smaller first.`;
  }
  if (Math.max(kernelHeight, kernelWidth) > 7) {
    return `kernel is ${kernelHeight}x${kernelWidth}. The painter takes at most 7x7.`;
  }
  return "";
}

// The place and value of the largest response, the first one if several are equal.
export function strongest(responses) {
  let best = [0, 0, responses[0][0]];
  responses.forEach((line, row) => line.forEach((value, column) => { if (value > best[2]) best = [row, column, value]; }));
  return best;
}

// The kernel in the middle of a square of another size: zeros around it, or its rim cut off.
export function resized(kernel, size) {
  const [down, right] = [(kernel.length - size) >> 1, (kernel[0].length - size) >> 1];
  return Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => kernel[i + down]?.[j + right] ?? 0));
}

function paint(canvas, name, numbers, colorOf) {
  const size = [numbers.length, numbers[0].length];
  paintPixels(canvas, size, (y, x) => colorOf(numbers[y][x]));
  canvas.setAttribute("aria-label", `${name}: ${mapWords(numbers.flat(), size)}`);
}

// A picture with a caption and a frame that can be laid over a part of it.
function figure(name, kind) {
  const canvas = element("canvas", { role: "img" });
  const frame = element("div", { class: `cnnlab-frame cnnlab-frame-${kind}` });
  const title = element("figcaption", {}, name);
  const keys = kind === "none" ? {} : { tabindex: 0, role: "application", "aria-label": `${name}: click a place, or move there with the arrow keys. Home goes back to the largest response.` };
  const hold = element("div", { class: "cnnlab-hold cnnlab-framed", ...keys }, canvas, frame);
  const mark = (row, column, height, width) => layMark(frame, [[row, height], [column, width]], [canvas.height, canvas.width]);
  return { node: element("figure", { class: "cnnlab-figure" }, title, hold), canvas, frame, hold, mark };
}

function render({ model, el }) {
  let state;
  let responses;
  let grid = null;
  let shape = "";
  let [peek, held] = [null, null]; // the place under the pointer; the one clicked, or reached by keys
  let brush = 1;
  let down = false; // the pointer paints while it is down
  const picture = figure("Image", "input");
  const map = figure("Feature map", "output");
  const patch = figure("The patch with the largest response", "none");
  const live = liveRegion(), { problem } = live;
  const answer = element("p", { class: "cnnlab-answer" });
  const scale = colorScale();
  map.node.append(scale.node);
  const brushes = BRUSHES.map((value) => button(formatNumber(value), () => { brush = value; showBrush(); }, { "data-brush": value, "aria-label": `brush ${formatNumber(value)}` }));
  const preset = element("select", { id: uniqueId("preset"), class: "cnnlab-select", onchange: () => choose() },
    ...["as given", ...Object.keys(PRESETS)].map((name) => element("option", { value: name }, name)));
  const sizes = element("select", { id: uniqueId("size"), class: "cnnlab-select", onchange: () => change(model, { kernel: resized(state.kernel, Number(sizes.value)) }) },
    ...[3, 5, 7].map((size) => element("option", { value: size }, `${size}\u00d7${size}`)));
  const place = element("div");
  const tools = element("div", { class: "cnnlab-tools" }, place,
    element("div", { class: "cnnlab-brushes", role: "group", "aria-label": "Brush" }, element("span", {}, "brush"), ...brushes),
    button("Next kernel", () => { preset.selectedIndex = 1 + (Math.max(preset.selectedIndex, 0) % Object.keys(PRESETS).length); choose(); }, MAIN),
    button("Clear", () => change(model, { kernel: state.kernel.map((line) => line.map(() => 0)) })));
  const stage = element("div", { class: "cnnlab-stage" }, picture.node, tools, map.node,
    element("div", { class: "cnnlab-best" }, patch.node, answer));
  const root = element("div", { class: "cnnlab-widget cnnlab-painter", role: "group", "aria-label": "Paint a kernel" },
    element("div", { class: "cnnlab-settings" },
      element("div", { class: "cnnlab-field" }, element("label", { for: preset.id }, "kernel"), preset),
      element("div", { class: "cnnlab-field" }, element("label", { for: sizes.id }, "size"), sizes)),
    problem, stage, live.node);
  el.append(root);
  const first = model.get("kernel");

  const put = (row, column, value) => {
    live.did(`Row ${row}, column ${column} of the kernel is ${formatNumber(value)}.`);
    change(model, { kernel: state.kernel.map((line, i) => line.map((old, j) => (i === row && j === column ? value : old))) });
  };
  const showBrush = () => brushes.forEach((node) => node.setAttribute("aria-pressed", String(Number(node.dataset.brush) === brush)));
  function choose() {
    const chosen = PRESETS[preset.value];
    live.did(`Kernel: ${preset.value}.`);
    change(model, { kernel: chosen ? resized(chosen, Math.max(3, state.kernel.length)) : first });
  }
  function build() {
    const [rows, columns] = [state.kernel.length, state.kernel[0].length];
    grid = numberGrid({ caption: `Kernel, ${rows}\u00d7${columns}`, rows, columns, live, onEdit: put });
    const at = (event) => event.target.closest("td")?.dataset;
    const stroke = (event) => { const cell = at(event); if (cell) put(Number(cell.row), Number(cell.column), brush); };
    grid.table.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.target.matches("input")) return;
      down = true;
      stroke(event);
    });
    grid.table.addEventListener("pointerover", (event) => { if (down && event.buttons) stroke(event); });
    grid.table.addEventListener("pointerup", () => { down = false; });
    place.replaceChildren(grid.table);
  }
  function draw() {
    state = { image: model.get("image"), kernel: model.get("kernel") };
    live.explain(problemOf(state), [["kernel_size", sizes]]);
    stage.hidden = !problem.hidden;
    showBrush();
    if (problem.textContent) return;
    const now = `${state.kernel.length} ${state.kernel[0].length}`;
    if (now !== shape) build();
    shape = now;
    sizes.value = state.kernel.length === state.kernel[0].length ? state.kernel.length : "";
    const same = ([, weights]) => JSON.stringify(resized(weights, state.kernel.length)) === JSON.stringify(state.kernel);
    preset.value = Object.entries(PRESETS).find(same)?.[0] ?? "as given";
    const largest = Math.max(...state.kernel.flat().map(Math.abs)) || 1;
    grid.fit(state.kernel);
    grid.cells.forEach((line, i) => line.forEach((cell, j) => {
      const value = state.kernel[i][j];
      if (!cell.firstElementChild) setText(cell, formatNumber(value));
      // Two thirds of the scale: dark digits stay readable on it.
      cell.style.setProperty("--cnnlab-tint", `rgb(${signedColor((value / largest) * 0.66)})`);
    }));
    responses = featureMap(state.image, state.kernel);
    const limit = Math.max(...responses.map((line) => Math.max(...line.map(Math.abs)))) || 1;
    paint(picture.canvas, "Image", state.image, gray);
    paint(map.canvas, "Feature map", responses, (value) => signedColor(value / limit));
    scale.show(limit);
    mark();
  }
  function mark() {
    const best = strongest(responses);
    const [row, column, value] = peek ? [...peek, responses[peek[0]][peek[1]]] : best;
    const [height, width] = [state.kernel.length, state.kernel[0].length];
    const empty = state.kernel.flat().every((weight) => weight === 0);
    picture.mark(row, column, height, width);
    map.mark(row, column, 1, 1);
    picture.frame.hidden = map.frame.hidden = empty && !peek;
    const name = peek ? "The patch at this place" : "The patch with the largest response";
    paint(patch.canvas, name, state.image.slice(row, row + height).map((line) => line.slice(column, column + width)), gray);
    setText(patch.node.firstChild, name);
    const words = empty ? "The kernel is empty: its response is 0 everywhere. Paint a cell." :
      `Its response is ${formatNumber(value)}, at row ${row}, column ${column}.`;
    setText(answer, words);
    if (peek === held) live.tell(empty || peek ? words : `The largest response is ${formatNumber(value)}, at row ${row}, column ${column}.`, [state.kernel, best, held]);
  }
  function follow(shown, offset) {
    const to = (place) => { peek = held = place; mark(); };
    const under = (event) => {
      const box = shown.canvas.getBoundingClientRect();
      const at = (part, size, count, shift, top) => Math.min(Math.max(Math.floor((part / size) * count) - shift, 0), top);
      const [dy, dx] = offset ? [state.kernel.length >> 1, state.kernel[0].length >> 1] : [0, 0];
      return [at(event.clientY - box.top, box.height, shown.canvas.height, dy, responses.length - 1),
        at(event.clientX - box.left, box.width, shown.canvas.width, dx, responses[0].length - 1)];
    };
    shown.hold.addEventListener("pointermove", (event) => { peek = under(event); mark(); });
    shown.hold.addEventListener("pointerleave", () => { peek = held; mark(); });
    shown.hold.addEventListener("click", (event) => to(under(event)));
    shown.hold.addEventListener("keydown", (event) => {
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if ((!step && event.key !== "Home") || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      event.preventDefault();
      const from = held ?? strongest(responses);
      to(step ? [clamp(from[0] + step[0], 0, responses.length - 1), clamp(from[1] + step[1], 0, responses[0].length - 1)] : null);
    });
  }
  follow(picture, true);
  follow(map, false);
  listenToKeys(root, { " ": (event) => { if (grid && event.target.closest("td")) put(...grid.active(), brush); } });
  return redrawOnChange(model, ["image", "kernel"], () => { peek = held = null; draw(); });
}
