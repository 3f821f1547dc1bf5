// A deck on paper: with ?print-pdf in its address each slide is a page, with all its fragments and
// results; with ?print-pdf&handout there are two on a page, each above the lecturer's notes.
const paper = new URLSearchParams(location.search);

function printSlides(fit) {
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
    const notes = slide.querySelector("aside.notes");
    if (notes) slide.after(notes);
  });
}
