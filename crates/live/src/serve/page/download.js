// A graph as a file.

import { html, svg } from "./dom.js";

const STYLES = [
  "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "font-family", "font-size",
  "font-weight", "text-anchor", "opacity",
];
const LINE = 20;

/** The drawing alone, with all that the style sheet says written into it, a title, and a legend below. */
function standalone(drawing, title, legend) {
  const { width, height } = drawing.viewBox.baseVal;
  const copy = drawing.cloneNode(true);
  const originals = [drawing, ...drawing.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((element, index) => {
    const style = getComputedStyle(originals[index]);
    for (const name of STYLES) element.setAttribute(name, style.getPropertyValue(name));
    element.removeAttribute("class");
  });
  copy.querySelectorAll("[data-cursor]").forEach((element) => element.remove());
  const style = getComputedStyle(document.body);
  const colour = style.getPropertyValue("--text");
  const text = (x, y, content, weight) =>
    svg("text", { x, y, fill: colour, "font-family": "sans-serif", "font-size": 13, "font-weight": weight }, content);
  const rows = legend.flatMap(({ name, value, colour }, index) => {
    const y = height + LINE * (index + 2);
    return [svg("rect", { x: 12, y: y - 10, width: 12, height: 10, fill: colour }), text(32, y, `${name}: ${value}`, 400)];
  });
  const total = height + LINE * (legend.length + 2);
  copy.setAttribute("y", LINE);
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  return svg("svg", { viewBox: `0 0 ${width} ${total}`, width, height: total },
    svg("rect", { width, height: total, fill: style.getPropertyValue("--surface") }),
    text(12, 18, title, 600), copy, ...rows);
}

function save(blob, name) {
  const link = html("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const fileName = (title, ending) => `${title.replaceAll(/[^\p{L}\p{N}._-]+/gu, "_").slice(0, 100) || "graph"}.${ending}`;

const source = (drawing, title, legend) =>
  new Blob([new XMLSerializer().serializeToString(standalone(drawing, title, legend))], { type: "image/svg+xml" });

export function saveSvg(drawing, title, legend) {
  save(source(drawing, title, legend), fileName(title, "svg"));
}

export async function savePng(drawing, title, legend) {
  const address = URL.createObjectURL(source(drawing, title, legend));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = html("canvas", { width: image.width * 2, height: image.height * 2 });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
    save(blob, fileName(title, "png"));
  } finally {
    URL.revokeObjectURL(address);
  }
}
