// The deck: reveal.js, text and widgets as large as the slide allows, a clicker's keys, counted hands.
(() => {
  "use strict";
  const TEXT = [32, 30, 28, 26, 24], WIDGET = [27, 22, 18]; // pixels of 720
  const all = (what, within = document) => [...within.querySelectorAll(what)];

  // A lecture of 5, 15 or 30 minutes has only the slides that are marked for it.
  const asked = new URLSearchParams(location.search).get("lecture");
  const length = asked === "short" ? 15 : Number(asked) || 45;
  const every = all(".slides > section");
  const lasting = (minutes) => every.filter(({ dataset }) => Number(dataset.length) <= minutes);
  const slides = lasting(length);
  every.filter((slide) => !slides.includes(slide)).forEach((slide) => slide.remove());

  // The notes begin with the time. Those of the first slide name the shorter lectures.
  const total = Math.round(slides.reduce((sum, slide) => sum + Number(slide.dataset.timing), 0) / 60);
  const note = (slide, text) => slide.querySelector("aside")?.prepend(Object.assign(document.createElement("p"), { textContent: text }));
  let seconds = 0;
  slides.forEach((slide, index) => {
    if (index === 0) note(slide, `${slides.length} slides. Shorter lectures, by this deck's address: ${[5, 15, 30]
      .map((minutes) => `?lecture=${minutes} (${lasting(minutes).length} slides)`).join(", ")}.`);
    note(slide, `Minute ${Math.floor(seconds / 60)} of ${total}.`);
    seconds += Number(slide.dataset.timing);
  });

  function overflows(slide) {
    const content = slide.querySelector(".content"), edge = slide.getBoundingClientRect();
    return slide.scrollHeight > slide.clientHeight || slide.scrollWidth > slide.clientWidth
      || content.scrollHeight > content.clientHeight + 1 || content.scrollWidth > content.clientWidth + 1
      || all(".shown > *", slide).some((box) => box.scrollHeight > box.clientHeight + 1 || box.getBoundingClientRect().bottom > edge.bottom);
  }

  // The largest widget, then the largest text, at which everything on the slide has room.
  function fit(slide) {
    if (!slide || slide.dataset.fits) return;
    const set = (name, size) => slide.style.setProperty(name, `${size}px`);
    const small = (sizes) => sizes.at(-1);
    set("--widget", small(WIDGET));
    set("--size", small(TEXT));
    if (slide.querySelector(".cnnlab-widget")) set("--widget", WIDGET.find((size) => { set("--widget", size); return !overflows(slide); }) ?? small(WIDGET));
    set("--size", TEXT.find((size) => { set("--size", size); return !overflows(slide); }) ?? small(TEXT));
    slide.dataset.fits = "yes";
  }

  // + and - choose the size of a widget; one that grows as it is used keeps to the slide.
  const size = (slide) => WIDGET.indexOf(parseFloat(slide.style.getPropertyValue("--widget")));
  function resize(change) {
    const slide = Reveal.getCurrentSlide(), next = WIDGET[size(slide) + change];
    if (next && slide.querySelector(".cnnlab-widget")) slide.style.setProperty("--widget", `${next}px`);
  }
  function keepInside() {
    if (isPage()) return;
    const slide = Reveal.getCurrentSlide();
    while (slide?.querySelector(".cnnlab-widget") && overflows(slide) && WIDGET[size(slide) + 1]) resize(1);
  }
  for (const used of ["click", "change", "keyup"]) addEventListener(used, () => requestAnimationFrame(keepInside));

  // Hands: 1 to 9, or a click, counts one for an option; with Shift one less. Its result says how many were for it.
  const hands = {};
  function count(button, by) {
    const { asked: name } = button.closest(".question").dataset, { choice } = button.dataset;
    const counted = (hands[name] ??= {});
    counted[choice] = Math.max(0, (counted[choice] ?? 0) + by);
    button.querySelector("output").textContent = counted[choice] || "";
    for (const verdict of all(".verdict").filter(({ dataset }) => dataset.asked === name)) {
      const sum = Object.values(counted).reduce((one, other) => one + other, 0);
      const line = verdict.querySelector("span") ?? verdict.appendChild(document.createElement("span"));
      line.textContent = sum ? ` ${counted[verdict.dataset.right] ?? 0} of ${sum} hands were for it.` : "";
    }
  }
  addEventListener("click", (event) => {
    const button = event.target.closest?.(".options button");
    if (button) count(button, event.shiftKey ? -1 : 1);
  });

  // Single letters, digits and signs are keys unless the reader has switched them off, and never
  // where something is typed or a widget has keys of its own.
  const isTaken = (target) => target?.closest?.(".cnnlab-widget, input, select, textarea, dialog, [contenteditable]");
  const isLetter = ({ key }) => key?.length === 1 && key !== " ";
  const isKey = (event) => !isTaken(event.target) && !(isLetter(event) && kept("letters") === "off" && !Reveal.isPaused())
    && !(event.key === " " && event.target?.matches?.(".help"));

  // Inside a widget its own keys step it. A clicker's keys turn the slide wherever the focus is,
  // and Escape goes back from the widget to the slides.
  addEventListener("keydown", (event) => {
    if (isPage()) return;
    const widget = event.target.closest?.(".cnnlab-widget"), plain = isKey(event) && !event.ctrlKey && !event.altKey && !event.metaKey;
    const digit = plain && /^Digit([1-9])$/.exec(event.code);
    const option = digit && Reveal.getCurrentSlide().querySelectorAll(".options button")[digit[1] - 1];
    const turn = { PageDown: () => Reveal.next(), PageUp: () => Reveal.prev() }[event.key];
    const leave = event.key === "Escape" && widget && !event.target.matches(".cnnlab-editor");
    if (turn) turn();
    else if (option) count(option, event.shiftKey ? -1 : 1);
    else if (leave) document.activeElement.blur();
    else if (plain && (event.key === "?" || event.key === "F1")) help.showModal();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  function enterWidget() {
    const inside = [".cnnlab-widget button.cnnlab-main", ".cnnlab-widget :is([tabindex='0'], button, input)"];
    const open = inside.flatMap((what) => all(what, Reveal.getCurrentSlide())).find((node) => node.checkVisibility());
    open?.focus();
  }

  // The help has the keys, those of letters as buttons, and two choices that this browser keeps.
  const help = document.querySelector("dialog");
  document.querySelector(".help").addEventListener("click", () => help.showModal());
  for (const box of all("[data-keeps]", help)) {
    const { keeps, on = "", off = "" } = box.dataset;
    box.checked = kept(keeps) ? kept(keeps) === on : box.defaultChecked;
    box.addEventListener("change", () => { keep(keeps, box.checked ? on : off); arrange(); });
  }
  for (const button of all("[data-key]", help)) button.addEventListener("click", () => {
    help.close();
    Reveal.triggerKey(button.dataset.key.charCodeAt());
  });

  const start = () => Reveal.initialize({
    width: 1280, height: 720, margin: 0, center: false, display: "flex", transition: "none",
    hash: true, controls: false, navigationMode: "linear", slideNumber: "c/t", plugins: [RevealNotes],
    totalTime: total * 60, help: false, keyboardCondition: isKey, scrollActivationWidth: null,
  }).then(() => {
    Reveal.addKeyBinding(87, enterWidget);
    Reveal.addKeyBinding(68, changeTheme);
    Reveal.addKeyBinding(187, () => resize(-1));
    Reveal.addKeyBinding(189, () => resize(1));
  });

  // A deck becomes a page, and a page a deck, at the slide that is seen: see first.js. In a larger
  // window another one would be, so it is remembered.
  const root = document.documentElement;
  let [seen] = slides;
  addEventListener("scroll", () => {
    if (isPage()) seen = slides.findLast((slide) => slide.getBoundingClientRect().top < innerHeight / 2) ?? slides[0];
  });
  function arrange() {
    if (isPage() === root.classList.contains("as-page")) return undefined;
    root.classList.toggle("as-page", isPage());
    if (!isPage()) {
      history.replaceState(null, "", `#/${seen.id}`);
      return start();
    }
    seen = Reveal.getCurrentSlide() ?? slides[0];
    Reveal.toggleOverview(false);
    Reveal.destroy();
    document.querySelector(".reveal").removeAttribute("role"); // of an application
    return seen.scrollIntoView();
  }

  widgetAddress();
  if (paper.has("print-pdf")) return printSlides(fit);
  smallWindow.addEventListener("change", arrange);
  Reveal.on("ready", (event) => {
    root.classList.remove("first");
    fit(event.currentSlide);
  });
  Reveal.on("slidechanged", (event) => {
    document.activeElement?.blur();
    fit(event.currentSlide);
  });
  function seek() {
    const place = location.hash.slice(2).split("/")[0];
    if (isPage()) (document.getElementById(place) ?? slides[place])?.scrollIntoView();
  }
  addEventListener("hashchange", seek);
  return isPage() ? seek() : start();
})();
