// Puts data into the document. Texts of applications are only ever set as text.

import { whole } from "./format.js";

/** Lines are of so many seconds. */
export const LINE_WINDOW = 120;

export const byId = (id) => document.getElementById(id);

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function svg(name, attributes = {}) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** Sets the text if it is another one: what is selected stays selected. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** What applications chose. */
export function foreign(text, name = "span", more = "") {
  const made = element(name, { class: `foreign ${more}`.trim() });
  made.textContent = text;
  return made;
}

/**
 * Makes the children of `parent` those of `items`, in their order; those that stay are kept with
 * all that the reader did to them. `make` makes one, `update` brings it up to date.
 */
export function sync(parent, items, keyOf, make, update) {
  const old = parent.kept ?? new Map();
  const kept = new Map();
  for (const item of items) {
    let key = keyOf(item);
    while (kept.has(key)) key += "'";
    const node = old.get(key) ?? make(item);
    kept.set(key, node);
    update(node, item);
  }
  for (const [key, node] of old) {
    if (!kept.has(key)) node.remove();
  }
  const focused = document.activeElement;
  let place = parent.firstElementChild;
  for (const node of kept.values()) {
    if (node === place) {
      place = place.nextElementSibling;
    } else {
      parent.insertBefore(node, place);
    }
  }
  // What is moved loses it.
  if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
  parent.kept = kept;
}

/** A table of `items`: `columns` are functions from an item to what its cell shows. */
export function table(body, items, keyOf, columns) {
  sync(body, items, keyOf, () => {
    const row = element("tr");
    columns.forEach((_, index) => {
      row.append(index === 0 ? element("th", { scope: "row" }) : element("td"));
    });
    return row;
  }, (row, item) => {
    const place = items.indexOf(item);
    columns.forEach((column, index) => show(row.children[index], column(item, place, items)));
  });
}

/** `what`: a text, a node that is made once, or {text, of, class, title, line, node}. */
function show(cell, what) {
  if (typeof what === "string") what = { text: what };
  const name = what.class ?? "";
  if (cell.className !== name) cell.className = name;
  if (what.title !== undefined && cell.title !== what.title) cell.title = what.title;
  if (what.line) return line(cell, what.line);
  if (what.foreign !== undefined) {
    if (!cell.firstElementChild) cell.append(foreign(""));
    return say(cell.firstElementChild, what.foreign);
  }
  if (what.node) {
    if (!cell.firstChild) cell.append(what.node());
    return undefined;
  }
  if (what.of === undefined) return say(cell, what.text);
  if (!cell.firstElementChild) cell.append("", element("span", { class: "of" }));
  if (cell.firstChild.nodeType !== Node.TEXT_NODE) cell.prepend(document.createTextNode(""));
  if (cell.firstChild.data !== what.text) cell.firstChild.data = what.text;
  say(cell.lastElementChild, what.of);
  return undefined;
}

export const number = (value, bad = false) => ({
  text: whole.format(value),
  class: value === 0 ? "n zero" : bad ? "n bad" : "n",
});
/** The name of an application, paler where the row before has it, too. */
export const owner = (name, index, rows) => ({ foreign: name, class: rows[index - 1]?.app === name ? "again" : "" });
export const of = (value, limit) => ({
  text: whole.format(value),
  of: ` / ${whole.format(limit)}`,
  class: value === 0 ? "n zero" : value >= limit ? "n bad" : "n",
});

/** A small line of numbers, the latest at the right. */
function line(cell, numbers) {
  if (!cell.firstElementChild) {
    const drawing = svg("svg", {
      class: "spark", viewBox: `0 0 ${LINE_WINDOW} 20`, preserveAspectRatio: "none", "aria-hidden": "true",
    });
    drawing.append(svg("path", { class: "completed" }));
    cell.append(drawing);
  }
  cell.firstElementChild.firstElementChild.setAttribute("d", bars(numbers, Math.max(...numbers, 1), 20));
}

/** A bar for each number, on `base` if that is given. */
export function bars(numbers, most, height, base) {
  const from = LINE_WINDOW - numbers.length;
  return numbers.map((value, index) => {
    const bottom = height - ((base?.[index] ?? 0) / most) * height;
    // What is there can be seen, however little it is.
    const size = value > 0 ? Math.max((value / most) * height, height / 30) : 0;
    return size > 0 ? `M${from + index} ${bottom.toFixed(2)}v-${size.toFixed(2)}h.82v${size.toFixed(2)}z` : "";
  }).join("");
}
