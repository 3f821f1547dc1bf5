// What scrolls can be scrolled with the keyboard too; a formula that is longer than its line scrolls.
(() => {
  "use strict";
  const scrolls = (box) => /auto|scroll/.test(getComputedStyle(box).overflow)
    && (box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1);
  function reach() {
    for (const box of document.querySelectorAll("pre, .html, .figure, .text table, math")) {
      if (box.closest(".cnnlab-widget")) continue;
      if (box.matches("math:not([display=block])")) {
        box.classList.remove("long");
        box.classList.toggle("long", box.getBoundingClientRect().width > box.closest("p, li, td, dd, div").clientWidth);
      }
      if (scrolls(box)) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }
  addEventListener("resize", reach);
  document.addEventListener("toggle", reach, true);
  reach();
})();
