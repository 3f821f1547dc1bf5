// The deck: reveal.js, text as large as the slide allows, and keys that know about the widgets.
(() => {
  "use strict";
  const LARGEST = 32, SMALLEST = 24, WIDGET = [22, 13]; // pixels of 720

  // The largest text at which everything on the slide, fragments too, fits its height; then, where a
  // widget needs more room than that leaves, the largest text inside the widget.
  function fit(slide) {
    if (!slide || slide.dataset.size) return;
    const set = (name, size) => slide.style.setProperty(name, `${size}px`);
    let size = LARGEST + 1;
    do set("--size", (size -= 1));
    while (size > SMALLEST && slideOverflows(slide));
    slide.dataset.size = size;
    if (!slide.querySelector(".cnnlab-widget")) return;
    let [inside, least] = WIDGET;
    do set("--widget", (inside -= 1));
    while (inside > least && slideOverflows(slide));
  }

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
  arrangeSlides({ smallest: SMALLEST, codeLines: 12 });
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
