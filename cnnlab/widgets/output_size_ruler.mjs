import { ShapeError, convOutputSize } from "./arithmetic.mjs";
import { MAIN, button, change, clamp, disable, element, formatNumber, linkPlace, listenToKeys, redrawOnChange, setText, stateOf, svg, uniqueId } from "./base.mjs";
import { liveRegion } from "./say.mjs";

const LARGEST = 64; // padded pixels that are still drawn
const FIELDS = {
  input_size: ["input size", 1, 40], kernel_size: ["kernel size", 1, 11], stride: ["stride", 1, 6],
  padding: ["padding", 0, 6], dilation: ["dilation", 1, 4],
};
const CELL = 20; // in the drawing's own units
const [WIDEST, TALLEST, LARGE] = [62, 12, 2.3]; // em, of the drawing and of a cell

const sizesOf = (state) => ({
  inputSize: state.input_size, kernelSize: state.kernel_size, stride: state.stride,
  padding: state.padding, dilation: state.dilation,
});

export function problemOf(state) {
  try {
    convOutputSize(sizesOf(state));
    return "";
  } catch (error) {
    if (error instanceof ShapeError) return error.message;
    throw error;
  }
}

// The pixels each stop reads; pixels below 0 and from input_size on are padding.
export function stopsOf(state) {
  return Array.from({ length: convOutputSize(sizesOf(state)) }, (_, stop) =>
    Array.from({ length: state.kernel_size }, (_, tap) => stop * state.stride + tap * state.dilation - state.padding));
}

export function unreadOf(state) {
  const read = new Set(stopsOf(state).flat());
  return Array.from({ length: state.input_size }, (_, pixel) => pixel).filter((pixel) => !read.has(pixel));
}

function render({ model, el }) {
  const names = Object.keys(FIELDS);
  let state;
  let peek = null;
  let heard = ""; // of which sizes
  const live = liveRegion(), { problem } = live;
  const picture = element("div", { class: "cnnlab-picture" });
  const formula = element("div", { class: "cnnlab-formula" });
  const remark = element("p", { class: "cnnlab-remark" });
  const move = (to) => problem.textContent || change(model, { stop: clamp(to, 0, stopsOf(state).length - 1) });
  const back = button("Back", () => move(state.stop - 1));
  const step = button("Step", () => move(state.stop + 1), MAIN);
  const count = element("span", { class: "cnnlab-count" });
  const sliders = names.map((name) => slider(name, (value) => change(model, { [name]: value, stop: 0 })));
  const root = element("div", { class: "cnnlab-widget cnnlab-ruler", role: "group", "aria-label": "Output size along one axis" },
    element("div", { class: "cnnlab-sliders" }, ...sliders.map(({ node }) => node)),
    problem, picture, formula, remark, element("div", { class: "cnnlab-bar" }, back, step, count, ...linkPlace(model, [...names, "stop"])), live.node);
  el.append(root);

  function draw() {
    state = stateOf(model, [...names, "stop"]);
    sliders.forEach(({ show }, i) => show(state[names[i]]));
    live.explain(problemOf(state), names.map((name, i) => [name, sliders[i].input]));
    for (const node of [picture, formula, remark]) node.hidden = !problem.hidden;
    const sizes = names.map((name) => state[name]).join();
    const news = sizes !== heard;
    heard = problem.textContent ? "" : sizes;
    if (problem.textContent) return [back, step].forEach((control) => disable(control, true));
    const stops = stopsOf(state);
    state.stop = clamp(Number(state.stop) || 0, 0, stops.length - 1);
    const current = peek !== null && peek < stops.length ? peek : state.stop;
    formula.replaceChildren(...formulaOf(state, stops.length));
    setText(remark, remarkOf(state));
    drawAxis(stops, current);
    disable(back, state.stop === 0);
    disable(step, state.stop === stops.length - 1);
    setText(count, `stop ${current + 1} of ${stops.length}`);
    live.tell([news && `Output size ${stops.length}.`, `Stop ${state.stop + 1} reads pixels ${stops[state.stop].map(formatNumber).join(", ")}.`, news && remarkOf(state)], state);
  }
  function drawAxis(stops, current) {
    if (state.input_size + 2 * state.padding > LARGEST) return picture.replaceChildren(`The ruler draws up to ${LARGEST} pixels, padding included.`);
    picture.replaceChildren(axisPicture(state, stops, current));
    picture.querySelectorAll("[data-stop]").forEach((node) => {
      node.addEventListener("mouseenter", () => { peek = Number(node.dataset.stop); light(); });
      node.addEventListener("click", () => move(Number(node.dataset.stop)));
    });
  }
  // Hovering only repaints what is lit, so that the element under the pointer stays.
  function light() {
    const current = peek ?? state.stop;
    picture.querySelectorAll("[data-stop]").forEach((node) => node.classList.toggle("cnnlab-on", Number(node.dataset.stop) === current));
    const taps = new Set(stopsOf(state)[current].map(String));
    picture.querySelectorAll("[data-pixel]").forEach((node) => node.classList.toggle("cnnlab-window", taps.has(node.dataset.pixel)));
    setText(count, `stop ${current + 1} of ${stopsOf(state).length}`);
  }
  picture.addEventListener("mouseleave", () => { peek = null; if (!picture.hidden) light(); });
  listenToKeys(root, {
    ArrowRight: () => move(state.stop + 1), ArrowDown: () => move(state.stop + 1),
    ArrowLeft: () => move(state.stop - 1), ArrowUp: () => move(state.stop - 1),
    Home: () => move(0), End: () => move(Infinity),
  });
  return redrawOnChange(model, [...names, "stop"], draw);
}

