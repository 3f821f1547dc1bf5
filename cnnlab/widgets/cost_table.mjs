import { ShapeError, convOutputSize, whole } from "./arithmetic.mjs";
import { MAIN, button, change, disable, element, formatCount, listenToKeys, onSlide, onWhole, redrawOnChange, setText, showWhole, uniqueId } from "./base.mjs";
import { liveRegion } from "./say.mjs";

const DEFAULTS = {
  conv: { out_channels: 16, kernel_size: 3, stride: 1, padding: 1, groups: 1 },
  pool: { kernel_size: 2, stride: 2, padding: 0 },
  dense: { out_features: 10 },
};
const ROOM = 5; // layers on a slide
const LABELS = { out_channels: "channels", kernel_size: "kernel", out_features: "features" };
const COLUMNS = ["Output shape", "Parameters", "MACs", "Memory", "Receptive field", "Dense instead"];

const product = (sizes) => sizes.reduce((a, b) => a * b, 1);
const dense = (inputs, outputs) => inputs * outputs + outputs;

function convParameters(inChannels, outChannels, kernelSize, groups) {
  whole("in_channels", inChannels);
  whole("out_channels", outChannels);
  whole("groups", groups);
  if (inChannels % groups || outChannels % groups) {
    throw new ShapeError(`groups=${groups} does not divide in_channels=${inChannels} and ` +
      `out_channels=${outChannels}. Use a number that divides both.`);
  }
  return outChannels * (inChannels / groups) * kernelSize ** 2 + outChannels;
}

function countLayer(layer, shape, field) {
  const { kind, kernel_size: kernelSize, stride, padding } = layer;
  if (kind === "dense") {
    const outputs = whole("out_features", layer.out_features);
    const parameters = dense(product(shape), outputs);
    return { output_shape: [outputs], parameters, macs: parameters - outputs };
  }
  if (shape.length === 1) {
    throw new ShapeError("it comes after a dense layer, whose output has no height and width. " +
      "Move it before the dense layer.");
  }
  const [channels, ...sizes] = shape;
  const size = sizes.map((inputSize) => convOutputSize({ inputSize, kernelSize, stride, padding }));
  const result = { output_shape: [channels, ...size], parameters: 0, macs: 0 };
  if (kind === "conv") {
    result.parameters = convParameters(channels, layer.out_channels, kernelSize, layer.groups);
    result.macs = (result.parameters - layer.out_channels) * product(size);
    result.output_shape[0] = layer.out_channels;
  }
  field.size += (kernelSize - 1) * field.stride;
  field.stride *= stride;
  return result;
}

// One row per layer that fits, and the sentence about the first that does not.
export function costs(layers, inputShape) {
  const rows = [];
  const field = { size: 1, stride: 1 };
  let shape = inputShape;
  let name = "";
  try {
    ["channels", "height", "width"].forEach((axis, i) => whole(`input ${axis}`, inputShape[i]));
    layers.forEach((layer, i) => {
      name = `Layer ${i + 1}, ${layer.kind}: `;
      const counted = countLayer(layer, shape, field);
      const outputs = product(counted.output_shape);
      rows.push({ layer: layer.kind, ...counted, bytes: 4 * outputs,
        receptive_field: counted.output_shape.length === 3 ? field.size : null,
        dense_parameters: dense(product(shape), outputs) });
      shape = counted.output_shape;
    });
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    return { rows, problem: name + error.message };
  }
  return { rows, problem: "" };
}

export function formatBytes(bytes) {
  const power = bytes < 1024 ? 0 : bytes < 1024 ** 2 ? 1 : bytes < 1024 ** 3 ? 2 : 3;
  const value = bytes / 1024 ** power;
  return `${value < 10 && power ? Number(value.toFixed(1)) : Math.round(value)} ${["B", "KiB", "MiB", "GiB"][power]}`;
}

