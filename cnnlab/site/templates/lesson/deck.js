// The deck: reveal.js, text as large as the slide allows, and keys that know about the widgets.
(() => {
  "use strict";
  // Pixels of 720. A figure comes before large text; no widget's text is below 16 pixels.
  const LARGEST = 32, BESIDE_FIGURE = 26, SMALLEST = 24, WIDGET = { largest: 28, smallest: 18 };

  // The largest text and widgets at which everything on the slide, fragments too, fits its height:
  // both shrink together, then each takes what is left.
  function fit(slide) {
    if (!slide || slide.dataset.size) return;
    const least = { "--size": SMALLEST, "--widget": WIDGET.smallest };
    const most = { "--size": slide.querySelector(".figure") ? BESIDE_FIGURE : LARGEST, "--widget": WIDGET.largest };
    const now = { ...most };
    const set = (name, size) => slide.style.setProperty(name, `${(now[name] = size)}px`);
    const names = slide.querySelector(".cnnlab-widget") ? ["--widget", "--size"] : ["--size"];
    const smaller = () => names.forEach((name) => set(name, Math.max(least[name], now[name] - 1)));
    for (names.forEach((name) => set(name, most[name])); slideOverflows(slide);) {
      if (names.every((name) => now[name] === least[name])) break;
      smaller();
    }
    for (const name of names) {
      while (now[name] < most[name] && !slideOverflows(slide)) set(name, now[name] + 1);
      if (slideOverflows(slide) && now[name] > least[name]) set(name, now[name] - 1);
    }
    slide.dataset.size = now["--size"];
  }

  // A widget that grows as it is used, such as a padded image, keeps to the slide.
  const READABLE = 13;
  function keepInside() {
    const slide = Reveal.getCurrentSlide();
    if (!slide?.querySelector(".cnnlab-widget")) return;
    let size = parseFloat(slide.style.getPropertyValue("--widget"));
    while (size > READABLE && slideOverflows(slide)) slide.style.setProperty("--widget", `${(size -= 1)}px`);
  }
  for (const used of ["click", "change", "keyup"]) addEventListener(used, () => requestAnimationFrame(keepInside));

  const widgetWith = (target) => target instanceof Element && target.closest(".cnnlab-widget");

  // Inside a widget its own keys step it. A clicker's keys turn the slide wherever the focus is,
  // and Escape goes back from the widget to the slides.
  addEventListener("keydown", (event) => {
    const turn = { PageDown: () => Reveal.next(), PageUp: () => Reveal.prev() }[event.key];
    const leave = event.key === "Escape" && widgetWith(event.target) && !event.target.matches(".cnnlab-editor");
    if (turn) turn();
    else if (leave) document.activeElement.blur();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  function enterWidget() {
    const inside = ".cnnlab-widget :is(button.cnnlab-main, [tabindex='0'], button, input)";
    const open = [...Reveal.getCurrentSlide().querySelectorAll(inside)].find((node) => node.checkVisibility());
    open?.focus();
  }

  if (paper.has("print-pdf")) showResults();
  arrangeSlides({ smallest: SMALLEST, widget: WIDGET.smallest, codeLines: 12 });
  if (paper.has("print-pdf")) return printSlides(fit);
  Reveal.on("ready", (event) => fit(event.currentSlide));
  Reveal.on("slidechanged", (event) => {
    document.activeElement?.blur();
    fit(event.currentSlide);
  });
  return Reveal.initialize({
    width: 1280, height: 720, margin: 0, center: false, display: "flex", transition: "none",
    hash: true, controls: false, navigationMode: "linear", slideNumber: "c/t", plugins: [RevealNotes],
  }).then(() => {
    Reveal.addKeyBinding({ keyCode: 87, key: "W", description: "Into the widget (Esc: back)" }, enterWidget);
    Reveal.addKeyBinding({ keyCode: 68, key: "D", description: "Dark or light" }, changeTheme);
  });
})();
