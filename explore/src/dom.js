// Elements of the page. All text comes from runs and is hostile: it becomes text nodes, never markup.

export function el(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (value !== undefined && value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined).map((child) => child instanceof Node ? child : document.createTextNode(String(child))));
  return made;
}

export function svg(tag, given = {}, text = null) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(given)) made.setAttribute(name, value);
  if (text !== null) made.textContent = text;
  return made;
}

export function table(names, rows, shown, onRow = null) {
  const right = names.map((_, place) => rows.every((row) => row[place] === null || typeof row[place] === "number"));
  const kind = (place) => (right[place] ? "n" : "");
  return el("div", { class: "wide" },
    el("table", {},
      el("thead", {}, el("tr", {}, names.map((name, place) => el("th", { class: kind(place) }, name)))),
      el("tbody", {}, rows.map((row, number) =>
        el("tr", onRow ? { class: "pick", onclick: () => onRow(number) } : {},
          row.map((value, place) => el("td", { class: kind(place) }, shown(value, place))))))));
}
