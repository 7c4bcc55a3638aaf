// Stock: what is there, owed and on the way, item by item; where it goes, and what can be done about it.

import { at, get, post } from "../api.js";
import { fan } from "../charts.js";
import { h, show, table } from "../dom.js";
import { number, t, time, units } from "../words.js";
import { listActions, propose } from "./actions.js";
import { keptPlans, planName, tile } from "./kept.js";
import { live } from "./live.js";
import { protection, spread, underWay } from "./projection.js";
import { watch } from "./work.js";

const COLUMNS = ["on_hand", "on_order", "in_transit", "backorder", "inventory_position"];
const LEVELS = [0.1, 0.5, 0.9];
const DAYS = 14;
const DAY_US = 86_400e6;

const path = (...parts) => parts.map(encodeURIComponent).join("/");

function forecastOf(job, item, place) {
  return job.kind === "forecast" && job.status === "done" && job.asked.item === item && job.asked.site === place;
}

// What is known of the way ahead of one item at one place.
async function ahead(row, page) {
  const [jobs, plans, orders, transit] = await Promise.all([
    get("/jobs"), keptPlans(), get(`/state/orders?rows=5000&${at(page.moment)}`), get(`/state/in_transit?rows=5000&${at(page.moment)}`)]);
  const job = jobs.find((one) => forecastOf(one, row.item, row.place));
  const forecast = job ? (await get(`/jobs/${job.id}/result`)).rows : [];
  const plan = plans[0];
  const planned = plan ? (await get(`/plans/${path(plan.id)}/tables/stock?rows=400&item=${path(row.item)}&place=${path(row.place)}`)).rows : [];
  const mine = (one) => one.item === row.item && (one.place ?? one.to) === row.place;
  const lines = orders.rows.filter((one) => one.kind !== "customer" && mine(one));
  const sent = transit.rows.filter(mine);
  const nowUs = orders.latest_us ?? 0;
  return { forecast, plan, planned, lines, sent, nowUs, arrivals: [...lines.map((one) => ({ dueUs: one.due_us ?? nowUs, quantity: one.quantity - (one.shipped ?? 0), name: one.order })),
    ...sent.map((one) => ({ dueUs: one.due_us ?? nowUs, quantity: one.quantity, name: one.shipment }))] };
}

function lines(row, known) {
  if (known.planned.length) return { from: known.planned[0].end_us - DAY_US, middle: [row.on_hand, ...known.planned.map((one) => one.on_hand)], by: "plan" };
  const days = known.forecast.length ? known.forecast.length + 1 : DAYS + 1;
  const mean = known.forecast.map((one) => one.mean);
  return { from: known.nowUs, middle: underWay({ onHand: row.on_hand, arrivals: known.arrivals, mean, fromUs: known.nowUs, days }), by: known.forecast.length ? "forecast" : "orders" };
}

function chart(row, known, page) {
  const { from, middle, by } = lines(row, known);
  const steps = middle.map((_, day) => time(from + day * DAY_US, page.zone).split(/,? \d?\d:/)[0]);
  const days = protection(page.network.lanes, row.place);
  const upTo = known.forecast[0]?.["sum_q0.9"];
  const levels = upTo === undefined || upTo === null ? [] : [{ kind: "up_to", value: upTo, name: t("stock.up_to", { quantity: units(upTo), days: number(days) }) }];
  const marks = known.arrivals.map((one) => ({ step: Math.round((one.dueUs - from) / DAY_US), name: t("stock.comes", { name: one.name, quantity: units(one.quantity) }) }))
    .filter((one) => one.step >= 0 && one.step < middle.length);
  const bands = known.forecast.length ? [spread(middle, known.forecast, ["q0.1", "q0.9"])] : [];
  const said = by === "plan" ? t("stock.as_plan", { plan: planName(known.plan, page) }) : t(`stock.as_${by}`);
  return h("figure", {}, fan({ steps, bands, middle, levels, marks, label: t("stock.chart", { item: row.item, place: row.place }), write: (value) => units(value) }),
    h("figcaption", { class: "waits" }, said, " ", bands.length ? t("stock.band") : t("stock.no_band"), marks.length ? ` ${t("stock.dots")}` : ""));
}

// One item at one place: its way ahead, its open orders, and what is proposed about them.
async function sheet(place, row, page) {
  const [drawn, told, form, listed] = [h("div", {}), h("div", {}), h("div", {}), h("section", {})];
  const ask = h("button", { type: "button", onclick: forecast }, t("stock.forecast"));

  async function draw() {
    const known = await ahead(row, page);
    show(drawn, chart(row, known, page));
    show(form, h("h2", {}, t("action.new")), propose(known.lines, { ...page, nowUs: known.nowUs }, () => listActions(listed, page, draw, mine)));
  }

  async function forecast() {
    ask.disabled = true;
    try {
      await watch(told, await post("/forecasts", { item: row.item, site: row.place, horizon: DAYS, quantiles: LEVELS, protection: Math.min(DAYS, protection(page.network.lanes, row.place)) }));
      await draw();
    } catch (error) {
      show(told, h("p", { class: "problem", role: "alert" }, error.message));
    }
    ask.disabled = false;
  }

  const mine = (one) => one.item === row.item && one.place === row.place;
  show(place, h("h2", {}, t("stock.of", { item: row.item, place: row.place })),
    h("div", { class: "tiles four" }, COLUMNS.map((name) => tile(t(`stock.${name}`), units(row[name])))),
    h("div", { class: "tools" }, ask, h("a", { class: "button", href: "#stock" }, t("stock.close"))), told, drawn, form, listed);
  await draw();
  await listActions(listed, page, draw, mine);
}

/** Show stock; returns what ends it. */
export async function stock(main, page) {
  const asked = location.hash.slice(1).split("/").slice(1).map(decodeURIComponent);
  const read = () => get(`/state/stock?rows=5000&${at(page.moment)}`);
  let found = await read();
  const [body, one, waiting] = [h("section", {}), h("section", {}), h("section", {})];
  const wanted = h("input", { id: "wanted", type: "search", oninput: draw });
  function draw() {
    const text = wanted.value.trim().toLowerCase();
    const rows = found.rows.filter((row) => `${row.item} ${row.place}`.toLowerCase().includes(text));
    show(body, table([
      { title: t("stock.item"), value: (row) => h("a", { href: `#stock/${path(row.item, row.place)}` }, row.item) },
      { title: t("stock.place"), value: (row) => row.place },
      ...COLUMNS.map((name) => ({ title: t(`stock.${name}`), number: true, value: (row) => units(row[name]) })),
    ], rows, { caption: t("view.stock") }));
  }
  show(main, h("h1", {}, t("view.stock")), one, h("div", { class: "tools" }, h("label", { for: "wanted" }, t("stock.search")), wanted,
    h("a", { class: "button", href: `/v1/state/stock?format=xlsx&${at(page.moment)}`, download: "stock.xlsx" }, t("frame.excel"))), body, waiting);
  draw();
  const row = found.rows.find((each) => each.item === asked[0] && each.place === asked[1]);
  if (row) await sheet(one, row, page);
  else await listActions(waiting, page);
  return live(main, page, async () => { found = await read(); draw(); });
}
