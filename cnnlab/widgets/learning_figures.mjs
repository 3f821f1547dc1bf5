// What the page draws of a network in training: its kernels, its maps, its curves, its runs.
import { button, element, formatCount, setText, svg } from "./base.mjs";
import { formatPercent } from "./class_bars.mjs";
import { gray, paintPixels, signedColor } from "./maps.mjs";

const SHADES = Array.from({ length: 201 }, (_, i) => signedColor(i / 100 - 1));
const GRAYS = Array.from({ length: 101 }, (_, i) => gray(i / 100));
const [DARK, LIGHT] = [[29, 29, 31], [255, 255, 255]];
const CELL = 10; // pixels of a kernel's cell

const shade = (part) => SHADES[Math.round(100 * Math.min(Math.max(part, -1), 1)) + 100];
export const largestSize = (numbers) => numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

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

const lay = (mark, row, column, size, side) => {
  const percent = (part) => `${(100 * part) / side}%`;
  Object.assign(mark.style, { top: percent(row), left: percent(column), width: percent(size), height: percent(size) });
};

// The image as the network gets it, under the yellow window.
export function imageFigure() {
  const canvas = element("canvas", { role: "img" });
  const mark = element("span", { class: "cnnlab-mark cnnlab-mark-input" });
  const node = element("div", { class: "cnnlab-hold" }, canvas, mark);
  const show = (values, side, [row, column, kernel], name) => {
    paintPixels(canvas, [side, side], (y, x) => GRAYS[Math.round(100 * values[y * side + x])]);
    lay(mark, row, column, kernel, side);
    if (canvas.getAttribute("aria-label") !== name) canvas.setAttribute("aria-label", name);
  };
  return { node, show };
}

// Each kernel above the map of its answers; the chosen one has the pink cell where it answers most.
export function kernelGrid(onChoose) {
  const node = element("div", { class: "cnnlab-pairs", role: "group", "aria-label": "Kernels, each above its feature map" });
  let pairs = [];
  const build = (count) => {
    pairs = Array.from({ length: count }, (_, map) => {
      const [kernel, answers] = [element("canvas"), element("canvas")];
      const mark = element("span", { class: "cnnlab-mark cnnlab-mark-output" });
      const press = button("", () => onChoose(map), { class: "cnnlab-pair", "aria-label": `kernel ${map + 1}` });
      press.append(element("span", { class: "cnnlab-hold cnnlab-kernel" }, kernel), element("span", { class: "cnnlab-hold" }, answers, mark));
      return { press, kernel, answers, mark };
    });
    node.replaceChildren(...pairs.map(({ press }) => press));
  };
  // Returns the place where the chosen kernel answers most.
  const show = (trainer, chosen) => {
    const [layer] = trainer.layers;
    const [maps] = trainer.space.maps;
    if (pairs.length !== layer.outputs) build(layer.outputs);
    const limit = largestSize(trainer.weights.subarray(layer.weight, layer.bias)) || 1;
    const most = largestSize(maps) || 1;
    const area = layer.out * layer.out;
    let best = 0;
    pairs.forEach(({ press, kernel, answers, mark }, map) => {
      paintKernel(kernel, kernelPicture(layer, trainer.weights, map), limit);
      paintPixels(answers, [layer.out, layer.out], (y, x) => shade(maps[map * area + y * layer.out + x] / most));
      press.setAttribute("aria-pressed", String(map === chosen));
      mark.hidden = map !== chosen;
      if (map !== chosen) return;
      for (let place = 1; place < area; place += 1) if (maps[map * area + place] > maps[map * area + best]) best = place;
      lay(mark, Math.floor(best / layer.out), best % layer.out, 1, layer.out);
    });
    return [layer.stride * Math.floor(best / layer.out), layer.stride * (best % layer.out), layer.kernel];
  };
  return { node, show };
}

