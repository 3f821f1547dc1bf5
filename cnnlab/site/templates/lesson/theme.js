// Light or dark as the reader chose it last, before anything is drawn.
try { document.documentElement.dataset.theme = localStorage.getItem("cnnlab-theme") ?? ""; } catch { /* not kept */ }
function changeTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme === "dark" || (root.dataset.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "light" : "dark";
  try { localStorage.setItem("cnnlab-theme", root.dataset.theme); } catch { /* not kept */ }
}
