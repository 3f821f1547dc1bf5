// A deck in a small window, which may be a zoomed one, is a page: all its slides one below the other,
// with text of the reader's size. It stays a deck where the window is at least 800 pixels wide and 450
// high, and wider than 1000 or higher than 560: as a projector of 800 x 600 is, and full HD at 200 %,
// 960 x 540, is not.
const smallWindow = matchMedia("(max-width: 799px), (max-height: 449px), (max-width: 1000px) and (max-height: 560px)");
const isPage = () => !/print-pdf|receiver/.test(location.search) && (smallWindow.matches || kept("slides") === "page");
document.documentElement.classList.toggle("as-page", isPage());
// Until the deck is arranged its first slide is seen, as large as reveal.js will draw it.
if (!location.hash && !location.search && !isPage()) {
  document.documentElement.classList.add("first");
  document.documentElement.style.setProperty("--scale", Math.min(innerWidth / 1280, innerHeight / 720));
}
