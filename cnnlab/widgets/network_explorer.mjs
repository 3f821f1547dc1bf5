import { MAIN, button, change, clamp, disable, element, formatCount, formatNumber, linkPlace, listenToKeys, numberGrid, onSlide, redrawOnChange, setText, stateOf, uniqueId } from "./base.mjs";
import { liveRegion } from "./say.mjs";
import { bestOf, classBars } from "./class_bars.mjs";
import { blocksOf, cellAfter, chainFrom, forward, intermediate, kernelOf, numbersOf, partsOf, patchOf, problemOf, spanOf, underWindow, valueAt } from "./explorer_steps.mjs";
import { TIMES, blockView, mapFigure, nameOf, pager, paintMap } from "./explorer_blocks.mjs";
import { colorScale, kernelWords, largestMagnitude, mapWords, paintPixels, signedColor } from "./maps.mjs";

const TRAITS = ["pictures", "captions", "classes", "probabilities", "steps", "numbers", "rest", "picture", "step", "map", "cell", "scope"];
const PAGE = { maps: 16, inputs: 6, numbers: 49, layers: Infinity }; // in view
const SLIDE = { maps: 4, inputs: 2, numbers: 9, layers: 7 }; // that fit a slide

function render({ model, el }) {
  let [state, maps, computed, numbers] = [null, [], "", null];
  let [blocks, built, revealed] = [[], "", ""];
  let [inputPage, picked, opened] = [0, null, ""];
  const live = liveRegion(), { problem } = live;
  const choices = element("div", { class: "cnnlab-choices", role: "group", "aria-label": "Picture" });
  const scope = element("select", { id: uniqueId("scope"), class: "cnnlab-select", onchange: () => change(model, { scope: scope.value }) },
    element("option", { value: "layer" }, "one per layer"), element("option", { value: "map" }, "one per map"));
  const room = onSlide(el) ? SLIDE : PAGE;
  const scale = colorScale();
  const deeper = button("Next layer", () => { moveMap(1, 0); deeper.focus(); }, MAIN);
  const list = element("div", { class: "cnnlab-network" });
  const detail = detailView();
  const ending = element("p", { class: "cnnlab-rest" });
  const answers = element("div", { class: "cnnlab-answers" });
  const says = element("p", { class: "cnnlab-says" }); // on a slide, in the place of the bars
  const body = element("div", { class: "cnnlab-body" }, list, ending, answers, says);
  const root = element("div", { class: "cnnlab-widget cnnlab-explorer", role: "group", "aria-label": "A network, map by map" },
    element("div", { class: "cnnlab-settings" }, choices,
      element("div", { class: "cnnlab-tools" }, deeper, element("div", { class: "cnnlab-field" }, element("label", { for: scope.id }, "color scale"), scope),
        scale.node, ...linkPlace(model, ["picture", "step", "map", "scope"]))), problem, body, live.node);
  el.append(root);
  let bars = null;

  const act = {
    say: live.say,
    redraw: () => keepInPlace(null, () => draw()),
    pick: (step, map, node) => keepInPlace(node, () => { go(step, map); draw(); }),
  };
  function go(step, map) {
    const { shape } = state.steps[step];
    const [height, width] = shape.slice(1);
    const [oldHeight, oldWidth] = state.steps[state.step]?.shape.slice(1) ?? [1, 1];
    const scaled = (place, from, to) => clamp(Math.floor(((place + 0.5) * to) / from), 0, to - 1);
    const cell = [scaled(state.cell[0], oldHeight, height), scaled(state.cell[1], oldWidth, width)];
    change(model, { step, map: clamp(map, 0, shape[0] - 1), cell });
  }
  function moveMap(down, right) {
    if (problem.textContent) return;
    const step = clamp(state.step + down, 0, state.steps.length - 1);
    const to = right === -Infinity ? 0 : right === Infinity ? state.steps[step].shape[0] - 1 : state.map + right;
    go(step, to);
    state = stateOf(model, TRAITS);
    draw();
    blocks.find(({ places }) => places.includes(state.step)).view.focus(state.step, state.map);
  }
  function choose(picture) {
    live.did(`${state.captions[picture]}: the network says ${bestOf(state.classes, state.probabilities[picture])}.`);
    change(model, { picture });
  }
  function moveCell(to) {
    const [, height, width] = state.steps[state.step].shape;
    change(model, { cell: [clamp(to[0], 0, height - 1), clamp(to[1], 0, width - 1)] });
  }

  // The panel that opens below a block: inputs, kernels and parts; then the sum and what follows.
  function detailView() {
    const heading = element("p", { class: "cnnlab-heading" });
    const order = element("p", { class: "cnnlab-order" });
    const turning = pager("input maps", live.say, (by) => { inputPage += by; picked = null; draw(); });
    const cards = element("div", { class: "cnnlab-cards" });
    const products = element("div", { class: "cnnlab-products" });
    const total = element("p", { class: "cnnlab-total" });
    const main = mapFigure("output");
    const target = element("div", { class: "cnnlab-target", tabindex: 0, role: "application" }, main.hold);
    target.addEventListener("click", (event) => {
      const box = main.hold.getBoundingClientRect();
      const [, height, width] = state.steps[state.step].shape;
      moveCell([Math.floor(((event.clientY - box.top) / box.height) * height), Math.floor(((event.clientX - box.left) / box.width) * width)]);
    });
    target.addEventListener("keydown", (event) => {
      const [row, column] = state.cell;
      const to = { ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1],
        Home: [0, 0], End: [Infinity, Infinity] }[event.key];
      if (!to || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      event.preventDefault();
      moveCell(to);
    });
    const mainTitle = element("figcaption");
    const mainText = element("p", { class: "cnnlab-formula" });
    const [inputs, chain] = [element("div", { class: "cnnlab-chain" }), element("div", { class: "cnnlab-chain" })];
    const head = element("div", { class: "cnnlab-bar" }, order, turning.node);
    const stop = element("figure", { class: "cnnlab-stop" }, mainTitle, target, mainText);
    const node = element("div", { class: "cnnlab-detail", role: "region", "aria-label": "What the map is made of" },
      heading, head, cards, products, total, element("div", { class: "cnnlab-result" }, inputs, stop, chain));
    return { node, heading, head, inputs, stop, order, turning, cards, products, total, main, target, mainTitle, mainText, chain };
  }
  const mapOf = (place, map) => {
    const { values } = maps[place];
    const area = values.length / state.steps[place].shape[0];
    return values.subarray(map * area, (map + 1) * area);
  };
  const limitOf = (place, map) => largestMagnitude(state.scope === "layer" ? maps[place].values : mapOf(place, map)) || 1;
  const paint = (canvas, place, map) => paintMap(canvas, maps[place], map, limitOf(place, map), state.steps[place].kind === "picture");

  function drawDetail() {
    const { steps, step: place, map, cell } = state;
    const step = steps[place];
    const now = JSON.stringify([state.picture, place, map, state.scope]);
    if (now !== opened) [inputPage, picked] = [0, null];
    opened = now;
    const isConv = step.kind === "conv";
    const title = step.kind === "picture" ? `${nameOf(steps, place, map)} of the picture` : `${nameOf(steps, place, map)} of ${step.title}`;
    detail.heading.replaceChildren(element("strong", {}, `${title[0].toUpperCase()}${title.slice(1)}`), `: ${whatItDoes(step)}.`);
    detail.target.setAttribute("aria-label", `${title}, ${mapWords(mapOf(place, map), step.shape.slice(1))}: the arrow keys move the cell`);
    setText(detail.mainTitle, step.title);
    if (isConv) drawConv(step, place, map, cell);
    else drawOther(step, place, map, cell);
    paint(detail.main.canvas, place, map);
    scale.show(limitOf(place, map));
    detail.main.lay([[cell[0], 1], [cell[1], 1]], step.shape.slice(1));
    drawChain(place, map, cell);
    const value = formatNumber(valueAt(maps[place], map, cell));
    live.tell(`${title}, row ${cell[0]}, column ${cell[1]}: ${value}`, [state.picture, place, map, cell, state.scope]);
  }
  function inputCard(place, map, span) {
    const figure = mapFigure("input");
    paint(figure.canvas, place, map);
    figure.lay(span, state.steps[place].shape.slice(1));
    return figure.hold;
  }
  function drawConv(step, place, map, cell) {
    const [from] = step.from;
    const source = maps[from];
    const { parts, bias, first } = partsOf(step, numbers, source, map, cell);
    const planes = parts.map((_, input) => intermediate(step, numbers, source, map, input));
    const order = orderOf(planes.map((plane) => plane.reduce((sum, value) => sum + Math.abs(value), 0)), room.inputs);
    const shown = order.slice(inputPage * room.inputs, (inputPage + 1) * room.inputs);
    if (picked === null || !shown.includes(picked)) [picked] = shown;
    const limit = Math.max(...planes.map(largestMagnitude)) || 1;
    const largest = Math.max(...parts.map((_, input) => largestMagnitude(kernelOf(step, numbers, map, input).flat()))) || 1;
    const span = spanOf(step, cell);
    setText(detail.order, parts.length > room.inputs ? "Input maps, those that add most first" : "Input map \u00d7 kernel \u2192 what it adds");
    detail.turning.show(inputPage, room.inputs, parts.length);
    const focused = detail.cards.contains(document.activeElement) ? document.activeElement.dataset.input : null;
    detail.cards.replaceChildren(...shown.map((input) => {
      const label = nameOf(state.steps, from, first + input);
      const kernel = element("canvas", { class: "cnnlab-kernel cnnlab-framed" });
      const weights = kernelOf(step, numbers, map, input);
      paintPixels(kernel, step.kernel, (y, x) => signedColor(weights[y][x] / largest));
      const part = mapFigure("output");
      paintPixels(part.canvas, step.shape.slice(1), (y, x) => signedColor(planes[input][y * step.shape[2] + x] / limit));
      part.lay([[cell[0], 1], [cell[1], 1]], step.shape.slice(1));
      return element("button", { type: "button", class: "cnnlab-card", "data-input": input, "aria-pressed": String(input === picked),
        "aria-label": `${label} adds ${formatNumber(parts[input])}; its kernel: ${kernelWords(weights.flat(), step.kernel)}`, onclick: () => { picked = input; draw(); } },
      element("span", { class: "cnnlab-flow" }, inputCard(from, first + input, span), TIMES, kernel, "\u2192", part.hold),
      element("span", { class: "cnnlab-adds" }, element("span", {}, label), element("span", {}, formatNumber(parts[input]))));
    }));
    if (focused !== null) detail.cards.querySelector(`[data-input="${focused}"]`)?.focus();
    const [patch, weights] = [patchOf(step, source, first + picked, cell), kernelOf(step, numbers, map, picked)];
    detail.products.replaceChildren(...(step.kernel[0] * step.kernel[1] > room.numbers ? [] : productsOf(nameOf(state.steps, from, first + picked), patch, weights, step.kernel, parts[picked])));
    detail.head.hidden = detail.cards.hidden = detail.products.hidden = detail.total.hidden = false;
    detail.inputs.replaceChildren();
    detail.stop.classList.remove("cnnlab-next");
    const visible = element("span", { class: "cnnlab-sum" }, sumOf(parts, shown, bias, step.bias !== null));
    detail.total.replaceChildren(element("span", { class: "cnnlab-part" }, parts.length === 1 ? "sum: " : `sum over ${parts.length} maps: `), visible);
    setText(detail.mainText, `at row ${cell[0]}, column ${cell[1]}: ${formatNumber(valueAt(maps[place], map, cell))}`);
  }
  function drawOther(step, place, map, cell) {
    detail.head.hidden = detail.cards.hidden = detail.products.hidden = detail.total.hidden = true;
    detail.inputs.replaceChildren(...step.from.map((from) => element("figure", { class: "cnnlab-stop" },
      element("figcaption", {}, state.steps[from].title), inputCard(from, map, spanOf(step, cell)))));
    detail.stop.classList.toggle("cnnlab-next", step.from.length > 0);
    const where = `at row ${cell[0]}, column ${cell[1]}: `;
    setText(detail.mainText, where + (step.kind === "picture" ? formatNumber(valueAt(maps[place], map, cell)) : formulaAt(place, map, cell)));
  }
  function formulaAt(place, map, cell) {
    const step = state.steps[place];
    const inputs = step.kind === "pool" ? underWindow(step, maps[step.from[0]], map, ...cell) : step.from.map((from) => valueAt(maps[from], map, cell));
    return formulaOf(step, numbers, map, inputs, valueAt(maps[place], map, cell));
  }
  function drawChain(start, map, startCell) {
    let cell = startCell;
    detail.chain.replaceChildren(...chainFrom(state.steps, start).map((place) => {
      const step = state.steps[place];
      cell = cellAfter(step, cell);
      const figure = mapFigure("output");
      paint(figure.canvas, place, map);
      figure.lay([[cell[0], 1], [cell[1], 1]], step.shape.slice(1));
      return element("figure", { class: "cnnlab-stop cnnlab-next" }, element("figcaption", {}, step.title), figure.hold,
        element("p", { class: "cnnlab-formula" }, formulaAt(place, map, cell)));
    }));
  }
  function build() {
    numbers = numbersOf(state.numbers);
    blocks = blocksOf(state.steps).map((places) => ({ places, view: blockView(state.steps, places, room.maps, act) }));
    revealed = "";
    list.replaceChildren(...blocks.map(({ view }) => view.node));
    bars = classBars("What the network answers", state.classes);
    answers.replaceChildren(bars.node);
    choices.replaceChildren(...state.pictures.map((picture, i) => {
      const canvas = element("canvas", { class: "cnnlab-framed", "aria-hidden": "true" });
      const [channels, height, width] = state.steps[0].shape;
      const [{ values }] = forward(state.steps.slice(0, 1), numbers, picture);
      paintPixels(canvas, [height, width], (y, x) => [0, 1, 2].map((c) => 255 * values[((channels === 3 ? c : 0) * height + y) * width + x]));
      return element("button", { type: "button", class: "cnnlab-choice", "aria-label": state.captions[i], onclick: () => choose(i) }, canvas, element("span", {}, state.captions[i]));
    }));
    const count = state.steps.at(-1).shape.reduce((a, b) => a * b, 1);
    setText(ending, state.rest.length ? `Then ${state.rest.join(", ")}: from ${formatCount(count)} numbers to ${state.classes.length} classes.` : "");
  }
  function draw() {
    state = stateOf(model, TRAITS);
    const wanted = JSON.stringify([state.numbers.length, state.steps]);
    if (wanted !== built) build();
    built = wanted;
    live.explain(problemOf(state));
    body.hidden = !problem.hidden;
    scope.value = state.scope;
    [...choices.children].forEach((node, i) => node.setAttribute("aria-pressed", String(i === state.picture)));
    if (problem.textContent) return;
    if (computed !== state.pictures[state.picture]) maps = forward(state.steps, numbers, state.pictures[state.picture]);
    computed = state.pictures[state.picture];
    drawBlocks();
    drawDetail();
    bars.show(state.probabilities[state.picture]);
    setText(says, `It says: ${bestOf(state.classes, state.probabilities[state.picture])}`);
  }
  function drawBlocks() {
    const home = blocks.find(({ places }) => places.includes(state.step));
    const chosen = `${state.step} ${state.map}`; // from here on the pager may turn away from it
    if (chosen !== revealed) home.view.reveal(state.map);
    revealed = chosen;
    disable(deeper, state.step === state.steps.length - 1);
    if (room === SLIDE) body.append(detail.node);
    else if (detail.node.previousSibling !== home.view.node) home.view.node.after(detail.node);
    // On a slide, as many layers around the open block as there is room for.
    const open = blocks.indexOf(home);
    let [left, from, to] = [room.layers, open, open];
    for (left -= home.places.length; left >= 1 && (blocks[to + 1] || from); left -= 1) {
      if (blocks[to + 1] && (to - open <= open - from || !from)) to += 1;
      else from -= 1;
    }
    blocks.forEach(({ view }, i) => { view.node.hidden = i < from || i > to; });
    blocks.forEach(({ view }) => view.show(maps, state));
  }
  listenToKeys(root, {
    ArrowRight: () => moveMap(0, 1), ArrowLeft: () => moveMap(0, -1), ArrowDown: () => moveMap(1, 0), ArrowUp: () => moveMap(-1, 0),
    Home: () => moveMap(0, -Infinity), End: () => moveMap(0, Infinity),
  });
  return redrawOnChange(model, TRAITS, draw);
}

