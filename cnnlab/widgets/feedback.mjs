import { button, element, listenToKeys, MAIN, setText, stateOf, uniqueId } from "./base.mjs";
import { liveRegion } from "./say.mjs";

const LONGEST = 8000; // characters of an address, about what GitHub takes
const CUT = "\n[cut here: an address holds no more. Copy the text to have all of it.]";

// The address of a new issue. The repository takes no blank one, so it fills in a form.
export function issueAddress(repository, title, text) {
  const written = (what) => `${repository}/issues/new?${new URLSearchParams({ template: "3_other.yml", title, what })}`;
  if (written(text).length <= LONGEST) return written(text);
  const letters = Array.from(text).slice(0, LONGEST); // whole ones: an emoji is two characters
  const cut = (count) => written(letters.slice(0, count).join("") + CUT);
  let [low, high] = [0, letters.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (cut(middle).length <= LONGEST) low = middle;
    else high = middle - 1;
  }
  return cut(low);
}

function render({ model, el }) {
  const { lesson, sections, version, repository } = stateOf(model, ["lesson", "sections", "version", "repository"]);
  const labeled = (label, node) => {
    node.id = uniqueId("feedback");
    return [element("label", { for: node.id }, label), node];
  };
  const select = element("select", { class: "cnnlab-select", onchange: draw }, ...sections.map((each) => element("option", {}, each)));
  const typed = element("textarea", { rows: 3, oninput: draw });
  const given = element("textarea", { rows: 6, readonly: true });
  const said = element("p"), live = liveRegion();
  const tell = (text) => {
    setText(said, text);
    live.say(text);
  };
  const issue = element("a", { class: "cnnlab-button", target: "_blank", rel: "noopener" }, "Open an issue");
  const copy = button("Copy", async () => {
    try {
      await navigator.clipboard.writeText(given.value);
      tell("Copied.");
    } catch { // only a page that the browser deems safe has a clipboard
      given.select();
      tell("It is selected: copy it with Ctrl+C or Cmd+C.");
    }
  }, MAIN);
  const several = sections.length > 1;
  const asks = several ? ["Something wrong or unclear in this lesson?"]
    : ["Something wrong or unclear here?", element("span", { class: "cnnlab-live" }, ` Section: ${sections[0]}`)];
  const root = element("div", { class: "cnnlab-widget cnnlab-unclear" }, element("details", {},
    element("summary", {}, ...asks), ...(several ? labeled("Section", select) : []),
    ...labeled("What is wrong or unclear?", typed), ...labeled("What you hand on", given),
    element("p", {}, `Nothing is sent from here. Copy this text for whoever teaches you${repository ? ", or open an issue, which everyone can read" : ""}.`),
    element("div", { class: "cnnlab-bar" }, copy, ...(repository ? [issue] : []), said, live.node)));
  el.append(root);
  listenToKeys(root, {});

  function draw() {
    given.value = `Lesson: ${lesson}\nSection: ${select.value}\ncnnlab ${version}\n\n${typed.value}`;
    issue.href = issueAddress(repository, `${lesson}: ${select.value}`, given.value);
    setText(said, "");
  }
  draw();
}
