"use strict";
// Shows the rows of each workload a page at a time. Everything from a row is put in as text.
(() => {
  const PAGE = 50;
  const OUTCOMES = [["✓", "right", "good"], ["✗", "wrong", "bad"], ["–", "missing", "bad"],
                    ["+", "extra", "doubt"], ["…", "cut off", "doubt"]];

  function make(name, parts = [], attributes = {}) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    for (const part of [parts].flat()) if (part !== null && part !== "") made.append(part);
    return made;
  }

  function mark([sign, words, kind]) {
    const parts = [make("span", sign, {"aria-hidden": "true"}), make("span", words, {class: "unseen"})];
    return make("span", parts, {class: `score ${kind}`});
  }

  // A text, or a list of [field, value] with the outcome of a field that was answered.
  function shown(value) {
    if (!Array.isArray(value)) return make("bdi", value, {class: "text"});
    const fields = value.flatMap(([field, text, outcome]) => {
      const sign = outcome === undefined ? [] : [mark(OUTCOMES[outcome]), " "];
      return [make("dt", make("bdi", field)), make("dd", [...sign, make("bdi", text)])];
    });
    return make("div", make("dl", fields), {class: "text"});
  }

  function scored(score) {
    if (score === null) return ["", "not scored", "doubt"];
    if (score >= 1) return ["✓", "right", "good"];
    return score <= 0 ? ["✗", "wrong", "bad"] : [score.toFixed(2), "", "doubt"];
  }

  function answered([text, score, error]) {
    if (error !== null) return make("div", [mark(["error", "", "doubt"]), shown(error)], {class: "answer"});
    if (text === null) return make("span", "not told", {class: "doubt"});
    return make("div", [mark(scored(score)), shown(text)], {class: "answer"});
  }

  function haystack([number, id, , input, expected, , , answers]) {
    return [number, id, input, expected, answers].flat(5).join("\n").toLowerCase();
  }

  function present(place) {
    const data = JSON.parse(place.querySelector("script").textContent);
    const form = place.querySelector("form"), table = place.querySelector("table");
    const body = table.tBodies[0], pager = place.querySelector(".pager");
    const [previous, next] = pager.querySelectorAll("button"), where = pager.querySelector(".where");
    const status = place.querySelector(".status"), search = form.querySelector("[type=search]");
    const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
    const texts = new Map();
    const cells = [...place.closest("section").querySelectorAll("[data-pair]")];
    let pair = null, page = 0, found = data.rows;
    table.classList.add(`models-${Math.min(data.models.length, 8)}`);

    function has(row, words) {
      if (!texts.has(row)) texts.set(row, haystack(row));
      return words.every((word) => texts.get(row).includes(word));
    }

    function filter() {
      const flags = [...form.querySelectorAll(":checked")].reduce((sum, box) => sum | box.value, 0);
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      found = data.rows.filter((row) => (row[6] & flags) === flags
        && (pair === null || (row[8] && row[8][0] === pair[0] && row[8][1] === pair[1]))
        && (words.length === 0 || has(row, words)));
      page = 0;
      for (const cell of cells) cell.setAttribute("aria-pressed", String(cell.dataset.pair === String(pair)));
      draw();
    }

    function about() {
      const of = `${found.length.toLocaleString("en")} of ${data.rows.length.toLocaleString("en")} rows`;
      if (pair === null) return of;
      return `${of}, expected ${data.expected[pair[0]]} and answered ${data.given[pair[1]]}`;
    }

    function head([number, id, at, , , lost, , , , change]) {
      const title = make("span", `Row ${number}`);
      const parts = [title, id && make("small", make("bdi", id)), make("small", at)];
      if (lost > 0) parts.push(make("span", `cost ${lost.toFixed(2)}`, {class: "lost"}));
      if (change) parts.push(make("span", change[0], {class: "was"}));
      return make("th", parts, {scope: "row", role: "rowheader"});
    }

    function drawn(row) {
      const [, , , input, expected, , , answers, , change] = row;
      const was = change && make("span", ["before: ", make("bdi", change[1])], {class: "was"});
      const contents = [[shown(input)], [shown(expected)], ...answers.map((answer) => [answered(answer)])];
      if (was) contents[2].push(was);
      const made = contents.map((parts, i) => make("td", parts, {role: "cell", "data-head": heads[i + 1]}));
      return make("tr", [head(row), ...made], {role: "row"});
    }

    function tall(line) {
      return [...line.querySelectorAll(".text")].filter((text) => text.scrollHeight > text.clientHeight + 2);
    }

    function fold(line, long) {
      if (long.length === 0) return;
      for (const text of long) text.classList.add("long");
      line.classList.add("clipped");
      const title = line.cells[0].firstChild;
      const button = make("button", title.textContent, {type: "button", "aria-expanded": "false"});
      button.addEventListener("click", () => {
        button.setAttribute("aria-expanded", String(line.classList.toggle("open")));
      });
      title.replaceWith(button);
    }

    function draw() {
      const pages = Math.max(Math.ceil(found.length / PAGE), 1), first = page * PAGE;
      const lines = found.slice(first, first + PAGE).map(drawn);
      body.replaceChildren(...lines);
      const long = lines.map(tall);  // all of it before anything changes: one layout, not fifty
      lines.forEach((line, i) => fold(line, long[i]));
      status.textContent = found.length ? about() : `${about()}. Press “Show all” to see every row.`;
      where.textContent = `Page ${page + 1} of ${pages}`;
      pager.hidden = pages === 1;
      previous.disabled = page === 0;
      next.disabled = page === pages - 1;
    }

    function turn(by) {
      page += by;
      draw();
      place.querySelector("h3").scrollIntoView();
    }

    for (const [part, role] of [[table, "table"], [table.tHead, "rowgroup"], [body, "rowgroup"], [table.tHead.rows[0], "row"]]) part.setAttribute("role", role);
    for (const cell of table.tHead.rows[0].cells) cell.setAttribute("role", "columnheader");
    let waiting = 0;
    search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); });
    form.addEventListener("change", (event) => { if (event.target !== search) filter(); });
    form.addEventListener("submit", (event) => { event.preventDefault(); filter(); });
    form.addEventListener("reset", () => { pair = null; setTimeout(filter); });
    previous.addEventListener("click", () => turn(-1));
    next.addEventListener("click", () => turn(1));
    for (const cell of cells) {
      const mine = cell.dataset.pair.split(",").map(Number);
      cell.setAttribute("aria-label", `${cell.textContent} rows, expected ${data.expected[mine[0]]}, answered ${data.given[mine[1]]}: show them`);
      cell.addEventListener("click", () => {
        pair = String(pair) === String(mine) ? null : mine;
        filter();
        place.querySelector("h3").scrollIntoView();
      });
    }
    filter();
  }

  for (const place of document.querySelectorAll(".row-by-row")) present(place);
})();
