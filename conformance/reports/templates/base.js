"use strict";
const $ = (query, under = document) => [...under.querySelectorAll(query)];
document.documentElement.classList.add("scripted");

// A page from a file may have no storage, or one that it may not use.
const store = {
  get(key) { try { return localStorage.getItem(key); } catch { return null; } },
  set(key, value) { try { localStorage.setItem(key, value); } catch { /* not kept then */ } },
};

// The theme: as the system says, or as the reader says.
const THEMES = ["auto", "light", "dark"];
function setTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  $("#theme span")[0].textContent = theme;
  store.set("chat-conformance-theme", theme);
}
let theme = THEMES.indexOf(store.get("chat-conformance-theme"));
theme = Math.max(0, theme);
setTheme(THEMES[theme]);
$("#theme")[0].addEventListener("click", () => setTheme(THEMES[theme = (theme + 1) % THEMES.length]));

// What stands behind the # as settings, or null if it is the name of a place in the page.
function settings() {
  const text = location.hash.slice(1);
  return text === "" || text.includes("=") ? new URLSearchParams(text) : null;
}
function setSettings(values) {
  const kept = Object.entries(values).filter(([, value]) => value);
  history.replaceState(null, "", "#" + new URLSearchParams(kept));
}

const isTyping = (event) => /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== "checkbox";
const isPlain = (event) => !(event.ctrlKey || event.metaKey || event.altKey);

// On paper everything is open.
let closed = [];
addEventListener("beforeprint", () => {
  closed = $("details.check:not([open])");
  closed.forEach((one) => { one.open = true; });
});
addEventListener("afterprint", () => closed.forEach((one) => { one.open = false; }));
