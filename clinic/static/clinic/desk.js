/* Small helps of the desk's pages; each page works without them. */
"use strict";

/* Declining: the sentence of the chosen reason comes into the box, to be edited, unless something was written there. */
const box = document.getElementById("sentence");
const sentences = [...document.querySelectorAll("[data-sentence]")];
for (const radio of sentences) {
  radio.addEventListener("change", () => {
    const untouched = !box.value.trim() || sentences.some((other) => other.dataset.sentence === box.value);
    if (untouched) box.value = radio.dataset.sentence;
  });
}

/* Undo, and a time held for a call: what is left of it. The page says the clock time anyway. */
const inWords = (seconds) => seconds < 100 ? `${seconds} s` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
for (const left of document.querySelectorAll("[data-until]")) {
  const tick = () => {
    const seconds = Math.round((new Date(left.dataset.until) - Date.now()) / 1000);
    left.textContent = seconds > 0 ? `(${inWords(seconds)})` : "";
    if (seconds > 0) setTimeout(tick, 1000);
  };
  tick();
}
