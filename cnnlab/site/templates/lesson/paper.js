// A deck on paper: with ?print-pdf in its address each slide is a page, with all its fragments and
// results; with ?print-pdf&handout there are two on a page, each above the lecturer's notes.
const paper = new URLSearchParams(location.search);

// The explorer scrolls on a slide, and paper does not: what a map is made of gets a page of its own.
function unrollExplorers() {
  for (const detail of document.querySelectorAll(".cnnlab-explorer .cnnlab-detail")) {
    const slide = detail.closest("section"), widget = detail.closest(".cnnlab-widget");
    const next = Object.assign(document.createElement("section"), { id: `${slide.id}-map` });
    const title = Object.assign(slide.querySelector("h1, h2, h3").cloneNode(true), { className: "again" });
    const rest = Object.assign(document.createElement("div"), { className: widget.className });
    rest.append(detail);
    next.append(title, rest);
    slide.after(next);
  }
}

// Paper is read from nearer than a screen: here its text may be smaller than on a slide.
function shrinkExplorer(slide) {
  if (!slide.querySelector(".cnnlab-explorer")) return;
  for (let size = 21; size > 12 && slide.scrollHeight > slide.clientHeight; size -= 1) slide.style.setProperty("--widget", `${size}px`);
}

function printSlides(fit) {
  unrollExplorers();
  const root = document.documentElement, slides = [...document.querySelectorAll(".slides > section")];
  // reveal.js leaves a printed page alone that has its class print-pdf.
  root.classList.add("paper", "print-pdf", paper.has("handout") ? "handout" : "deck");
  root.dataset.theme = "light";
  slides.forEach((slide, index) => {
    slide.classList.add("present");
    slide.dataset.page = `${index + 1}/${slides.length}`;
    slide.querySelectorAll(".fragment").forEach((part) => part.classList.add("visible"));
    // A link to a file beside the deck would lead to a place on the machine that printed it.
    slide.querySelectorAll("a:not([href^='http'])").forEach((link) => link.removeAttribute("href"));
    fit(slide);
    shrinkExplorer(slide);
    const notes = slide.querySelector("aside.notes");
    if (notes) slide.after(notes);
  });
}
