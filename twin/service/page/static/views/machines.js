// Machines: what each does, what it has done, and how long it will last.

import { at, get, ROWS_MAX } from "../api.js";
import { h, show, table } from "../dom.js";
import { number, t, when } from "../words.js";
import { health } from "./health.js";
import { live } from "./live.js";
import { firstOf, part } from "./part.js";

/** Show machines; returns what ends it. */
export async function machines(main, page) {
  const [states, risks, closely] = [h("section", {}), h("section", {}), h("section", {})];
  const name = decodeURIComponent(location.hash.split("/")[1] ?? "");
  async function draw() {
    const found = await get(`/state/machines?rows=${ROWS_MAX}&${at(page.moment)}`);
    const columns = [
      { title: t("machine.name"), value: (row) => row.machine },
      { title: t("machine.state"), value: (row) => h("span", { class: `mark ${row.state}` }, t(`state.${row.state}`)) },
      { title: t("machine.since"), value: (row) => when(row.since_us, page.zone) },
      { title: t("machine.running"), number: true, value: (row) => number(row.operations_running) },
      { title: t("machine.completed"), number: true, value: (row) => number(row.operations_completed) },
      { title: t("machine.busy"), number: true, value: (row) => number(row.busy_h, 1) },
      { title: t("machine.scrap"), number: true, value: (row) => number(row.scrap) },
      { title: t("machine.failures"), number: true, value: (row) => number(row.failures) },
    ];
    show(states, firstOf(found.rows, (shown) => table(columns, shown, { caption: t("view.machines") })));
  }
  show(main, h("h1", {}, t("view.machines")), closely, states, risks);
  await part(states, draw);
  await part(risks, () => health(risks, closely, name, page));
  return live(main, page, draw);
}
