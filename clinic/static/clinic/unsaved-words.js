/* Warns before words that were not saved are lost. Without this file the form works the same. */
"use strict";

const form = document.querySelector("[data-unsaved-words]");
const typed = () => JSON.stringify(
  [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken").map(([name, value]) => [name, value.name ?? value]),
); // signing in anew changes the token, and nobody typed it
const atFirst = typed();
let isSent = false;

const isChanged = () => form.dataset.unsavedWords === "changed" || typed() !== atFirst;

form.addEventListener("submit", () => { isSent = true; });
window.addEventListener("pageshow", () => { isSent = false; }); // back from the page after
window.addEventListener("beforeunload", (event) => { if (isChanged() && !isSent) event.preventDefault(); });
