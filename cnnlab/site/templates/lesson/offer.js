// At the start of a lesson: what is due of earlier ones, and nothing where nothing is. What was
// answered today for the first time waits until tomorrow. review.js beside the pages calls
// cnnlabReview with what can be asked.
const OFFERED = 5, LATER = "cnnlab-review-later";
const done = stored("cnnlab-progress"), { lesson } = document.querySelector("main").dataset;
const today = new Date().toDateString();

function offer(items) {
  const cards = stored("cnnlab-review");
  const isOfToday = ({ id, lesson: its }) => !cards[id] && done[its].on === today;
  const ids = items.filter((item) => item.lesson < lesson && entersHere(item, done) && !isOfToday(item)).map(({ id }) => id);
  const count = Math.min(dueNow(ids, cards).length, OFFERED);
  if (!count) return;
  const line = Object.assign(document.createElement("p"), { className: "offer", textContent: `${offered(count)} ` });
  const link = Object.assign(document.createElement("a"), { href: `review.html?most=${OFFERED}`, textContent: "Review" });
  const later = Object.assign(document.createElement("button"), { type: "button", textContent: "Not now" });
  later.addEventListener("click", () => {
    store(LATER, { today });
    line.remove();
  });
  line.append(link, later);
  document.querySelector("main h1").after(line);
}

if (stored(LATER).today !== today && Object.keys(done).some((each) => each < lesson)) {
  globalThis.cnnlabReview = offer;
  document.head.append(Object.assign(document.createElement("script"), { src: "review.js" }));
}
