// The page: what is shown, and where it comes from.

import { byId, settled, setText } from "./dom.js";
import { Chart } from "./chart.js";
import { Notices } from "./notices.js";
import { Statistics } from "./statistics.js";
import { Tree } from "./tree.js";
import { ofId } from "./names.js";
import { MOST_CHARTS, MOST_SERIES, read, write } from "./view.js";

/** How many lines one graph gets when all of a plugin are wanted. */
const LINES = 12;
/** How often the tree is loaded anew. */
const TREE_EVERY = 5000;

const view = read(location.search);
const series = new Map();
const notices = new Notices();
const statistics = new Statistics();
let charts = [];
let target = null;
let now = Date.now() / 1000;
let last = null;
let pausedAt = null;

const page = {
  series: (id) => series.get(id) ?? { entry: ofId(id), rows: [] },
  isShown: (id) => charts.some((chart) => chart.ids.includes(id)),

  /** From when to when is drawn. */
  times(all) {
    const to = pausedAt ?? now;
    const first = Math.min(...all.map((rows) => rows[0]?.[0] ?? to));
    return view.range > 0 ? [to - view.range, to] : [Math.min(first, to - 60), to];
  },

  /** Shows a series, in the graph that was chosen for it if one was; or hides it. */
  toggle(id) {
    const holders = charts.filter((chart) => chart.ids.includes(id));
    for (const chart of holders) chart.ids = chart.ids.filter((other) => other !== id);
    charts = charts.filter((chart) => keep(chart, chart.ids.length > 0));
    if (holders.length === 0) {
      if (room() < 1) return;
      if (target) target.ids.push(id);
      else add([id]);
    }
    changed(true);
  },

  /** One graph for each type. */
  showAll(entries) {
    for (const group of Map.groupBy(entries, (entry) => entry.type).values()) {
      const ids = group.map((entry) => entry.id).filter((id) => !page.isShown(id));
      const some = ids.slice(0, Math.min(LINES, room()));
      if (some.length > 0) add(some);
    }
    changed(true);
  },

  addTo(chart) {
    target = target === chart ? null : chart;
    for (const other of charts) other.isTarget = other === target;
  },

  close(chart) {
    charts = charts.filter((other) => keep(other, other !== chart));
    changed(true);
    byId("main").focus();
  },

  /** Does something that may fail, and says so. */
  attempt: (promise) => promise.catch((error) => error.name !== "AbortError" && say(`failed: ${error.message}`)),
};

const tree = new Tree(page);

function keep(chart, wanted) {
  if (!wanted) {
    chart.element.remove();
    if (target === chart) target = null;
  }
  return wanted;
}

/** How many series may still be added. */
function room() {
  const used = new Set(charts.flatMap((chart) => chart.ids)).size;
  const left = charts.length >= MOST_CHARTS && !target ? 0 : MOST_SERIES - used;
  if (left < 1) say(`as much is shown as can be: ${MOST_CHARTS} graphs, ${MOST_SERIES} series`);
  return left;
}

function add(ids) {
  const chart = new Chart(ids, page);
  charts.push(chart);
  byId("charts").append(chart.element);
}

/** Something about what is shown has changed. */
function changed(isStep) {
  view.charts = charts.map((chart) => chart.ids);
  const address = write(view);
  // What was added or closed can be taken back with the browser's button.
  if (isStep) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  byId("empty").hidden = charts.length > 0;
  tree.mark();
  draw();
  listen();
}

function draw() {
  for (const chart of charts) chart.draw();
}

function restore() {
  for (const chart of charts) chart.element.remove();
  [charts, target] = [[], null];
  view.charts.forEach(add);
  byId("range").value = view.range;
  byId("theme").value = view.theme;
  byId("search").value = view.search;
  byId("empty").hidden = charts.length > 0;
  applyTheme();
}

function applyTheme() {
  if (view.theme) document.documentElement.dataset.theme = view.theme;
  else delete document.documentElement.dataset.theme;
}

function say(text) {
  setText(byId("state"), text);
}

// What is new comes as events. A hidden page has none: browsers allow few connections.

let source = null;

const listen = settled(() => {
  source?.close();
  source = null;
  if (document.hidden) return;
  const ids = [...new Set(charts.flatMap((chart) => chart.ids))];
  source = new EventSource(`api/live?${ids.map((id) => `id=${encodeURIComponent(id)}`).join("&")}`);
  source.onmessage = (event) => take(JSON.parse(event.data));
  source.onerror = () => say("no connection; trying again");
}, 50);

function take(event) {
  const { statistics: counts } = event;
  if (last && counts.started !== last.started) notices.clear();
  const isNewTree = last?.revision !== counts.revision;
  [now, last] = [counts.now, counts];
  for (const news of event.series ?? []) merge(news, counts.max_points);
  for (const id of event.missing ?? []) series.delete(id);
  notices.add(event.notifications ?? []);
  statistics.show(counts);
  say(pausedAt === null ? "live" : "paused");
  if (isNewTree) loadTree();
  if (pausedAt === null) draw();
}

function merge({ fresh, points, ...entry }, most) {
  const rows = fresh ? points : [...(series.get(entry.id)?.rows ?? []), ...points];
  rows.splice(0, rows.length - most);
  series.set(entry.id, { entry, rows });
}

// The tree changes while hosts come; not more often than people can read.

let isLoading = false;

async function loadTree() {
  // Nothing is taken away from below a finger.
  if (isLoading || document.hidden || document.querySelector("#tree :active")) return;
  isLoading = true;
  await page.attempt(tree.refresh());
  isLoading = false;
}

byId("search").addEventListener("input", settled(() => {
  view.search = byId("search").value;
  history.replaceState(null, "", write(view));
  page.attempt(tree.search(view.search));
}, 150));

byId("range").addEventListener("change", (event) => {
  view.range = Number(event.target.value);
  changed(false);
});

byId("theme").addEventListener("change", (event) => {
  view.theme = event.target.value;
  applyTheme();
  changed(false);
});

byId("pause").addEventListener("click", () => {
  pausedAt = pausedAt === null ? now : null;
  byId("pause").setAttribute("aria-pressed", pausedAt !== null);
  say(pausedAt === null ? "live" : "paused");
  draw();
});

byId("panel-button").addEventListener("click", () => {
  const isOpen = document.body.classList.toggle("panel-open");
  byId("panel-button").setAttribute("aria-expanded", isOpen);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.matches("input, select, textarea")) return;
  event.preventDefault();
  document.body.classList.add("panel-open");
  byId("search").focus();
});

document.addEventListener("visibilitychange", listen);
addEventListener("popstate", () => {
  Object.assign(view, read(location.search));
  restore();
  page.attempt(tree.search(view.search));
  listen();
});

restore();
listen();
page.attempt(tree.search(view.search));
setInterval(loadTree, TREE_EVERY);
