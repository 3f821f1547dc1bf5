// Before the deck starts: every slide gets a title, and what does not fit at a readable size, or is
// longer than twelve lines of code, goes on a slide after it, with the same title and the same notes.
function slideOverflows(slide) {
  const shrinking = slide.querySelectorAll(".figure, .fragment, :is(.cell, .output):has(.figure)");
  return slide.scrollHeight > slide.clientHeight || slide.scrollWidth > slide.clientWidth
    || [...shrinking].some((box) => box.scrollHeight > box.clientHeight + 2);
}

function arrangeSlides({ smallest, widget, codeLines }) {
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

  // What is too much for a slide of its own fills up the slide before it, piece by piece.
  function fillUp(before, slide) {
    for (;;) {
      const path = [slide];
      while (path.at(-1).matches("section, .fragment, .cell.code")) {
        const [first] = content(path.at(-1));
        if (!first) return;
        path.push(first);
      }
      const piece = path.pop(), from = path.at(-1), made = [];
      let to = before;
      for (const box of path.slice(1)) {
        const last = content(to).at(-1);
        if (last?.partOf === box) to = last;
        else made.push(to = to.appendChild(Object.assign(box.cloneNode(false), { partOf: box })));
      }
      to.append(piece);
      if (measured(before, tooMuch)) {
        const [title] = from.querySelectorAll(":scope > h2.again");
        title ? title.after(piece) : from.prepend(piece);
        made.forEach((box) => box.remove());
        return;
      }
      for (const box of path.slice(1).reverse()) if (!content(box).length) box.remove();
    }
  }

  // A slide that goes on shows its first part at once: an empty one would ask for a key.
  function showFirst(slide) {
    const [first] = content(slide);
    if (first?.matches(".fragment")) first.replaceWith(...first.childNodes);
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
        if (open === 0 && (row + 1 === codeLines ? !at : empty && row > 0)) at = row + 1;
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

  // A line that is too long goes on further in than it began.
  function hangLines(source) {
    const pre = source.querySelector("pre");
    pre.innerHTML = pre.innerHTML.trimEnd().split("\n").map((row) => {
      const indent = row.replace(/<[^>]*>/g, "").match(/^ */)[0].length;
      return `<span class="line" style="--indent: ${indent}ch">${row}\n</span>`;
    }).join("");
  }

  function measured(slide, measure) {
    slide.classList.add("present");
    slide.style.cssText = `display: flex; --size: ${smallest}px; --widget: ${widget}px`;
    const result = measure(slide);
    slide.classList.remove("present");
    slide.style.cssText = "";
    return result;
  }

  function titled(slide, title) {
    const heading = Object.assign(document.createElement("h2"), { className: "again", textContent: title });
    slide.prepend(heading);
  }

  let title = document.title.replace(/: slides.*/, "");
  for (const first of document.querySelectorAll(".slides > section")) {
    first.querySelectorAll(".source").forEach(cutCode);
    first.querySelectorAll(".source").forEach(hangLines);
    const heading = first.querySelector(TITLE);
    if (heading) title = heading.textContent;
    else titled(first, title);
    const notes = first.querySelector("aside.notes");
    let slide = first, before = null;
    for (let number = 2; slide; number += 1) {
      const next = document.createElement("section");
      if (before && measured(slide, tooMuch)) fillUp(before, slide);
      measured(slide, () => { while (tooMuch(slide) && moveLast(slide, next)); });
      if (before) showFirst(slide);
      if (!next.childElementCount || number > 9) break;
      next.id = `${first.id}-${number}`;
      titled(next, title);
      if (notes) next.append(notes.cloneNode(true));
      slide.after(next);
      [before, slide] = [slide, next];
    }
  }
}
