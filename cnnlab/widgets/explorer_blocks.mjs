// A network's layers as grids of maps, a block of layers at a time, and what both sides of the explorer draw.
import { button, disable, element, formatNumber, setText, uniqueId } from "./base.mjs";
import { gray, largestMagnitude, layMark, mapWords, paintPixels, signedColor } from "./maps.mjs";

export const TIMES = "\u00d7";

// Before the first convolution the maps of a color picture are still its colors.
export function nameOf(steps, place, map) {
  const early = steps.slice(0, place + 1).every(({ kind }) => kind !== "conv");
  return early && steps[0].shape[0] === 3 ? ["red", "green", "blue"][map] : `map ${map + 1}`;
}

// A canvas with a mark over a part of it: the yellow window that is read, or the pink cell.
export function mapFigure(kind) {
  const canvas = element("canvas", { "aria-hidden": "true" });
  const mark = element("span", { class: `cnnlab-mark cnnlab-mark-${kind}` });
  const hold = element("span", { class: "cnnlab-hold cnnlab-framed" }, canvas, mark);
  return { hold, canvas, lay: (spans, size) => layMark(mark, spans, size) };
}

export function paintMap(canvas, { shape: [, height, width], values }, map, limit, isPicture) {
  const start = map * height * width;
  paintPixels(canvas, [height, width], (y, x) => {
    const value = values[start + y * width + x];
    return isPicture ? gray(value) : signedColor(value / limit);
  });
}

export function pager(what, say, turn) {
  const go = (by) => () => {
    turn(by);
    say(`${what} ${range.textContent}.`);
  };
  const less = button("\u2039", go(-1), { "aria-label": `earlier ${what}` });
  const more = button("\u203a", go(1), { "aria-label": `later ${what}` });
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
export function blockView(steps, places, perRow, act) {
  let page = 0;
  const counts = places.map((place) => steps[place].shape[0]);
  const turning = pager("maps", act.say, (by) => { page += by; act.redraw(); });
  const rows = places.map((place, line) => {
    const { title, shape, name } = steps[place];
    const limit = element("span", { class: "cnnlab-limit" });
    const [called, sizes] = [uniqueId("layer"), uniqueId("sizes")]; // without the pager
    const head = element("div", { class: "cnnlab-head", role: "rowheader", "aria-labelledby": `${called} ${sizes}` }, element("strong", { id: called }, title),
      element("span", { id: sizes, class: "cnnlab-sizes" }, shape.join(TIMES), limit), line === 0 ? turning.node : "");
    if (name) head.title = `layer ${name} of the model`;
    const cells = Array.from({ length: Math.min(perRow, counts[line]) }, (_, i) => {
      const canvas = element("canvas", { class: "cnnlab-framed", "aria-hidden": "true" });
      const node = element("div", { class: "cnnlab-map", role: "gridcell", tabindex: -1,
        onclick: () => act.pick(place, page * perRow + i, node) }, canvas);
      return { node, canvas };
    });
    return { place, limit, cells, node: element("div", { class: "cnnlab-row", role: "row" }, head, ...cells.map(({ node }) => node)) };
  });
  const grid = element("div", { class: "cnnlab-layers", role: "grid", "aria-label": `Maps of ${places.map((place) => steps[place].title).join(", ")}`, "aria-readonly": "true" }, ...rows.map(({ node }) => node));
  const node = element("div", { class: "cnnlab-block" }, grid);
  const show = (maps, state) => {
    const count = Math.max(...counts);
    turning.show(page, perRow, count);
    const here = places.indexOf(state.step);
    node.classList.toggle("cnnlab-open", here >= 0);
    rows.forEach(({ place, limit, cells, node: row }, line) => {
      row.hidden = here < 0 && line > 0; // of a block that is not open, the first row stands for all
      if (row.hidden) return;
      const { values } = maps[place];
      const isPicture = steps[place].kind === "picture";
      const area = values.length / counts[line];
      const most = largestMagnitude(values) || 1;
      setText(limit, isPicture || state.scope === "map" ? "" : ` to \u00b1${formatNumber(most)}`);
      cells.forEach(({ node: cell, canvas }, i) => {
        const map = page * perRow + i;
        cell.hidden = map >= counts[line];
        if (cell.hidden) return;
        const chosen = state.step === place && state.map === map;
        const numbers = values.subarray(map * area, (map + 1) * area);
        cell.setAttribute("aria-label", `${steps[place].title}, ${nameOf(steps, place, map)}: ${mapWords(numbers, steps[place].shape.slice(1))}`);
        cell.setAttribute("aria-selected", String(chosen));
        cell.tabIndex = chosen || (here < 0 && line === 0 && i === 0) ? 0 : -1;
        paintMap(canvas, maps[place], map, state.scope === "layer" ? most : largestMagnitude(numbers) || 1, isPicture);
      });
    });
    if (here >= 0 && Math.floor(state.map / perRow) !== page) rows[0].cells[0].node.tabIndex = 0;
  };
  const reveal = (map) => { page = Math.floor(map / perRow); };
  const focus = (place, map) => rows[places.indexOf(place)].cells[map - page * perRow].node.focus();
  return { node, show, reveal, focus };
}
