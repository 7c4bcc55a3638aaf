// The tower: the network on a map, measures now, and what is wrong by the money at stake.

import { at, get } from "../api.js";
import { spark } from "../charts.js";
import { h, s, show, table } from "../dom.js";
import { money, number, share, t, when } from "../words.js";
import { live } from "./live.js";

const SHOWN = 50;
const KEPT = 60;
const TILES = [
  ["on_time_share", "share", false],
  ["owed_value", "money", false],
  ["stock_value", "money", true],
  ["transit_value", "money", true],
  ["orders_open", "number", true],
  ["orders_late", "number", false],
  ["machines_down", "number", false],
  ["machines_busy", "number", true],
  ["production_open", "number", true],
];
const trend = new Map();

function written(kind, value, page) {
  if (kind === "money") return money(value, page.currency);
  return kind === "share" ? share(value) : number(value);
}

// How much of its bound a measure reaches: a bar, and the same in words.
function reached(name, kind, bound, page) {
  if (!bound) return null;
  const bar = h("span", { class: "reached", "aria-hidden": true }, h("span", { style: { width: `${Math.min(100, 100 * bound.share).toFixed(1)}%` } }));
  return h("div", { class: "bound" }, bar, t(`bound.${name}`, { share: share(bound.share), bound: written(kind, bound.value, page) }));
}

function tiles({ measures, bounds }, page) {
  return TILES.filter(([name]) => name in measures).map(([name, kind]) => {
    const past = trend.get(name) ?? [];
    if (page.moment === null) trend.set(name, [...past, measures[name]].slice(-KEPT));
    return h("div", { class: "tile" }, h("div", { class: "what" }, t(`measure.${name}`)),
      h("div", { class: "value" }, written(kind, measures[name], page)),
      reached(name, kind, bounds[name], page),
      spark(trend.get(name) ?? [], t("tower.trend", { what: t(`measure.${name}`) })));
  });
}

function project(places) {
  const there = places.filter((place) => place.latitude_deg !== null && place.longitude_deg !== null);
  if (!there.length) return null;
  const mercator = (deg) => Math.log(Math.tan(Math.PI / 4 + (deg * Math.PI) / 360));
  const box = (values) => {
    const sorted = [...values].sort((a, b) => a - b);
    return [sorted[0], sorted[sorted.length - 1]];
  };
  const own = there.filter((place) => place.kind !== "supplier");
  const seen = own.length > 1 ? own : there;
  const [west, east] = box(seen.map((place) => place.longitude_deg));
  const [south, north] = box(seen.map((place) => mercator(place.latitude_deg)));
  const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
  return new Map(there.map((place) => [place.place, {
    ...place,
    x: clamp(40 + ((place.longitude_deg - west) / (east - west || 1)) * 560, 12, 628),
    y: clamp(330 - ((mercator(place.latitude_deg) - south) / (north - south || 1)) * 290, 12, 348),
  }]));
}

// Labels stand above their spots; one that would lie on another goes below its own, or beside it.
function labels(spots, size) {
  const taken = [...spots.values()].map((spot) => ({ left: spot.x - size(spot), right: spot.x + size(spot), top: spot.y - size(spot), bottom: spot.y + size(spot) }));
  const made = new Map();
  for (const spot of [...spots.values()].filter((one) => one.kind !== "supplier").sort((a, b) => b.at_stake - a.at_stake)) {
    const [half, gap] = [3.1 * spot.place.length, size(spot) + 3];
    const choices = [[0, -gap, "middle"], [0, gap + 9, "middle"], [gap, 4, "start"], [-gap, 4, "end"], [0, -gap - 12, "middle"], [0, gap + 21, "middle"]].map(([dx, dy, anchor]) => {
      const left = spot.x + dx - (anchor === "middle" ? half : anchor === "end" ? 2 * half : 0);
      const box = { left, right: left + 2 * half, top: spot.y + dy - 9, bottom: spot.y + dy + 2 };
      return { x: spot.x + dx, y: spot.y + dy, anchor, box, clash: clashes(box, taken) };
    });
    const best = choices.reduce((least, one) => one.clash < least.clash ? one : least);
    taken.push(best.box);
    made.set(spot.place, best);
  }
  return made;
}

