import { change, clamp, disable, element, formatNumber, linkPlace, listenToKeys, player, redrawOnChange, setText, stateOf, uniqueId } from "./base.mjs";
import { liveRegion } from "./say.mjs";
import { bytesOf, layMark, paintPixels } from "./maps.mjs";

const BETWEEN_LAYERS = 1100; // milliseconds, in play

export function problemOf({ layer, layers, unit }) {
  if (!Number.isInteger(layer) || layer < 0 || layer >= layers.length) return `layer=${layer} is not shown. Use 0 to ${layers.length - 1}.`;
  const { units } = layers[layer];
  const axis = unit.findIndex((place, i) => place < 0 || place >= units[i]);
  if (axis < 0) return "";
  return `unit ${["row", "column"][axis]}=${unit[axis]} is not in the layer. Use 0 to ${units[axis] - 1}.`;
}

// Along each axis: where the field begins and ends, and the part of it inside the picture.
export function windowOf({ fields }, unit, size) {
  return fields.map((field, axis) => {
    const start = field.start + unit[axis] * field.stride;
    const end = start + field.size;
    const low = clamp(start, 0, size[axis]);
    return { start, end, low, high: clamp(end, low, size[axis]) };
  });
}

export const nearest = (places, wanted) =>
  places.reduce((best, place) => (Math.abs(place - wanted) < Math.abs(best - wanted) ? place : best));

// The unit with a measured gradient that is nearest to a place of the layer.
export const measuredUnit = ({ rows, columns }, [row, column]) => [nearest(rows, row), nearest(columns, column)];

// The unit whose field has its middle nearest to the pixel, counted in pixels and parts of them.
export function unitAt({ fields, units }, pixel) {
  return fields.map(({ size, stride, start }, axis) =>
    clamp(Math.round((pixel[axis] - start - (size - 1) / 2) / stride), 0, units[axis] - 1));
}

export const middleOf = ({ fields }, unit) => fields.map(({ size, stride, start }, axis) => start + unit[axis] * stride + (size - 1) / 2);

// The gradient of one unit inside its clipped window: its bytes stand after those of the units before.
export function gradientOf(layer, unit, size) {
  let offset = 0;
  for (const row of layer.rows) {
    for (const column of layer.columns) {
      const [height, width] = windowOf(layer, [row, column], size).map(({ low, high }) => high - low);
      if (row === unit[0] && column === unit[1]) {
        return { height, width, values: Array.from(bytesOf(layer.patches).subarray(offset, offset + height * width)) };
      }
      offset += height * width;
    }
  }
  return null;
}

// The side of the evenly weighted square that is as spread as these numbers; null if all are 0.
export function effectiveSize({ height, width, values }) {
  const total = values.reduce((sum, value) => sum + value, 0);
  if (!total) return null;
  const spread = (place) => {
    const mean = values.reduce((sum, value, i) => sum + value * place(i), 0) / total;
    return values.reduce((sum, value, i) => sum + value * (place(i) - mean) ** 2, 0) / total;
  };
  const variance = spread((i) => Math.floor(i / width)) + spread((i) => i % width);
  return Math.sqrt(6 * variance + 1);
}

const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

// What the page says of a unit, in three sentences.
export function sentencesOf({ layers, layer, unit, size }) {
  const shown = layers[layer];
  const [rows, columns] = windowOf(shown, unit, size);
  const outside = [rows, columns].map(({ start, end, low, high }) => end - start - (high - low));
  const [tall, wide] = shown.fields.map((field) => field.size);
  const parts = [plural(outside[0], "row"), plural(outside[1], "column")].filter((_, axis) => outside[axis]);
  const side = effectiveSize(gradientOf(shown, unit, size));
  const written = side === null ? "" : formatNumber(Number(side.toFixed(1)));
  const [down, right] = shown.fields.map((field) => field.stride);
  const step = down === right ? plural(down, "pixel") : `${plural(down, "pixel")} down or ${plural(right, "pixel")} right`;
  return [
    `It can see ${tall}\u00d7${wide} pixels. ${parts.length ? `Of these, ${parts.join(" and ")} lie in the padding.` : "All of them lie in the picture."}`,
    side === null ? "On this picture no pixel moves it: its gradient is zero everywhere." :
      `What it sees is as spread as an even square of ${written}\u00d7${written} pixels.`,
    `The next unit looks ${step} further.`,
  ];
}

