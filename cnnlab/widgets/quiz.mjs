import { button, change, decode, disable, element, listenToKeys, onSlide, redrawOnChange, setText, uniqueId, withCode } from "./base.mjs";
import { liveRegion } from "./say.mjs";

function render({ model, el }) {
  const live = liveRegion();
  const questions = decode(model.get("questions"));
  const forms = questions.map((question, number) => questionForm(question, live, (option) => answer(number, option)));
  const score = element("p", { class: "cnnlab-score" });
  let page = 0; // of a slide, which has room for one question
  const turn = [-1, 1].map((by) => button(by < 0 ? "Back" : "Next question", () => { page += by; draw(); live.say(questions[page].question.replaceAll("`", "")); }));
  const paged = onSlide(el) && questions.length > 1;
  const root = element("div", { class: "cnnlab-widget cnnlab-quiz", role: "group", "aria-label": "Quiz" },
    ...forms.map(({ node }) => node), element("div", { class: "cnnlab-bar" }, ...(paged ? turn : []), score), live.node);
  el.append(root);

  function answer(number, option) {
    const put = (name, value) => model.get(name).map((old, i) => (i === number ? value(old) : old));
    change(model, { chosen: put("chosen", () => option), tries: put("tries", (old) => old + 1) });
    queueMicrotask(() => forms[number].say(score.textContent && `${score.textContent}.`)); // after what is drawn
  }
  function draw() {
    const chosen = model.get("chosen");
    forms.forEach(({ show }, number) => show(chosen[number] ?? -1));
    const open = paged ? page : Math.max(chosen.findIndex((option) => option < 0), 0);
    forms.forEach(({ node, check }, number) => {
      node.hidden = paged && number !== page;
      check.classList.toggle("cnnlab-main", number === open);
    });
    turn.forEach((node, i) => disable(node, page === [0, questions.length - 1][i]));
    const right = questions.filter(({ answer: key }, number) => chosen[number] === key).length;
    const some = chosen.some((option) => option >= 0);
    setText(score, some && questions.length > 1 ? `${right} of ${questions.length} right` : "");
  }
  listenToKeys(root, {});
  return redrawOnChange(model, ["chosen"], draw);
}

function questionForm({ question, options, answer }, live, onAnswer) {
  const name = uniqueId("question");
  const radios = options.map((_, i) => element("input", { type: "radio", name, value: i, id: `${name}-${i}` }));
  const labels = options.map(([text], i) =>
    element("label", { class: "cnnlab-option", for: radios[i].id }, radios[i], element("span", {}, ...withCode(text))));
  const feedback = element("p", { class: "cnnlab-feedback" });
  const check = element("button", { class: "cnnlab-button", type: "submit" }, "Check");
  const submit = (event) => {
    event.preventDefault();
    const picked = radios.findIndex((radio) => radio.checked);
    if (picked < 0) live.refuse(fields, "Pick an option first.", feedback);
    else onAnswer(picked);
  };
  const legend = element("legend", {}, ...withCode(question));
  const fields = element("fieldset", { role: "radiogroup" }, legend, ...labels);
  const node = element("form", { onsubmit: submit }, fields, element("div", { class: "cnnlab-bar" }, check, feedback));
  let shown = -1;
  const show = (chosen) => {
    if (chosen === shown || chosen < 0) return;
    shown = chosen;
    radios[chosen].checked = true;
    const right = chosen === answer;
    feedback.replaceChildren(element("strong", {}, right ? "Right. " : "Not quite. "), ...withCode(options[chosen][1]));
    feedback.dataset.right = right;
    labels.forEach((label, i) => { label.dataset.mark = i === chosen ? (right ? "right" : "wrong") : ""; });
  };
  const say = (score) => (shown === answer ? live.say(feedback.textContent, score) : live.refuse(fields, feedback.textContent, feedback, score));
  return { node, check, show, say };
}
