// The index: its network begins to learn when it is seen, and rests when it is not.
(() => {
  "use strict";
  const play = document.querySelector(".cnnlab-learning .cnnlab-main");
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const seen = new IntersectionObserver((entries) => {
    if (!entries.at(-1).isIntersecting) return;
    seen.disconnect();
    if (play.textContent === "Play") play.click();
  });
  seen.observe(play);
})();
