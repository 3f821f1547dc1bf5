// What the explorer shows of a network: words for its numbers, figures for its maps, its blocks.
import { button, disable, element, formatNumber, numberGrid, setText } from "./base.mjs";
import { gray, paintPixels, signedColor } from "./maps.mjs";
import { largestMagnitude } from "./network.mjs";

const PER_ROW = 16; // maps in view
export const PER_PAGE = 6; // input maps in view
export const TIMES = "\u00d7";
const signed = (value) => (value < 0 ? `(${formatNumber(value)})` : formatNumber(value));

// Before the first convolution the maps of a color picture are still its colors.
export function nameOf(steps, place, map) {
  const early = steps.slice(0, place + 1).every(({ kind }) => kind !== "conv");
  return early && steps[0].shape[0] === 3 ? ["red", "green", "blue"][map] : `map ${map + 1}`;
}

// What one number is made of, in words, from the values that it reads.
export function formulaOf(step, numbers, map, inputs, value) {
  const [x] = inputs;
  const result = formatNumber(value);
  if (step.kind === "affine") {
    const shift = numbers[step.shift + map];
    return `${signed(numbers[step.scale + map])} ${TIMES} ${signed(x)} ${shift < 0 ? "\u2212" : "+"} ${formatNumber(Math.abs(shift))} = ${result}`;
  }
  if (step.kind === "sum") return `${formatNumber(x)} + ${signed(inputs[1])} = ${result}`;
  if (step.kind === "activation") return step.function === "relu" ? `max(0, ${formatNumber(x)}) = ${result}` : `${step.function}(${formatNumber(x)}) = ${result}`;
  const list = inputs.length <= 4 ? inputs.map(formatNumber).join(", ") : `${inputs.length} numbers`;
  return `${step.mode === "max" ? "largest" : "mean"} of ${list} = ${result}`;
}

// A convolution's sum: the parts in view one by one, the others together, the bias.
export function sumOf(parts, shown, bias, hasBias) {
  const others = parts.reduce((sum, part, input) => (shown.includes(input) ? sum : sum + part), 0);
  const terms = shown.map((input, i) => (i ? ` + ${signed(parts[input])}` : formatNumber(parts[input])));
  const rest = parts.length - shown.length;
  if (rest) terms.push(` + ${signed(others)} from the ${rest === 1 ? "other map" : `${rest} other maps`}`);
  terms.push(hasBias ? ` + ${signed(bias)} bias` : "");
  return `${terms.join("")} = ${formatNumber(parts.reduce((sum, part) => sum + part, bias))}`;
}

// Input maps as they are shown: in their order if few, else those that add most at first.
export function orderOf(strengths) {
  const order = strengths.map((_, input) => input);
  return order.length <= PER_PAGE ? order : order.sort((a, b) => strengths[b] - strengths[a] || a - b);
}

// What a step does with the maps that it reads.
export function whatItDoes(step) {
  const many = step.inputs === 1 ? "one input map and its kernel" : `${step.inputs} input maps, each through its own kernel, added up`;
  return { conv: many,
    affine: "a factor and a shift for each map, from what was learned and what was averaged in training", activation: "each number by itself",
    pool: `windows of ${step.kernel?.join(TIMES)}, with nothing to learn`, sum: "two maps added, number by number", picture: "the input: 8-bit numbers divided by 255" }[step.kind];
}

const percent = (part) => `${100 * part}%`;

// A canvas with a mark over a part of it: the yellow window that is read, or the pink cell.
export function mapFigure(kind) {
  const canvas = element("canvas", { "aria-hidden": "true" });
  const mark = element("span", { class: `cnnlab-mark cnnlab-mark-${kind}` });
  const hold = element("span", { class: "cnnlab-hold" }, canvas, mark);
  const lay = ([[top, tall], [left, wide]], [height, width]) => Object.assign(mark.style,
    { top: percent(top / height), height: percent(tall / height), left: percent(left / width), width: percent(wide / width) });
  return { hold, canvas, mark, lay };
}

export function paintMap(canvas, { shape: [, height, width], values }, map, limit, isPicture) {
  const start = map * height * width;
  paintPixels(canvas, [height, width], (y, x) => {
    const value = values[start + y * width + x];
    return isPicture ? gray(value) : signedColor(value / limit);
  });
}

export function pager(what, turn) {
  const less = button("\u2039", () => turn(-1), { "aria-label": `earlier ${what}` });
  const more = button("\u203a", () => turn(1), { "aria-label": `later ${what}` });
  const range = element("span");
  const node = element("span", { class: "cnnlab-pager" }, less, range, more);
  const show = (page, size, count) => {
    node.hidden = count <= size;
    setText(range, `${page * size + 1}\u2013${Math.min(count, (page + 1) * size)} of ${count}`);
    disable(less, page === 0);
    disable(more, (page + 1) * size >= count);
  };
  return { node, show };
}

