// Before the deck starts: every slide gets a title, and what does not fit at a readable size, or is
// longer than twelve lines of code, goes on a slide after it, with the same title and the same notes.
function slideOverflows(slide) {
  const shrinking = slide.querySelectorAll(".figure, .fragment, :is(.cell, .output):has(.figure)");
  return slide.scrollHeight > slide.clientHeight || slide.scrollWidth > slide.clientWidth
    || [...shrinking].some((box) => box.scrollHeight > box.clientHeight + 2);
}

function arrangeSlides({ smallest, codeLines }) {
  const TITLE = "h1, h2, h3";
  const lines = (slide) => [...slide.querySelectorAll(".source pre")]
    .reduce((sum, pre) => sum + pre.textContent.trimEnd().split("\n").length, 0);
  const tooMuch = (slide) => lines(slide) > codeLines || slideOverflows(slide);

  // What can go to another slide: neither titles nor notes.
  const onlyTitle = (node) => node.matches(TITLE)
    || (node.matches(".text") && [...node.children].every((child) => child.matches(TITLE)));
  const content = (node) => [...node.children].filter((child) => !child.matches("aside, script, style") && !onlyTitle(child));
  const divisible = (node) => node.matches(".fragment, .cell")
    || (node.matches(".output, ul, ol") && !node.querySelector(".cnnlab-widget"));

  // Move the last part of `from` to the beginning of `to`; return whether there was one to spare.
  function moveLast(from, to) {
    const parts = content(from), last = parts.at(-1);
    if (parts.length > 1) {
      to.prepend(last);
      return true;
    }
    if (!last || !divisible(last)) return false;
    let rest = to.firstElementChild;
    if (rest?.partOf !== last) rest = Object.assign(last.cloneNode(false), { partOf: last });
    if (!moveLast(last, rest)) return false;
    if (last.matches("ol")) rest.start = (last.start || 1) + last.children.length;
    to.prepend(rest);
    return true;
  }

  // Cut long code where a line ends and no string goes on, at an empty line if there is one.
  function cutCode(source) {
    const pre = source.querySelector("pre"), rows = pre.innerHTML.trimEnd().split("\n");
    if (rows.length <= codeLines) return;
    const chunks = [];
    while (rows.length > codeLines) {
      let open = 0, at = 0;
      for (let row = 0; row < codeLines; row += 1) {
        open += rows[row].split("<span").length - rows[row].split("</span").length;
        const empty = !rows[row + 1]?.replace(/<[^>]*>/g, "").trim();
        if (open === 0 && (row + 1 === codeLines ? !at : empty && row > 2)) at = row + 1;
      }
      chunks.push(rows.splice(0, at || codeLines));
      while (rows.length && !rows[0].replace(/<[^>]*>/g, "").trim()) rows.shift();
    }
    for (const chunk of chunks) {
      const copy = source.cloneNode(true);
      copy.querySelector("pre").innerHTML = chunk.join("\n");
      source.before(copy);
    }
    pre.innerHTML = rows.join("\n");
  }

  function titled(slide, title) {
    const heading = Object.assign(document.createElement("h2"), { className: "again", textContent: title });
    slide.prepend(heading);
  }

  let title = document.title.replace(/: slides.*/, "");
  for (const first of document.querySelectorAll(".slides > section")) {
    first.querySelectorAll(".source").forEach(cutCode);
    const heading = first.querySelector(TITLE);
    if (heading) title = heading.textContent;
    else titled(first, title);
    const notes = first.querySelector("aside.notes");
    let slide = first;
    for (let number = 2; slide; number += 1) {
      slide.classList.add("present");
      slide.style.cssText = `display: flex; --size: ${smallest}px`;
      const next = document.createElement("section");
      while (tooMuch(slide) && moveLast(slide, next));
      slide.classList.remove("present");
      slide.style.cssText = "";
      if (!next.childElementCount || number > 9) break;
      next.id = `${first.id}-${number}`;
      titled(next, title);
      if (notes) next.append(notes.cloneNode(true));
      slide.after(next);
      slide = next;
    }
  }
}