// All maps of a deeper layer on one canvas, in rows of eight, with gray lines between them.
export function mapStrip() {
  const canvas = element("canvas", { role: "img", "aria-label": "Feature maps of the second convolution" });
  const show = ({ outputs, out }, maps) => {
    const [columns, scale] = [Math.min(8, outputs), Math.ceil(24 / out)];
    const cell = out * scale + 1;
    const most = largestSize(maps) || 1;
    const between = [128, 128, 128, 128];
    paintPixels(canvas, [Math.ceil(outputs / columns) * cell - 1, columns * cell - 1], (y, x) => {
      const map = Math.floor(y / cell) * columns + Math.floor(x / cell);
      const row = Math.floor((y % cell) / scale);
      const column = Math.floor((x % cell) / scale);
      const inside = row < out && column < out && map < outputs;
      return inside ? shade(maps[(map * out + row) * out + column] / most) : between;
    });
  };
  return { node: element("div", { class: "cnnlab-strip" }, canvas), show };
}

// 1, 2 or 5 and zeros: the end of an axis that holds `value`.
export function axisEnd(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1000)));
  return [1, 2, 5, 10].map((step) => step * power).find((end) => end >= value);
}

// A point for each step of the screen is enough: long curves are thinned, their end is kept.
export function thinned(points, most = 250) {
  const every = Math.ceil(points.length / most);
  return points.filter((_, i) => (points.length - 1 - i) % every === 0);
}

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [232, 124, 44, 24, 9];

// A curve over the images seen. `guess` is what a network that knows nothing has, as a dotted line.
export function chart({ title, top, guess, ticks, format }) {
  const y = (value) => TOP + (1 - Math.min(value, top) / top) * (HEIGHT - TOP - BOTTOM);
  const line = (value, kind) => svg("line", { x1: LEFT, x2: WIDTH, y1: y(value), y2: y(value), class: kind });
  const text = (x, at, words, anchor) => svg("text", { x, y: at, "text-anchor": anchor }, words);
  const [curve, earlier, ends] = [svg("polyline", { class: "cnnlab-curve" }), svg("g"), svg("g")];
  const node = svg("svg", { viewBox: `0 0 ${WIDTH + 4} ${HEIGHT}`, role: "img", "aria-label": title, class: "cnnlab-chart" },
    ...ticks.flatMap((value) => [line(value, "cnnlab-rule"), text(LEFT - 5, y(value) + 4, format(value), "end")]),
    line(guess, "cnnlab-guess"), text(WIDTH - 2, y(guess) - 4, "guessing", "end"), earlier, curve, ends);
  let drawn = "";
  const show = (points, before, end) => {
    const now = JSON.stringify([points.length, points.at(-1), before.length, end]);
    if (now === drawn) return;
    drawn = now;
    const x = (seen) => LEFT + (seen / end) * (WIDTH - LEFT);
    const path = (list) => thinned(list).map(([seen, value]) => `${x(seen).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    curve.setAttribute("points", path(points));
    earlier.replaceChildren(...before.flatMap((list, i) => (list.length < 2 ? [] : [
      svg("polyline", { class: "cnnlab-earlier", points: path(list) }),
      text(x(list.at(-1)[0]) + 3, y(list.at(-1)[1]) + 4, String(i + 1), "start")])));
    ends.replaceChildren(text(LEFT, HEIGHT - 6, "0", "middle"), text((LEFT + WIDTH) / 2, HEIGHT - 6, "images seen", "middle"),
      text(WIDTH, HEIGHT - 6, formatCount(end), "end"));
  };
  return { node, show };
}

// The runs before this one, as a table.
export function runTable() {
  const names = ["Run", "Kernels", "Weights", "Pooling", "Pixels", "Seen", "Right"];
  const body = element("tbody");
  const caption = "Earlier runs, dashed in the charts";
  const node = element("div", { class: "cnnlab-scroll", role: "region", "aria-label": "Earlier runs", tabindex: 0 },
    element("table", { class: "cnnlab-runs" }, element("caption", {}, caption),
      element("thead", {}, element("tr", {}, ...names.map((name) => element("th", { scope: "col" }, name)))), body));
  const show = (runs) => {
    node.hidden = !runs.length;
    body.replaceChildren(...runs.map((run, i) => element("tr", {}, element("th", { scope: "row" }, String(i + 1)),
      ...[run.kernels, run.shared ? "shared" : "one a place", run.pooled ? "on" : "off", run.permuted ? "permuted" : "in place",
        formatCount(run.seen), formatPercent(run.accuracies.at(-1)[1])].map((value) => element("td", {}, String(value))))));
  };
  return { node, show };
}
