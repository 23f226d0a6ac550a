/* Shortcut keys of the desk. Everything they do can be done with Tab and Enter, and without this file.

   data-key="g q"      pressed anywhere on the page: a field is entered, anything else is clicked; <main> goes first
   data-key-focus="y"  pressed anywhere on the page: the focus goes there, to the first of them; nothing is clicked
   data-row            what j and k move to: a link, a button or a summary; Enter then does what it always does
   data-row-key="c"    pressed while the focus is in its row

   Never while typing, never with Ctrl, Alt or Meta; nothing at all if the user has turned the keys off. */
"use strict";

const FIELDS = "input, select, textarea, [contenteditable]";
const FOLDED = "details:not([open]) > :not(summary)";
const PATIENCE = 1500; // milliseconds between g and the key after it
let begun = "";
let forget;

const find = (selector) => document.querySelector(`main ${selector}`) || document.querySelector(selector);
const named = (name, key) => `[${name}="${CSS.escape(key)}"]`;
const rowOf = (element) => element.closest("tr, li");

function press(element) {
  if (element.matches(FIELDS)) {
    element.focus();
    element.select();
    return;
  }
  element.click();
  if (element.matches("summary")) element.focus();
}

/* Moves the real focus, so that a screen reader follows and Enter works. From outside the rows: to the first or last. */
function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")].filter((row) => !row.closest(FOLDED));
  const here = rows.indexOf(document.activeElement);
  const among = rows.findIndex((row) => rowOf(row)?.contains(document.activeElement));
  const from = here >= 0 ? here : among;
  const next = from >= 0 ? from + by : by > 0 ? 0 : rows.length - 1;
  rows[Math.max(0, Math.min(next, rows.length - 1))]?.focus();
}

function inRow(key) {
  const here = document.activeElement;
  const places = [rowOf(here), here.popoverTargetElement]; // its row, and what the focused button opens
  return places.map((place) => place?.querySelector(named("data-row-key", key))).find(Boolean);
}

/* “g q”: after the first key, the script waits a moment for the second. */
function sequence(key) {
  const keys = begun ? `${begun} ${key}` : key;
  clearTimeout(forget);
  begun = "";
  if (find(`[data-key^="${CSS.escape(keys)} "]`)) {
    begun = keys;
    forget = setTimeout(() => { begun = ""; }, PATIENCE);
    return "";
  }
  return keys;
}

function act(key) {
  const keys = sequence(key);
  if (!keys) return true;
  if ((keys === "j" || keys === "k") && document.querySelector("[data-row]")) {
    step(keys === "j" ? 1 : -1);
    return true;
  }
  const element = inRow(keys) || find(named("data-key", keys));
  const place = find(named("data-key-focus", keys));
  if (element) press(element);
  else place?.focus();
  return Boolean(element || place);
}

function pressed(event) {
  if (document.querySelector("dialog[open]")) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (event.target.closest(FIELDS)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const moves = event.key === "j" || event.key === "k";
  if ((event.key.length > 1 && event.key !== "Escape") || (event.repeat && !moves)) return;
  if (act(event.key)) event.preventDefault();
}

/* The line of shortcuts lists only keys that do something on this page: `data-for` names them; "row" is j, k and Enter. */
const KEYS = ["data-key", "data-key-focus", "data-row-key"];
const works = (key) => key === "row"
  ? find("[data-row]")
  : KEYS.some((name) => find(`[${name}="${CSS.escape(key)}"], [${name}^="${CSS.escape(key)} "]`));

function hideIdle() {
  for (const item of document.querySelectorAll("[data-for]")) {
    item.hidden = !item.dataset.for.split(" ").some(works);
  }
}

if (document.body.hasAttribute("data-keys")) {
  hideIdle();
  document.body.classList.add("has-keys"); // only now the page shows them
  document.addEventListener("keydown", pressed);
}
