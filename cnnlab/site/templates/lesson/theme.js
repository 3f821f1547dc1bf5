// What the reader chose last is kept by this browser, or else as long as the page is open: light or
// dark, before anything is drawn, and what a deck's help offers.
const choices = {};
function kept(name) {
  try { return localStorage.getItem(`cnnlab-${name}`) ?? ""; } catch { return choices[name] ?? ""; }
}
function keep(name, value) {
  try { localStorage.setItem(`cnnlab-${name}`, value); } catch { choices[name] = value; }
}
document.documentElement.dataset.theme = kept("theme");
function changeTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme === "dark" || (root.dataset.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "light" : "dark";
  keep("theme", root.dataset.theme);
}
