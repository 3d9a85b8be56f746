// What stands below the linked pictures: the best rows, the front, the map, what drives a point, derivation, SQL, comparison.
import * as Plot from "@observablehq/plot";
import { brushY, select } from "d3";
import { el, svg, table } from "./dom.js";
import { OTHER } from "./panels.js";
import { ask } from "./server.js";
import { count, number, said, short, title, value } from "./units.js";

const soft = (...words) => el("p", { class: "soft" }, ...words);

function rowsTable(page, rows, onRow) {
  if (!rows.length) return soft("No row is selected.");
  const names = Object.keys(rows[0]);
  const columns = names.map((name) => page.column(name));
  return table(columns.map(title), rows.map((row) => names.map((name) => row[name])), (one, place) => value(columns[place], one), onRow);
}

export async function top(page) {
  const { rows } = await ask("top", { filters: page.filters });
  return [soft(`The best ${rows.length} of what is selected, by ${page.objective.words}. A click pins a row.`), rowsTable(page, rows, (number) => page.setPin(rows[number]))];
}

// Parallel coordinates of the front of the density's two quantities: a drag on an axis keeps what it crosses.
export function front(page) {
  const { points, of } = page.front;
  const names = points.length ? Object.keys(points[0]).filter((name) => new Set(points.map((point) => point[name])).size > 1) : [];
  if (names.length < 2) return [soft("The front of the two quantities above is a single point.", ), rowsTable(page, points)];
  const width = Math.max(page.width - 20, names.length * 84);
  const height = 300;
  const [left, right, above, below] = [70, 60, 30, 14];
  const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, class: "parallel" });
  const places = names.map((name, place) => {
    const column = page.column(name);
    const x = left + (place * (width - left - right)) / (names.length - 1);
    const values = [...new Set(points.map((point) => point[name]))].sort((one, other) => (typeof one === "number" ? one - other : one < other ? -1 : 1));
    const [low, high] = [values[0], values[values.length - 1]];
    const log = typeof low === "number" && low > 0 && high / low >= 20;
    const share = column.text ? (one) => values.indexOf(one) / (values.length - 1) : log ? (one) => Math.log(one / low) / Math.log(high / low) : (one) => (one - low) / (high - low);
    return { name, column, x, values, y: (one) => height - below - share(one) * (height - above - below) };
  });
  const objective = page.objective.name;
  const ranked = [...points].sort((one, other) => one[objective] - other[objective]);
  const lines = ranked.map((point, rank) => {
    const d = `M${places.map(({ name, x, y }) => `${x},${y(point[name]).toFixed(1)}`).join("L")}`;
    const line = svg("path", { d, fill: "none", stroke: Plot.scale({ color: { type: "linear", domain: [0, Math.max(ranked.length - 1, 1)], range: ["#0072b2", "#e2a56b"] } }).apply(rank), "stroke-width": 1.2, "stroke-opacity": 0.75 });
    line.append(svg("title", {}, names.map((name) => `${page.column(name).words} ${said(page.column(name), point[name])}`).join("\n")));
    line.addEventListener("click", () => page.setPin(point));
    return line;
  });
  picture.append(...lines);
  const kept = new Map();
  const filter = () => ranked.forEach((point, rank) => {
    const inside = [...kept].every(([place, [top, bottom]]) => { const y = places[place].y(point[places[place].name]); return y >= top && y <= bottom; });
    lines[rank].setAttribute("stroke-opacity", inside ? 0.8 : 0.06);
  });
  places.forEach(({ column, x, values, y }, place) => {
    const group = svg("g", { transform: `translate(${x},0)` });
    group.append(svg("line", { y1: above, y2: height - below, stroke: "#889" }));
    group.append(svg("text", { y: 12, "text-anchor": "middle", class: "name" }, short(column.words, 17)));
    if (column.unit) group.append(svg("text", { y: 23, "text-anchor": "middle", class: "unit" }, column.unit));
    const step = Math.ceil(values.length / (column.text ? 18 : 9));
    const marks = values.length <= 9 || column.text ? values.filter((_, number) => number % step === 0) : [0, 0.25, 0.5, 0.75, 1].map((one) => values[Math.round(one * (values.length - 1))]);
    for (const one of marks) group.append(svg("text", { x: -5, y: y(one) + 3, "text-anchor": "end", class: "mark" }, short(value(column, one), 13)));
    picture.append(group);
    const brush = brushY().extent([[-8, above - 6], [8, height - below + 6]]).on("brush end", ({ selection }) => {
      if (selection) kept.set(place, selection); else kept.delete(place);
      filter();
    });
    select(group).append("g").call(brush);
  });
  const words = of > points.length ? `${count(points.length)} of ${count(of)} points` : `${count(points.length)} points`;
  return [soft(`The front of ${page.column(page.state.x).words} and ${page.column(page.state.y).words} in what is selected: ${words}, blue where ${page.objective.words} is low. Drag along an axis to keep what it crosses; a click on a line pins it.`), el("div", { class: "wide" }, picture)];
}

