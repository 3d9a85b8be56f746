// The page: header, linked pictures, tabs, and the state that is in the address.
import * as vg from "@uwdata/vgplot";
import { MosaicClient, coordinator } from "@uwdata/mosaic-core";
import { Query, column as columnOf, count as counted, max, min } from "@uwdata/mosaic-sql";
import { el } from "./dom.js";
import { Bars, Density, Histogram } from "./panels.js";
import { ask, connector, work } from "./server.js";
import * as tabs from "./tabs.js";
import { between, count, said, title } from "./units.js";

const TABS = { top: ["Best rows", tabs.top], front: ["Front", tabs.front], map: ["Map", tabs.map], tornado: ["Tornado", tabs.tornado], explain: ["Derivation", tabs.explain], sql: ["SQL", tabs.query], compare: ["Comparison", tabs.differences] };
const FIRST_HISTOGRAMS = 4;
const FIRST_BARS = 4;
const SETTLED = 350; // milliseconds after the last move of a brush

class Counts extends MosaicClient {
  constructor(page) {
    super(page.selection);
    this.page = page;
  }

  query(filter = []) {
    const best = this.page.facts.maximize ? max : min;
    return Query.from("points").select({ n: counted(), best: best(columnOf(this.page.objective.name)) }).where(filter);
  }

  queryResult(data) {
    const [row] = data.toArray();
    this.page.showCounts(Number(row.n), row.best);
    return this;
  }
}

class Page {
  constructor(facts) {
    this.facts = facts;
    this.objective = this.column(facts.objective);
    this.selection = vg.Selection.crossfilter();
    this.panels = new Map();
    this.history = [];
    this.front = { points: [], second: [], of: 0 };
    this.selectedRows = facts.shown;
    const numbers = facts.columns.filter((one) => !one.text && !one.bars && one.low !== null && one.low < one.high).map((one) => one.name);
    const made = numbers.filter((name) => !this.column(name).axis);
    const order = [facts.objective, facts.x, ...facts.columns.filter((one) => one.axis).map((one) => one.name), ...made].filter((name) => numbers.includes(name));
    const bars = facts.columns.filter((one) => one.bars && (one.text || one.low < one.high)).map((one) => one.name);
    this.pictures = [...new Set(order)].map((name) => `h:${name}`).concat(bars.map((name) => `b:${name}`));
    const histograms = this.pictures.filter((key) => key.startsWith("h:")).slice(0, FIRST_HISTOGRAMS);
    this.state = {
      x: facts.x, y: facts.y, logX: this.column(facts.x).log, logY: this.column(facts.y).log,
      panels: [...histograms, ...bars.slice(0, FIRST_BARS).map((name) => `b:${name}`)],
      filters: {}, pin: null, tab: "top", quantity: facts.objective, shows: true,
    };
    this.read();
  }

  column(name) {
    return this.facts.columns.find((one) => one.name === name) ?? { name, words: name, unit: "", factor: 1 };
  }

  // The state in the address; what does not fit the run is left out.
  read() {
    let given = {};
    try {
      given = JSON.parse(decodeURIComponent(location.hash.slice(1)) || "{}");
    } catch {
      return;
    }
    if (given === null || typeof given !== "object") return;
    const number = (name) => this.facts.columns.some((one) => one.name === name && !one.text);
    for (const axis of ["x", "y"]) if (number(given[axis])) this.state[axis] = given[axis];
    this.state.logX = Boolean(given.logX ?? this.state.logX) && this.column(this.state.x).low > 0;
    this.state.logY = Boolean(given.logY ?? this.state.logY) && this.column(this.state.y).low > 0;
    if (Array.isArray(given.panels)) this.state.panels = given.panels.filter((key) => this.pictures.includes(key));
    if (given.filters && typeof given.filters === "object") {
      for (const [key, value] of Object.entries(given.filters)) {
        const list = key === "d" ? value?.x === this.state.x && value?.y === this.state.y && [value.xs, value.ys] : value;
        if (!Array.isArray(list) || !(key === "d" || this.pictures.includes(key))) continue;
        const range = (one) => Array.isArray(one) && one.length === 2 && one.every(Number.isFinite);
        if (key === "d" ? list.every(range) : key[0] === "h" ? range(list) : list.length && list.every((one) => ["number", "string"].includes(typeof one))) this.state.filters[key] = value;
        if (key !== "d" && this.state.filters[key] && !this.state.panels.includes(key)) this.state.panels.push(key);
      }
    }
    if (given.pin && typeof given.pin === "object") this.state.pin = given.pin;
    if (given.tab in TABS) this.state.tab = given.tab;
    if (number(given.quantity)) this.state.quantity = given.quantity;
  }