function slider(name, onchange) {
  const [label, minimum, maximum] = FIELDS[name];
  const id = uniqueId("slider");
  const input = element("input", { id, type: "range", min: minimum, max: maximum, oninput: () => onchange(Number(input.value)) });
  const value = element("span", { "aria-hidden": "true" }); // the slider says it
  const show = (number) => {
    if (number > Number(input.max)) input.max = number;
    input.value = number;
    setText(value, String(number));
  };
  return { node: element("div", { class: "cnnlab-slider" }, element("label", { for: id }, label), input, value), input, show };
}

function formulaOf({ input_size: size, kernel_size: kernel, stride, padding, dilation }, result) {
  const top = size + 2 * padding - dilation * (kernel - 1) - 1;
  const fraction = (above, below) => element("span", { class: "cnnlab-fraction" }, element("span", {}, above), element("span", { class: "cnnlab-below" }, below));
  const tall = (bracket) => element("span", { class: "cnnlab-tall" }, bracket);
  const floored = (...parts) => [tall("\u230a"), fraction(...parts), tall("\u230b")];
  const line = (...parts) => element("p", {}, ...parts);
  const pink = element("span", { class: "cnnlab-result" }, String(result));
  const words = "input + 2\u00b7padding \u2212 dilation\u00b7(kernel \u2212 1) \u2212 1";
  return [
    line("output = ", ...floored(words, "stride"), " + 1"),
    line("= ", ...floored(`${size} + 2\u00b7${padding} \u2212 ${dilation}\u00b7(${kernel} \u2212 1) \u2212 1`, String(stride)), " + 1"),
    line("= ", ...floored(String(top), String(stride)), ` + 1 = \u230a${formatNumber(top / stride)}\u230b + 1 = ${Math.floor(top / stride)} + 1 = `, pink),
  ];
}

function remarkOf(state) {
  const unread = unreadOf(state);
  const left = (state.input_size + 2 * state.padding - state.dilation * (state.kernel_size - 1) - 1) % state.stride;
  const floor = left ? `The last step would need ${state.stride - left} more, so the floor drops it. ` : "";
  if (!unread.length) return `${floor}Every pixel of the input is read.`;
  return `${floor}Never read: ${unread.length === 1 ? "pixel" : "pixels"} ${unread.join(", ")}, crossed out.`;
}

