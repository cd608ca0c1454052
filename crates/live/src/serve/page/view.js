// What is shown, as it stands in the address of the page.

const RANGES = [60, 300, 900, 3600, 21600, 86400, 0];
/** How many graphs and how many series in one; what the server sends at once is 64 series. */
export const MOST_CHARTS = 32;
export const MOST_SERIES = 64;

/** Reads an address. What it does not say, or says wrongly, is as usual. */
export function read(search) {
  const query = new URLSearchParams(search);
  const range = query.has("range") ? Number(query.get("range")) : 900;
  const theme = query.get("theme") ?? "";
  const lists = query.getAll("c").slice(0, MOST_CHARTS);
  const charts = lists.map((list) => [...new Set(list.split(",").filter(isId))]).filter((ids) => ids.length > 0);
  let room = MOST_SERIES;
  for (const ids of charts) {
    ids.splice(Math.max(0, room));
    room -= ids.length;
  }
  return {
    charts: charts.filter((ids) => ids.length > 0),
    range: RANGES.includes(range) ? range : 900,
    theme: ["light", "dark"].includes(theme) ? theme : "",
    search: query.get("q") ?? "",
  };
}

const isId = (text) => text.split("/").length === 5;

/** The address that shows this. */
export function write(view) {
  const query = new URLSearchParams();
  for (const ids of view.charts) query.append("c", ids.join(","));
  if (view.range !== 900) query.set("range", view.range);
  if (view.theme) query.set("theme", view.theme);
  if (view.search) query.set("q", view.search);
  // These need not be encoded, and are easier to read.
  const text = query.toString().replaceAll("%2F", "/").replaceAll("%2C", ",");
  return text ? `?${text}` : "./";
}
