"use strict";
(() => {
  const sizes = { "µs": 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600, B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 };
  // A figure as it is shown, as a number to sort by: "1.2 s", "−3%", "4,200", "1m30s".
  const number = (text) => {
    let sum = 0, known = false;
    const negative = /^\s*[−-]/.test(text);
    for (const [, digits, unit] of text.replace(/,/g, "").matchAll(/([\d.]+)\s*(µs|ms|KiB|MiB|GiB|TiB|s|m|h|B)?/g)) {
      sum += parseFloat(digits) * (sizes[unit] ?? 1);
      known = true;
      if (!/^[\d.]+(m|h)\s*\d/.test(text)) break;
    }
    return known ? (negative ? -sum : sum) : null;
  };
  const compare = (one, other, numeric) => {
    if (!numeric) return one.localeCompare(other, "en", { numeric: true });
    const [a, b] = [number(one), number(other)];
    return a === null ? (b === null ? 0 : -1) : b === null ? 1 : a - b;
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const numeric = head.classList.contains("number");
        const before = head.getAttribute("aria-sort");
        const down = before ? before === "ascending" : numeric;
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...table.tBodies[0].rows].sort((one, other) =>
          (down ? -1 : 1) * compare(one.cells[column].textContent, other.cells[column].textContent, numeric));
        table.tBodies[0].append(...rows);
      });
    });
  }
  const find = document.getElementById("find");
  if (find) {
    find.parentElement.hidden = false;
    find.addEventListener("input", () => {
      const wanted = find.value.toLowerCase();
      for (const row of document.querySelectorAll("#endpoints tbody tr"))
        row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
    });
  }
  const choice = document.getElementById("endpoint");
  if (choice && choice.options.length > 1) {
    choice.parentElement.hidden = false;
    const show = () => {
      for (const of of document.querySelectorAll(".endpoint")) of.hidden = of.dataset.number !== choice.value;
    };
    choice.addEventListener("change", show);
    show();
  }
  // What lies under the pointer, read off the drawing itself.
  const LEFT = 64, WIDTH = 640, ABOVE = 8, HEIGHT = 180;
  for (const chart of document.querySelectorAll(".chart")) {
    const svg = chart.querySelector("svg"), { unit, across } = chart.dataset, top = Number(chart.dataset.top);
    const lines = [...svg.querySelectorAll("path")].map((path) => ({
      name: path.dataset.name,
      points: [...path.getAttribute("d").matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]),
    }));
    const values = document.createElement("div");
    values.className = "values";
    values.hidden = true;
    chart.append(values);
    const pointer = document.createElementNS(svg.namespaceURI, "line");
    pointer.setAttribute("class", "pointer");
    pointer.setAttribute("y1", ABOVE);
    pointer.setAttribute("y2", ABOVE + HEIGHT);
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
      const at = Math.min(LEFT + WIDTH, Math.max(LEFT, (event.clientX - box.left) * scale));
      const told = lines.flatMap(({ name, points }) => {
        const near = points.reduce((best, point) => (Math.abs(point[0] - at) < Math.abs(best[0] - at) ? point : best), points[0] ?? [Infinity]);
        if (Math.abs(near[0] - at) > WIDTH / 20) return [];
        const value = top * (1 - (near[1] - ABOVE) / HEIGHT);
        return [`${name} ${Number(value.toPrecision(3)).toLocaleString("en")}${unit === "/s" ? "/s" : unit ? " " + unit : ""}`];
      });
      values.hidden = told.length === 0;
      values.textContent = told.join(" · ");
      pointer.setAttribute("x1", at);
      pointer.setAttribute("x2", at);
      svg.append(pointer);
      const left = at / scale + (at > LEFT + WIDTH / 2 ? -values.offsetWidth - 8 : 8);
      values.style.left = `${Math.max(0, left)}px`;
      values.style.top = `${svg.offsetTop + chart.querySelector("figcaption").offsetHeight}px`;
    });
    svg.addEventListener("pointerleave", () => { values.hidden = true; pointer.remove(); });
  }
})();
