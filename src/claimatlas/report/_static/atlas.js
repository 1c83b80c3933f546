/* Filters, sorting and zoom. Every page can be read and followed without this file. */
(() => {
  "use strict";

  // The site's search asks for each page that it lists; a browser forbids that on one's own disk.
  if (location.protocol === "file:") window.fetch = async () => new Response("");

  const make = (tag, attributes = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.append(...children);
    return element;
  };
  const values = (row, column) =>
    [...row.cells[column].querySelectorAll("p")].map((p) => p.textContent.trim());

  /* A control for each column whose head has the class "filter"; `show` gets a test of rows. */
  function filters(table, show) {
    const rows = [...table.tBodies[0].rows];
    const chosen = new Map();
    const passes = (row) =>
      [...chosen].every(([column, value]) => !value || values(row, column).includes(value));
    const form = make("form", { className: "filters" });
    form.addEventListener("submit", (event) => event.preventDefault());
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      if (!head.classList.contains("filter")) return;
      const found = new Set(rows.flatMap((row) => values(row, column)));
      const select = make("select", {}, make("option", { value: "", textContent: "any" }));
      for (const value of [...found].sort()) select.append(make("option", { value, textContent: value }));
      select.addEventListener("change", () => {
        chosen.set(column, select.value);
        show(passes);
      });
      form.append(make("label", {}, head.textContent.trim(), select));
    });
    form.addEventListener("reset", () => {
      chosen.clear();
      show(passes);
    });
    form.append(make("button", { type: "reset", textContent: "Show all" }));
    return form;
  }

  async function search(table) {
    const { default: DataTable } = await window.dataTables();
    const number = (html) => {
      const digits = html.replace(/<[^>]*>/g, "").match(/\d+/);
      return digits ? Number(digits[0]) * (html.includes("under") ? -1 : 1) : html.includes("not ") ? -99 : 0;
    };
    const heads = [...table.tHead.rows[0].cells];
    const columns = heads.flatMap((head, i) => (head.classList.contains("number") ? [i] : []));
    let test = () => true;
    const data = new DataTable(table, {
      pageLength: 25,
      lengthMenu: [10, 25, 50, 100],
      order: [],
      autoWidth: false,
      layout: { topStart: "search", topEnd: "pageLength", bottomStart: "info", bottomEnd: "paging" },
      language: { search: "Search", lengthMenu: "Show _MENU_", info: "_START_ to _END_ of _TOTAL_" },
      columnDefs: columns.map((targets) => ({
        targets,
        render: (cell, kind) => (kind === "sort" || kind === "type" ? number(cell) : cell),
      })),
    });
    data.search.fixed("filters", (text, cells, index) => test(data.row(index).node()));
    const form = filters(table, (passes) => {
      test = passes;
      data.draw();
    });
    form.addEventListener("reset", () => data.search("").draw());
    data.table().container().prepend(form);
    const find = () => {
      const row = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (location.hash && !row) {
        const all = data.rows({ order: "applied", search: "applied" }).nodes().toArray();
        const at = all.findIndex((node) => node.id === decodeURIComponent(location.hash.slice(1)));
        if (at < 0) return;
        data.page(Math.floor(at / data.page.len())).draw("page");
        all[at].scrollIntoView();
      } else if (row) row.scrollIntoView();
    };
    window.addEventListener("hashchange", find);
    find();
    document.documentElement.dataset.searchable = "ready";
  }

  function explore(part) {
    const box = part.querySelector(".graph");
    const svg = box.querySelector("svg");
    const table = part.querySelector("table");
    const bundles = [...svg.querySelectorAll(".bundle")];
    const row = (bundle) =>
      document.getElementById(bundle.querySelector("a").getAttribute("href").slice(1));
    const form = filters(table, (passes) => {
      for (const each of table.tBodies[0].rows) each.hidden = !passes(each);
      for (const bundle of bundles) bundle.classList.toggle("off", row(bundle).hidden);
    });
    const [width, height] = [svg.viewBox.baseVal.width, svg.viewBox.baseVal.height];
    let scale = 0;
    const zoom = (to) => {
      scale = Math.min(6, Math.max(0.2, to));
      svg.setAttribute("width", `${width * scale}px`);
      svg.setAttribute("height", `${height * scale}px`);
    };
    const fit = () => zoom(Math.max(1.1, Math.min(1.9, box.clientWidth / width - 0.02)));
    const button = (textContent, title, run) => {
      const made = make("button", { type: "button", textContent, title });
      made.setAttribute("aria-label", title);
      made.addEventListener("click", run);
      return made;
    };
    box.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey) return;
        event.preventDefault();
        zoom(scale * (event.deltaY < 0 ? 1.15 : 1 / 1.15));
      },
      { passive: false },
    );
    form.append(
      button("+", "Zoom in", () => zoom(scale * 1.25)),
      button("−", "Zoom out", () => zoom(scale / 1.25)),
      button("Fit", "Fit to the page", () => zoom(box.clientWidth / width - 0.02)),
    );
    part.prepend(form);
    fit();
  }

  const start = () => {
    document.querySelectorAll(".explorable").forEach(explore);
    document.querySelectorAll("table.searchable").forEach(search);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
