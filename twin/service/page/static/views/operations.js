// The schedule as a table, for those who do not see or use the chart, and in words.

import { h, show, table } from "../dom.js";
import { number, t, time } from "../words.js";

const SHOWN = 200;

/** Return how ticks of a schedule are written: moments, hours and spans. */
export function writing(found, page) {
  const at = (tick) => found.at_us + tick * found.tick_s * 1e6;
  return { at, moment: (tick) => time(at(tick), page.zone), hours: (ticks) => number((ticks * found.tick_s) / 3600, 1) };
}

/** Say in a line what an operation is. */
export function said(on, one, write) {
  return t("schedule.chosen", { job: one.jobName, operation: one.name, machine: on.machines[one.machine].name, start: write.moment(one.start), end: write.moment(one.end) });
}

/** Say faults in words; those of the service are sentences already. */
export function faults(list) {
  return list.map((fault) => typeof fault === "string" ? fault : t(`fault.${fault.kind}`, fault)).join("; ");
}

/** Show the operations; `does` has `choose` and `lock`. Returns what draws them again. */
export function operations(place, on, write, does) {
  const body = h("div", {});
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
      { title: t("schedule.start"), value: (one) => write.moment(one.start) },
      { title: t("schedule.end"), value: (one) => write.moment(one.end) },
      { title: t("schedule.due"), value: (one) => dueOf(one) >= 0 ? write.moment(dueOf(one)) : "–" },
      { title: t("schedule.late"), number: true, value: (one) => late(one) ? h("span", { class: "mark order_late" }, t("schedule.hours", { hours: write.hours(late(one)) })) : "–" },
      { title: t("schedule.locked"), value: (one) => one.locked ? t("schedule.yes") : "–" },
    ];
    const acts = (one) => [
      h("button", { "aria-label": `${t("schedule.choose")} ${one.jobName} ${one.name}`, onclick: () => does.choose(one.at) }, t("schedule.choose")), " ",
      h("button", { "aria-label": `${t(one.locked ? "schedule.unlock" : "schedule.lock")} ${one.jobName} ${one.name}`, disabled: one.begun, onclick: () => does.lock(one.at) },
        t(one.locked ? "schedule.unlock" : "schedule.lock"))];
    show(body, table(columns, rows.slice(0, SHOWN), { caption: t("schedule.operations"), onrow: acts, key: (one) => one.at }),
      rows.length > SHOWN && h("p", { class: "waits" }, t("schedule.shown", { shown: number(SHOWN), count: number(rows.length) })));
  }
  show(place, h("h2", {}, t("schedule.operations")), h("div", { class: "tools" }, h("label", { for: "sought" }, t("schedule.search")), wanted), body);
  draw();
  return draw;
}