  write() {
    history.replaceState(null, "", `${location.pathname}${window === window.top ? "" : location.search}#${encodeURIComponent(JSON.stringify(this.state))}`);
  }

  // The filters as the server takes them.
  get filters() {
    return Object.entries(this.state.filters).flatMap(([key, value]) => {
      if (key === "d") return [{ name: value.x, low: value.xs[0], high: value.xs[1] }, { name: value.y, low: value.ys[0], high: value.ys[1] }];
      const name = key.slice(2);
      return [key[0] === "h" ? { name, low: value[0], high: value[1] } : { name, values: value }];
    });
  }

  build() {
    document.title = `${this.facts.title} - carbonsweep`;
    this.counts = el("span", { id: "counts" });
    this.bestNow = el("span", { id: "best" });
    this.busy = el("span", { class: "busy", "aria-hidden": "true" });
    this.chips = el("div", { class: "chips", id: "chips" });
    const undo = el("button", { id: "undo", title: "Undo (u)", onclick: () => this.undo() }, "Undo");
    const copies = ["SQL", "TOML", "Python"].map((kind) => el("button", { class: "copy", "data-kind": kind.toLowerCase(), onclick: () => this.copy(kind.toLowerCase()) }, kind));
    this.densityPlace = el("div", { class: "density" });
    this.pickers = el("div", { class: "pickers" });
    this.pinPlace = el("div", { class: "pin", id: "pin" });
    this.panelPlace = el("div", { class: "panels" });
    this.tabBar = el("div", { class: "tabs", role: "tablist" });
    this.tabPlace = el("div", { class: "tab", id: "tab" });
    const second = this.facts.second ? el("span", { class: "second" }, ` against ${this.facts.second}`) : null;
    document.getElementById("page").replaceChildren(
      el("header", {},
        el("h1", {}, this.facts.title, second),
        el("p", { class: "facts" }, this.counts, this.bestNow, this.busy),
        this.facts.sampled ? el("p", { class: "warn", id: "sampled" }, `Pictures are of ${this.facts.sampled}.`) : null,
        el("div", { class: "tools" }, this.chips, el("span", { class: "buttons" }, undo, el("span", { class: "soft" }, "Copy as"), copies))),
      el("main", {}, el("section", { class: "left" }, this.pickers, this.densityPlace, this.pinPlace), el("section", { class: "right" }, this.panelPlace)),
      el("footer", {}, this.tabBar, this.tabPlace));
    work.listeners.push((open) => this.busy.classList.toggle("on", open > 0));
    this.showPickers();
  }

  get width() {
    return document.getElementById("page").clientWidth;
  }

  showPickers() {
    const numbers = this.facts.columns.filter((one) => !one.text && one.low !== null && one.low < one.high);
    const pick = (axis, log) => {
      const list = el("select", { "aria-label": axis, id: `pick-${axis}`, onchange: (event) => this.setPair({ [axis]: event.target.value, [log]: this.column(event.target.value).log }) }, numbers.map((one) => el("option", { value: one.name, selected: one.name === this.state[axis] }, title(one))));
      const box = el("input", { type: "checkbox", checked: this.state[log], disabled: !(this.column(this.state[axis]).low > 0), onchange: (event) => this.setPair({ [log]: event.target.checked }) });
      return [el("label", {}, axis === "x" ? "Across " : "Up ", list), el("label", {}, box, " log")];
    };
    const shows = el("input", { type: "checkbox", checked: this.state.shows, onchange: (event) => { this.state.shows = event.target.checked; this.density.shows = this.state.shows; this.density.redraw(); } });
    this.pickers.replaceChildren(...pick("x", "logX"), ...pick("y", "logY"), el("label", {}, shows, " front"));
  }

  async drawAll() {
    const wide = this.width >= 1000;
    const width = wide ? Math.min(Math.round(this.width * 0.52), 760) : this.width - 4;
    this.drawDensity(width, wide ? Math.max(430, Math.round(width * 0.82)) : 380);
    const room = wide ? this.width - width - 24 : this.width - 4;
    this.panelWidth = Math.floor(room / Math.max(Math.floor(room / 240), 1)) - 12;
    // One after the other: the density is there first, which is what people look at.
    await this.density.plot.synch.promise;
    for (const key of this.state.panels) this.add(key);
    this.showMore();
    coordinator().connect(new Counts(this));
    await Promise.all([...this.panels.values()].map((panel) => panel.plot.synch.promise));
    this.selection.addEventListener("value", () => this.moved());
    this.apply(this.state.filters);
    document.documentElement.dataset.ready = "1";
    this.showTabs();
    this.settle();
  }

  drawDensity(width = this.densityWidth, height = this.densityHeight) {
    Object.assign(this, { densityWidth: width, densityHeight: height });
    this.density?.destroy();
    this.density = new Density(this, this.state, width, height, (x, y) => this.pinAt(x, y));
    Object.assign(this.density, { pin: this.state.pin, shows: this.state.shows });
    this.densityPlace.replaceChildren(this.density.node);
  }