const signed = (value) => (value < 0 ? `(${formatNumber(value)})` : formatNumber(value));

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
export function orderOf(strengths, few = PAGE.inputs) {
  const order = strengths.map((_, input) => input);
  return order.length <= few ? order : order.sort((a, b) => strengths[b] - strengths[a] || a - b);
}

// What a step does with the maps that it reads.
function whatItDoes(step) {
  const many = step.inputs === 1 ? "one input map and its kernel" : `${step.inputs} input maps, each through its own kernel, added up`;
  return { conv: many,
    affine: "a factor and a shift for each map, from what was learned and what was averaged in training", activation: "each number by itself",
    pool: `windows of ${step.kernel?.join(TIMES)}, with nothing to learn`, sum: "two maps added, number by number", picture: "the input: 8-bit numbers divided by 255" }[step.kind];
}

// The window on an input map, times its kernel, as tables.
function productsOf(label, patch, weights, [rows, columns], part) {
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
function keepInPlace(node, work) {
  const before = node?.getBoundingClientRect().top;
  work();
  if (!node) return;
  node.focus({ preventScroll: true });
  let box = node.parentElement;
  while (box.parentElement && !(box.scrollHeight > box.clientHeight && /auto|scroll/.test(getComputedStyle(box).overflowY))) box = box.parentElement;
  box.scrollTop += node.getBoundingClientRect().top - before;
}
