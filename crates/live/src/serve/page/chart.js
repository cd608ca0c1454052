// One graph.

import { html, setText, svg } from "./dom.js";
import { axis, clock, exact, moment, short, span, ticks, timeTicks } from "./axis.js";
import { savePng, saveSvg } from "./download.js";
import { split } from "./names.js";

const HEIGHT = 230;
const TOP = 18;
const BOTTOM = 24;
const RIGHT = 12;
/** Lines have one of so many colours; those beyond are dashed. */
const COLOURS = 8;
/** After so many intervals without a value there is a gap. */
const GAP = 2.5;

let count = 0;

export class Chart {
  ids;
  element;
  #page;
  #lines = [];
  #hidden = new Set();
  #title = "";
  #drawing = svg("svg", { class: "drawing", "aria-hidden": "true" });
  #plot;
  #legend = html("ul", { class: "legend" });
  #tip = html("div", { class: "tip", hidden: "" });
  #heading;
  #adder;
  #scale = null;
  /** The time that is pointed at. */
  #cursor = null;
  #width = 0;

  /** `page` knows the series, and what else there is to do with a graph. */
  constructor(ids, page) {
    this.ids = ids;
    this.#page = page;
    this.#heading = html("h3", { id: `chart-${++count}` });
    this.#adder = this.#button("Add here", () => page.addTo(this), { "aria-pressed": "false", title: "Series that are chosen next come into this graph" });
    this.#plot = html("div", {
      class: "plot", tabindex: "0", role: "slider", "aria-label": "Time", "aria-valuemin": "0", "aria-valuemax": "0", "aria-valuenow": "0",
      pointermove: (event) => this.#point(event.clientX),
      pointerdown: (event) => this.#point(event.clientX),
      pointerleave: (event) => event.pointerType === "mouse" && this.#leave(),
      blur: () => this.#leave(),
      keydown: (event) => this.#key(event),
    }, this.#drawing, this.#tip);
    this.element = html("article", { class: "card chart", "aria-labelledby": this.#heading.id },
      html("header", { class: "chart-head" }, this.#heading,
        html("div", { class: "chart-tools" }, this.#adder,
          this.#button("PNG", () => page.attempt(savePng(this.#drawing, this.#title, this.#forFile())), { "aria-label": "Save as PNG" }),
          this.#button("SVG", () => saveSvg(this.#drawing, this.#title, this.#forFile()), { "aria-label": "Save as SVG" }),
          this.#button("×", () => page.close(this), { "aria-label": "Close this graph", class: "close" }))),
      this.#plot, this.#legend);
    new ResizeObserver(([entry]) => {
      this.#width = Math.floor(entry.contentRect.width);
      this.draw();
    }).observe(this.#plot);
  }

  #button(text, click, attributes) {
    return html("button", { type: "button", click, ...attributes }, text);
  }

  set isTarget(value) {
    this.#adder.setAttribute("aria-pressed", value);
  }

  /** Draws all anew. */
  draw() {
    this.#prepare();
    this.#describe();
    if (this.#width > 60) this.#paint();
  }

  /** What there is to be drawn: a line for each data source. */
  #prepare() {
    const all = this.ids.map((id) => this.#page.series(id));
    const { title, label } = split(all.map(({ entry }) => entry));
    this.#title = title;
    this.#lines = all.flatMap(({ entry, rows }) => entry.sources.map((source, index) => ({
      key: `${entry.id} ${index}`, name: label(entry, source), unit: source.unit, rows, column: index + 1, interval: entry.interval, silent: entry.silent,
    })));
    this.#lines.forEach((line, index) => {
      line.style = `line colour-${index % COLOURS}${index >= COLOURS ? " dashed" : ""}`;
      line.isHidden = this.#hidden.has(line.key);
    });
  }

  #visible() {
    return this.#lines.filter((line) => !line.isHidden);
  }

  /** The texts around the drawing. */
  #describe() {
    setText(this.#heading, this.#title);
    this.#plot.setAttribute("aria-label", `Time in the graph of ${this.#title}`);
    if (this.#legend.children.length !== this.#lines.length || this.#lines.some((line, index) => this.#legend.children[index].dataset.key !== line.key)) {
      this.#legend.replaceChildren(...this.#lines.map((line) => this.#entry(line)));
    }
    this.#lines.forEach((line, index) => {
      const item = this.#legend.children[index];
      const [button, value] = item.children;
      item.className = line.style;
      button.setAttribute("aria-pressed", !line.isHidden);
      setText(button.querySelector("bdi"), line.name);
      setText(value, line.silent ? "silent" : short(line.rows.at(-1)?.[line.column] ?? null, line.unit));
    });
    if (this.#lines.length === 0 && this.#legend.children.length === 0) {
      this.#legend.replaceChildren(html("li", { class: "hint" }, "Nothing has come for this yet."));
    }
  }

  #entry(line) {
    const toggle = () => {
      if (!this.#hidden.delete(line.key)) this.#hidden.add(line.key);
      this.draw();
    };
    return html("li", { "data-key": line.key },
      html("button", { type: "button", title: "Show or hide", click: toggle }, html("span", { class: "swatch" }), html("bdi")),
      html("span", { class: "value" }));
  }

  #paint() {
    const lines = this.#visible();
    const [from, to] = this.#page.times(this.#lines.map((line) => line.rows));
    let [low, high] = [Infinity, -Infinity];
    for (const { rows, column } of lines) {
      for (const row of rows) {
        if (row[0] < from || row[0] > to || row[column] === null) continue;
        low = Math.min(low, row[column]);
        high = Math.max(high, row[column]);
      }
    }
    const units = [...new Set(lines.map((line) => line.unit))];
    const unit = units.length === 1 ? units[0] : "";
    const values = ticks(...span(low, high), 4);
    const { labels, caption } = axis(values, unit);
    const left = Math.min(this.#width / 3, 14 + 6.7 * Math.max(...labels.map((label) => label.length)));
    this.#scale = { from, to, low: values[0], high: values.at(-1), left, right: this.#width - RIGHT, top: TOP, bottom: HEIGHT - BOTTOM };
    if (this.#cursor !== null && this.#cursor < from) this.#cursor = null;
    this.#drawing.setAttribute("viewBox", `0 0 ${this.#width} ${HEIGHT}`);
    this.#drawing.setAttribute("width", this.#width);
    this.#drawing.setAttribute("height", HEIGHT);
    const grid = svg("g", {}, ...this.#grid(values, labels), svg("text", { class: "label", x: left, y: 11 }, caption));
    const paths = lines.map((line) => svg("path", { class: line.style, d: this.#path(line) }));
    this.#drawing.replaceChildren(grid, ...paths, svg("g", { "data-cursor": "" }));
    this.#showCursor();
  }

  #grid(values, labels) {
    const { left, right, top, bottom, from, to } = this.#scale;
    const rows = values.flatMap((value, index) => {
      const y = this.#y(value);
      return [svg("line", { class: "grid", x1: left, x2: right, y1: y, y2: y }),
        svg("text", { class: "label", x: left - 6, y: y + 4, "text-anchor": "end" }, labels[index])];
    });
    const { times, step } = timeTicks(from, to, Math.max(2, (right - left) / 110));
    const columns = times.flatMap((time) => {
      const x = this.#x(time);
      return [svg("line", { class: "grid", x1: x, x2: x, y1: top, y2: bottom }),
        svg("text", { class: "label", x: Math.min(x, right - 22), y: bottom + 17, "text-anchor": "middle" }, clock(time, step))];
    });
    return [...rows, ...columns];
  }

  /** The way of a line. Where there are more points than pixels, the highest and the lowest of each pixel. */
  #path({ rows, column, interval }) {
    const { from, to, left, right } = this.#scale;
    const first = Math.max(0, rows.findIndex((row) => row[0] >= from) - 1);
    const gap = Math.max(GAP * interval, (to - from) / 300);
    const dense = (rows.length - first) > 2 * (right - left);
    const parts = [];
    let before = null;
    let pixel = null;
    for (let index = first; index < rows.length; index++) {
      const [time, value] = [rows[index][0], rows[index][column]];
      if (value === null || time > to) {
        before = null;
        continue;
      }
      const [x, y] = time < from ? this.#edge(rows, index, column) : [this.#x(time), this.#y(value)];
      if (dense && before !== null && pixel?.x === Math.round(x)) {
        if (y < pixel.low || y > pixel.high) parts.push(`L${x.toFixed(1)} ${y.toFixed(1)}`);
        [pixel.low, pixel.high] = [Math.min(pixel.low, y), Math.max(pixel.high, y)];
      } else if (before === null || time - before > gap) {
        // A point alone is a dot.
        parts.push(`M${x.toFixed(1)} ${y.toFixed(1)}h0.01`);
      } else {
        parts.push(`L${x.toFixed(1)} ${y.toFixed(1)}`);
      }
      if (pixel?.x !== Math.round(x)) pixel = { x: Math.round(x), low: y, high: y };
      before = time;
    }
    return parts.join("");
  }

  /** Where a line comes in that begins further left. */
  #edge(rows, index, column) {
    const [time, value] = [rows[index][0], rows[index][column]];
    const next = rows[index + 1];
    if (!next || next[column] === null) return [this.#scale.left, this.#y(value)];
    const part = (this.#scale.from - time) / (next[0] - time);
    return [this.#scale.left, this.#y(value + part * (next[column] - value))];
  }

  #x(time) {
    const { from, to, left, right } = this.#scale;
    return left + ((time - from) / (to - from)) * (right - left);
  }

  #y(value) {
    const { low, high, top, bottom } = this.#scale;
    return bottom - ((value - low) / (high - low)) * (bottom - top);
  }

  #point(clientX) {
    if (!this.#scale) return;
    const { from, to, left, right } = this.#scale;
    const x = clientX - this.#drawing.getBoundingClientRect().left;
    const time = from + ((Math.min(right, Math.max(left, x)) - left) / (right - left)) * (to - from);
    this.#cursor = this.#nearest(time);
    this.#showCursor();
  }

  #leave() {
    this.#cursor = null;
    this.#showCursor();
  }

  /** All times that are drawn, in order. */
  #times() {
    const { from, to } = this.#scale;
    const times = new Set(this.#visible().flatMap(({ rows }) => rows.map((row) => row[0])));
    return [...times].filter((time) => time >= from && time <= to).sort((a, b) => a - b);
  }

  #nearest(time) {
    return this.#times().reduce((best, other) => (best === null || Math.abs(other - time) < Math.abs(best - time) ? other : best), null);
  }

  #key(event) {
    if (!this.#scale) return;
    const times = this.#times();
    const at = times.indexOf(this.#cursor);
    const place = { ArrowLeft: at < 0 ? times.length - 1 : at - 1, ArrowRight: at + 1, Home: 0, End: times.length - 1 }[event.key];
    if (event.key === "Escape") this.#leave();
    if (place === undefined) return;
    event.preventDefault();
    this.#cursor = times[Math.min(times.length - 1, Math.max(0, place))] ?? null;
    this.#showCursor();
  }

  /** Of each line the point that is nearest to the time pointed at. */
  #readings() {
    return this.#visible().flatMap((line) => {
      const near = line.rows.filter((row) => Math.abs(row[0] - this.#cursor) <= line.interval / 2 || row[0] === this.#cursor);
      if (near.length === 0) return [];
      const [time, value] = near.map((row) => [row[0], row[line.column]])
        .reduce((best, row) => (Math.abs(row[0] - this.#cursor) < Math.abs(best[0] - this.#cursor) ? row : best));
      return [{ line, time, value }];
    });
  }

  #showCursor() {
    const group = this.#drawing.querySelector("[data-cursor]");
    const readings = this.#cursor === null || !group ? [] : this.#readings();
    this.#tip.hidden = readings.length === 0;
    if (readings.length === 0) {
      group?.replaceChildren();
      return;
    }
    const { from, to, top, bottom, left, right } = this.#scale;
    const x = Math.min(right, Math.max(left, this.#x(this.#cursor)));
    const dots = readings.filter(({ value, time }) => value !== null && time >= from)
      .map(({ line, time, value }) => svg("circle", { class: `dot ${line.style}`, cx: this.#x(time), cy: this.#y(value), r: 3.5 }));
    group.replaceChildren(svg("line", { class: "cursor", x1: x, x2: x, y1: top, y2: bottom }), ...dots);
    this.#tip.replaceChildren(html("p", {}, moment(this.#cursor)), ...readings.map(({ line, value }) =>
      html("p", { class: line.style }, html("span", { class: "swatch" }), html("bdi", {}, line.name), " ", html("b", {}, exact(value, line.unit)))));
    const room = this.#width - this.#tip.offsetWidth;
    this.#tip.style.left = `${Math.max(0, Math.min(room, x > this.#width / 2 ? x - this.#tip.offsetWidth - 12 : x + 12))}px`;
    const texts = readings.map(({ line, value }) => `${line.name}: ${exact(value, line.unit)}`);
    this.#plot.setAttribute("aria-valuemin", Math.round(from));
    this.#plot.setAttribute("aria-valuemax", Math.round(to));
    this.#plot.setAttribute("aria-valuenow", Math.round(this.#cursor));
    this.#plot.setAttribute("aria-valuetext", `${moment(this.#cursor)}; ${texts.join("; ")}`);
  }

  /** The legend of a file. */
  #forFile() {
    return [...this.#legend.children].filter((item) => item.dataset.key && item.children[0].getAttribute("aria-pressed") === "true")
      .map((item) => ({
        name: item.querySelector("bdi").textContent,
        value: item.children[1].textContent,
        colour: getComputedStyle(item.querySelector(".swatch")).backgroundColor,
      }));
  }
}
