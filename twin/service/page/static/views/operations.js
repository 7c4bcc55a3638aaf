// The schedule as a table, for those who do not see or use the chart, and in words.

import { h, show, table } from "../dom.js";
import { bound, waiting } from "./feasible.js";
import { number, t, time } from "../words.js";

const SHOWN = 200;

/** Return how ticks of a schedule are written: moments, hours and spans. */
export function writing(found, page) {
  const at = (tick) => found.at_us + tick * found.tick_s * 1e6;
  return { at, moment: (tick) => time(at(tick), page.zone), hours: (ticks) => number((ticks * found.tick_s) / 3600, 1) };
}

/** Say in a line what an operation is, and what it waits for. */
export function said(on, one, write) {
  const what = t("schedule.chosen", { job: one.jobName, operation: one.name, machine: on.machines[one.machine].name, start: write.moment(one.start), end: write.moment(one.end) });
  if (!on.jobs[one.job].materials?.length) return what;
  const values = { what, items: items(on, one), from: write.moment(on.jobs[one.job].release) };
  return bound(on, one) ? t("schedule.chosen_waits", values) : t("schedule.chosen_supplied", values);
}

function items(on, one) {
  return on.jobs[one.job].materials.map(({ item, order }) => order ? t("schedule.item_of", { item, order }) : t("schedule.item_not_ordered", { item })).join(", ");
}

/** Say when the material of an operation is there. */
export function material(on, one, write) {
  return t("schedule.material_for", { job: one.jobName, operation: one.name, items: items(on, one), from: write.moment(on.jobs[one.job].release) });
}

/** Say in a line when a machine is maintained or repaired. */
export function stopped(on, stop, write) {
  return t("schedule.stopped", { what: t(`schedule.${stop.cause}`), machine: on.machines[stop.machine].name, start: write.moment(stop.start), end: write.moment(stop.end) });
}

/** Say faults in words; those of the service are sentences already. */
export function faults(list, write) {
  const said = (tick) => tick === undefined ? "" : write.moment(tick);
  return list.map((fault) => typeof fault === "string" ? fault : t(`fault.${fault.kind}`, { ...fault, from: said(fault.from), until: said(fault.until) })).join("; ");
}

/** Return maintenance and repair up to the last end of work, in order of start. */
export function stopsNear(on) {
  const last = Math.max(...on.operations.map((one) => one.end));
  return on.stops.filter((one) => one.start < last).sort((a, b) => a.start - b.start || a.stop - b.stop);
}

function moment(tick, write) {
  return h("span", { class: "moment" }, write.moment(tick));
}

function stopsTable(on, write, choose) {
  const [near, one] = [stopsNear(on), (stop) => on.machines[stop.machine].name];
  const columns = [
    { title: t("schedule.machine"), value: one },
    { title: t("schedule.cause"), value: (stop) => h("span", { class: `mark ${stop.cause}` }, t(`schedule.${stop.cause}`)) },
    { title: t("schedule.start"), value: (stop) => moment(stop.start, write) },
    { title: t("schedule.end"), value: (stop) => moment(stop.end, write) },
  ];
  const acts = (stop) => h("button", { "aria-label": `${t("schedule.choose")} ${stopped(on, stop, write)}`, onclick: () => choose({ stop: stop.stop }) }, t("schedule.choose"));
  return near.length > 0 && [h("h2", {}, t("schedule.stops")), table(columns, near.slice(0, SHOWN), { caption: t("schedule.stops"), onrow: acts, key: (stop) => stop.stop }), rest(near.length)];
}

function rest(count) {
  return count > SHOWN && h("p", { class: "waits" }, t("schedule.shown", { shown: number(SHOWN), count: number(count) }));
}

/** Show the operations; `does` has `choose` and `lock`. Returns what draws them again. */
export function operations(place, on, write, does) {
  const [body, stops] = [h("div", {}), h("section", { class: "stops" })];
  const waits = new Set(waiting(on));
  const wanted = h("input", { id: "sought", type: "search", oninput: draw });
  const dueOf = (one) => on.jobs[one.job].due;
  const late = (one) => dueOf(one) >= 0 ? Math.max(0, one.end - dueOf(one)) : 0;
  function draw() {
    const text = wanted.value.trim().toLowerCase();
    const rows = on.operations.filter((one) => `${one.jobName} ${one.name} ${on.machines[one.machine].name}`.toLowerCase().includes(text));
    rows.sort((a, b) => a.start - b.start || a.at - b.at);
    const columns = [
      { title: t("schedule.job"), value: (one) => one.jobName },
      { title: t("schedule.operation"), value: (one) => one.name },
      { title: t("schedule.machine"), value: (one) => on.machines[one.machine].name },
      { title: t("schedule.start"), value: (one) => moment(one.start, write) },
      { title: t("schedule.end"), value: (one) => moment(one.end, write) },
      { title: t("schedule.due"), value: (one) => dueOf(one) >= 0 ? moment(dueOf(one), write) : "–" },
      { title: t("schedule.late"), number: true, value: (one) => late(one) ? h("span", { class: "mark order_late" }, t("schedule.hours", { hours: write.hours(late(one)) })) : "–" },
      waits.size > 0 && { title: t("schedule.material"), value: (one) => waits.has(one) ? t("schedule.items_from", { items: items(on, one), from: write.moment(on.jobs[one.job].release) }) : "–" },
      { title: t("schedule.locked"), value: (one) => one.locked ? t("schedule.yes") : "–" },
    ].filter(Boolean);
    const acts = (one) => [
      h("button", { "aria-label": `${t("schedule.choose")} ${one.jobName} ${one.name}`, onclick: () => does.choose(one.at) }, t("schedule.choose")), " ",
      h("button", { "aria-label": `${t(one.locked ? "schedule.unlock" : "schedule.lock")} ${one.jobName} ${one.name}`, disabled: one.begun, onclick: () => does.lock(one.at) },
        t(one.locked ? "schedule.unlock" : "schedule.lock"))];
    show(body, table(columns, rows.slice(0, SHOWN), { caption: t("schedule.operations"), onrow: acts, key: (one) => one.at }),
      rest(rows.length));
    show(stops, stopsTable(on, write, does.choose));
  }
  show(place, h("h2", {}, t("schedule.operations")), h("div", { class: "tools" }, h("label", { for: "sought" }, t("schedule.search")), wanted), body, stops);
  draw();
  return draw;
}
