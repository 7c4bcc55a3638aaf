// Futures: branches with one thing changed, played with the same luck and compared.

import { at, post } from "../api.js";
import { h, show, table } from "../dom.js";
import { number, t } from "../words.js";
import { watch } from "./work.js";

const TELLING = ["result", "profit", "fill_rate", "on_time_share", "stock_value", "lead_time_days", "oee"];

function fields(page) {
  const kind = h("select", { id: "kind" }, ["machine_speed", "demand", "lead_time", "supplier_failures"].map((one) => h("option", { value: one }, t(`change.${one}`))));
  const name = h("input", { id: "name", required: true, value: t("futures.first_name") });
  const of = h("input", { id: "of", placeholder: t("futures.every"), list: "known" });
  const known = h("datalist", { id: "known" }, [...page.network.machines, ...page.network.items].map((one) => h("option", { value: one })));
  const factor = h("input", { id: "factor", type: "number", step: "any", min: 0, value: 1.2, required: true });
  const futuresOf = h("input", { id: "replications", type: "number", min: 2, max: 2000, value: 20, required: true });
  const days = h("input", { id: "days", type: "number", min: 1, max: 730, value: 28, required: true });
  return { kind, name, of, known, factor, replications: futuresOf, days };
}

function changed(given) {
  const target = given.of.value.trim();
  const factor = Number(given.factor.value);
  if (given.kind.value === "supplier_failures")
    return { supplier_failures: [{ supplier: target, start_s: 0, duration_s: Number(given.days.value) * 86400, capacity_factor: factor }] };
  const selector = { machine_speed: "machine", demand: "item", lead_time: "from_place" }[given.kind.value];
  return { [given.kind.value]: [{ ...(target && { [selector]: target }), factor }] };
}

function compared(found) {
  const kpis = [...new Set(found.cells.map((cell) => cell.kpi))];
  const first = TELLING.filter((kpi) => kpis.includes(kpi));
  const rows = [...first, ...kpis.filter((kpi) => !first.includes(kpi))].map((kpi) => ({ kpi, cells: found.cells.filter((cell) => cell.kpi === kpi) }));
  const branch = (name) => ({
    title: name,
    number: true,
    value: (row) => {
      const cell = row.cells.find((one) => one.branch === name);
      if (!cell) return "–";
      if (cell.difference === null) return `${number(cell.mean, 2)} ± ${number(cell.half_width, 2)}`;
      const told = cell.verdict ? h("small", {}, t(`verdict.${cell.verdict}`)) : null;
      return h("span", { class: `verdict ${cell.verdict}` }, `${cell.difference > 0 ? "+" : ""}${number(cell.difference, 2)} ± ${number(cell.difference_half_width, 2)}`, told);
    },
  });
  return table([{ title: t("futures.kpi"), value: (row) => row.cells[0].unit ? `${row.kpi} (${row.cells[0].unit})` : row.kpi }, ...found.branches.map(branch)], rows, { caption: t("futures.compared") });
}

/** Show futures. */
export async function futures(main, page) {
  const given = fields(page);
  const branches = [];
  const listed = h("ul", { class: "branches" });
  const place = h("section", {});
  const list = () => show(listed, branches.map((one) => h("li", {}, one.name)));
  const add = h("button", { type: "button", onclick: () => { branches.push({ name: given.name.value, ...changed(given) }); list(); } }, t("futures.add"));
  const run = h("button", { type: "submit", class: "main" }, t("futures.run"));
  const labelled = (id, element) => h("div", { class: "field" }, h("label", { for: id }, t(`futures.${id}`)), element);
  const form = h("form", { class: "form", onsubmit: play }, ["name", "kind", "of", "factor", "replications", "days"].map((id) => labelled(id, given[id])), given.known, add, run);
  async function play(event) {
    event.preventDefault();
    const changes = branches.length ? branches : [{ name: given.name.value, ...changed(given) }];
    try {
      const job = await post("/whatif", { changes, at: page.moment, replications: Number(given.replications.value), days: Number(given.days.value) });
      const found = await watch(place, job);
      if (found) show(place, h("h2", {}, t("futures.compared")), compared(found));
    } catch (error) {
      show(place, h("p", { class: "problem", role: "alert" }, error.message));
    }
  }
  show(main, h("h1", {}, t("view.futures")), h("p", {}, t("futures.what")), form, listed, place);
}
