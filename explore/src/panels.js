// The linked pictures: density, histograms and bars. Each is a filter of all others.
import * as vg from "@uwdata/vgplot";
import { Mark } from "@uwdata/mosaic-plot";
import { Query, column as columnOf, count as counted, isIn, literal, sql } from "@uwdata/mosaic-sql";
import { el, svg } from "./dom.js";
import { number, short, ticks, title } from "./units.js";

const ALL = "#d5dae1";
const CHOSEN = "#0072b2";
export const OTHER = "#e07b00";
const BINS = 40;

// Columns are known from the server: nothing is asked about them.
const unasked = (plot) => { for (const mark of plot.marks) mark.fields = () => []; };

// Counts by the number of a bin, which costs the database least; edges are made of it here.
class BinMark extends Mark {
  constructor(source, style, bin, edge) {
    super("rectY", source, { x1: columnOf("x1"), x2: columnOf("x2"), y: columnOf("y"), inset: 0.3, ...style });
    Object.assign(this, { bin, edge });
  }

  fields() {
    return [];
  }

  query(filter = []) {
    return Query.from(this.sourceTable()).select({ bin: this.bin, y: counted() }).groupby("bin").where(filter);
  }

  queryResult(data) {
    const rows = data.toArray().filter((row) => row.bin !== null);
    this.data = { numRows: rows.length, columns: { x1: rows.map((row) => this.edge(row.bin)), x2: rows.map((row) => this.edge(row.bin + 1)), y: rows.map((row) => Number(row.y)) } };
    return this;
  }
}

const exact = (value) => (typeof value === "number" ? sql`CAST('${String(value)}' AS DOUBLE)` : literal(value));

class Panel {
  constructor(page, name, key) {
    this.page = page;
    this.name = name;
    this.key = key;
    this.node = el("figure", { class: "panel", "data-key": key });
  }

  get plot() {
    return this.node.querySelector(".plot")?.value;
  }

  // Set the filter from a stored state, or take it away. No pointer has announced it, so that nothing is counted by the
  // pixels it could stand on (and Mosaic cannot do so for what is taken away).
  restore(value) {
    const { interactor } = this;
    vg.coordinator().preaggregator.enabled = false;
    if (JSON.stringify(interactor.value ?? null) === JSON.stringify(value ?? null)) return;
    interactor.value = value ?? (interactor instanceof Pick ? null : undefined);
    this.page.selection.update(interactor.clause(interactor.value));
    this.plot.render();
  }

  get value() {
    return this.interactor.value ?? null;
  }

  destroy() {
    vg.coordinator().preaggregator.enabled = false;
    if (this.value) this.page.selection.update(this.interactor.clause(undefined));
    for (const mark of this.plot.marks) vg.coordinator().disconnect(mark);
    this.node.remove();
  }

  heading(words) {
    const close = el("button", { class: "close", title: "Remove this picture", onclick: () => this.page.remove(this.key) }, "×");
    return el("figcaption", { title: words.about ?? "" }, el("span", {}, words.text), close);
  }
}

// The sources of a histogram's or bars' marks: all rows in grey, the selection, and the second run.
function layers(page, name) {
  const found = [[vg.from("points"), { fill: ALL }], [vg.from("points", { filterBy: page.selection }), { fill: CHOSEN }]];
  if (page.facts.second_columns.includes(name)) {
    const own = page.facts.columns.every((one) => page.facts.second_columns.includes(one.name));
    found.push([vg.from("second", own ? { filterBy: page.selection } : {}), { fill: "none", stroke: OTHER, strokeWidth: 1.5 }]);
  }
  return found;
}

