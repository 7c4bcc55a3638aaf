// Machines: what each does, and what it has done.

import { at, get } from "../api.js";
import { h, show, table } from "../dom.js";
import { number, t, time } from "../words.js";

/** Show machines. */
export async function machines(main, page) {
  const found = await get(`/state/machines?rows=5000&${at(page.moment)}`);
  show(main, h("h1", {}, t("view.machines")), table([
    { title: t("machine.name"), value: (row) => row.machine },
    { title: t("machine.state"), value: (row) => h("span", { class: `mark ${row.state}` }, t(`state.${row.state}`)) },
    { title: t("machine.since"), value: (row) => time(row.since_us, page.zone) },
    { title: t("machine.running"), number: true, value: (row) => number(row.operations_running) },
    { title: t("machine.completed"), number: true, value: (row) => number(row.operations_completed) },
    { title: t("machine.busy"), number: true, value: (row) => number(row.busy_h, 1) },
    { title: t("machine.scrap"), number: true, value: (row) => number(row.scrap) },
    { title: t("machine.failures"), number: true, value: (row) => number(row.failures) },
  ], found.rows, { caption: t("view.machines") }));
}
