// Without it a cell leads to its pair further down; with it the pair is shown beside the matrix, arrow
// keys move between cells, and the list of pods can be filtered.
"use strict";

const panel = document.createElement("dialog");
panel.className = "panel";
panel.setAttribute("aria-labelledby", "panel-title");
document.querySelector("main").append(panel);
let opener = null;

const close = () => {
  if (!panel.open) return;
  panel.close();
  opener.focus();
};

const open = (link) => {
  const pair = document.getElementById(link.hash.slice(1)).cloneNode(true);
  const title = document.createElement("h2");
  title.id = "panel-title";
  title.append(...pair.querySelector("h3").childNodes);
  pair.querySelector("h3").replaceWith(title);
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Close";
  button.addEventListener("click", close);
  panel.replaceChildren(button, ...pair.childNodes);
  opener = link;
  if (!panel.open) panel.show();
  panel.scrollTop = 0;
  button.focus();
  // The cell stays in view.
  const [cell, over] = [link.getBoundingClientRect(), panel.getBoundingClientRect()];
  if (cell.right > over.left && cell.bottom > over.top) window.scrollBy(0, cell.bottom - over.top + 16);
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
});

// One cell of a grid can be reached by Tab: the one that was last used.
const grid = (table) => {
  const cells = [...table.tBodies[0].rows].map((row) =>
    [...row.cells].slice(1).map((cell) => cell.querySelector("a") ?? cell));
  const light = (spot, on) => {
    const cell = spot.closest("td");
    const heads = table.tHead.rows[0].cells;
    for (const one of [cell, cell.parentElement.cells[0], heads[cell.cellIndex]]) one.classList.toggle("lit", on);
  };
  let current = null;
  const choose = (spot) => {
    if (current) current.tabIndex = -1;
    current = spot;
    spot.tabIndex = 0;
  };
  const move = (row, column) => {
    const spot = cells[row]?.[column];
    if (!spot) return;
    choose(spot);
    spot.focus();
    spot.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  table.setAttribute("role", "grid");
  cells.forEach((row, y) => row.forEach((spot, x) => {
    spot.tabIndex = -1;
    spot.addEventListener("focus", () => { choose(spot); light(spot, true); });
    spot.addEventListener("blur", () => light(spot, false));
    spot.addEventListener("pointerenter", () => light(spot, true));
    spot.addEventListener("pointerleave", () => light(spot, document.activeElement === spot));
    if (spot.localName === "a") {
      spot.addEventListener("click", (event) => { event.preventDefault(); open(spot); });
    }
    spot.addEventListener("keydown", (event) => {
      const all = event.ctrlKey || event.metaKey;
      const to = {
        ArrowLeft: [y, x - 1], ArrowRight: [y, x + 1], ArrowUp: [y - 1, x], ArrowDown: [y + 1, x],
        Home: [all ? 0 : y, 0], End: [all ? cells.length - 1 : y, row.length - 1],
      }[event.key];
      if (!to) return;
      event.preventDefault();
      move(...to);
    });
  }));
  const first = table.querySelector("td a") ?? cells[0][0];
  choose(first);
};
document.querySelectorAll("table").forEach(grid);

const filter = document.getElementById("filter");
if (filter) {
  const box = filter.closest(".filter");
  const rows = [...document.querySelectorAll(".contents li")];
  const sections = [...document.querySelectorAll("section.pod")];
  const has = (text) => text.toLowerCase().includes(filter.value.trim().toLowerCase());
  const apply = () => {
    for (const row of rows) row.hidden = !has(row.textContent);
    for (const section of sections) {
      const row = rows.find((one) => one.dataset.pod === section.firstElementChild.id);
      section.hidden = row ? row.hidden : !has(section.firstElementChild.textContent);
    }
    const shown = sections.filter((section) => !section.hidden).length;
    box.querySelector("[role=status]").textContent = `${shown} of ${sections.length} pods`;
  };
  box.hidden = false;
  filter.addEventListener("input", apply);
  apply();
}
