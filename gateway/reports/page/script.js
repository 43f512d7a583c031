"use strict";
/* Shows the findings of a cell beside the matrix. The fragment of the address names the cell: so a link can be shared, and a phone's
   Back button closes the findings. Without this script, the fragment leads to the same findings further down. */
(() => {
  const page = document.documentElement;
  const dialog = document.querySelector("dialog");
  const content = dialog.querySelector(".content");
  const place = dialog.querySelector("[data-place]");
  const articles = [...document.querySelectorAll("article[id]")];
  let opener = null;
  page.classList.add("scripted");

  const named = () => articles.findIndex((article) => article.id === decodeURIComponent(location.hash.slice(1)));

  function show() {
    const index = named();
    if (index < 0) {
      if (dialog.open) dialog.close();
      return;
    }
    const copy = articles[index].cloneNode(true);
    copy.removeAttribute("id");
    content.replaceChildren(copy);
    place.textContent = `${index + 1} of ${articles.length}`;
    if (!dialog.open) dialog.showModal();
    content.scrollTop = 0;
    content.focus({ preventScroll: true });
    for (const marked of copy.querySelectorAll("pre .marked")) {
      const box = marked.closest("pre");
      box.scrollTop = marked.offsetTop - box.clientHeight / 2;
      break;
    }
    for (const link of document.querySelectorAll("a.cell")) {
      link.toggleAttribute("aria-current", link.hash.slice(1) === articles[index].id);
    }
  }

  function go(step) {
    const next = articles[(named() + step + articles.length) % articles.length];
    location.replace(`#${next.id}`);
  }

  addEventListener("hashchange", show);
  document.querySelector("main").addEventListener("click", (event) => {
    opener = event.target.closest("a[href^='#']") ?? opener;
  });
  dialog.addEventListener("close", () => {
    if (named() >= 0) history.replaceState(null, "", location.href.split("#")[0]);
    for (const link of document.querySelectorAll("a.cell[aria-current]")) link.removeAttribute("aria-current");
    opener?.focus(); /* following a fragment takes the focus away, so the dialog cannot give it back */
  });
  dialog.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (event.target === dialog || button?.hasAttribute("data-close")) dialog.close();
    else if (button?.dataset.go) go(Number(button.dataset.go));
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.target.closest("pre") || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowLeft") go(-1);
    else if (event.key === "ArrowRight") go(1);
  });

  /* In the matrix, the arrow keys go to the next finding of the row, and to the nearest finding of the next row. */
  const table = document.querySelector("table");
  table?.addEventListener("keydown", (event) => {
    const link = event.target.closest("a.cell");
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const step = steps[event.key];
    if (!link || !step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const cell = link.closest("td");
    let row = cell.parentElement;
    if (step[1]) {
      const links = [...row.querySelectorAll("a.cell")];
      links[links.indexOf(link) + step[1]]?.focus();
      return;
    }
    const along = step[0] < 0 ? "previousElementSibling" : "nextElementSibling";
    while ((row = row[along])) {
      const links = [...row.querySelectorAll("a.cell")];
      const near = (other) => Math.abs(other.closest("td").cellIndex - cell.cellIndex);
      if (links.length) {
        links.reduce((best, other) => (near(other) < near(best) ? other : best)).focus();
        return;
      }
    }
  });

  show();
})();
