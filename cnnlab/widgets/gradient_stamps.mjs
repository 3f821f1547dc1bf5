import { MAIN, button, change, disable, element, formatNumber, listenToKeys, numberGrid, redrawOnChange, setText, stateOf } from "./base.mjs";
import { liveRegion } from "./say.mjs";

const NAMES = ["gradient", "kernel", "stride", "stamped"];
const sizeOf = (table) => [table.length, table[0].length];

// The size of the image that the gradient belongs to.
export function imageSize({ gradient, kernel, stride }) {
  return sizeOf(gradient).map((count, axis) => (count - 1) * stride + sizeOf(kernel)[axis]);
}

// The sum of the stamps: for each output so far its number times the kernel, on its window.
export function stampsOf(state) {
  const [height, width] = imageSize(state);
  const total = Array.from({ length: height }, () => Array(width).fill(0));
  for (const [row, column] of state.stamped) {
    state.kernel.forEach((line, y) => line.forEach((weight, x) => {
      total[row * state.stride + y][column * state.stride + x] += state.gradient[row][column] * weight;
    }));
  }
  return total;
}

// The next output that has not been stamped, line by line; null after the last.
export function nextOf({ gradient, stamped }) {
  const [rows, columns] = sizeOf(gradient);
  for (let place = 0; place < rows * columns; place += 1) {
    const [row, column] = [Math.floor(place / columns), place % columns];
    if (!stamped.some(([y, x]) => y === row && x === column)) return [row, column];
  }
  return null;
}

export function sentenceOf({ gradient, stamped, kernel }) {
  const [row, column] = stamped.at(-1);
  const [height, width] = sizeOf(kernel);
  return `Output (${row}, ${column}) has the gradient ${formatNumber(gradient[row][column])}: so many times the kernel is added onto the ${height}\u00d7${width} pixels that it read.`;
}

function render({ model, el }) {
  let state = stateOf(model, NAMES);
  const stamp = (at) => {
    const rest = state.stamped.filter(([row, column]) => row !== at[0] || column !== at[1]);
    change(model, { stamped: [...rest, at] });
  };
  const outputs = numberGrid({ caption: "Gradient of the output: click a cell, or press Enter on it", rows: state.gradient.length, columns: state.gradient[0].length, onPress: (row, column) => stamp([row, column]) });
  const kernel = numberGrid({ caption: "Kernel", rows: state.kernel.length, columns: state.kernel[0].length });
  const [height, width] = imageSize(state);
  const image = numberGrid({ caption: "Gradient of the image: the sum of the stamps", rows: height, columns: width });
  const step = button("Step", () => stamp(nextOf(state)), MAIN);
  const reset = button("Start over", () => change(model, { stamped: [[0, 0]] }));
  const count = element("span", { class: "cnnlab-count" });
  const said = element("p", { class: "cnnlab-said" });
  const live = liveRegion();
  const root = element("div", { class: "cnnlab-widget cnnlab-stamps", role: "group", "aria-label": "The backward pass of a convolution" },
    element("div", { class: "cnnlab-stage" }, outputs.table, element("span", { class: "cnnlab-sign", "aria-hidden": "true" }, "\u00d7"), kernel.table,
      element("span", { class: "cnnlab-sign", "aria-hidden": "true" }, "\u2192"), image.table),
    said, element("div", { class: "cnnlab-bar" }, step, reset, count), live.node);
  el.append(root);
  const fill = (grid, table, mark) => {
    grid.fit(table);
    table.forEach((line, y) => line.forEach((value, x) => {
      setText(grid.cells[y][x], formatNumber(value));
      grid.cells[y][x].className = mark(y, x);
      if (grid === outputs) grid.cells[y][x].setAttribute("aria-selected", String(mark(y, x) !== ""));
    }));
  };
  function draw() {
    state = stateOf(model, NAMES);
    const [row, column] = state.stamped.at(-1);
    const done = (y, x) => state.stamped.some(([a, b]) => a === y && b === x);
    const [top, left] = [row * state.stride, column * state.stride];
    const [high, wide] = sizeOf(state.kernel);
    fill(outputs, state.gradient, (y, x) => (y === row && x === column ? "cnnlab-now" : done(y, x) ? "cnnlab-done" : ""));
    fill(kernel, state.kernel, () => "");
    fill(image, stampsOf(state), (y, x) => (y >= top && y < top + high && x >= left && x < left + wide ? "cnnlab-lit" : ""));
    const all = state.gradient.length * state.gradient[0].length;
    setText(count, `${state.stamped.length} of ${all} outputs`);
    setText(said, sentenceOf(state));
    disable(step, state.stamped.length === all);
    live.tell([sentenceOf(state), `${count.textContent}.`], state.stamped);
  }
  listenToKeys(root, { Home: () => change(model, { stamped: [[0, 0]] }) });
  return redrawOnChange(model, NAMES, draw);
}
