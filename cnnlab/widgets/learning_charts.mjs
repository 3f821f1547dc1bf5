// The charts of a network in training, and the table of its earlier runs.
import { element, formatCount, formatNumber, svg } from "./base.mjs";
import { formatPercent } from "./class_bars.mjs";

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
  const node = svg("svg", { viewBox: `0 0 ${WIDTH + 4} ${HEIGHT}`, role: "img", class: "cnnlab-chart" },
    ...ticks.flatMap((value) => [line(value, "cnnlab-rule"), text(LEFT - 5, y(value) + 4, format(value), "end")]),
    line(guess, "cnnlab-guess"), text(WIDTH - 2, y(guess) - 4, "guessing", "end"), earlier, curve, ends);
  let drawn = "";
  const show = (points, before, end) => {
    const now = JSON.stringify([points.length, points.at(-1), before.length, end]);
    if (now === drawn) return;
    drawn = now;
    const last = points.at(-1);
    node.setAttribute("aria-label", `${title}: ${last ? `${formatNumber(last[1])} after ${formatCount(last[0])} images` : "nothing yet"}`);
    const x = (seen) => LEFT + (seen / end) * (WIDTH - LEFT);
    const path = (list) => thinned(list).map(([seen, value]) => `${x(seen).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    curve.setAttribute("points", path(points));
    earlier.replaceChildren(...before.flatMap((list, i) => (list.length < 2 ? [] : [
      svg("polyline", { class: "cnnlab-earlier", points: path(list) }),
      text(Math.min(x(list.at(-1)[0]) + 3, WIDTH - 6), y(list.at(-1)[1]) + 4, String(i + 1), "start")])));
    ends.replaceChildren(text(LEFT, HEIGHT - 6, "0", "middle"), text((LEFT + WIDTH) / 2, HEIGHT - 6, "images seen", "middle"),
      text(WIDTH, HEIGHT - 6, formatCount(end), "end"));
  };
  return { node, show };
}

// The runs before this one, as a table.
export function runTable() {
  const names = ["Run", "Start", "Kernels", "Weights", "Pooling", "Pixels", "Seen", "Right"];
  const body = element("tbody");
  const caption = "Earlier runs, dashed in the charts";
  const node = element("div", { class: "cnnlab-scroll", role: "region", "aria-label": "Earlier runs", tabindex: 0 },
    element("table", { class: "cnnlab-table cnnlab-runs" }, element("caption", {}, caption),
      element("thead", {}, element("tr", {}, ...names.map((name) => element("th", { scope: "col" }, name)))), body));
  const show = (runs) => {
    node.hidden = !runs.length;
    body.replaceChildren(...runs.map((run, i) => element("tr", {}, element("th", { scope: "row" }, String(i + 1)),
      ...[run.seed + 1, run.kernels, run.shared ? "shared" : "one a place", run.pooled ? "on" : "off", run.permuted ? "permuted" : "in place",
        formatCount(run.seen), formatPercent(run.accuracies.at(-1)[1])].map((value) => element("td", {}, String(value))))));
  };
  return { node, show };
}
