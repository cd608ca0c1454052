// Numbers and times: which of them to write beside a graph, and how.

const PREFIXES = [
  [1e18, "E"], [1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"],
];
// Those with which a prefix means something; in others it would be read as part of the unit.
const SCALED = /^(|1\/s|B|B\/s|bit\/s|Hz|W|V|A|J|Wh)$/;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];

/** A number as short as it can be read, with its unit: "12.3 MB/s". */
export function short(number, unit = "") {
  if (number === null || !Number.isFinite(number)) return "unknown";
  const size = Math.abs(number);
  if (number === 0) return join("0", "", unit);
  if (!SCALED.test(unit)) return join(digits(number), "", unit);
  const [factor, prefix] = PREFIXES.find(([factor]) => size >= factor) ?? PREFIXES.at(-1);
  // A ratio is better read as 0.25 than as 250 m.
  if (factor < 1 && unit === "" && size >= 1e-3) return digits(number);
  return join(digits(number / factor), prefix, unit);
}

function digits(number) {
  const size = Math.abs(number);
  if (size < 1e-12) return "0";
  if (size >= 1e15 || size < 1e-9) return number.toExponential(2);
  return String(Number(number.toPrecision(size >= 1000 ? 4 : 3)));
}

function join(number, prefix, unit) {
  if (unit === "1/s") return `${number}${prefix && ` ${prefix}`}/s`;
  return prefix || unit ? `${number} ${prefix}${unit}` : number;
}

/** The numbers beside an axis, all with the same prefix, and its unit. */
export function axis(values, unit) {
  const size = Math.max(...values.map(Math.abs));
  const isScaled = SCALED.test(unit) && (size >= 1e3 || (unit && size < 1));
  const [factor, prefix] = (isScaled && PREFIXES.find(([factor]) => size >= factor * 0.999)) || [1, ""];
  const caption = unit === "1/s" ? `${prefix && `${prefix} `}/s` : `${prefix}${unit}`;
  return { labels: values.map((value) => digits(value / factor)), caption };
}

/** A number with all its digits. */
export function exact(number, unit = "") {
  if (number === null) return "unknown";
  return unit ? `${number} ${unit}` : String(number);
}

/** Round numbers from `low` to `high` or a little further, about `count` of them. */
export function ticks(low, high, count) {
  const raw = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((step) => step >= raw * 0.999) ?? raw;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const all = [];
  for (let index = first; index <= last && all.length < 50; index++) all.push(index * step);
  return all;
}

/** The values to show for numbers from `low` to `high`: from zero, unless that would make a line of them. */
export function span(low, high) {
  if (low > high) return [0, 1];
  if (low > 0 && low < 0.6 * high) low = 0;
  if (high < 0 && high > 0.6 * low) high = 0;
  if (low === high) {
    const room = Math.abs(low) * 0.1 || 1;
    return low === 0 ? [0, 1] : [low - room, high + room];
  }
  return [low, high];
}

/** Round times, in seconds, of which about `count` are between two. */
export function timeTicks(from, to, count) {
  const raw = (to - from) / Math.max(1, count);
  const step = STEPS.find((step) => step >= raw) ?? Math.ceil(raw / 86400) * 86400;
  // Midnight, where people live, is round.
  const zone = new Date(from * 1000).getTimezoneOffset() * 60;
  const all = [];
  for (let time = Math.ceil((from - zone) / step) * step + zone; time <= to; time += step) all.push(time);
  return { times: all, step };
}

const two = (number) => String(number).padStart(2, "0");

/** A time as it is written below a graph. */
export function clock(seconds, step = 1) {
  const date = new Date(seconds * 1000);
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (step >= 86400) return `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return step < 60 ? `${time}:${two(date.getSeconds())}` : time;
}

/** A time with its day. */
export function moment(seconds) {
  const date = new Date(seconds * 1000);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock(seconds)}`;
}

/** How long, in seconds, in words of one unit. */
export function duration(seconds) {
  const [size, name] = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]].find(([size]) => seconds >= size) ?? [1, "second"];
  const count = Math.floor(seconds / size);
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
