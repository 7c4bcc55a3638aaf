// Stock: what is there, owed and on the way, item by item; where it goes, and what can be done about it.

import { at, get, post, ROWS_MAX } from "../api.js";
import { fan } from "../charts.js";
import { h, show, table } from "../dom.js";
import { wrong } from "../problems.js";
import { number, t, time, units, when } from "../words.js";
import { listActions, propose, settle } from "./actions.js";
import { keptPlans, planName, tile } from "./kept.js";
import { live } from "./live.js";
import { allowed, firstOf } from "./part.js";
import { coming, daily, dailyForecast, endOf, planned, protection, spread, underWay } from "./projection.js";
import { watch } from "./work.js";

const COLUMNS = ["on_hand", "on_order", "in_transit", "backorder", "inventory_position"];
const LEVELS = [0.1, 0.5, 0.9];
const DAYS = 14;
const DAY_US = 86_400e6;

const path = (...parts) => parts.map(encodeURIComponent).join("/");
const about = (item, place) => `item=${path(item)}&place=${path(place)}&rows=${ROWS_MAX}`;

// What is kept of plans and forecasts: they do not change any more.
function remembering() {
  const found = new Map();
  return (address) => {
    if (!found.has(address)) found.set(address, get(address).catch((error) => { found.delete(address); throw error; }));
    return found.get(address);
  };
}

// The last plan, where it goes beyond now and the key is for it.
async function planOf(row, nowUs, once) {
  const [plan] = await keptPlans();
  if (!plan) return null;
  const found = await allowed(Promise.all([once(`/plans/${path(plan.id)}/tables/stock?${about(row.item, row.place)}`), once(`/jobs/${path(plan.id)}/result`)]), null);
  if (!found || !found[0].rows.length || found[0].rows[found[0].rows.length - 1].end_us <= nowUs) return null;
  return { job: plan, rows: found[0].rows, startUs: found[1].start_us };
}

// The last forecast by day, where some of its days are still to come.
async function forecastOf(row, nowUs, once) {
  const job = dailyForecast(await get("/jobs"), row.item, row.place, [LEVELS[0], LEVELS[LEVELS.length - 1]]);
  const rows = job ? (await once(`/jobs/${path(job.id)}/result`)).rows : [];
  return rows.length && endOf(rows) >= nowUs + DAY_US ? { job, rows } : null;
}

// What is known of the way ahead of one item at one place. Plans and forecasts are of now: the past is shown without them.
async function ahead(row, page, once) {
  const table = (name) => get(`/state/${name}?${about(row.item, row.place)}&${at(page.moment)}`);
  const [orders, transit, production] = await Promise.all([table("orders"), table("in_transit"), table("production_orders")]);
  const mine = (one) => one.item === row.item && (one.place ?? one.to ?? one.site) === row.place;
  const lines = orders.rows.filter((one) => one.kind !== "customer" && mine(one));
  const sent = transit.rows.filter(mine);
  const nowUs = orders.latest_us ?? 0;
  const [plan, forecast] = page.moment === null ? await Promise.all([planOf(row, nowUs, once), forecastOf(row, nowUs, once)]) : [null, null];
  return { plan, forecast, lines, nowUs, origins: [...lines.map((one) => one.party), ...sent.map((one) => one.from)],
    arrivals: coming({ lines, sent, made: production.rows.filter(mine) }, nowUs) };
}

function line(row, known) {
  const { plan, forecast, nowUs } = known;
  if (plan) return planned(plan.rows, plan.startUs, nowUs < plan.rows[0].end_us ? row.on_hand : null);
  const times = daily(nowUs, Math.min(nowUs + DAYS * DAY_US, forecast ? endOf(forecast.rows) : Infinity));
  return { times, middle: underWay({ onHand: row.on_hand, owed: row.backorder, arrivals: known.arrivals, forecast: forecast?.rows ?? [], fromUs: nowUs, times }) };
}

function caption(known, marks, covered, page) {
  const { plan, forecast } = known;
  const asked = forecast && when(forecast.job.submitted_us, page.zone);
  const said = [plan ? t("stock.as_plan", { plan: planName(plan.job, page), time: when(plan.startUs, page.zone) }) : forecast ? t("stock.as_forecast") : t("stock.as_orders"),
    page.moment !== null ? t("stock.as_past") : forecast ? `${t("stock.band")} ${t("stock.asked", { time: asked })}` : t("stock.no_band"),
    covered.atMost && t("stock.at_most", { days: number(covered.days) }), marks.length > 0 && t("stock.dots")];
  return h("figcaption", { class: "waits" }, said.filter(Boolean).join(" "));
}

// What the level of a forecast covers: the days that were asked for; goods may take longer, or from where they come is not known.
function coverage(row, known, page) {
  const days = known.forecast?.job.asked.protection ?? 0;
  const needed = protection(page.network.lanes, row.place, known.origins);
  const upTo = days ? known.forecast.rows[0]["sum_q0.9"] ?? null : null;
  return { days, upTo, atMost: upTo !== null && (!needed.known || needed.days > days) };
}

