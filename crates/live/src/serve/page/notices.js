// The last notifications.

import { byId, html } from "./dom.js";
import { moment } from "./axis.js";
import { series } from "./names.js";

const MOST = 200;

export class Notices {
  #list = byId("notices");
  #last = 0;

  /** Adds those that are new; after the connection was lost, all come again. */
  add(notifications) {
    for (const notice of notifications) {
      if (notice.number <= this.#last) continue;
      this.#last = notice.number;
      this.#list.prepend(item(notice));
    }
    while (this.#list.children.length > MOST) this.#list.lastChild.remove();
    byId("no-notices").hidden = this.#list.children.length > 0;
  }

  /** The server was started anew, and counts from the beginning. */
  clear() {
    this.#last = 0;
    this.#list.replaceChildren();
  }
}

function item(notice) {
  return html("li", { value: notice.number },
    html("span", { class: `severity ${notice.severity.toLowerCase()}` }, notice.severity), " ",
    html("time", { datetime: new Date(notice.time * 1000).toISOString() }, moment(notice.time)), " ",
    html("b", {}, html("bdi", {}, series(notice))), " ",
    html("bdi", {}, notice.message));
}
