import { element, setText } from "./base.mjs";

// A fraction as a whole percentage; one that is not quite 0 or 1 never becomes 0% or 100%.
export function formatPercent(fraction) {
  if (fraction > 0 && fraction < 0.005) return "<1%";
  if (fraction < 1 && fraction >= 0.995) return ">99%";
  return `${Math.round(100 * fraction)}%`;
}

// The largest of the numbers, the first one if several are equal.
export function largestOf(numbers) {
  return numbers.reduce((best, value, i) => (value > numbers[best] ? i : best), 0);
}

// The largest class and its percentage, in words.
export function bestOf(classes, fractions) {
  const best = largestOf(fractions);
  return `${classes[best]} ${formatPercent(fractions[best])}`;
}

// One bar per class, as a table with the percentage in words; the largest is bold and darker.
export function classBars(caption, classes) {
  const rows = classes.map((name) => {
    const fill = element("div", { class: "cnnlab-fill" });
    const percent = element("td", { role: "cell", class: "cnnlab-percent" });
    const node = element("tr", { role: "row" }, element("th", { scope: "row", role: "rowheader" }, name),
      element("td", { role: "cell", class: "cnnlab-track" }, element("div", { class: "cnnlab-length", "aria-hidden": "true" }, fill)), percent);
    return { node, fill, percent };
  });
  const head = element("thead", { role: "rowgroup" }, element("tr", { role: "row" },
    ...["Class", "Bar", "Percent"].map((name) => element("th", { scope: "col", role: "columnheader" }, name))));
  const node = element("table", { class: "cnnlab-table cnnlab-bars", role: "table" }, element("caption", {}, caption), head,
    element("tbody", { role: "rowgroup" }, ...rows.map((row) => row.node)));
  const show = (fractions) => {
    const best = largestOf(fractions);
    rows.forEach((row, i) => {
      row.fill.style.width = `${100 * fractions[i]}%`;
      setText(row.percent, formatPercent(fractions[i]));
      row.node.classList.toggle("cnnlab-best", i === best);
    });
  };
  return { node, show };
}
