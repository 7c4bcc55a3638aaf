// Futures: branches with one thing changed, kept, played with the same luck, compared and made real.

import { post } from "../api.js";
import { h, show, table } from "../dom.js";
import { wrong as sentence } from "../problems.js";
import { number, t } from "../words.js";
import { branches } from "./branches.js";
import { part } from "./part.js";
import { watch } from "./work.js";

const TELLING = ["result", "otif_line_share", "fill_rate", "lost_share", "stock_mean_value", "order_lead_time_p95_s", "production_lead_time_mean_s", "oee"];

// The branch that changes nothing.
const BASE = "base";

// The name of a unit among words: "kWh/unit" is kwh_per_unit.
const unitName = (unit) => unit.replaceAll(" ", "_").replace("/", "_per_").replace("%", "percent").toLowerCase();

function fields(page) {
  const kind = h("select", { id: "kind" }, ["machine_speed", "demand", "lead_time", "supplier_failures"].map((one) => h("option", { value: one }, t(`change.${one}`))));
  const name = h("input", { id: "name", required: true, value: "faster", pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}", title: t("futures.name_rule") });
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

function cells(found, rows, caption, page) {
  const branch = (name) => ({
    title: name === BASE ? t("futures.base") : name,
    number: true,
    value: (row) => {
      const cell = row.cells.find((one) => one.branch === name);
      if (!cell) return "–";
      if (cell.difference === null) return `${number(cell.mean, 2)} ± ${number(cell.half_width, 2)}`;
      const told = cell.verdict ? h("small", {}, t(`verdict.${cell.verdict}`)) : null;
      return h("span", { class: `verdict ${cell.verdict}` }, `${cell.difference > 0 ? "+" : ""}${number(cell.difference, 2)} ± ${number(cell.difference_half_width, 2)}`, told);
    },
  });
  const title = (row) => t(`kpi.${row.kpi}`);
  const unit = (row) => t(`unit.${unitName(row.cells[0].unit)}`, { currency: page.currency });
  return table([{ title: t("futures.kpi"), value: (row) => row.cells[0].unit ? `${title(row)} (${unit(row)})` : title(row) }, ...found.branches.map(branch)], rows, { caption });
}

function compared(found, page) {
  const kpis = [...new Set(found.cells.map((cell) => cell.kpi))];
  const rows = kpis.map((kpi) => ({ kpi, cells: found.cells.filter((cell) => cell.kpi === kpi) }));
  const first = TELLING.map((kpi) => rows.find((row) => row.kpi === kpi)).filter(Boolean);
  const others = rows.filter((row) => !TELLING.includes(row.kpi));
  return [h("h2", {}, t("futures.compared")), h("p", { class: "waits" }, t("futures.reading", { count: number(found.replications) })), cells(found, first, t("futures.compared"), page),
    others.length > 0 && h("details", {}, h("summary", {}, t("futures.others", { count: number(others.length) })), cells(found, others, t("futures.others", { count: number(others.length) }), page))];
}

/** Show futures. */
export async function futures(main, page) {
  const given = fields(page);
  const [kept, told, place] = [h("section", {}), h("div", { "aria-live": "polite" }), h("section", {})];
  const save = h("button", { type: "button", onclick: keep }, t("futures.add"));
  const run = h("button", { type: "submit", class: "main" }, t("futures.run"));
  const labelled = (id, element) => h("div", { class: "field" }, h("label", { for: id }, t(`futures.${id}`)), element);
  const form = h("form", { class: "form", onsubmit: play }, ["name", "kind", "of", "factor", "replications", "days"].map((id) => labelled(id, given[id])), given.known, save, run);
  const wrong = (on, error) => show(on, sentence(error));
  const days = () => Number(given.days.value);
  let list = { ticked: () => [], tick: () => {}, list: () => {} };

  async function keep() {
    if (!form.reportValidity()) return;
    const name = given.name.value.trim();
    try {
      await post("/branches", { name, changes: changed(given), at: page.moment, days: days() });
      list.tick(name);
      show(told, h("p", { class: "good" }, t("futures.saved", { name })));
      await list.list();
    } catch (error) {
      wrong(told, error);
    }
  }

  async function play(event) {
    event.preventDefault();
    const [names, replications] = [list.ticked(), Number(given.replications.value)];
    try {
      const job = names.length ? await post("/branches/comparison", { names, replications })
        : await post("/whatif", { changes: [{ name: given.name.value.trim(), ...changed(given) }], at: page.moment, replications, days: days() });
      const found = await watch(place, job);
      if (found) show(place, compared(found, page));
    } catch (error) {
      wrong(place, error);
    }
  }

  show(main, h("h1", {}, t("view.futures")), h("p", {}, t("futures.what")), form, told, kept, place);
  list = (await part(kept, () => branches(kept, page))) ?? list;
}
