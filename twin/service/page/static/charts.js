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

/** Draw bands of quantiles over steps, with a line in the middle, levels that are kept to, and marks where something comes. */
export function fan({ steps, bands, middle, levels = [], marks = [], label, write }) {
  const [width, height] = [760, 260];
  const every = [0, ...bands.flat(2), ...middle, ...levels.map((one) => one.value)];
  const [least, most] = [Math.min(...every), Math.max(...every)];
  const x = scale(0, steps.length - 1, 64, width - 12);
  const y = scale(least, most + 0.06 * (most - least || 1), height - 28, 10);
  const way = (values) => values.map((value, place) => `${x(place).toFixed(1)},${y(value).toFixed(1)}`);
  const area = ([low, high]) => s("polygon", { class: "band", points: [...way(high), ...way(low).reverse()].join(" ") });
  const values = [...new Set([least, 0, (least + most) / 2, most])].filter((value) => value === 0 || Math.abs(y(value) - y(0)) > 14);
  const ticks = values.map((value) => [s("line", { class: "grid", x1: 64, x2: width - 12, y1: y(value), y2: y(value) }),
    s("text", { x: 58, y: y(value) + 4, "text-anchor": "end" }, write(value))]);
  const kept = levels.map((one) => [s("line", { class: `level ${one.kind}`, x1: 64, x2: width - 12, y1: y(one.value), y2: y(one.value) }, s("title", {}, one.name)),
    s("text", { class: "named", x: width - 14, y: y(one.value) - 4, "text-anchor": "end" }, one.name)]);
  const comes = marks.map((one) => s("circle", { class: "comes", cx: x(one.step), cy: y(middle[one.step]), r: 5 }, s("title", {}, one.name)));
  const dates = [0, Math.floor((steps.length - 1) / 2), steps.length - 1].map((place) =>
    s("text", { x: x(place), y: height - 8, "text-anchor": place ? (place === steps.length - 1 ? "end" : "middle") : "start" }, steps[place]));
  return s("svg", { class: "fan", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label }, ticks.flat(),
    s("line", { class: "axis", x1: 64, x2: width - 12, y1: y(0), y2: y(0) }), bands.map(area),
    s("polyline", { class: "middle", points: way(middle).join(" "), fill: "none" }), kept.flat(), comes, dates);
}