function chart(row, known, page) {
  const { times, middle } = line(row, known);
  const covered = coverage(row, known, page);
  const steps = times.map((us) => time(us, page.zone).split(/,? \d?\d:/)[0]);
  const levels = covered.upTo === null ? [] : [{ kind: "up_to", value: covered.upTo, name: t("stock.up_to", { quantity: units(covered.upTo), days: number(covered.days) }) }];
  const marks = known.arrivals.map((one) => ({ step: times.findIndex((us, place) => place > 0 && us >= one.dueUs), name: t("stock.comes", { name: one.name, quantity: units(one.quantity) }) }))
    .filter((one) => one.step > 0);
  const bands = known.forecast ? [spread({ times, middle, forecast: known.forecast.rows, fromUs: known.nowUs }, ["q0.1", "q0.9"])] : [];
  return h("figure", {}, fan({ steps, bands, middle, levels, marks, label: t("stock.chart", { item: row.item, place: row.place }), write: (value) => units(value) }),
    caption(known, marks, covered, page));
}

// One item at one place: its way ahead, its open orders, and what is proposed about them. Returns what draws it again for a row.
async function sheet(place, row, page) {
  const [numbers, drawn, told, form, listed] = [h("div", { class: "tiles four" }), h("div", {}), h("div", {}), h("div", {}), h("section", {})];
  const ask = h("button", { type: "button", disabled: true, onclick: forecast }, t("stock.forecast"));
  const once = remembering();
  const mine = (one) => one.item === row.item && one.place === row.place;
  let [known, offered, begun] = [null, null, false];

  // What somebody fills in stays as it is.
  function offer() {
    if (page.moment !== null) return show(form, h("p", { class: "waits" }, t("action.past")));
    const lines = JSON.stringify(known.lines);
    if (begun || lines === offered || form.contains(document.activeElement)) return;
    offered = lines;
    const proposed = () => { begun = false; return list(); };
    show(form, h("h2", {}, t("action.new")), propose(known.lines, { ...page, nowUs: known.nowUs }, proposed));
  }

  const list = async () => settle(form, await listActions(listed, page, decided, mine));
  const decided = async (found) => { settle(form, found); await draw(); };

  async function draw() {
    known = await ahead(row, page, once);
    show(numbers, COLUMNS.map((name) => tile(t(`stock.${name}`), units(row[name]))));
    show(drawn, chart(row, known, page));
    offer();
  }

  async function forecast() {
    ask.disabled = true;
    try {
      await watch(told, await post("/forecasts", { item: row.item, site: row.place, horizon: DAYS, quantiles: LEVELS,
        protection: Math.min(DAYS, protection(page.network.lanes, row.place, known.origins).days) }));
      await draw();
    } catch (error) {
      show(told, wrong(error));
    }
    ask.disabled = false;
  }

  form.addEventListener("input", () => { begun = true; });
  show(place, h("h2", {}, t("stock.of", { item: row.item, place: row.place })), numbers,
    h("div", { class: "tools" }, ask, h("a", { class: "button", href: "#stock" }, t("stock.close"))), told, drawn, form, listed);
  await draw();
  ask.disabled = false;
  await list();
  return async (next) => {
    row = next ?? row;
    await draw();
    if (!listed.querySelector("form")) await list();
  };
}

/** Show stock; returns what ends it. */
export async function stock(main, page) {
  const asked = location.hash.slice(1).split("/").slice(1).map(decodeURIComponent);
  const read = () => get(`/state/stock?rows=${ROWS_MAX}&${at(page.moment)}`);
  let found = await read();
  const [body, one, waiting] = [h("section", {}), h("section", {}), h("section", {})];
  const wanted = h("input", { id: "wanted", type: "search", oninput: draw });
  function draw() {
    const text = wanted.value.trim().toLowerCase();
    const rows = found.rows.filter((row) => `${row.item} ${row.place}`.toLowerCase().includes(text));
    const columns = [
      { title: t("stock.item"), value: (row) => h("a", { href: `#stock/${path(row.item, row.place)}` }, row.item) },
      { title: t("stock.place"), value: (row) => row.place },
      ...COLUMNS.map((name) => ({ title: t(`stock.${name}`), number: true, value: (row) => units(row[name]) })),
    ];
    show(body, firstOf(rows, (shown) => table(columns, shown, { caption: t("view.stock") })));
  }
  show(main, h("h1", {}, t("view.stock")), one, h("div", { class: "tools" }, h("label", { for: "wanted" }, t("stock.search")), wanted,
    h("a", { class: "button", href: `/v1/state/stock?format=xlsx&${at(page.moment)}`, download: "stock.xlsx" }, t("frame.excel"))), body, waiting);
  draw();
  const mine = (each) => each.item === asked[0] && each.place === asked[1];
  const opened = async () => asked.length === 2 ? (await get(`/state/stock?${about(...asked)}&${at(page.moment)}`)).rows.find(mine) : null;
  const list = async () => { if (!waiting.querySelector("form")) await listActions(waiting, page); };
  const row = await opened();
  const again = row ? await sheet(one, row, page) : list;
  if (!row) await list();
  return live(main, page, async () => { found = await read(); draw(); await again(await opened()); }, ["progress", "plan"]);
}