export class Histogram extends Panel {
  constructor(page, name, width) {
    super(page, name, `h:${name}`);
    const { low, high, log, factor, words, about } = page.column(name);
    const column = page.column(name);
    const [apply, invert] = log ? [Math.log, Math.exp] : [(value) => value, (value) => value];
    const start = apply(low);
    const step = (apply(high) - start) / BINS || 1;
    const inner = log ? sql`LN(${columnOf(name)})` : sql`CAST(${columnOf(name)} AS DOUBLE)`;
    // The largest value is in the last bin, not in one of its own.
    const scaled = sql`(${inner} - ${exact(start)}) * ${exact((1 - 1e-9) / step)}`;
    const bin = sql`CASE WHEN ISFINITE(${inner}) THEN CAST(FLOOR(${scaled}) AS INTEGER) END`;
    const domain = low < high ? [low, high] : [low - 0.5, high + 0.5];
    const marks = layers(page, name).map(([from, style]) => (plot) => plot.addMark(new BinMark(from, style, bin, (number) => invert(start + step * number))));
    const plot = vg.plot(
      ...marks,
      vg.intervalX({ as: page.selection, pixelSize: 4, field: columnOf(name), brush: { fill: "none", stroke: "#222" } }),
      vg.width(width), vg.height(92), vg.margins({ left: 12, right: 18, top: 4, bottom: 20 }),
      vg.xDomain(domain), vg.xScale(log ? "log" : "linear"), vg.xLabel(null), vg.yAxis(null), vg.xTickSize(3),
      vg.xTickFormat((value) => number(value / factor)),
      log ? vg.xTicks(ticks(low, high, log, factor, width < 240 ? 4 : 6)) : vg.xTicks(4),
    );
    this.node.append(this.heading({ text: title(column), about: about || words }), plot);
    this.interactor = this.plot.interactors[0];
  }
}

// Clicks on the rows of bars: a click selects one value, with Shift or Meta several.
class Pick {
  constructor(panel, mark, values) {
    Object.assign(this, { panel, mark, values, value: null });
  }

  clause(value) {
    const { mark, panel } = this;
    const chosen = value?.length ? value : null;
    return {
      meta: { type: "point" },
      source: this,
      clients: mark.plot.markSet,
      value: chosen,
      predicate: chosen ? isIn(columnOf(panel.name), chosen.map(exact)) : null,
    };
  }

  init(picture) {
    const scale = picture.scale("y");
    const half = scale.bandwidth / 2;
    const at = (event) => {
      const y = event.clientY - picture.getBoundingClientRect().top;
      return this.values.find((one) => Math.abs(scale.apply(one) + half - y) <= half + 1);
    };
    picture.addEventListener("pointerdown", (event) => {
      const value = at(event);
      if (value === undefined) return;
      const now = this.value ?? [];
      const more = event.shiftKey || event.metaKey || event.ctrlKey;
      const others = now.filter((one) => one !== value);
      const next = more ? (others.length === now.length ? [...now, value] : others) : others.length === 0 && now.length === 1 ? [] : [value];
      this.value = next.length ? next : null;
      this.panel.page.selection.update(this.clause(this.value));
      this.panel.plot.render();
    });
    picture.addEventListener("pointerenter", (event) => {
      if (!event.buttons) this.panel.page.selection.activate(this.clause([this.values[0]]));
    });
    if (this.value) {
      const width = Number(picture.getAttribute("width"));
      for (const one of this.values.filter((each) => !this.value.includes(each))) {
        picture.append(svg("rect", { x: 0, y: scale.apply(one), width, height: scale.bandwidth, fill: "#fff", "fill-opacity": 0.65, "pointer-events": "none" }));
      }
    }
  }
}

export class Bars extends Panel {
  constructor(page, name, width) {
    super(page, name, `b:${name}`);
    const column = page.column(name);
    const { values } = column;
    const marks = layers(page, name).map(([from, style]) => vg.barX(from, { x: vg.count(), y: name, inset: 0.5, ...style }));
    const left = column.text ? Math.min(140, 12 + 6.2 * Math.max(...values.map((one) => Math.min(String(one).length, 20)))) : 52;
    const plot = vg.plot(
      ...marks,
      unasked,
      vg.width(width), vg.height(values.length * 13 + 6), vg.margins({ left, right: 10, top: 3, bottom: 3 }),
      vg.yDomain(values), vg.yScale("band"), vg.yLabel(null), vg.xAxis(null), vg.yTickSize(0),
      vg.yTickFormat((value) => short(column.text ? String(value) : number(value / column.factor), 20)),
    );
    const more = column.more ? `, the ${values.length} most frequent` : "";
    const scroll = el("div", { class: "bars" }, plot);
    this.node.append(this.heading({ text: title(column) + more, about: column.about || column.words }), scroll);
    this.interactor = new Pick(this, this.plot.marks[0], values);
    this.plot.addInteractor(this.interactor);
  }
}

