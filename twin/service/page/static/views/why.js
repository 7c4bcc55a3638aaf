// Why: an order of a customer, back to what decides when it is served; what binds it, and what could be done for how much.

import { get, post, ROWS_MAX } from "../api.js";
import { h, show, table } from "../dom.js";
import { wrong as problem } from "../problems.js";
import { say } from "../sentences.js";
import { tree } from "../tree.js";
import { money, number, t, units, when } from "../words.js";
import { field, keptPlans, planChoice, tile } from "./kept.js";
import { watch } from "./work.js";

const LISTED = 60;
const OFFERED = 5_000;

const days = (value) => t("why.days", { days: number(value, 1) });
const wrongFirst = (rows) => rows.filter((row) => row.waited_days === null || row.waited_days > 0);

function summary(found, page) {
  const whole = found.shipped >= found.quantity * (1 - 1e-9);
  const waited = whole && found.delivered_us !== null ? Math.max(0, found.delivered_us - found.asked_us) / 86_400e6 : null;
  return h("div", { class: "tiles four" },
    tile(t("why.of"), t("why.of_what", { quantity: units(found.quantity), item: found.item, customer: found.customer })),
    tile(t("why.asked"), when(found.asked_us, page.zone)),
    tile(t("why.served"), whole ? when(found.delivered_us, page.zone) : t("why.served_part", { shipped: units(found.shipped), quantity: units(found.quantity) })),
    tile(t("why.waits"), waited === null ? t("why.never") : waited > 0 ? days(waited) : t("why.at_once")));
}

// The time between asked and served, each part as long as it took.
function spent(found, page) {
  if (!found.segments.length) return null;
  const bar = h("div", { class: "spent", "aria-hidden": true }, found.segments.map((one) => {
    const part = h("span", { class: `part ${one.reason.replace(" ", "_")}`, title: say(one.said, one.text, page.zone) });
    part.style.setProperty("flex-grow", Math.max(one.days, 0.01));
    return part;
  }));
  const rows = table([
    { title: t("why.reason"), value: (one) => h("span", { class: `mark part ${one.reason.replace(" ", "_")}` }, t(`reason.${one.reason.replace(" ", "_")}`)) },
    { title: t("why.order"), value: (one) => one.order || "–" },
    { title: t("why.text"), value: (one) => say(one.said, one.text, page.zone) },
    { title: t("why.from"), value: (one) => when(one.start_us, page.zone) },
    { title: t("why.until"), value: (one) => when(one.end_us, page.zone) },
    { title: t("why.took"), number: true, value: (one) => days(one.days) },
  ], found.segments, { caption: t("why.spent") });
  return h("section", {}, h("h2", {}, t("why.spent")), bar, rows);
}

function short(found, page) {
  if (!found.shortage) return null;
  const { quantity, item, site, cost } = found.shortage;
  return h("p", { class: "problem" }, t("why.short", { quantity: units(quantity), item, site, cost: money(cost, page.currency) }));
}

function bound(one) {
  return t(`constraint.${one.kind}`, { item: one.item, place: one.place, order: one.order, lane: one.lane });
}

function fixes(found, page) {
  if (!found.fixes.length) return h("p", { class: "waits" }, t("why.no_fix"));
  const best = found.fixes[0];
  return h("div", {},
    h("div", { class: "card best" }, h("strong", {}, best.price === null ? t("why.no_price") : money(best.price, page.currency)), h("div", {}, say(best.said, best.text, page.zone)),
      h("div", { class: best.on_time ? "good" : "waits" }, best.on_time ? t("why.on_time") : t("why.sooner", { days: number(best.gain_days, 1) }))),
    table([
      { title: t("why.fix"), value: (one) => say(one.said, one.text, page.zone) },
      { title: t("why.relaxes"), value: (one) => t(`constraint_kind.${one.kind}`) },
      { title: t("why.price"), number: true, value: (one) => one.price === null ? t("why.no_price") : money(one.price, page.currency) },
      { title: t("why.then"), value: (one) => when(one.served_us, page.zone) },
      { title: t("why.gain"), number: true, value: (one) => days(one.gain_days) },
      { title: t("why.in_time"), value: (one) => one.on_time ? t("why.yes") : t("why.no") },
    ], found.fixes, { caption: t("why.fixes") }));
}

function tried(found, page) {
  return h("details", {}, h("summary", {}, t("why.tried", { count: number(found.tried.length) })),
    table([
      { title: t("why.without"), value: (one) => bound(one) },
      { title: t("why.then"), value: (one) => one.served_us === null ? t("why.never") : when(one.served_us, page.zone) },
      { title: t("why.gain"), number: true, value: (one) => days(one.gain_days) },
    ], found.tried, { caption: t("why.tried", { count: number(found.tried.length) }) }));
}

