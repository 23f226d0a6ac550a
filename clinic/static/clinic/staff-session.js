/* Warns before the server signs an idle user out, and then covers the page. What was typed stays in its fields.

   The server counts. The page asks it before it warns, since another tab may have been in use; asking is no activity.
   Typing and clicking are, though they send nothing by themselves. */
const dialog = document.querySelector("[data-staff-session]");
const { who, warning, timeLeft, stay } = dialog.dataset;
const EVERY = 60000; // milliseconds between two reports that somebody is there
let ends, told;

/* Not performance.now(): it stops while the computer sleeps. */
const secondsLeft = () => Math.round((ends - Date.now()) / 1000);
const tokens = () => document.querySelectorAll("[name=csrfmiddlewaretoken]");

function count(seconds) {
  ends = Date.now() + seconds * 1000;
}

async function ask(address = timeLeft, method = "GET") {
  try {
    const headers = method === "POST" ? { "X-CSRFToken": tokens()[0].value } : {};
    const answer = await fetch(address, { method, headers, redirect: "error" });
    if (answer.ok) heard(await answer.json());
  } catch {
    /* offline: the time runs on */
  }
  show();
}

function heard(answer) {
  if (answer.seconds > 0 && answer.who !== who) location.reload(); // this page belongs to somebody else
  count(answer.seconds);
  for (const token of tokens()) token.value = answer.token; // signing in made the old ones worthless
}

function show() {
  const left = secondsLeft();
  const isOver = left <= 0;
  dialog.querySelector("[data-left]").textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  if (isOver !== document.documentElement.classList.contains("is-signed-out")) turn(isOver);
  if (left > warning) dialog.close();
  else if (!dialog.open) dialog.showModal();
}

function turn(isOver) {
  document.documentElement.classList.toggle("is-signed-out", isOver);
  for (const part of dialog.querySelectorAll("[data-before]")) part.hidden = isOver;
  for (const part of dialog.querySelectorAll("[data-after]")) part.hidden = !isOver;
  if (isOver && dialog.open) dialog.querySelector("a").focus();
}

function tick() {
  const left = secondsLeft();
  if (dialog.open && left > 0) show();
  else if (left <= warning && !document.documentElement.classList.contains("is-signed-out")) ask();
}

function isThere() {
  if (dialog.open || Date.now() - told < EVERY) return;
  told = Date.now();
  ask(stay, "POST");
}

count(Number(dialog.dataset.seconds));
told = Date.now();
setInterval(tick, 1000);
dialog.querySelector("[data-stay-button]").addEventListener("click", () => ask(stay, "POST"));
dialog.querySelector("[data-continue]").addEventListener("click", () => ask());
dialog.addEventListener("cancel", (event) => {
  event.preventDefault(); // Escape is an answer, too
  if (secondsLeft() > 0) ask(stay, "POST");
});
dialog.addEventListener("close", () => { if (secondsLeft() <= 0) dialog.showModal(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
for (const act of ["keydown", "pointerdown"]) document.addEventListener(act, isThere);
