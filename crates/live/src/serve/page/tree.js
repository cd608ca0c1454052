// Hosts, their plugins, their series; or those that were searched for.

import { byId, html, setText } from "./dom.js";
import { short } from "./axis.js";
import { plugin, type } from "./names.js";

const HOSTS = 200;
const SERIES = 500;
/** How many hosts' series are looked at again every few seconds. */
const WATCHED = 8;

async function ask(path, signal) {
  const answer = await fetch(path, { signal });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

export class Tree {
  #root = byId("tree");
  #hosts = [];
  #moreHosts = false;
  /** The series of hosts that are open, by the host's id. */
  #series = new Map();
  #open = new Set();
  #found = null;
  #search = "";
  #abort = new AbortController();
  #pickers = new Map();
  #page;

  /** `page` tells what is shown, and shows or hides series. */
  constructor(page) {
    this.#page = page;
  }

  /** Loads anew what is visible. */
  async refresh() {
    const search = this.#search;
    if (search) {
      const found = await ask(`api/series?limit=${HOSTS}&q=${encodeURIComponent(search)}`, this.#abort.signal);
      if (search !== this.#search) return;
      this.#found = found;
    } else {
      const limit = Math.min(2000, Math.max(HOSTS, this.#hosts.length));
      const { hosts, more } = await ask(`api/hosts?limit=${limit}`, this.#abort.signal);
      [this.#hosts, this.#moreHosts] = [hosts, more];
      if (hosts.length === 1 && this.#open.size === 0) this.#open.add(hosts[0].id);
      const open = hosts.filter((host) => this.#open.has(host.id)).slice(0, WATCHED);
      await Promise.all(open.map((host) => this.#load(host.id)));
    }
    this.#render();
  }

  async search(text) {
    this.#search = text.trim();
    this.#found = null;
    this.#abort.abort();
    this.#abort = new AbortController();
    if (!this.#search) this.#render();
    await this.refresh();
  }

  /** Shows which series are in graphs now. */
  mark() {
    for (const [id, { button }] of this.#pickers) button.setAttribute("aria-pressed", this.#page.isShown(id));
  }

  async #load(host, after) {
    const behind = after ? `&after=${encodeURIComponent(after)}` : "";
    const known = after ? this.#series.get(host).series : [];
    const limit = after ? SERIES : Math.min(2000, Math.max(SERIES, this.#series.get(host)?.series.length ?? 0));
    const { series, more } = await ask(`api/series?host=${host}&limit=${limit}${behind}`, this.#abort.signal);
    this.#series.set(host, { series: [...known, ...series], more });
  }

  async #moreOfHosts() {
    const after = this.#hosts.at(-1).id;
    const { hosts, more } = await ask(`api/hosts?limit=${HOSTS}&after=${after}`, this.#abort.signal);
    this.#hosts.push(...hosts);
    this.#moreHosts = more;
    this.#render();
  }

  async #toggle(key, host) {
    if (this.#open.delete(key)) {
      if (key === host) this.#series.delete(host);
    } else {
      this.#open.add(key);
      if (key === host) await this.#load(host);
    }
    this.#render();
  }

  #render() {
    const focus = this.#root.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
    this.#pickers.clear();
    if (this.#search) {
      this.#renderFound();
    } else {
      setText(byId("found"), this.#hosts.length === 0 ? "Nothing has come yet." : "");
      const hosts = this.#hosts.map((host) => this.#host(host));
      if (this.#moreHosts) hosts.push(this.#more("hosts", () => this.#moreOfHosts()));
      this.#root.replaceChildren(html("ul", {}, ...hosts));
    }
    if (focus) this.#root.querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus();
  }

  #renderFound() {
    if (!this.#found) return;
    const { series, more } = this.#found;
    const count = more ? `The first ${series.length}; more words find fewer.` : `${series.length} series`;
    setText(byId("found"), series.length ? count : "No series has all these words in its names.");
    const hosts = Map.groupBy(series, (entry) => entry.host);
    const items = [...hosts].map(([host, series]) =>
      html("li", {}, html("div", { class: "row" }, html("span", { class: "name head" }, host)), this.#plugins(series, null)));
    this.#root.replaceChildren(html("ul", {}, ...items));
  }

  #host({ id, host, series, silent }) {
    const isOpen = this.#open.has(id);
    const loaded = isOpen && this.#series.get(id);
    const list = loaded ? this.#plugins(loaded.series, id) : null;
    if (loaded?.more) {
      const after = loaded.series.at(-1).id;
      list.append(this.#more(id, async () => {
        await this.#load(id, after);
        this.#render();
      }));
    }
    return html("li", {},
      html("div", { class: "row" }, this.#opener(id, id, host, isOpen),
        silent ? html("span", { class: "silent" }, "silent") : null,
        html("span", { class: "count", title: `${series} series` }, String(series))),
      list);
  }

  /** The plugins of series. Below a host they can be closed, and are at first. */
  #plugins(series, host) {
    const groups = [...Map.groupBy(series, plugin)];
    return html("ul", {}, ...groups.map(([name, entries]) => {
      const key = `${host}/${name}`;
      const isOpen = host === null || this.#open.has(key);
      const all = html("button", {
        type: "button", class: "all", title: "All of these in graphs, one for each type",
        "aria-label": `Graphs of all of ${name}`, "data-key": `all ${entries[0].host} ${key}`,
        click: () => this.#page.showAll(entries),
      }, "graphs");
      const head = host === null
        ? html("span", { class: "name" }, name)
        : this.#opener(key, host, name, isOpen);
      return html("li", {}, html("div", { class: "row" }, head, all),
        isOpen ? html("ul", {}, ...entries.map((entry) => this.#picker(entry))) : null);
    }));
  }

  #opener(key, host, name, isOpen) {
    return html("button", {
      type: "button", class: "name opener", "aria-expanded": isOpen, "data-key": key,
      click: () => this.#page.attempt(this.#toggle(key, host)),
    }, html("bdi", {}, name));
  }

  #picker(entry) {
    const button = html("button", {
      type: "button", class: "name pick", "aria-pressed": this.#page.isShown(entry.id), "data-key": entry.id,
      click: () => this.#page.toggle(entry.id),
    }, html("bdi", {}, type(entry)));
    const [first] = entry.sources;
    const text = entry.silent ? "silent" : entry.sources.length > 1 ? `${entry.sources.length} values` : short(first.shown, first.unit);
    const value = html("span", { class: entry.silent ? "silent" : "value" }, text);
    this.#pickers.set(entry.id, { button });
    return html("li", {}, html("div", { class: "row" }, button, value));
  }

  #more(key, load) {
    return html("li", {}, html("button", {
      type: "button", class: "more", "data-key": `more ${key}`, click: () => this.#page.attempt(load()),
    }, "more"));
  }
}
