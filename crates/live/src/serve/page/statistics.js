// How much came, and what became of it.

import { byId, html, setText } from "./dom.js";
import { duration, short } from "./axis.js";

const whole = (number) => number.toLocaleString("en");

// What is rare is shown when it is there; the last column says whether it is bad.
const ROWS = [
  ["Value lists", (s, rate) => `${whole(s.value_lists)}, ${rate("value_lists")}`],
  ["Packets", (s, rate) => `${whole(s.packets)}, ${rate("packets")}`],
  ["Bytes", (s, rate) => `${short(s.bytes, "B")}, ${rate("bytes", "B")}`],
  ["Series", (s) => `${whole(s.series)} of at most ${whole(s.max_series)}`],
  ["Hosts", (s) => `${whole(s.hosts)}, ${whole(s.hosts_silent)} silent`],
  ["Notifications", (s) => whole(s.notifications)],
  ["Dropped by the kernel", (s) => whole(s.dropped), (s) => s.dropped > 0, true],
  ["Beyond the limit of series", (s) => `${whole(s.beyond)} value lists`, (s) => s.beyond > 0, true],
  ["Malformed", (s) => whole(s.malformed), (s) => s.malformed > 0, true],
  ["Refused (signature or password)", (s) => whole(s.refused), (s) => s.refused > 0, true],
  ["Incomplete", (s) => whole(s.incomplete), (s) => s.incomplete > 0, true],
  ["Errors of receiving", (s) => whole(s.receive_errors), (s) => s.receive_errors > 0, true],
  ["Late, and not drawn", (s) => `${whole(s.late)} value lists`, (s) => s.late > 0],
  ["Silent series that made room", (s) => whole(s.forgotten), (s) => s.forgotten > 0],
  ["Remembered", (s) => `${whole(s.max_points)} values each, ${short(s.max_bytes, "B")} in all at most`],
  ["Running for", (s) => `${duration(Math.max(0, s.now - s.started))}, version ${s.version}`],
];

export class Statistics {
  #list = byId("statistics");
  #before = [];
  #rows = ROWS.map(([name, text, when, bad]) => {
    const value = html("dd", bad ? { class: "bad" } : {});
    const row = html("div", {}, html("dt", {}, name), value);
    this.#list.append(row);
    return { row, value, text, when: when ?? (() => true) };
  });

  show(statistics) {
    this.#before.push(statistics);
    // Over some seconds: daemons send in bursts.
    if (this.#before.length > 11) this.#before.shift();
    const rate = (name, unit = "") => this.#rate(name, unit);
    for (const { row, value, text, when } of this.#rows) {
      row.hidden = !when(statistics);
      if (!row.hidden) setText(value, text(statistics, rate));
    }
  }

  #rate(name, unit) {
    const [first, last] = [this.#before[0], this.#before.at(-1)];
    const seconds = last.now - first.now;
    return short(seconds > 0 ? (last[name] - first[name]) / seconds : 0, unit ? `${unit}/s` : "1/s");
  }
}
