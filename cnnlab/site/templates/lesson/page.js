// Pages and the index: contents that follow the reading, copy buttons, colors, search.
(() => {
  "use strict";
  const all = (what, within = document) => [...within.querySelectorAll(what)];

  // What scrolls can be scrolled with the keyboard too.
  const reach = () => all("pre, .html, .figure, .text table, math[display=block]").forEach((box) => {
    if (box.closest(".cnnlab-widget")) return;
    if (box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  });
  addEventListener("resize", reach);
  document.addEventListener("toggle", reach, true);
  reach();

  // On a phone the panels of a wide figure stand one below the other: its picture again for each part.
  const phone = matchMedia("(max-width: 40rem)");
  function part(image, [left, top, right, bottom], scale) {
    const box = document.createElement("span"), copy = new Image();
    const [width, height] = [right - left, bottom - top];
    const [w, h] = ["width", "height"].map((side) => Number(image.getAttribute(side)));
    copy.alt = "";
    copy.src = image.src;
    copy.style = `width: ${100 / width}%; margin: ${-100 * top * h / (width * w)}% 0 0 ${-100 * left / width}%`;
    box.style = `width: ${100 * width * scale}%; aspect-ratio: ${width * w} / ${height * h}`;
    box.append(copy);
    return box;
  }
  function stack() {
    if (!phone.matches) return;
    for (const figure of all(".figure[data-parts]:not(:has(.parts))")) {
      const image = figure.querySelector("img"), box = document.createElement("div");
      const parts = figure.dataset.parts.split(", ").map((each) => each.split(" ").map(Number));
      const scale = 1 / Math.max(...parts.map(([left, , right]) => right - left));
      Object.assign(box, { className: "parts", role: "img", ariaLabel: image.alt });
      box.append(...parts.map((each) => part(image, each, scale)));
      figure.append(box);
    }
  }
  phone.addEventListener("change", stack);
  stack();

  for (const source of all(".source")) {
    const button = Object.assign(document.createElement("button"), { className: "copy", type: "button", textContent: "Copy" });
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(source.querySelector("pre").textContent.trimEnd())
        .then(() => { button.textContent = "Copied"; }, () => { button.textContent = "Not allowed"; });
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    source.append(button);
  }

  const button = document.querySelector(".theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const name = () => {
    const chosen = document.documentElement.dataset.theme;
    button.textContent = (chosen ? chosen === "dark" : dark.matches) ? "Light" : "Dark";
  };
  button.addEventListener("click", () => { changeTheme(); name(); });
  dark.addEventListener("change", name);
  name();

  // Paper has no button to press: what waits for a prediction or is folded is shown while it is printed.
  let waiting = [];
  addEventListener("beforeprint", () => {
    const buttons = all(".cnnlab-prediction button").filter((each) => each.textContent === "Show the result");
    waiting = [...buttons, ...all(".further:not([open]) > summary")];
    waiting.forEach((each) => each.click());
  });
  addEventListener("afterprint", () => waiting.forEach((each) => each.click()));

  // The contents are open where there is room beside the text.
  const contents = document.querySelector(".contents");
  const links = contents ? all("a", contents) : [];
  const wide = matchMedia("(min-width: 68rem)");
  const unfold = () => { if (contents) contents.open = wide.matches; };
  wide.addEventListener("change", unfold);
  unfold();
  const targets = links.map((link) => document.getElementById(link.hash.slice(1)));
  let planned = false;
  function follow() {
    planned = false;
    const atEnd = scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
    const line = atEnd ? innerHeight : innerHeight / 3; // the last sections may be short
    const passed = targets.filter((target) => target.getBoundingClientRect().top < line).length;
    links.forEach((link, index) => {
      if (index !== Math.max(passed - 1, 0)) return link.removeAttribute("aria-current");
      if (link.ariaCurrent) return undefined;
      link.setAttribute("aria-current", "true");
      if (wide.matches) contents.scrollTop = link.offsetTop - contents.clientHeight / 2;
      return undefined;
    });
  }
  addEventListener("scroll", () => { planned ||= Boolean(requestAnimationFrame(follow)); }, { passive: true });
  if (contents) follow();

  // Search: search.js beside the pages calls cnnlabSearch with every section of every lesson.
  const field = document.querySelector(".search input"), found = document.querySelector(".found");
  if (!field) return; // a page that is alone
  let sections = null;
  window.cnnlabSearch = (given) => { sections = given; look(); };
  function load() {
    if (document.getElementById("search-data")) return;
    const script = Object.assign(document.createElement("script"), { id: "search-data", src: "search.js" });
    script.onerror = () => say("Search needs the file search.js beside this page.");
    document.head.append(script);
  }
  const say = (text) => found.replaceChildren(Object.assign(document.createElement("li"), { className: "none", textContent: text }));
  function result({ page, cell, lesson, title, text }, words) {
    const item = document.createElement("li"), link = document.createElement("a"), line = document.createElement("span");
    link.href = `${page}.html#at-${cell}`;
    link.append(Object.assign(document.createElement("b"), { textContent: `${lesson.slice(0, 2)} ${title}` }), line);
    const at = Math.max(text.toLowerCase().indexOf(words[0]), 0), from = Math.max(at - 50, 0);
    const mark = Object.assign(document.createElement("mark"), { textContent: text.slice(at, at + words[0].length) });
    if (text.toLowerCase().startsWith(words[0], at)) {
      line.append((from ? "... " : "") + text.slice(from, at), mark, text.slice(at + words[0].length, at + 90));
    } else line.append(text.slice(0, 120));
    item.append(link);
    return item;
  }
  function look() {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length || !sections) return found.replaceChildren();
    const score = ({ title, text, waits }) => {
      const head = title.toLowerCase(), body = `${text} ${waits}`.toLowerCase();
      return words.every((word) => head.includes(word) || body.includes(word))
        ? 1 + words.filter((word) => head.includes(word)).length : 0;
    };
    const best = sections.map((each) => [score(each), each]).filter(([points]) => points)
      .sort(([one], [other]) => other - one).slice(0, 12);
    if (!best.length) return say("Nothing found. Try a shorter word.");
    return found.replaceChildren(...best.map(([, each]) => result(each, words)));
  }
  field.addEventListener("focus", load);
  field.addEventListener("input", look);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") { field.value = ""; found.replaceChildren(); }
  });
  addEventListener("click", (event) => { if (!event.target.closest(".search")) found.replaceChildren(); });
})();
