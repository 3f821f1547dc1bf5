import { change, clamp, element, linkPlace, listenToKeys, player, redrawOnChange, setText, stateOf } from "./base.mjs";
import { bestOf, classBars } from "./class_bars.mjs";
import { liveRegion } from "./say.mjs";

const BETWEEN_FRAMES = 700; // milliseconds, in play

export function problemOf({ index, pictures }) {
  return Number.isInteger(index) && index >= 0 && index < pictures.length ? "" : `index=${index} is not a picture. Use 0 to ${pictures.length - 1}.`;
}

// What a screen reader hears of a picture.
export function sentenceOf({ index, captions, bars, classes }) {
  if (!bars.length) return captions[index];
  return `${captions[index]} ${bestOf(classes, bars[index])}`;
}

function render({ model, el }) {
  const names = ["pictures", "captions", "bars", "classes", "label", "index"];
  let state;
  let bars = null;
  let named = "";
  const last = () => state.pictures.length - 1;
  const go = (to) => change(model, { index: clamp(to, 0, last()) });
  const live = liveRegion(), { problem } = live;
  const picture = element("img", { onload: () =>
    picture.style.setProperty("--cnnlab-aspect", picture.naturalWidth / picture.naturalHeight) });
  const caption = element("p", { class: "cnnlab-caption" });
  const side = element("div", { class: "cnnlab-side" });
  const stage = element("div", { class: "cnnlab-stage" }, picture, element("div", { class: "cnnlab-words" }, caption, side));
  const { slider, play, toggle, stop, plays } = player({ index: () => state.index, last, go, between: BETWEEN_FRAMES, changed: () => draw() });
  const label = element("label", { for: slider.id });
  const count = element("span", { class: "cnnlab-count" });
  const root = element("div", { class: "cnnlab-widget cnnlab-frames", role: "group" }, problem, stage,
    element("div", { class: "cnnlab-bar" }, play, element("div", { class: "cnnlab-slide" }, label, slider), count, ...linkPlace(model, ["index"])), live.node);
  el.append(root);

  function draw() {
    state = stateOf(model, names);
    root.setAttribute("aria-label", `Pictures by ${state.label}`);
    setText(label, state.label);
    live.explain(problemOf(state), [["index", slider]]);
    stage.hidden = !problem.hidden;
    slider.max = last();
    slider.value = clamp(state.index, 0, last());
    if (problem.textContent) return stop();
    picture.src = state.pictures[state.index];
    picture.alt = state.captions[state.index];
    setText(caption, state.captions[state.index]);
    if (JSON.stringify(state.classes) !== named) {
      bars = state.bars.length ? classBars("Classes", state.classes) : null;
      side.replaceChildren(...(bars ? [bars.node] : []));
      named = JSON.stringify(state.classes);
    }
    bars?.show(state.bars[state.index]);
    const place = `${state.index + 1} of ${state.pictures.length}`;
    setText(count, place);
    slider.setAttribute("aria-valuetext", place);
    if (plays()) live.tell("Playing.");
    else live.tell(sentenceOf(state), [state.index, state.captions]);
  }
  const move = (by) => () => stop() || go(state.index + by);
  listenToKeys(root, {
    ArrowRight: move(1), ArrowDown: move(1), ArrowLeft: move(-1), ArrowUp: move(-1),
    Home: move(-Infinity), End: move(Infinity), " ": toggle,
  });
  const forget = redrawOnChange(model, names, draw);
  return () => stop() || forget();
}
