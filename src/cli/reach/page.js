// Without it a cell leads to its pair further down; with it the pair is shown beside the matrix.
"use strict";
for (const section of document.querySelectorAll("section")) {
  const panel = document.createElement("div");
  panel.className = "card picked";
  panel.setAttribute("aria-live", "polite");
  panel.hidden = true;
  const table = section.querySelector("table");
  if (!table) continue;
  table.parentElement.after(panel);
  const light = (cell, on) => {
    const heads = table.tHead.rows[0].cells;
    for (const one of [cell, cell.parentElement.cells[0], heads[cell.cellIndex]]) {
      one.classList.toggle("lit", on);
    }
  };
  for (const link of table.querySelectorAll("td a")) {
    const cell = link.parentElement;
    for (const event of ["pointerenter", "focusin"]) cell.addEventListener(event, () => light(cell, true));
    for (const event of ["pointerleave", "focusout"]) cell.addEventListener(event, () => light(cell, false));
    link.addEventListener("click", (event) => {
      const pair = document.getElementById(link.hash.slice(1));
      if (!pair) return;
      event.preventDefault();
      panel.replaceChildren(...pair.cloneNode(true).childNodes);
      panel.hidden = false;
    });
  }
}
