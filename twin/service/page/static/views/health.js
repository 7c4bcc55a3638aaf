// How long machines will last: those that are likely to fail first, what is left of each life, and what takes it off.

import { get, post } from "../api.js";
import { fan } from "../charts.js";
import { h, s, show, table } from "../dom.js";
import { wrong } from "../problems.js";
import { number, share, t, when } from "../words.js";
import { tile } from "./kept.js";
import { part } from "./part.js";
import { watch } from "./work.js";

const TRAIL = 120;

// What is left of a life: from its 0.1 to its 0.9 quantile, with its median as a line.
function range(one, most) {
  const x = (value) => 2 + (116 * Math.min(value, most)) / (most || 1);
  return s("svg", { class: "range", viewBox: "0 0 120 14", "aria-hidden": true }, s("rect", { x: x(one["rul_q0.1"]), y: 3, width: Math.max(1, x(one["rul_q0.9"]) - x(one["rul_q0.1"])), height: 8 }),
    s("line", { x1: x(one["rul_q0.5"]), x2: x(one["rul_q0.5"]), y1: 0, y2: 14 }));
}

function ranking(found, hours) {
  const most = Math.max(...found.machines.map((one) => one["rul_q0.9"] ?? 0));
  const level = (p) => p >= 0.5 ? "down" : p >= 0.2 ? "maintenance" : "idle";
  return table([
    { title: t("machine.name"), value: (one) => h("a", { href: `#machines/${encodeURIComponent(one.machine)}` }, one.machine) },
    { title: t("health.risk", { hours: number(found.horizon * hours) }), number: true, value: (one) => h("span", { class: `mark ${level(one.p_fail)}` }, share(one.p_fail, 0)) },
    { title: t("health.left"), value: (one) => [range(one, most), " ", t("health.hours_from_to", { from: number(one["rul_q0.1"] * hours), to: number(one["rul_q0.9"] * hours) })] },
    { title: t("health.renew"), value: (one) => one.renew_at === null ? "–" : t("health.in_hours", { hours: number(one.renew_at * hours) }) },
    { title: t("health.alarm"), value: (one) => one.alarm ? h("span", { class: "mark down" }, t("health.stands")) : "–" },
    { title: t("health.drivers"), value: (one) => one.drivers || "–" },
  ], found.machines, { caption: t("health.title"), key: (one) => one.machine });
}

function drivers(effects, hours) {
  const rows = effects.filter((one) => one.cycles > 0).sort((a, b) => b.cycles - a.cycles);
  if (!rows.length) return h("p", { class: "waits" }, t("health.no_drivers"));
  const most = rows[0].cycles;
  return h("ul", { class: "bars" }, rows.map((one) => {
    const bar = h("span", { class: "bar", "aria-hidden": true });
    bar.style.setProperty("width", `${Math.max(2, (100 * one.cycles) / most)}%`);
    return h("li", {}, h("span", {}, t("health.driver", { sensor: one.sensor, hours: number(one.cycles * hours, 1) })), bar);
  }));
}

// One machine: how what is left of its life was seen as it ran, and what takes it off now.
async function sheet(place, found, name, hours) {
  const one = found.machines.find((each) => each.machine === name);
  if (!one) return;
  const told = await get(`/jobs/${encodeURIComponent(found.job)}/result`);
  const trail = told.trail.filter((each) => each.unit === name).slice(-TRAIL);
  const values = (key) => trail.map((each) => each[key] * hours);
  show(place, h("h2", {}, t("health.of", { machine: name })),
    h("div", { class: "tiles four" }, tile(t("health.risk", { hours: number(found.horizon * hours) }), share(one.p_fail, 0)), tile(t("health.middle"), t("schedule.hours", { hours: number(one["rul_q0.5"] * hours) })),
      tile(t("health.renew"), one.renew_at === null ? "–" : t("health.in_hours", { hours: number(one.renew_at * hours) }))),
    h("div", { class: "columns" },
      h("section", {}, h("h2", {}, t("health.drivers")), drivers(told.sensors.filter((each) => each.unit === name), hours)),
      h("figure", {}, trail.length > 1 && fan({ steps: trail.map((each) => t("health.at_hour", { hour: number(each.cycle * hours) })), middle: values("rul_q0.5"),
        bands: [[values("rul_q0.05"), values("rul_q0.95")], [values("rul_q0.25"), values("rul_q0.75")]], label: t("health.fan", { machine: name }), write: (value) => number(value) }),
      h("figcaption", { class: "waits" }, t("health.fan_reading")))));
}

/** Show the health of machines in a place of the page; one that is named is shown in another. */
export async function health(place, closely, name, page) {
  const [told, listed] = [h("div", {}), h("div", {})];
  const ask = h("button", { type: "button", onclick: learn }, t("health.ask"));

  async function draw() {
    const found = await get("/health");
    const hours = (found.cycle_s ?? 3600) / 3600;
    show(listed, found.machines.length ? [h("p", { class: "waits" }, t("health.asked", { time: when(found.asked_us, page.zone) })), ranking(found, hours)] : h("p", { class: "waits" }, t("health.none")));
    if (name) await sheet(closely, found, name, hours);
  }

  async function learn() {
    ask.disabled = true;
    try {
      await watch(told, await post("/health", {}));
      await draw();
    } catch (error) {
      show(told, wrong(error));
    }
    ask.disabled = false;
  }

  show(place, h("h2", {}, t("health.title")), h("div", { class: "tools" }, ask), told, listed);
  await part(listed, draw);
}