function pegging(found, page) {
  const say = (one) => [
    h("span", { class: `mark peg ${one.kind}` }, t(`peg.${one.kind}`)), " ",
    h("strong", {}, t("why.units", { quantity: units(one.quantity), item: one.item })), " ", t("why.at", { place: one.place }),
    one.order ? ` · ${one.order}` : "", h("small", {}, one.since_us === null ? t("why.never") : t("why.since", { time: when(one.since_us, page.zone) }))];
  return h("section", {}, h("h2", {}, t("why.pegging")), found.pegging.length
    ? [h("p", { class: "waits" }, t("why.keys")), tree(found.pegging, { label: t("why.pegging"), say })]
    : h("p", { class: "waits" }, t("why.no_pegs")));
}

function explained(found, page) {
  if (found.unexplained) return problem({ message: found.unexplained, said: found.said });
  const binds = found.constraint;
  const gain = found.tried[0]?.gain_days ?? 0;
  return [h("section", {}, h("h2", {}, t("why.binds")),
    binds ? h("p", { class: "binds" }, h("span", { class: "mark order_late" }, t(`constraint_kind.${binds.kind}`)), " ", bound(binds), gain > 0 && h("small", {}, t("why.binds_gain", { days: number(gain, 1) })))
      : h("p", { class: "waits" }, t("why.nothing_binds"))),
  h("section", {}, h("h2", {}, t("why.fixes")), fixes(found, page), tried(found, page)), pegging(found, page)];
}

function choose(plan, rows, page) {
  const wrong = wrongFirst(rows);
  return h("section", {}, h("h2", {}, t("why.wrong", { count: number(wrong.length) })), wrong.length
    ? table([
      { title: t("why.customer_order"), value: (row) => h("a", { href: `#why/${encodeURIComponent(plan)}/${encodeURIComponent(row.order)}` }, row.order) },
      { title: t("why.customer"), value: (row) => row.customer },
      { title: t("why.item"), value: (row) => row.item },
      { title: t("why.site"), value: (row) => row.site },
      { title: t("why.asked"), value: (row) => when(row.asked_us, page.zone) },
      { title: t("why.quantity"), number: true, value: (row) => units(row.quantity) },
      { title: t("why.shipped"), number: true, value: (row) => units(row.shipped) },
      { title: t("why.waits"), value: (row) => row.waited_days === null ? h("span", { class: "mark order_late" }, t("why.never")) : days(row.waited_days) },
    ], wrong.slice(0, LISTED), { caption: t("why.wrong", { count: number(wrong.length) }) })
    : h("p", { class: "good" }, t("why.all_at_once")));
}

// What the address names: an order, or a plan and an order.
function named() {
  const parts = location.hash.slice(1).split("/").slice(1).map(decodeURIComponent);
  return parts.length > 1 ? { plan: parts[0], order: parts[1] } : { plan: null, order: parts[0] ?? "" };
}

/** Show why an order is served when it is. */
export async function why(main, page) {
  const plans = await keptPlans();
  if (!plans.length) {
    show(main, h("h1", {}, t("view.why")), h("p", {}, t("why.no_plan"), " ", h("a", { href: "#plans" }, t("why.make_plan"))));
    return;
  }
  const asked = named();
  const plan = plans.some((job) => job.id === asked.plan) ? asked.plan : plans[0].id;
  const { rows } = await get(`/plans/${encodeURIComponent(plan)}/tables/served?rows=${ROWS_MAX}`);
  const picked = planChoice("plan", plans, plan, page);
  const order = h("input", { id: "order", type: "search", list: "orders", value: asked.order, required: true, autocomplete: "off", spellcheck: "false" });
  const known = h("datalist", { id: "orders" }, wrongFirst(rows).slice(0, OFFERED).map((row) => h("option", { value: row.order })));
  const binding = h("button", { type: "button", disabled: true, onclick: bind }, t("why.bind"));
  const [about, told, deeper] = [h("div", {}), h("div", {}), h("div", {})];
  const go = (event) => { event?.preventDefault(); location.hash = `why/${encodeURIComponent(picked.value)}/${encodeURIComponent(order.value.trim())}`; };
  picked.addEventListener("change", go);
  const form = h("form", { class: "form", onsubmit: go }, field(t("why.plan"), picked), field(t("why.customer_order"), order), known,
    h("button", { type: "submit", class: "main" }, t("why.show")), binding);
  const wrong = (error) => show(told, problem(error));

  async function bind() {
    binding.disabled = true;
    try {
      const found = await watch(told, await post(`/plans/${encodeURIComponent(plan)}/why`, { order: asked.order }));
      if (found) show(deeper, explained(found, page));
    } catch (error) {
      wrong(error);
    }
    binding.disabled = false;
  }

  show(main, h("h1", {}, asked.order ? t("why.title", { order: asked.order }) : t("view.why")), form, about, told, deeper, choose(plan, rows, page));
  if (!asked.order) return;
  try {
    const found = await get(`/plans/${encodeURIComponent(plan)}/why/${encodeURIComponent(asked.order)}`);
    show(about, summary(found, page), short(found, page), spent(found, page));
    binding.disabled = false;
    const before = (await get("/jobs")).find((job) => job.kind === "why" && job.status === "done" && job.asked.plan === plan && job.asked.order === asked.order);
    if (before) show(deeper, explained(await get(`/jobs/${before.id}/result`), page));
  } catch (error) {
    wrong(error);
  }
}
