import { MAIN, button, change, clamp, disable, element, listenToKeys, redrawOnChange, setText, stateOf } from "./base.mjs";
import { liveRegion } from "./say.mjs";
import { bestOf, classBars } from "./class_bars.mjs";
import { bytesOf, layMark, mapWords } from "./maps.mjs";

const LONGEST = 320; // pixels of a chosen image that are kept
const SMALLEST = 16; // pixels along the side of what is cut out
const [STEP, ZOOM] = [0.04, 1.15];

// The share of each pixel in each of `count` equal parts of a stretch.
function overlaps(start, length, count, pixels) {
  const width = length / count;
  return Array.from({ length: count }, (_, part) => {
    const [from, to] = [start + part * width, Math.min(start + (part + 1) * width, pixels)];
    const first = Math.floor(from);
    return Array.from({ length: Math.ceil(to) - first }, (_, i) =>
      [first + i, (Math.min(first + i + 1, to) - Math.max(first + i, from)) / width]);
  });
}

// A square of an image as size x size RGB bytes, each the mean of its area. `rgba` holds four
// bytes a pixel, as a canvas gives them.
export function averaged(rgba, width, [left, top, side], size) {
  const height = rgba.length / (4 * width);
  const [rows, columns] = [overlaps(top, side, size, height), overlaps(left, side, size, width)];
  const bytes = new Uint8Array(3 * size * size);
  rows.forEach((row, i) => columns.forEach((column, j) => {
    const sum = [0, 0, 0];
    for (const [y, high] of row) for (const [x, wide] of column) {
      for (let channel = 0; channel < 3; channel += 1) sum[channel] += high * wide * rgba[4 * (y * width + x) + channel];
    }
    sum.forEach((value, channel) => (bytes[3 * (i * size + j) + channel] = Math.floor(value + 0.5)));
  }));
  return bytes;
}

// The crop, kept inside the image.
export function inside([left, top, side], width, height) {
  const kept = clamp(side, Math.min(SMALLEST, width, height), Math.min(width, height));
  return [clamp(left, 0, width - kept), clamp(top, 0, height - kept), kept];
}