function render({ model, el }) {
  let built = "";
  let rows = [];
  const layers = () => model.get("layers");
  const change1 = (index, values) => change(model, { layers: layers().map((layer, i) => (i === index ? { ...layer, ...values } : layer)) });
  const live = liveRegion(), { problem } = live;
  const caption = element("caption");
  const body = element("tbody", { role: "rowgroup" });
  const totals = COLUMNS.map((name) => cell(name));
  const table = element("table", { class: "cnnlab-table cnnlab-costs", role: "table" }, caption,
    element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...["Layer", ...COLUMNS].map((name) => element("th", { scope: "col", role: "columnheader" }, name)))),
    body, element("tfoot", { role: "rowgroup" }, element("tr", { role: "row" }, element("th", { scope: "row", role: "rowheader" }, "Together"), ...totals)));
  const verdict = element("p", { class: "cnnlab-verdict" });
  const shape = ["channels", "height", "width"].map((name, axis) => numberInput(`input ${name}`, name, { live, onchange: (value) =>
    change(model, { input_shape: model.get("input_shape").map((old, i) => (i === axis ? value : old)) }) }));
  const add = Object.keys(DEFAULTS).map((kind) => button(`Add ${kind}`, () => change(model, { layers: insert(kind) }), kind === "conv" ? MAIN : {}));
  const root = element("div", { class: "cnnlab-widget cnnlab-cost", role: "group", "aria-label": "What a stack of layers costs" },
    element("div", { class: "cnnlab-settings" }, element("strong", {}, "One image"), ...shape.map(({ node }) => node)),
    problem, table, verdict, element("div", { class: "cnnlab-bar" }, ...add), live.node);
  el.append(root);

  // A new convolution or pooling goes before the first dense layer, where it can stand.
  function insert(kind) {
    const first = layers().findIndex((layer) => layer.kind === "dense");
    const at = kind === "dense" || first < 0 ? layers().length : first;
    live.did(`Added layer ${at + 1}, ${kind}.`);
    return layers().toSpliced(at, 0, { kind, ...DEFAULTS[kind] });
  }
  function build() {
    rows = layers().map((layer, index) => layerRow(layer.kind, index, {
      change: (values) => change1(index, values), live,
      remove: () => {
        live.did(`Removed layer ${index + 1}, ${layer.kind}.`);
        change(model, { layers: layers().toSpliced(index, 1) });
        queueMicrotask(() => (rows[index]?.remove ?? rows.at(-1)?.remove ?? add[0]).focus()); // the next, or the one before
      },
      up: () => {
        const order = layers().slice();
        [order[index - 1], order[index]] = [order[index], order[index - 1]];
        live.did(`Layer ${index + 1} is now layer ${index}.`);
        change(model, { layers: order });
        queueMicrotask(() => rows[index - 1].up.focus());
      },
    }));
    body.replaceChildren(...rows.map(({ node }) => node));
  }
  function draw() {
    const kinds = layers().map(({ kind }) => kind).join();
    if (kinds !== built || rows.length !== layers().length) build();
    built = kinds;
    if (onSlide(el)) add.forEach((node) => disable(node, layers().length >= ROOM));
    const inputShape = model.get("input_shape");
    shape.forEach(({ show }, axis) => show(inputShape[axis]));
    setText(caption, `Cost of each layer, for one image of ${inputShape.join("\u00d7")}`);
    const counted = costs(layers(), inputShape);
    const parts = rows.flatMap((row, i) => row.fields.map(([name, { input }]) => [i === counted.rows.length ? name : `of layer ${i + 1}, ${name}`, input]));
    live.explain(counted.problem, [...shape.map(({ label, input }) => [label, input]), ...parts]);
    rows.forEach((row, i) => row.show(layers()[i], counted.rows[i]));
    const sum = (name) => counted.rows.reduce((total, row) => total + row[name], 0);
    const [parameters, instead] = [sum("parameters"), sum("dense_parameters")];
    const texts = ["", formatCount(parameters), formatCount(sum("macs")), formatBytes(sum("bytes")), "", formatCount(instead)];
    totals.forEach((td, i) => setText(td, counted.problem ? "" : texts[i]));
    const times = instead / parameters;
    const ratio = times >= 10 ? formatCount(Math.round(times)) : times.toFixed(1);
    setText(verdict, counted.problem || !parameters ? "" :
      `Dense layers from the same inputs to the same outputs would learn ${formatCount(instead)} numbers, ${ratio} times as many.`);
    if (!counted.problem) live.tell([`Together ${formatCount(parameters)} parameters and ${formatCount(sum("macs"))} MACs.`, verdict.textContent], [layers(), inputShape]);
  }
  listenToKeys(root, {});
  return redrawOnChange(model, ["layers", "input_shape"], draw);
}

const cell = (name) => element("td", { role: "cell", "data-name": name });

function numberInput(label, text, act) {
  const id = uniqueId("cost");
  const input = element("input", { id, type: "number", class: "cnnlab-number", step: 1, "aria-label": label,
    onchange: () => onWhole(input, { label, ...act }) });
  const show = (value) => showWhole(input, value);
  return { node: element("label", { class: "cnnlab-part", for: id }, element("span", {}, text), input), label, input, show };
}

function layerRow(kind, index, act) {
  const title = `layer ${index + 1}`;
  const fields = Object.keys(DEFAULTS[kind]).map((name) => {
    const text = LABELS[name] ?? name;
    return [name, numberInput(`${title} ${text}`, text, { live: act.live, onchange: (value) => act.change({ [name]: value }) })];
  });
  const up = button("\u2191", act.up, { "aria-label": `move ${title} up` });
  const remove = button("\u00d7", act.remove, { "aria-label": `remove ${title}` });
  disable(up, index === 0);
  const cells = COLUMNS.map(cell);
  const node = element("tr", { role: "row" },
    element("th", { scope: "row", role: "rowheader", "aria-label": `${index + 1} ${kind}` }, element("div", { class: "cnnlab-layer" },
      element("span", { class: "cnnlab-kind" }, `${index + 1} ${kind}`), up, remove,
      element("div", { class: "cnnlab-parts" }, ...fields.map(([, { node: field }]) => field)))), ...cells);
  const show = (layer, row) => {
    fields.forEach(([name, field]) => field.show(layer[name]));
    const texts = row ? [row.output_shape.join("\u00d7"), formatCount(row.parameters), formatCount(row.macs), formatBytes(row.bytes),
      row.receptive_field === null ? "all" : `${row.receptive_field}\u00d7${row.receptive_field}`, formatCount(row.dense_parameters)] : [];
    cells.forEach((td, i) => setText(td, texts[i] ?? "\u2013"));
  };
  return { node, up, remove, fields, show };
}
