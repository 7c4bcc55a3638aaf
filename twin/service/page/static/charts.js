// Small charts in SVG: a line with its last value, a fan of quantiles, bars.

import { s } from "./dom.js";

function scale(from, to, low, high) {
  const span = to - from || 1;
  return (value) => low + ((value - from) / span) * (high - low);
}

/** Draw a line of values, 120 by 32, for a tile. */
export function spark(values, label) {
  if (values.length < 2) return s("svg", { class: "spark", viewBox: "0 0 120 32", role: "img", "aria-label": label });
  const x = scale(0, values.length - 1, 2, 118);
  const y = scale(Math.min(...values), Math.max(...values), 29, 3);
  const points = values.map((value, place) => `${x(place).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  return s("svg", { class: "spark", viewBox: "0 0 120 32", role: "img", "aria-label": label, preserveAspectRatio: "none" },
    s("polyline", { points, fill: "none" }));
}

/** Draw bands of quantiles over steps, with a line in the middle and one for what stands. */
export function fan({ steps, bands, middle, line, label, write }) {
  const width = 640;
  const height = 220;
  const every = [...bands.flat(2), ...middle, ...(line ?? [])];
  const x = scale(0, steps.length - 1, 56, width - 8);
  const y = scale(Math.min(0, ...every), Math.max(...every), height - 26, 10);
  const way = (values) => values.map((value, place) => `${x(place).toFixed(1)},${y(value).toFixed(1)}`);
  const area = ([low, high]) => s("polygon", { class: "band", points: [...way(high), ...way(low).reverse()].join(" ") });
  const ticks = [Math.min(0, ...every), Math.max(...every)].map((value) =>
    s("text", { x: 50, y: y(value) + 4, "text-anchor": "end" }, write(value)));
  const dates = [0, Math.floor((steps.length - 1) / 2), steps.length - 1].map((place) =>
    s("text", { x: x(place), y: height - 8, "text-anchor": place ? (place === steps.length - 1 ? "end" : "middle") : "start" }, steps[place]));
  return s("svg", { class: "fan", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    s("line", { class: "axis", x1: 56, x2: width - 8, y1: y(0), y2: y(0) }), bands.map(area),
    s("polyline", { class: "middle", points: way(middle).join(" "), fill: "none" }),
    line && s("polyline", { class: "line", points: way(line).join(" "), fill: "none" }), ticks, dates);
}
