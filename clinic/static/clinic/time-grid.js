/* Arrow keys in the time grid: up and down in a column, left and right to what stands nearest in the next one.
   Tab, Enter and the keys j and k do the same without this file. Where a later start is chosen for a block, the lengths
   that still fit. */

const top = (cell) => cell.getBoundingClientRect().top;
const cells = (column) => [...column.querySelectorAll("[data-row]")];

function inColumn(here, step) {
  const all = cells(here.closest(".tg__col"));
  return all[all.indexOf(here) + step];
}

function beside(here, step) {
  const columns = [...document.querySelectorAll(".tg__col")].filter((column) => cells(column).length);
  const column = columns[columns.indexOf(here.closest(".tg__col")) + step];
  const away = (cell) => Math.abs(top(cell) - top(here));
  return column && cells(column).reduce((best, cell) => (away(cell) < away(best) ? cell : best));
}

const MOVES = {
  ArrowUp: (here) => inColumn(here, -1),
  ArrowDown: (here) => inColumn(here, 1),
  ArrowLeft: (here) => beside(here, -1),
  ArrowRight: (here) => beside(here, 1),
};

document.querySelector(".tg").addEventListener("keydown", (event) => {
  const here = event.target.closest("[data-row]");
  if (!here || !MOVES[event.key] || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  event.preventDefault(); // the page stays where it is
  MOVES[event.key](here)?.focus();
});

document.addEventListener("change", ({ target }) => {
  if (!target.matches(".pop select[name=slot]")) return;
  const left = target.form.elements.until.value - parseInt(target.value, 10);
  for (const button of target.form.querySelectorAll("[name=minutes]")) button.hidden = button.value > left;
});