// The area that a box shares with others and with what lies outside of the map.
function clashes(box, taken) {
  const shared = taken.map((one) => Math.max(0, Math.min(box.right, one.right) - Math.max(box.left, one.left)) * Math.max(0, Math.min(box.bottom, one.bottom) - Math.max(box.top, one.top)));
  return shared.reduce((sum, one) => sum + one, 0) + 100 * (Math.max(0, -box.left) + Math.max(0, box.right - 640) + Math.max(0, -box.top) + Math.max(0, box.bottom - 360));
}

function map(places, lanes, page) {
  const spots = project(places);
  if (spots === null) return h("p", { class: "waits" }, t("tower.no_map"));
  const ways = lanes.filter((lane) => spots.has(lane.from_place) && spots.has(lane.to_place)).map((lane) => {
    const [a, b] = [spots.get(lane.from_place), spots.get(lane.to_place)];
    return s("line", { class: "lane", x1: a.x, y1: a.y, x2: b.x, y2: b.y });
  });
  const most = Math.max(1, ...places.map((place) => place.at_stake));
  const sizeOf = (spot) => 5 + 9 * Math.sqrt(spot.at_stake / most);
  const names = [...labels(spots, sizeOf)].map(([place, { x, y, anchor }]) => s("text", { x, y, "text-anchor": anchor }, place));
  const marks = [...spots.values()].map((spot) => {
    const said = t("tower.spot", { place: spot.place, kind: t(`kind.${spot.kind}`), stock: money(spot.stock_value, page.currency), stake: money(spot.at_stake, page.currency) });
    return s("g", { class: `spot ${spot.kind}${spot.at_stake > 0 ? " wrong" : ""}` },
      s("circle", { cx: spot.x, cy: spot.y, r: sizeOf(spot).toFixed(1) }, s("title", {}, said)));
  });
  return s("svg", { class: "map", viewBox: "0 0 640 360", role: "img", "aria-label": t("tower.map") }, ways, marks, names);
}

function exceptions(found, page) {
  if (!found.length) return h("p", { class: "good" }, t("tower.nothing_wrong"));
  return table([
    { title: t("exception.about"), value: (one) => one.kind === "order_late" ? h("a", { href: `#why/${encodeURIComponent(one.about)}` }, one.about) : one.about },
    { title: t("exception.kind"), value: (one) => h("span", { class: `mark ${one.kind}` }, t(`exception.${one.kind}`)) },
    { title: t("exception.place"), value: (one) => one.place ?? "–" },
    { title: t("exception.money"), number: true, value: (one) => money(one.money, page.currency) },
    { title: t("exception.since"), value: (one) => when(one.since_us, page.zone) },
    { title: t("exception.cause"), value: (one) => t(`cause.${one.cause}`) },
  ], found.slice(0, SHOWN), { caption: t("tower.exceptions") });
}

/** Show the tower; returns what ends it. */
export async function tower(main, page) {
  async function draw() {
    const found = await get(`/overview?${at(page.moment)}`);
    show(main, h("h1", {}, t("tower.title", { network: found.network })),
      h("section", { class: "tiles many", "aria-label": t("tower.measures") }, tiles(found, page)),
      h("div", { class: "columns" },
        h("section", {}, h("h2", {}, t("tower.map")), map(found.places, page.network.lanes, page)),
        h("section", {}, h("h2", {}, t("tower.exceptions_of", { count: number(found.exceptions.length) })), exceptions(found.exceptions, page))));
  }
  await draw();
  return live(main, page, draw);
}
