/* Small conveniences for the desk's pages; each page works without them. */
"use strict";

/* Declining: fill the box with the message of the chosen reason, for editing, unless something was typed there. */
const box = document.getElementById("sentence");
const sentences = [...document.querySelectorAll("[data-sentence]")];
for (const radio of sentences) {
  radio.addEventListener("change", () => {
    const untouched = !box.value.trim() || sentences.some((other) => other.dataset.sentence === box.value);
    if (untouched) box.value = radio.dataset.sentence;
  });
}

/* Countdowns of the undo bar and of a time held for a call, by the server's clock. The page shows the end time anyway. */
const opened = performance.now();
const serverNow = () => new Date(document.body.dataset.now).getTime() + performance.now() - opened;
const inWords = (seconds) => seconds < 100 ? `${seconds}\u00a0s` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
for (const left of document.querySelectorAll("[data-until]")) {
  const tick = () => {
    const seconds = Math.round((new Date(left.dataset.until) - serverNow()) / 1000);
    left.textContent = seconds > 0 ? `(${inWords(seconds)})` : "";
    if (seconds > 0) setTimeout(tick, 1000);
  };
  tick();
}

/* A provider out: the totals follow the ticks. The server counts them again. */
const impact = document.querySelector("[data-impact]");
impact?.addEventListener("change", () => {
  const rows = [...impact.tBodies[0].rows];
  const written = rows.filter((row) => row.querySelector("[name^=email-]:checked"));
  const offered = written.filter((row) => row.querySelector("[name^=times-]:checked"));
  const totals = { emails: written.length, calls: rows.length - written.length, offers: offered.length };
  for (const place of document.querySelectorAll("[data-total]")) place.textContent = totals[place.dataset.total];
});