const SHADES = ["#2a9d5c", "#e9c46a", "#b3261e"];
let land = null;
function outline(topology) {
  const { scale, translate } = topology.transform;
  const arcs = topology.arcs.map((arc) => {
    let [x, y] = [0, 0];
    return arc.map(([dx, dy]) => { x += dx; y += dy; return [x * scale[0] + translate[0], y * scale[1] + translate[1]]; });
  });
  const ring = (places) => places.flatMap((place, number) => {
    const arc = place < 0 ? [...arcs[~place]].reverse() : arcs[place];
    return number ? arc.slice(1) : arc;
  });
  const shapes = topology.objects.land.geometries ?? [topology.objects.land];
  return { type: "MultiPolygon", coordinates: shapes.flatMap((shape) => (shape.type === "Polygon" ? [shape.arcs] : shape.arcs).map((polygon) => polygon.map(ring))) };
}

export async function map(page) {
  const { places, why } = await ask("map", { filters: page.filters });
  if (!places.length) return [soft(why || "No selected row has a known place.")];
  land ??= outline(await (await fetch("/land-110m.json")).json());
  const width = Math.min(page.width > 1000 ? page.width - 420 : page.width - 20, 900);
  const objective = page.objective;
  const log = places.every((one) => one.value > 0);
  const picture = Plot.plot({
    width,
    height: Math.round(width * 0.5),
    projection: "equal-earth",
    color: { type: log ? "log" : "linear", range: page.facts.maximize ? [...SHADES].reverse() : SHADES, interpolate: "rgb", label: title(objective), legend: false },
    marks: [
      Plot.geo(land, { fill: "#e8ecf1" }),
      Plot.dot(places, { x: "longitude", y: "latitude", fill: "value", stroke: "#222", strokeWidth: 0.6, r: 6, title: (one) => `${one.region}\n${objective.words} ${said(objective, one.value)}\n${count(one.points)} points` }),
    ],
  });
  const listed = [...places].sort((one, other) => (page.facts.maximize ? other.value - one.value : one.value - other.value)).slice(0, 12);
  const names = ["region", title(objective), "points"];
  return [soft(`The best ${objective.words} of what is selected in each region, from green (best) to red. ${why}`), el("div", { class: "side" }, picture, table(names, listed.map((one) => [one.region, one.value, one.points]), (one, place) => (place === 1 ? value(objective, one) : typeof one === "number" ? count(one) : one), (number) => page.setValues("region", [listed[number].region])))];
}

function pinned(page) {
  return page.state.pin ?? page.facts.best;
}

const where = (page) => (page.state.pin ? "the pinned point" : "the best point of the run (a click in the density pins another)");

export async function tornado(page) {
  const point = pinned(page);
  const { value: at, arms } = await ask("tornado", { point });
  if (!arms.length) return [soft("No axis has another value around this point.")];
  const objective = page.objective;
  const bars = arms.map(({ axis, values }) => {
    const found = values.filter(([, one]) => one !== null);
    return { axis, low: found[0], high: found[found.length - 1], all: found };
  });
  const label = (axis, one) => said(page.column(axis), one);
  const width = Math.min(page.width - 20, 900);
  const log = at > 0 && bars.every((bar) => Math.min(bar.low[1], bar.high[1]) > 0) && bars.some((bar) => Math.max(bar.low[1], bar.high[1]) / Math.min(bar.low[1], bar.high[1]) > 5);
  const dots = bars.flatMap(({ axis, all }) => all.map(([one, aim]) => ({ axis, one, aim })));
  const picture = Plot.plot({
    width,
    height: bars.length * 34 + 50,
    marginLeft: 130,
    marginRight: 20,
    x: { type: log ? "log" : "linear", label: title(objective), tickFormat: (one) => number(one / objective.factor), grid: true, ticks: log ? 5 : 7 },
    y: { domain: bars.map((bar) => bar.axis), label: null, tickFormat: (name) => page.column(name).words },
    marks: [
      Plot.ruleX([at], { stroke: "#d62728" }),
      Plot.ruleY(bars, { y: "axis", x1: (bar) => bar.low[1], x2: (bar) => bar.high[1], stroke: "#0072b2", strokeWidth: 8, strokeOpacity: 0.35 }),
      Plot.dot(dots, { y: "axis", x: "aim", r: 3, fill: "#0072b2", title: ({ axis, one, aim }) => `${page.column(axis).words} ${label(axis, one)}\n${objective.words} ${said(objective, aim)}` }),
    ],
  });
  const list = table(["axis", "at the point", "best", "worst", "factor"], bars.map((bar) => [page.column(bar.axis).words, label(bar.axis, point[bar.axis]), `${label(bar.axis, bar.low[0])}: ${said(objective, bar.low[1])}`, `${label(bar.axis, bar.high[0])}: ${said(objective, bar.high[1])}`, Math.max(bar.low[1], bar.high[1]) / Math.min(bar.low[1], bar.high[1])]), (one) => (typeof one === "number" ? number(one) : one));
  return [soft(`${objective.words}: ${said(objective, at)} at ${where(page)}, and when one axis at a time leaves it, all else held.`), picture, list];
}

