/* Announces how many requests came since the page was rendered, in a reserved place: no row moves. The numbers beside
   the views are written anew, in silence.
   Without this file there is still the link “Refresh”. */
"use strict";

const EVERY = 30000; // milliseconds
const news = document.querySelector("[data-new-requests]");
let shown = 0;

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(news.dataset.newRequests, { redirect: "error" });
    if (answer.ok) say(await answer.json());
  } catch {
    /* offline, or signed out: the next page says so */
  }
}

function say({ count, words, counts }) {
  for (const [view, number] of Object.entries(counts))
    for (const place of document.querySelectorAll(`[data-count="${view}"]`)) place.textContent = number;
  if (count === shown) return;
  shown = count;
  const link = document.createElement("a");
  link.href = news.dataset.show;
  link.textContent = words;
  news.replaceChildren(...(count ? [link] : []));
}

setInterval(look, EVERY);
document.addEventListener("visibilitychange", look);