// A place to click, with arrow keys of its own.
function field(label, kind, act) {
  const mark = element("div", { class: `cnnlab-mark cnnlab-mark-${kind}` });
  const hold = element("div", { class: `cnnlab-hold cnnlab-hold-${kind}`, tabindex: 0, role: "application", "aria-label": label }, mark);
  hold.addEventListener("click", (event) => {
    const box = hold.getBoundingClientRect();
    act((event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width);
  });
  return { hold, mark };
}

function render({ model, el }) {
  const names = ["picture", "size", "layers", "layer", "unit"];
  let [state, heard] = [null, null]; // heard: of which layer
  const live = liveRegion(), { problem } = live;
  const seen = field("Picture: click a place, or move the unit with the arrow keys", "input", (y, x) => point(y, x));
  const image = element("img", { alt: "" });
  const hatch = element("div", { class: "cnnlab-hatch" });
  const heat = element("canvas", { role: "img" });
  seen.hold.prepend(hatch, image, heat);
  const grid = field("Units: click one, or move with the arrow keys", "output", (y, x) => put([y * shown().units[0] - 0.5, x * shown().units[1] - 0.5]));
  const captions = [element("figcaption"), element("figcaption")];
  const shows = element("input", { type: "checkbox", id: uniqueId("gradient"), checked: true, onchange: () => { heat.hidden = !shows.checked; image.classList.toggle("cnnlab-pale", shows.checked); } });
  const words = element("div", { class: "cnnlab-said" });
  const last = () => state.layers.length - 1;
  const { slider, play, toggle, stop, plays } = player({ index: () => state.layer, last, go, between: BETWEEN_LAYERS, changed: () => draw() });
  const title = element("span", { class: "cnnlab-which" });
  const stage = element("div", { class: "cnnlab-stage" },
    element("figure", { class: "cnnlab-figure" }, captions[0], seen.hold,
      element("label", { class: "cnnlab-tick", for: shows.id }, shows, " show the gradient")),
    element("div", { class: "cnnlab-beside" }, element("figure", { class: "cnnlab-figure cnnlab-small" }, captions[1], grid.hold), words));
  const root = element("div", { class: "cnnlab-widget cnnlab-receptive", role: "group", "aria-label": "Receptive field of a unit" },
    element("div", { class: "cnnlab-settings" }, play, element("div", { class: "cnnlab-slide" }, element("label", { for: slider.id }, "layer"), slider), title, ...linkPlace(model, ["layer"])),
    problem, stage, live.node);
  el.append(root);
  image.classList.add("cnnlab-pale");

  const shown = () => state.layers[state.layer];
  // The border around the picture that shows padding, in pixels.
  const margin = () => Math.round(0.2 * Math.max(...state.size));
  function put(unit) {
    if (!problem.textContent) change(model, { unit: measuredUnit(shown(), unit) });
  }
  function point(y, x) {
    if (problem.textContent) return;
    const pixel = [y, x].map((part, axis) => part * (state.size[axis] + 2 * margin()) - margin() - 0.5);
    put(unitAt(shown(), pixel));
  }
  function go(to) {
    const layer = clamp(to, 0, last());
    const next = state.layers[layer];
    const unit = problem.textContent ? [0, 0] : unitAt(next, middleOf(shown(), state.unit));
    change(model, { layer, unit: measuredUnit(next, unit) });
  }
  function step(down, right) {
    stop();
    if (problem.textContent) return;
    const to = [shown().rows, shown().columns].map((places, axis) => {
      const at = places.indexOf(nearest(places, state.unit[axis])) + [down, right][axis];
      return places[clamp(at, 0, places.length - 1)];
    });
    put(to);
  }
  function draw() {
    state = stateOf(model, names);
    live.explain(problemOf(state), [["layer", slider]]);
    stage.hidden = !problem.hidden;
    slider.max = last();
    slider.value = state.layer;
    disable(play, state.layers.length < 2);
    if (problem.textContent) return setText(title, "") || stop();
    state.unit = measuredUnit(shown(), state.unit);
    if (image.getAttribute("src") !== state.picture) image.src = state.picture;
    const { units, channels, name } = shown();
    const place = `${state.layer + 1} of ${state.layers.length}: ${shown().title}, layer ${name}`;
    setText(title, place);
    slider.setAttribute("aria-valuetext", place);
    setText(captions[0], "What the unit can see, and what moves it");
    setText(captions[1], `${plural(channels, "map")} of ${units.join("\u00d7")} units`);
    drawWindow();
    drawUnit(units);
    const said = sentencesOf(state);
    const who = `Unit in row ${state.unit[0]}, column ${state.unit[1]}.`;
    words.replaceChildren(element("p", { class: "cnnlab-who" }, who), ...said.map((text) => element("p", {}, text)));
    if (plays()) live.tell("Playing.");
    else live.tell([heard !== place && `Layer ${place}.`, who, ...said], [state.layer, state.unit]);
    heard = plays() ? "" : place;
  }
  function drawWindow() {
    const [height, width] = state.size;
    const around = margin();
    const all = [height + 2 * around, width + 2 * around];
    seen.hold.style.aspectRatio = `${all[1]} / ${all[0]}`;
    layMark(image, [[around, height], [around, width]], all);
    const spans = windowOf(shown(), state.unit, state.size);
    const edge = spans.map(({ start: low, end: high }, axis) => [clamp(low, 0.4 - around, Infinity), clamp(high, -Infinity, state.size[axis] + around - 0.4)]);
    const frame = edge.map(([low, high]) => [low + around, high - low]);
    layMark(seen.mark, frame, all);
    layMark(hatch, frame, all);
    layMark(heat, spans.map(({ low, high }) => [low + around, high - low]), all);
    const gradient = gradientOf(shown(), state.unit, state.size);
    const most = Math.max(...gradient.values, 1);
    const [rows, columns] = spans.map(({ low, high }) => [low, high - 1]);
    const best = gradient.values.indexOf(most); // -1 where all are 0
    const place = best < 0 ? "zero everywhere" : `largest at row ${rows[0] + Math.floor(best / gradient.width)}, column ${columns[0] + (best % gradient.width)}`;
    heat.setAttribute("aria-label", `Gradient of the unit over rows ${rows.join(" to ")} and columns ${columns.join(" to ")} of the picture: ${place}`);
    if (gradient.values.length) paintPixels(heat, [gradient.height, gradient.width], (y, x) => [214, 0, 110, (255 * gradient.values[y * gradient.width + x]) / most]);
  }
  function drawUnit([rows, columns]) {
    grid.hold.style.aspectRatio = `${columns} / ${rows}`;
    grid.hold.style.setProperty("--cnnlab-rows", rows);
    grid.hold.style.setProperty("--cnnlab-columns", columns);
    layMark(grid.mark, state.unit.map((place) => [place, 1]), [rows, columns]);
  }
  listenToKeys(root, {
    ArrowRight: () => step(0, 1), ArrowLeft: () => step(0, -1), ArrowDown: () => step(1, 0), ArrowUp: () => step(-1, 0),
    Home: () => step(-Infinity, -Infinity), End: () => step(Infinity, Infinity), " ": toggle,
  });
  const forget = redrawOnChange(model, names, draw);
  return () => stop() || forget();
}