export class Density extends Panel {
  constructor(page, { x, y, logX, logY }, width, height, onPin) {
    super(page, x, "d");
    const [across, up] = [page.column(x), page.column(y)];
    const domain = (column, log) => {
      const { low, high } = column;
      if (low === high) return [low - 0.5, high + 0.5];
      return log ? [low / (high / low) ** 0.02, high * (high / low) ** 0.02] : [low - 0.02 * (high - low), high + 0.02 * (high - low)];
    };
    Object.assign(this, { x, y, logX, logY, domainX: domain(across, logX), domainY: domain(up, logY), front: [], second: [], pin: null, shows: true });
    const plot = vg.plot(
      vg.raster(vg.from("points", { filterBy: page.selection }), { x, y, fill: "density", pixelSize: 3, bandwidth: 0, pad: 0 }),
      unasked,
      vg.intervalXY({ as: page.selection, pixelSize: 4, brush: { fill: "none", stroke: "#222", strokeWidth: 1.5 } }),
      vg.width(width), vg.height(height), vg.margins({ left: 62, right: 12, top: 10, bottom: 40 }),
      vg.xDomain(this.domainX), vg.yDomain(this.domainY),
      vg.xScale(logX ? "log" : "linear"), vg.yScale(logY ? "log" : "linear"),
      vg.colorScale("sqrt"), vg.colorScheme("blues"),
      vg.xTickFormat((value) => number(value / across.factor)), vg.yTickFormat((value) => number(value / up.factor)),
      logX ? vg.xTicks(ticks(...this.domainX, true, across.factor, width < 500 ? 5 : 9)) : vg.xTicks(6),
      logY ? vg.yTicks(ticks(...this.domainY, true, up.factor, 9)) : vg.yTicks(6),
      vg.xLabel(title(across)), vg.yLabel(title(up)), vg.xLabelAnchor("center"), vg.yLabelAnchor("center"), vg.xGrid(true), vg.yGrid(true),
    );
    this.node.append(plot);
    this.interactor = this.plot.interactors[0];
    this.plot.addInteractor({ init: (picture) => this.draw(picture) });
    this.onPin = onPin;
  }

  // Fronts and the pinned point, over the density; a click that is no drag pins.
  draw(picture) {
    const [across, up] = [picture.scale("x"), picture.scale("y")];
    const layer = svg("g", { "pointer-events": "none", class: "over" });
    const at = (point) => [across.apply(point[this.x]), up.apply(point[this.y])];
    for (const [points, colour] of [[this.second, OTHER], [this.front, "#d62728"]]) {
      if (!this.shows || !points.length) continue;
      layer.append(svg("path", { d: `M${points.map((point) => at(point).map((one) => one.toFixed(1)).join(",")).join("L")}`, fill: "none", stroke: colour, "stroke-width": 1.5 }));
      if (points.length <= 60) for (const point of points) layer.append(svg("circle", { cx: at(point)[0], cy: at(point)[1], r: 2.5, fill: colour }));
    }
    if (this.pin && Number.isFinite(this.pin[this.x]) && Number.isFinite(this.pin[this.y])) {
      const [cx, cy] = at(this.pin);
      layer.append(svg("circle", { cx, cy, r: 6, fill: "#ffd43b", stroke: "#222", "stroke-width": 1.5 }));
    }
    picture.append(layer);
    let pressed = null;
    picture.addEventListener("pointerdown", (event) => { pressed = [event.clientX, event.clientY]; });
    picture.addEventListener("pointerup", (event) => {
      if (!pressed || Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) > 3) return;
      const box = picture.getBoundingClientRect();
      const [left, top] = [event.clientX - box.left, event.clientY - box.top];
      const inside = (scale, value) => value >= Math.min(...scale.range) && value <= Math.max(...scale.range);
      if (inside(across, left) && inside(up, top)) this.onPin(across.invert(left), up.invert(top));
    });
  }

  redraw() {
    this.plot.render();
  }
}