  add(key) {
    const name = key.slice(2);
    const place = el("div", { class: key[0] === "h" ? "cell" : "cell low" });
    this.panelPlace.append(place);
    const panel = key[0] === "h" ? new Histogram(this, name, this.panelWidth) : new Bars(this, name, this.panelWidth);
    place.append(panel.node);
    this.panels.set(key, panel);
    return panel;
  }

  remove(key) {
    const panel = this.panels.get(key);
    panel.node.parentElement.remove();
    panel.destroy();
    this.panels.delete(key);
    this.state.panels = this.state.panels.filter((one) => one !== key);
    this.showMore();
    this.write();
  }

  showMore() {
    this.panelPlace.querySelector(".more")?.remove();
    const left = this.pictures.filter((key) => !this.panels.has(key));
    if (!left.length) return;
    const list = el("select", { "aria-label": "add a picture", onchange: (event) => { this.state.panels.push(event.target.value); this.add(event.target.value); this.showMore(); this.write(); } }, el("option", { value: "" }, "Add a picture …"), left.map((key) => el("option", { value: key }, title(this.column(key.slice(2))))));
    this.panelPlace.append(el("div", { class: "cell more" }, list));
  }

  // What the pictures hold, as state.
  collect() {
    const filters = {};
    const { value } = this.density;
    if (value) filters.d = { x: this.density.x, y: this.density.y, xs: value[0], ys: value[1] };
    for (const [key, panel] of this.panels) if (panel.value) filters[key] = panel.value;
    return filters;
  }

  apply(filters) {
    this.density.restore(filters.d ? [filters.d.xs, filters.d.ys] : undefined);
    for (const [key, panel] of this.panels) panel.restore(filters[key]);
  }