function axisPicture(state, stops, current) {
  const { input_size: size, padding, stride, dilation, kernel_size: kernel } = state;
  const padded = size + 2 * padding;
  const span = dilation * (kernel - 1) + 1;
  const lanes = Math.min(stops.length, Math.ceil((span + 0.5) / stride)); // stops in one lane never touch
  const x = (pixel) => (pixel + padding) * CELL;
  const [axisTop, lanesTop] = [4, CELL + 20];
  const outputTop = lanesTop + lanes * 14 + 12;
  const size1 = Math.min(LARGE, WIDEST / (padded + 0.2), (TALLEST * CELL) / (outputTop + CELL + 4)); // of a cell, in em
  const every = size1 < 1.6 ? 5 : 1;
  const unread = new Set(unreadOf(state));
  const taps = new Set(stops[current]);
  const text = (at, top, content, name = "") => svg("text", { x: at, y: top, class: name }, content);
  const cells = Array.from({ length: padded }, (_, i) => i - padding).flatMap((pixel) => {
    const pad = pixel < 0 || pixel >= size;
    const kind = `cnnlab-cell${pad ? " cnnlab-pad" : ""}${taps.has(pixel) ? " cnnlab-window" : ""}`;
    const nodes = [svg("rect", { x: x(pixel), y: axisTop, width: CELL, height: CELL, class: kind, "data-pixel": pixel })];
    if (pad && every === 1) nodes.push(text(x(pixel) + CELL / 2, axisTop + 10, "0", "cnnlab-on-cell cnnlab-zero"));
    if (!pad && pixel % every === 0) nodes.push(text(x(pixel) + CELL / 2, axisTop + 10, String(pixel), "cnnlab-on-cell"));
    if (unread.has(pixel)) nodes.push(svg("path", { d: `M${x(pixel) + 3} ${axisTop + 3}l14 14m0 -14l-14 14`, class: "cnnlab-cross" }));
    return nodes;
  });
  const marks = stops.map((pixels, stop) => {
    const y = lanesTop + (stop % lanes) * 14;
    const middle = x((pixels[0] + pixels.at(-1)) / 2) + CELL / 2;
    const wide = Math.min(CELL, stride * CELL) - 2;
    const label = stop % every === 0 ? [text(middle, outputTop + 10, String(stop), "cnnlab-on-cell")] : [];
    return svg("g", { "data-stop": stop, class: stop === current ? "cnnlab-stop cnnlab-on" : "cnnlab-stop" },
      svg("line", { x1: x(pixels[0]) + 4, x2: x(pixels.at(-1)) + CELL - 4, y1: y + 5, y2: y + 5 }),
      ...pixels.map((pixel) => svg("rect", { x: x(pixel) + 4, y, width: CELL - 8, height: 10, rx: 2 })),
      svg("rect", { x: middle - wide / 2, y: outputTop, width: wide, height: CELL, class: "cnnlab-out" }), ...label);
  });
  const name = `Axis of ${size} pixels with padding ${padding}. The kernel makes ${stops.length} stops; the output has ${stops.length} pixels.`;
  const hatch = uniqueId("hatch");
  const picture = svg("svg", { viewBox: `-2 0 ${padded * CELL + 4} ${outputTop + CELL + 4}`, role: "img", "aria-label": name,
    style: `width: ${(padded + 0.2) * size1}em; --cnnlab-text: ${Math.max(10, CELL / size1)}px; --cnnlab-hatch: url(#${hatch})` },
    svg("defs", {}, svg("pattern", { id: hatch, width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("rect", { width: 5, height: 5, fill: "#fff" }), svg("rect", { width: 1.3, height: 5, fill: "#c5c9d2" }))),
    ...cells, ...marks);
  return picture;
}
