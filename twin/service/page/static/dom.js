// Elements made of a tag, properties and children. Text is text: nothing is parsed as HTML.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, to] of Object.entries(value)) element.style.setProperty(key, to);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Make an element of HTML. */
export function h(tag, properties, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** Make an element of SVG. */
export function s(tag, properties, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

/** Mark what people wrote: in which language is not known. */
export function written(text) {
  return h("span", { lang: "" }, text);
}

/** Put new children in place of the old. */
export function show(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter(Boolean));
}

/** Make a table: columns of {title, value, number, sort}, rows of objects. */
export function table(columns, rows, { caption, onrow, key } = {}) {
  const titles = columns.map((column) => h("th", { scope: "col", class: column.number && "number" }, column.title));
  const head = h("tr", {}, titles, onrow && h("td"));
  const body = rows.map((row) => {
    const cells = columns.map((column, place) =>
      h(place ? "td" : "th", { scope: place ? null : "row", class: column.number && "number" }, column.value(row)));
    return h("tr", { "data-key": key?.(row) }, cells, onrow && h("td", { class: "acts" }, onrow(row)));
  });
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    h("table", {}, h("caption", { class: "unseen" }, caption), h("thead", {}, head), h("tbody", {}, body)));
}