  moved() {
    this.state.filters = this.collect();
    this.showChips();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(), SETTLED);
  }

  // After a brush has been let go: the front, the tab, the address, and what Undo goes back to.
  async settle() {
    await this.selection.pending("value");
    this.state.filters = this.collect();
    this.showChips();
    const now = JSON.stringify(this.state.filters);
    if (this.history[this.history.length - 1] !== now) this.history.push(now);
    this.write();
    this.showPin();
    const turn = (this.turn = (this.turn ?? 0) + 1);
    try {
      const found = await ask("front", { filters: this.filters, x: this.state.x, y: this.state.y });
      if (turn !== this.turn) return;
      this.front = found;
      this.showCounts(found.rows, found.best); // exact: while a brush moves, points are counted by its pixels
      Object.assign(this.density, { front: found.points, second: found.second });
      this.density.redraw();
    } catch (error) {
      this.complain(error);
    }
    if (["top", "map", "front"].includes(this.state.tab)) this.showTab();
    document.documentElement.dataset.settled = now;
  }

  undo() {
    if (this.history.length < 2) return;
    this.history.pop();
    this.apply(JSON.parse(this.history[this.history.length - 1]));
  }

  setPair(changed) {
    Object.assign(this.state, changed);
    if (!(this.column(this.state.x).low > 0)) this.state.logX = false;
    if (!(this.column(this.state.y).low > 0)) this.state.logY = false;
    this.showPickers();
    this.drawDensity();
    this.moved();
  }

  async setValues(name, values) {
    const key = `b:${name}`;
    if (!this.panels.has(key)) {
      this.state.panels.push(key);
      this.add(key);
      this.showMore();
      await this.panels.get(key).plot.synch.promise;
    }
    this.panels.get(key).restore(values);
  }

  async pinAt(x, y) {
    const { density, state } = this;
    const place = { at_x: x, low_x: density.domainX[0], high_x: density.domainX[1], log_x: state.logX, at_y: y, low_y: density.domainY[0], high_y: density.domainY[1], log_y: state.logY };
    try {
      this.setPin(await ask("near", { filters: this.filters, x: state.x, y: state.y, ...place }));
    } catch (error) {
      this.complain(error);
    }
  }

  setPin(point) {
    this.state.pin = point;
    this.density.pin = point;
    this.density.redraw();
    this.write();
    this.showPin();
    if (["tornado", "explain"].includes(this.state.tab)) this.showTab();
  }

  change(changed) {
    Object.assign(this.state, changed);
    this.write();
    this.showTabs();
  }

  showPin() {
    const { pin } = this.state;
    if (!pin) {
      this.pinPlace.replaceChildren(el("p", { class: "soft" }, "Drag in any picture to select; click in the density to pin a point. Keys: u undoes, f shows the front, t the best rows."));
      return;
    }
    const facts = this.facts.columns.filter((one) => pin[one.name] !== undefined && pin[one.name] !== null).map((one) => el("span", { class: "fact" }, el("span", { class: "soft" }, `${one.words} `), said(one, pin[one.name])));
    const button = (tab, words) => el("button", { onclick: () => this.change({ tab }) }, words);
    this.pinPlace.replaceChildren(el("p", {}, el("b", {}, "Pinned "), facts), el("p", {}, button("tornado", "What drives it"), " ", button("explain", "How it comes about"), " ", el("button", { onclick: () => this.setPin(null) }, "Unpin")));
  }

  showCounts(rows, best) {
    const { facts } = this;
    const share = (100 * rows) / facts.shown;
    const words = share > 0 && share < 0.1 ? "under 0.1 %" : `${share < 10 ? share.toFixed(1) : Math.round(share)} %`;
    this.counts.textContent = rows === facts.shown ? `${count(facts.rows)} points` : `${count(facts.rows)} points, ${words} selected (${count(rows)})`;
    this.counts.dataset.rows = rows;
    this.bestNow.textContent = `best ${this.objective.words} ${said(this.objective, best)}`;
  }

  showChips() {
    const chips = Object.keys(this.state.filters).map((key) => {
      const value = this.state.filters[key];
      const range = (name, [low, high]) => `${this.column(name).words} ${between(this.column(name), low, high)}`;
      const words = key === "d" ? `${range(value.x, value.xs)}; ${range(value.y, value.ys)}` : key[0] === "h" ? range(key.slice(2), value) : `${this.column(key.slice(2)).words} ${value.map((one) => said(this.column(key.slice(2)), one)).join(", ")}`;
      const panel = key === "d" ? this.density : this.panels.get(key);
      return el("span", { class: "chip" }, words, el("button", { title: "Remove this filter", onclick: () => panel.restore(undefined) }, "×"));
    });
    this.chips.replaceChildren(...(chips.length ? chips : [el("span", { class: "soft" }, "no filter")]));
  }

  showTabs() {
    const known = Object.entries(TABS).filter(([key]) => key !== "compare" || this.facts.second);
    this.tabBar.replaceChildren(...known.map(([key, [words]]) => el("button", { role: "tab", "data-tab": key, "aria-selected": String(key === this.state.tab), onclick: () => this.change({ tab: key }) }, words)));
    this.showTab();
  }

  async showTab() {
    const { tab } = this.state;
    const turn = (this.tabTurn = (this.tabTurn ?? 0) + 1);
    let parts;
    try {
      parts = await TABS[tab][1](this);
    } catch (error) {
      parts = [el("p", { class: "warn" }, error.message)];
    }
    if (turn === this.tabTurn) {
      this.tabPlace.replaceChildren(...parts);
      this.tabPlace.dataset.shown = tab;
    }
  }

  async copy(kind) {
    try {
      const text = (await ask("copy", { filters: this.filters }))[kind];
      const area = el("textarea", { readonly: true, rows: Math.min(text.split("\n").length + 1, 14), id: "copied" });
      area.value = text;
      const said = el("span", { class: "soft" }, "Select and copy it.");
      const dialog = el("dialog", {}, area, el("p", {}, el("button", { onclick: () => dialog.close() }, "Close"), " ", said));
      dialog.addEventListener("close", () => dialog.remove());
      document.body.append(dialog);
      dialog.showModal();
      area.select();
      await navigator.clipboard.writeText(text);
      said.textContent = "It is in the clipboard.";
    } catch (error) {
      if (!(error instanceof DOMException)) this.complain(error);
    }
  }

  complain(error) {
    this.tabPlace.replaceChildren(el("p", { class: "warn" }, error.message));
  }
}

const quiet = () => {};
coordinator().logger({ debug: quiet, info: quiet, log: quiet, warn: quiet, error: (error) => { document.documentElement.dataset.error = String(error); }, group: quiet, groupCollapsed: quiet, groupEnd: quiet });
coordinator().databaseConnector(connector);

try {
  const page = new Page(await ask("facts"));
  page.build();
  await page.drawAll();
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
    if (event.key === "u") page.undo();
    if (event.key === "f") page.change({ tab: "front" });
    if (event.key === "t") page.change({ tab: "top" });
  });
  const entered = (event) => { if (!event.buttons && event.target.tagName === "svg") coordinator().preaggregator.enabled = true; };
  document.addEventListener("pointerenter", entered, true);
  let timer;
  const width = { was: page.width };
  window.addEventListener("resize", () => {
    clearTimeout(timer);
    timer = setTimeout(() => { if (Math.abs(page.width - width.was) > 40) location.reload(); }, 500);
  });
} catch (error) {
  document.getElementById("page").replaceChildren(el("p", { class: "warn" }, error.message));
}
