// What a reader has done, kept by this browser only: each page notes its own part, and the cards of
// the index say it. Where nothing can be kept, nothing is said.
(() => {
  "use strict";
  // Kept as "progress": { "03_counting": { predictions: { done: [names], of: 5 }, questions: ..., on: its last day } }
  function read() {
    try { return Object(JSON.parse(kept("progress"))); } catch { return {}; }
  }

  // All that a page asks, as [name, whether it is done now].
  const asked = () => ({
    predictions: [...globalThis.cnnlabPredictions ?? []].map(([name, { guess }]) => [name, Boolean(guess)]),
    questions: [...document.querySelectorAll(".cnnlab-quiz form")].map((form) =>
      [form.querySelector("legend").textContent, Boolean(form.querySelector("[data-right]"))]),
  });

  // What was done once stays done, as long as the lesson asks it.
  function note(lesson) {
    const all = read(), before = all[lesson];
    const now = Object.fromEntries(Object.entries(asked()).map(([kind, each]) => {
      const done = each.filter(([name, now]) => now || before?.[kind]?.done.includes(name)).map(([name]) => name);
      return [kind, { done, of: each.length }];
    }));
    const same = before && JSON.stringify({ ...before, on: "" }) === JSON.stringify({ ...now, on: "" });
    all[lesson] = { ...now, on: same ? before.on : new Date().toDateString() };
    keep("progress", JSON.stringify(all));
  }

  function say({ predictions, questions }) {
    const parts = [];
    if (predictions.done.length) parts.push(`${predictions.done.length} of ${predictions.of} predictions`);
    if (questions.done.length && questions.done.length === questions.of) parts.push("quiz done");
    else if (questions.done.length) parts.push(`${questions.done.length} of ${questions.of} quiz questions`);
    return parts.join(", ") || "Opened";
  }

  const lesson = document.querySelector("main").dataset.lesson;
  if (lesson) {
    note(lesson);
    keep("last", lesson);
    addEventListener("cnnlab-prediction", () => note(lesson));
    new MutationObserver(() => note(lesson)).observe(document.body, { subtree: true, attributeFilter: ["data-right"] });
  }
  // The index: what was done, and where to go on. A page that the browser kept is shown again
  // without being loaded again.
  addEventListener("pageshow", () => {
    document.querySelectorAll(".done").forEach((line) => {
      const done = read()[line.dataset.lesson];
      line.hidden = !done;
      if (done) line.textContent = say(done);
    });
    const last = kept("last"); // the lesson that was opened last
    const start = document.querySelector(".start");
    const card = last && start && document.querySelector(`.cards h3 a[href="${last}.html"]`);
    if (card && card.href !== start.href) Object.assign(start, { href: card.href, textContent: `Go on with ${card.textContent}` });
  });
})();