function render({ model, el }) {
  const names = ["picture", "crop", "pixels", "bars", "classes", "size"];
  let state;
  let source = null; // the whole image: its pixels, width and height
  let shown = "";
  let [drag, heard] = [null, null]; // heard: which bars
  const live = liveRegion(), { problem } = live;
  const file = element("input", { type: "file", accept: "image/*", class: "cnnlab-file", tabindex: -1, "aria-hidden": "true", onchange: () => open(file.files[0]) });
  const choose = button("Choose an image", () => file.click(), MAIN);
  const closer = button("+", () => zoom(1 / ZOOM), { "aria-label": "Cut out less" });
  const wider = button("\u2212", () => zoom(ZOOM), { "aria-label": "Cut out more" });
  const arrows = Object.entries({ left: ["\u2190", -1, 0], up: ["\u2191", 0, -1], down: ["\u2193", 0, 1], right: ["\u2192", 1, 0] })
    .map(([way, [sign, right, down]]) => button(sign, () => move(right, down)(), { "aria-label": `Move the square ${way}` }));
  const whole = element("img", { alt: "The whole image", draggable: "false" });
  const frame = element("div", { class: "cnnlab-crop", tabindex: 0, role: "application" });
  const stageWhole = element("div", { class: "cnnlab-whole" }, whole, frame);
  const canvas = element("canvas", { class: "cnnlab-read", role: "img" });
  const [caption, verdict] = [element("p", { class: "cnnlab-title" }), element("p", { class: "cnnlab-note" })];
  const side = element("div", { class: "cnnlab-side" });
  const root = element("div", { class: "cnnlab-widget cnnlab-photograph", role: "group", "aria-label": "An image and what the network says of it" },
    element("div", { class: "cnnlab-bar" }, choose, file, wider, closer, ...arrows), problem,
    element("div", { class: "cnnlab-stage" },
      element("div", {}, element("p", { class: "cnnlab-title" }, "Your image: drag the square, click a place, or use the arrow keys"), stageWhole),
      element("div", {}, caption, canvas), element("div", { class: "cnnlab-words" }, side, verdict)),
    live.node);
  el.append(root);
  const ink = canvas.getContext("2d", { willReadFrequently: true });
  let bars = null;

  async function open(chosen) {
    if (!chosen) return;
    try {
      const bitmap = await createImageBitmap(chosen);
      const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
      const paper = element("canvas", { width: Math.max(1, Math.round(scale * bitmap.width)), height: Math.max(1, Math.round(scale * bitmap.height)) });
      const brush = paper.getContext("2d");
      brush.fillStyle = "white"; // under what is transparent
      brush.fillRect(0, 0, paper.width, paper.height);
      brush.imageSmoothingQuality = "high";
      brush.drawImage(bitmap, 0, 0, paper.width, paper.height);
      const [width, height] = [paper.width, paper.height];
      const edge = Math.min(width, height);
      take(brush.getImageData(0, 0, width, height), paper.toDataURL("image/jpeg", 0.92));
      cut([(width - edge) / 2, (height - edge) / 2, edge]);
      live.explain("");
    } catch {
      live.explain(`${chosen.name} is not an image that this browser can read. Try a JPEG or PNG file.`);
      live.say(problem.textContent); // also the second time
    }
    file.value = "";
  }
  function take({ data, width, height }, uri) {
    source = { data, width, height };
    shown = uri;
    whole.src = uri;
    change(model, { picture: uri });
  }
  function cut(crop) {
    if (!source) return;
    const kept = inside(crop, source.width, source.height);
    const bytes = averaged(source.data, source.width, kept, state.size);
    change(model, { crop: kept, pixels: btoa(String.fromCharCode(...bytes)), ...(model.isTwin ? { bars: [] } : {}) });
  }
  function zoom(by) {
    const [left, top, edge] = state.crop;
    cut([left + (edge - edge * by) / 2, top + (edge - edge * by) / 2, edge * by]);
  }
  const move = (right, down) => () => {
    const [left, top, edge] = state.crop;
    cut([left + right * STEP * edge, top + down * STEP * edge, edge]);
  };
  // The pixels of the image that came from Python, once the browser has decoded it.
  whole.addEventListener("load", () => {
    if (source && shown === whole.src) return place();
    const paper = element("canvas", { width: whole.naturalWidth, height: whole.naturalHeight });
    const brush = paper.getContext("2d");
    brush.drawImage(whole, 0, 0);
    source = brush.getImageData(0, 0, paper.width, paper.height);
    shown = whole.src;
    place();
  });
  stageWhole.addEventListener("pointerdown", (event) => {
    stageWhole.setPointerCapture(event.pointerId);
    drag = { x: event.clientX, y: event.clientY, crop: state.crop };
    event.preventDefault();
    frame.focus();
  });
  stageWhole.addEventListener("pointermove", (event) => {
    if (!drag || !source) return;
    const scale = source.width / whole.getBoundingClientRect().width;
    cut([drag.crop[0] + (event.clientX - drag.x) * scale, drag.crop[1] + (event.clientY - drag.y) * scale, drag.crop[2]]);
  });
  // A click, which is a drag of hardly any way, puts the middle of the square there.
  stageWhole.addEventListener("pointerup", (event) => {
    if (!drag || !source || Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > 3) return;
    const box = whole.getBoundingClientRect();
    const [scale, edge] = [source.width / box.width, state.crop[2]];
    cut([(event.clientX - box.left) * scale - edge / 2, (event.clientY - box.top) * scale - edge / 2, edge]);
  });
  ["pointerup", "pointercancel"].forEach((name) => stageWhole.addEventListener(name, () => (drag = null)));
  // Drawing
  function place() {
    if (!source) return;
    const [left, top, edge] = state.crop;
    layMark(frame, [[top, edge], [left, edge]], [source.height, source.width]);
    whole.alt = `The whole image, ${source.width} pixels wide and ${source.height} high`;
    const ends = [left <= 0, top <= 0, top + edge >= source.height, left + edge >= source.width];
    arrows.forEach((node, i) => disable(node, ends[i]));
  }
  function draw() {
    state = stateOf(model, names);
    if (whole.getAttribute("src") !== state.picture) whole.src = state.picture;
    const { size, bars: chances, classes } = state;
    canvas.width = canvas.height = size;
    const rgb = bytesOf(state.pixels);
    const rgba = new Uint8ClampedArray(4 * size * size).fill(255);
    rgb.forEach((value, i) => (rgba[4 * Math.floor(i / 3) + (i % 3)] = value));
    ink.putImageData(new ImageData(rgba, size, size), 0, 0);
    const brightness = Array.from({ length: size * size }, (_, i) => (rgb[3 * i] + rgb[3 * i + 1] + rgb[3 * i + 2]) / 765);
    canvas.setAttribute("aria-label", `What the network reads, its brightness: ${mapWords(brightness, [size, size])}`);
    setText(caption, `What the network reads: ${size}\u00d7${size}`);
    if (!bars) {
      bars = classBars("What it says", classes);
      side.replaceChildren(bars.node);
    }
    bars.node.hidden = !chances.length;
    setText(verdict, chances.length ? "" : "The network itself is in the notebook: open it there to hear what it says of this image.");
    if (chances.length) bars.show(chances);
    const [left, top, edge] = state.crop.map(Math.round);
    frame.setAttribute("aria-label", `Square of ${edge} pixels, ${left} from the left, ${top} from the top. Arrow keys move it, plus and minus change its size.`);
    place();
    disable(closer, source !== null && edge <= SMALLEST);
    disable(wider, source !== null && state.crop[2] >= Math.min(source.width, source.height));
    const answer = heard !== chances && (chances.length ? `${bestOf(classes, chances)}.` : verdict.textContent); // a kernel answers later
    heard = chances;
    live.tell([answer, `Square of ${edge} pixels, ${left} from the left, ${top} from the top.`], [state.crop, state.pixels, chances]);
  }
  listenToKeys(root, {
    ArrowRight: move(1, 0), ArrowLeft: move(-1, 0), ArrowDown: move(0, 1), ArrowUp: move(0, -1),
    "+": () => zoom(1 / ZOOM), "=": () => zoom(1 / ZOOM), "-": () => zoom(ZOOM),
  });
  return redrawOnChange(model, names, draw);
}
