// The index: its network begins to learn when it is seen, and rests when it is not. Who did not ask
// for it hears nothing of it until they use it.
(() => {
  "use strict";
  const widget = document.querySelector(".cnnlab-learning"), play = widget.querySelector(".cnnlab-main");
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const seen = new IntersectionObserver((entries) => {
    if (!entries.at(-1).isIntersecting) return;
    seen.disconnect();
    if (play.textContent !== "Play") return;
    play.click();
    const spoken = [...widget.querySelectorAll("[aria-live]")];
    spoken.forEach((live) => { live.ariaLive = "off"; });
    for (const used of ["click", "change"]) {
      widget.addEventListener(used, () => spoken.forEach((live) => { live.ariaLive = "polite"; }), { capture: true, once: true });
    }
  });
  seen.observe(play);
})();
