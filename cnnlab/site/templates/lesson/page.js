// Pages and the index: contents that follow the reading, copy buttons, colors, search.
(() => {
  "use strict";
  const all = (what, within = document) => [...within.querySelectorAll(what)];

  // The one place where a page says what happened: a few words, when they are new.
  const status = Object.assign(document.createElement("p"), { className: "status", role: "status" });
  document.body.append(status);
  const say = (text) => { if (status.textContent !== text) status.textContent = text; };

  // What is scrolled to does not lie under the bar, however many lines it has.
  const bar = document.querySelector(".top");
  new ResizeObserver(() => document.documentElement.style.setProperty("--bar", `${bar.offsetHeight}px`)).observe(bar);

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
    const code = source.querySelector("pre").textContent.trimEnd();
    button.ariaLabel = `Copy: ${code.match(/.*/)[0]}`;
    button.addEventListener("click", async () => {
      button.textContent = await navigator.clipboard.writeText(code).then(() => "Copied", () => "Not allowed");
      say(button.textContent);
      setTimeout(() => { button.textContent = "Copy"; say(""); }, 1500);
    });
    source.append(button);
  }

  // What reads alike is told apart by the heading above it, and by a number below the same heading.
  const nameOf = (node) => node.ariaLabel ?? node.textContent.trim();
  const marks = all("main :is(h1, h2, h3, h4, summary, .copy)").filter((node) => !node.closest(".cnnlab-widget"));
  const names = marks.map(nameOf), taken = {};
  let heading = "";
  marks.forEach((node, index) => {
    const name = names[index];
    if (/^H\d$/.test(node.nodeName)) heading = name;
    else if (names.indexOf(name) !== names.lastIndexOf(name)) {
      const full = `${name}: ${heading}`;
      taken[full] = (taken[full] ?? 0) + 1;
      node.ariaLabel = taken[full] > 1 ? `${full}, ${taken[full]}` : full;
    }
  });

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

  // Search: search.js beside the pages calls cnnlabSearch with every section of every lesson. What
  // is found is said once the reader pauses, as a number: the list itself is read by who goes there.
  const field = document.querySelector(".search input"), found = document.querySelector(".found");
  if (!field) return; // a page that is alone
  const [LISTED, PAUSE] = [12, 700]; // sections; milliseconds
  let sections = null, pause = 0;
  window.cnnlabSearch = (given) => { sections = given; look(); };
  function load() {
    if (document.getElementById("search-data")) return;
    const script = Object.assign(document.createElement("script"), { id: "search-data", src: "search.js" });
    script.onerror = () => show("Search needs the file search.js beside this page.");
    document.head.append(script);
  }
  function show(text, ...items) {
    found.replaceChildren(...items);
    if (text && !items.length) found.append(Object.assign(document.createElement("li"), { className: "none", textContent: text }));
    clearTimeout(pause);
    pause = setTimeout(() => say(text), PAUSE);
  }
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
    if (!words.length || !sections) return show("");
    const score = ({ title, text, waits }) => {
      const head = title.toLowerCase(), body = `${text} ${waits}`.toLowerCase();
      return words.every((word) => head.includes(word) || body.includes(word))
        ? 1 + words.filter((word) => head.includes(word)).length : 0;
    };
    const every = sections.map((each) => [score(each), each]).filter(([points]) => points)
      .sort(([one], [other]) => other - one);
    const best = every.slice(0, LISTED).map(([, each]) => result(each, words));
    if (!best.length) return show("Nothing found. Try a shorter word.");
    const listed = every.length > LISTED ? `, the best ${LISTED} are listed` : "";
    return show(`${every.length} ${every.length > 1 ? "sections" : "section"} found${listed}.`, ...best);
  }
  field.addEventListener("focus", load);
  field.addEventListener("input", look);
  // Escape empties the field and stays in it. Whoever goes on past the list leaves it closed behind.
  document.querySelector(".search").addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    field.focus();
    field.value = "";
    show("");
  });
  for (const left of ["click", "focusin"]) {
    addEventListener(left, (event) => { if (!event.target.closest?.(".search") && found.firstChild) show(""); });
  }
})();
