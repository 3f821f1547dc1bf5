// Until the deck is arranged its first slide is seen, as large as reveal.js will draw it.
if (!location.hash && !location.search) {
  document.documentElement.classList.add("first");
  document.documentElement.style.setProperty("--scale", Math.min(innerWidth / 1280, innerHeight / 720));
}
