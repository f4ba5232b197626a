const table = $("table")[0], body = table.tBodies[0], lines = [...body.rows];
const find = $("#find")[0], only = $("#only")[0], sort = $("#sort")[0];
const ORDER = ["pass", "incomplete", "fail"];
const key = {
  name: (line) => line.dataset.name.toLowerCase(),
  core: (line) => ORDER.indexOf(line.dataset.core),
  hardened: (line) => ORDER.indexOf(line.dataset.hardened),
  pass: (line) => -Number(line.dataset.pass),
};

function apply() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const line of lines) {
    line.hidden = !words.every((word) => line.dataset.name.toLowerCase().includes(word));
    shown += !line.hidden;
  }
  const by = key[sort.value];
  const sorted = by ? [...lines].sort((a, b) => by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : 0) : lines;
  body.append(...sorted);
  table.classList.toggle("differences", only.checked);
  for (const head of $("[data-group]")) {
    const columns = $(`[data-of="${CSS.escape(head.dataset.group)}"]`).filter((one) => !only.checked || !one.matches(".same"));
    head.colSpan = columns.length || 1;
    head.hidden = !columns.length;
  }
  $("#shown")[0].textContent = `${shown} of ${lines.length}`;
}

function read() {
  const given = settings();
  if (given === null) return open();
  find.value = given.get("q") || "";
  only.checked = given.get("only") === "differences";
  sort.value = given.get("sort") || "";
  return apply();
}
function changed() {
  setSettings({ only: only.checked ? "differences" : "", sort: sort.value, q: find.value.trim() });
  apply();
}
find.addEventListener("input", changed);
only.addEventListener("change", changed);
sort.addEventListener("change", changed);

// The page behind a cell is shown by CSS; here the focus goes there, and back.
let from = null;
function open() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  target.focus({ preventScroll: true });
}
function close() {
  const panel = document.querySelector(".panel:target, .panel:has(:target)");
  if (!panel) return false;
  location.hash = "matrix";
  if (from) from.focus();
  return true;
}
addEventListener("hashchange", read);
table.addEventListener("click", (event) => { from = event.target.closest("a") || from; });
addEventListener("click", (event) => {
  if (event.target.matches(".close")) { event.preventDefault(); close(); }
  else if (!event.target.closest(".panel, table, .tools")) close();
});

// One stop for the tabulator, arrows inside: a table may have thousands of cells.
const cells = $("td > a", body);
cells.forEach((cell) => { cell.tabIndex = -1; });
if (cells.length) cells[0].tabIndex = 0;
function go(cell) {
  cells.forEach((one) => { one.tabIndex = -1; });
  cell.tabIndex = 0;
  cell.focus();
}
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
function move(event) {
  const cell = event.target.closest("tbody td"), [down, right] = STEPS[event.key];
  let line = cell.parentElement, next = cell;
  do {
    if (down) line = down > 0 ? line.nextElementSibling : line.previousElementSibling;
    else next = right > 0 ? next.nextElementSibling : next.previousElementSibling;
    if (down) next = line && line.cells[cell.cellIndex];
  } while (next && !next.offsetParent);
  const link = next && next.querySelector("a");
  if (link) { event.preventDefault(); go(link); }
}
addEventListener("keydown", (event) => {
  if (!isPlain(event)) return;
  if (event.key === "Escape") { if (!close() && event.target === find) { find.value = ""; changed(); find.blur(); } }
  else if (isTyping(event)) return;
  else if (event.key === "/") { event.preventDefault(); find.focus(); find.select(); }
  else if (event.key in STEPS && event.target.closest("tbody td")) move(event);
});

apply();
read();