function branch(node, depth) {
  const shown = typeof node.value === "number" ? number(node.value) : node.value ?? "no value";
  const head = el("span", { title: node.source }, el("b", {}, node.name), ` = ${shown}${node.unit === "1" ? "" : ` ${node.unit}`}`);
  const how = el("span", { class: "soft" }, node.formula ? `  ${node.formula}   [${node.origin}]` : `  ${node.origin}`);
  if (!node.parts.length) return el("div", { class: "leaf" }, head, how);
  return el("details", { open: depth < 2 }, el("summary", {}, head, how), node.parts.map((part) => branch(part, depth + 1)));
}

export async function explain(page) {
  const point = pinned(page);
  const quantities = page.facts.columns.filter((one) => !one.text && !one.axis).map((one) => one.name);
  const chosen = quantities.includes(page.state.quantity) ? page.state.quantity : page.objective.name;
  const choice = el("select", { "aria-label": "quantity", onchange: (event) => page.change({ quantity: event.target.value }) }, quantities.map((name) => el("option", { value: name, selected: name === chosen }, page.column(name).words)));
  const { tree } = await ask("explain", { point, quantity: chosen });
  return [el("p", { class: "soft" }, "How ", choice, ` comes about at ${where(page)}, evaluated again:`), el("div", { class: "tree" }, branch(tree, 0))];
}

export function query(page) {
  const example = `select ${page.facts.columns.filter((one) => one.axis && one.text).slice(0, 1).map((one) => `"${one.name}", `).join("")}min("${page.objective.name}") as best, count(*) as points\nfrom points${page.facts.columns.some((one) => one.axis && one.text) ? "\ngroup by all\norder by best" : ""}`;
  const text = el("textarea", { rows: 4, spellcheck: "false", "aria-label": "SQL" });
  text.value = page.query ?? example;
  const answer = el("div", { id: "answer" });
  const run = async () => {
    page.query = text.value;
    answer.replaceChildren(soft("…"));
    try {
      const { names, rows, more } = await ask("sql", { sql: text.value });
      answer.replaceChildren(table(names, rows, (one) => (typeof one === "number" ? number(one) : one === null ? "" : String(one))), soft(more ? `the first ${count(rows.length)} rows` : `${count(rows.length)} rows`));
    } catch (error) {
      answer.replaceChildren(el("p", { class: "warn" }, error.message));
    }
  };
  text.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run(); });
  const views = ["points", ...(page.facts.sampled ? ["all_points"] : []), ...(page.facts.second ? ["second"] : [])];
  const selection = el("button", { onclick: async () => { text.value = `select *\nfrom points\nwhere ${(await ask("copy", { filters: page.filters })).where}\nlimit 100`; } }, "The selection");
  return [soft(`One select statement over ${views.join(", ")}, with a limit of 20 s and 1,000 rows. Ctrl-Enter answers it.`), text, el("p", {}, el("button", { id: "run-sql", onclick: run }, "Answer"), " ", selection), answer];
}

export async function differences(page) {
  const found = await ask("compare");
  const parts = [soft(`${found.one} (blue) and ${found.other} (orange): ${found.same ? "the same" : "what differs"}.`)];
  if (found.common.length) {
    const rows = [...found.common].sort((one, other) => Math.abs(other.largest) - Math.abs(one.largest)).map((one) => [one.quantity, count(one.points), count(one.different), one.different ? `${number(100 * one.largest)} %` : "none", one.different ? Object.entries(one.at).map(([name, given]) => `${name} ${typeof given === "number" ? number(given) : given}`).join("; ") : ""]);
    parts.push(table(["quantity", "common points", "different", "largest difference", "where"], rows, (one) => one));
  }
  if (found.note) parts.push(soft(found.note));
  if (found.differences.length) parts.push(table(["what", "name", "first", "second"], found.differences.map((one) => [one.kind, one.name, one.one, one.other]), (one) => short(one, 90)));
  return parts;
}
