// What series are called on the page.

const with_instance = (name, instance) => (instance ? `${name}-${instance}` : name);

export const plugin = (entry) => with_instance(entry.plugin, entry.plugin_instance);
export const type = (entry) => with_instance(entry.type, entry.type_instance);
export const series = (entry) => [entry.host, plugin(entry), type(entry)].filter(Boolean).join(" / ");

/** The names in an id, for a series that is not known. */
export function ofId(id) {
  const decode = (part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  };
  const [host = "", plugin = "", plugin_instance = "", type = "", type_instance = ""] = id.split("/").map(decode);
  return { id, host, plugin, plugin_instance, type, type_instance, sources: [], interval: 10, silent: true };
}

const PARTS = ["host", "plugin", "plugin_instance", "type", "type_instance"];

/** What is common to series, as a title, and a function that tells what is not, for the legend. */
export function split(entries) {
  const same = (part) => entries.every((entry) => entry[part] === entries[0]?.[part]);
  const common = Object.fromEntries(PARTS.map((part) => [part, same(part) ? (entries[0]?.[part] ?? "") : ""]));
  const differing = PARTS.filter((part) => !same(part));
  const title = series(common) || `${entries.length} series`;
  const label = (entry, source) => {
    const named = differing.map((part) => entry[part]).filter(Boolean);
    // Many plugins have a type of their own name.
    const words = named.filter((word, index) => word !== named[index - 1]);
    if (entry.sources.length > 1 || words.length === 0) words.push(source.name);
    return words.join(" ");
  };
  return { title, label };
}
