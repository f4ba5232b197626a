const items = $(".item").map((node) => ({ node, text: null }));
const find = $("#find")[0], classes = $("#class")[0], buttons = $("[data-only]");

const isPressed = (button) => button.getAttribute("aria-pressed") === "true";
const press = (button, on) => button.setAttribute("aria-pressed", String(on));

// The text of an item without its octets: those are found by nobody, and three letters would find them everywhere.
function textOf(item) {
  if (item.text === null) {
    const skip = (node) => node.nodeName === "I" ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT;
    const walk = document.createTreeWalker(item.node, NodeFilter.SHOW_ALL, skip);
    let text = "";
    while (walk.nextNode()) if (walk.currentNode.nodeType === Node.TEXT_NODE) text += walk.currentNode.data + " ";
    item.text = text.toLowerCase().replace(/\s+/g, " ");
  }
  return item.text;
}

function chosen() {
  const only = buttons.filter(isPressed).map((button) => button.dataset.only);
  return { only: only.join(","), class: classes.value, q: find.value.trim() };
}

function apply() {
  const { only, class: cls, q } = chosen();
  const wanted = only ? only.split(",") : [], words = q.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0, rows = 0;
  for (const item of items) {
    const { v, c } = item.node.dataset;
    const fits = (!wanted.length || wanted.includes(v)) && (!cls || c === cls)
      && words.every((word) => textOf(item).includes(word));
    item.node.hidden = !fits;
    if (item.node.matches(".req")) { rows += 1; shown += fits; }
  }
  for (const group of $(".group")) group.hidden = !$(".item:not([hidden])", group).length;
  $("#h-all")[0].hidden = !shown;
  $("#nothing")[0].hidden = items.some((item) => !item.node.hidden);
  $("#shown")[0].textContent = `${shown} of ${rows}`;
}

function read() {
  const given = settings();
  if (given === null) return reveal();
  const only = (given.get("only") || "").split(",");
  buttons.forEach((button) => press(button, only.includes(button.dataset.only)));
  classes.value = given.get("class") || "";
  find.value = given.get("q") || "";
  return apply();
}

// A link to a place that is filtered out, or folded away, shows it.
function reveal() {
  const target = document.getElementById(location.hash.slice(1));
  if (!target) return;
  if (target.closest("[hidden]")) clear();
  if (target.matches("details")) target.open = true;
  target.scrollIntoView();
  (target.querySelector("summary") || target).focus({ preventScroll: true });
}

function changed() { setSettings(chosen()); apply(); }
function clear() {
  buttons.forEach((button) => press(button, false));
  classes.value = find.value = "";
  apply();
}

buttons.forEach((button) => button.addEventListener("click", () => {
  press(button, !isPressed(button));
  changed();
}));
classes.addEventListener("change", changed);
find.addEventListener("input", changed);
$("#all")[0].addEventListener("click", () => { clear(); setSettings({}); });
addEventListener("hashchange", read);

// j and k: from item to item.
function step(by) {
  const seen = $(".item:not([hidden])").map((node) => node.matches("details") ? node.firstElementChild : node);
  const at = seen.findIndex((node) => node === document.activeElement || node.contains(document.activeElement));
  const next = seen[at < 0 ? (by > 0 ? 0 : seen.length - 1) : Math.min(seen.length - 1, Math.max(0, at + by))];
  if (next) { next.focus({ preventScroll: true }); next.scrollIntoView({ block: "start" }); }
}
addEventListener("keydown", (event) => {
  if (!isPlain(event)) return;
  if (event.key === "Escape") { clear(); setSettings({}); if (event.target === find) find.blur(); }
  else if (isTyping(event)) return;
  else if (event.key === "/") { event.preventDefault(); find.focus(); find.select(); }
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
});

// Copying works without a clipboard interface, too: the command is selected then.
for (const button of $("[data-copy]")) button.addEventListener("click", async () => {
  const source = document.getElementById(button.dataset.copy);
  let done = true;
  try { await navigator.clipboard.writeText(source.textContent); }
  catch {
    getSelection().selectAllChildren(source);
    done = document.execCommand("copy");
  }
  button.textContent = done ? "copied" : "selected";
  setTimeout(() => { button.textContent = "copy"; }, 2000);
});

apply();
read();