// One block of layers: a grid with a row per layer and a column per map.
export function blockView(steps, places, act) {
  let page = 0;
  const counts = places.map((place) => steps[place].shape[0]);
  const turning = pager("maps", (by) => { page += by; act.redraw(); });
  const rows = places.map((place, line) => {
    const { title, shape, name } = steps[place];
    const limit = element("span", { class: "cnnlab-limit" });
    const head = element("div", { class: "cnnlab-head", role: "rowheader" }, element("strong", {}, title),
      element("span", { class: "cnnlab-sizes" }, shape.join(TIMES), limit), line === 0 ? turning.node : "");
    if (name) head.title = `layer ${name} of the model`;
    const cells = Array.from({ length: Math.min(PER_ROW, counts[line]) }, (_, i) => {
      const figure = mapFigure("none");
      const node = element("div", { class: "cnnlab-map", role: "gridcell", tabindex: -1,
        onclick: () => act.pick(place, page * PER_ROW + i, node) }, figure.canvas);
      return { node, canvas: figure.canvas };
    });
    return { place, limit, cells, node: element("div", { class: "cnnlab-row", role: "row" }, head, ...cells.map(({ node }) => node)) };
  });
  const grid = element("div", { class: "cnnlab-layers", role: "grid", "aria-label": `Maps of ${places.map((place) => steps[place].title).join(", ")}`, "aria-readonly": "true" }, ...rows.map(({ node }) => node));
  const node = element("div", { class: "cnnlab-block" }, grid);
  const show = (maps, state) => {
    const count = Math.max(...counts);
    turning.show(page, PER_ROW, count);
    const here = places.indexOf(state.step);
    rows.forEach(({ place, limit, cells, node: row }, line) => {
      row.hidden = here < 0 && line > 0; // of a block that is not open, the first row stands for all
      if (row.hidden) return;
      const { values } = maps[place];
      const isPicture = steps[place].kind === "picture";
      const area = values.length / counts[line];
      const most = largestMagnitude(values) || 1;
      setText(limit, isPicture || state.scope === "map" ? "" : ` to \u00b1${formatNumber(most)}`);
      cells.forEach(({ node: cell, canvas }, i) => {
        const map = page * PER_ROW + i;
        cell.hidden = map >= counts[line];
        if (cell.hidden) return;
        const chosen = state.step === place && state.map === map;
        cell.setAttribute("aria-label", `${steps[place].title}, ${nameOf(steps, place, map)}`);
        cell.setAttribute("aria-selected", String(chosen));
        cell.tabIndex = chosen || (here < 0 && line === 0 && i === 0) ? 0 : -1;
        paintMap(canvas, maps[place], map, state.scope === "layer" ? most : largestMagnitude(values.subarray(map * area, (map + 1) * area)) || 1, isPicture);
      });
    });
    if (here >= 0 && Math.floor(state.map / PER_ROW) !== page) rows[0].cells[0].node.tabIndex = 0;
  };
  const reveal = (map) => { page = Math.floor(map / PER_ROW); };
  const focus = (place, map) => rows[places.indexOf(place)].cells[map - page * PER_ROW].node.focus();
  return { node, show, reveal, focus };
}

// The window on an input map, times its kernel, as tables; nothing if they are too large to read.
export function productsOf(label, patch, weights, [rows, columns], part) {
  if (rows * columns > 49) return [];
  const table = (caption, values, kind) => {
    const grid = numberGrid({ caption, rows, columns });
    grid.table.classList.add(`cnnlab-${kind}`);
    values.forEach((line, i) => line.forEach((value, j) => {
      setText(grid.cells[i][j], formatNumber(value ?? 0));
      grid.cells[i][j].classList.toggle("cnnlab-pad", value === null);
    }));
    grid.fit(values.map((line) => line.map((value) => value ?? 0)));
    return grid.table;
  };
  const sign = (text) => element("span", { class: "cnnlab-sign" }, text);
  return [table(`Window on ${label}`, patch, "patch"), sign(TIMES), table("Its kernel", weights, "weights"), sign(`added up = ${formatNumber(part)}`)];
}

// The panel opens below its block. What was clicked stays under the pointer.
export function keepInPlace(node, work) {
  const before = node?.getBoundingClientRect().top;
  work();
  if (!node) return;
  node.focus({ preventScroll: true });
  let box = node.parentElement;
  while (box.parentElement && !(box.scrollHeight > box.clientHeight && /auto|scroll/.test(getComputedStyle(box).overflowY))) box = box.parentElement;
  box.scrollTop += node.getBoundingClientRect().top - before;
}
