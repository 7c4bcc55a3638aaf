// Actions on open orders: proposed here, and approved or rejected by who may.

import { get, post } from "../api.js";
import { h, show, table, written } from "../dom.js";
import { wrong } from "../problems.js";
import { t, units, when } from "../words.js";
import { decide, decided } from "./decide.js";

const DAY_US = 86_400e6;
const DATED = { expedite: -1, defer: 1 };
const KINDS = ["expedite", "defer", "increase", "decrease", "cancel"];

function change(one, page) {
  if (one.new_due_us !== null) return `${when(one.due_us, page.zone)} → ${when(one.new_due_us, page.zone)}`;
  if (one.new_quantity !== null) return `${units(one.quantity)} → ${units(one.new_quantity)}`;
  return t("action.all_of_it", { quantity: units(one.quantity) });
}

/** Show what was proposed and decided, of a place in the page; returns it. `changed` is called with it after a decision. */
export async function listActions(place, page, changed, only = () => true) {
  const found = (await get("/actions")).filter(only);
  const path = (one) => `/actions/${encodeURIComponent(one.id)}`;
  const again = async () => { const now = await listActions(place, page, changed, only); await changed?.(now); };
  show(place, h("h2", {}, t("action.proposed", { count: found.filter((one) => one.status === "proposed").length })), found.length ? table([
    { title: t("action.order"), value: (one) => one.order },
    { title: t("action.kind"), value: (one) => t(`action_kind.${one.kind}`) },
    { title: t("stock.item"), value: (one) => one.item },
    { title: t("stock.place"), value: (one) => one.place },
    { title: t("action.change"), value: (one) => change(one, page) },
    { title: t("action.why"), value: (one) => one.why === null ? "–" : written(one.why) },
    { title: t("action.who"), value: (one) => written(one.who) },
    { title: t("plans.word"), value: (one) => one.status === "proposed"
      ? decide(`${t(`action_kind.${one.kind}`)} ${one.order}`, { approve: () => post(`${path(one)}/approval`), reject: (why) => post(`${path(one)}/rejection`, { why }), done: again })
      : decided(one.status, one.decided_by, one.reason) },
  ], found, { caption: t("action.list") }) : h("p", { class: "waits" }, t("action.none")));
  return found;
}

/** Take away what a form says of its proposal once that does not wait any more. */
export function settle(form, found) {
  const said = form.querySelector("[data-action]");
  if (said && found.some((one) => one.id === said.dataset.action && one.status !== "proposed")) said.remove();
}

// What is sent or delivered in full is not changed any more.
const isOpen = (one) => Math.max(one.shipped ?? 0, one.delivered ?? 0) < one.quantity;

/** Make a form that proposes an action on one of these open orders; `proposed` is called when one was. */
export function propose(orders, page, proposed) {
  const lines = orders.filter(isOpen);
  if (!lines.length) return h("p", { class: "waits" }, t("action.no_orders"));
  const label = (one) => t("action.line", { order: one.order, quantity: units(one.quantity), from: one.party ?? "–", due: when(one.due_us, page.zone) });
  const order = h("select", { id: "action_order", onchange: fit }, lines.map((one, at) => h("option", { value: at }, label(one))));
  const kind = h("select", { id: "action_kind", onchange: fit }, KINDS.map((one) => h("option", { value: one }, t(`action_kind.${one}`))));
  const days = h("input", { id: "action_days", type: "number", min: 0.25, max: 365, step: "any", value: 1 });
  const quantity = h("input", { id: "action_quantity", type: "number", min: 0, step: "any" });
  const reason = h("input", { id: "action_why", maxlength: 1000 });
  const told = h("div", { "aria-live": "polite" });
  const named = (name, input) => h("div", { class: "field" }, h("label", { for: input.id }, t(`action.${name}`)), input);
  const [byDays, toQuantity] = [named("days", days), named("quantity", quantity)];

  function fit() {
    const [one, is] = [lines[Number(order.value)], kind.value];
    byDays.hidden = !(is in DATED);
    toQuantity.hidden = is in DATED || is === "cancel";
    days.required = !byDays.hidden;
    quantity.required = !toQuantity.hidden;
    if (!toQuantity.hidden) quantity.value = Math.round(one.quantity * (is === "increase" ? 1.2 : 0.8));
  }

  async function send(event) {
    event.preventDefault();
    const [one, is] = [lines[Number(order.value)], kind.value];
    const due = (one.due_us ?? page.nowUs) + (DATED[is] ?? 0) * Number(days.value) * DAY_US;
    try {
      const made = await post("/actions", { kind: is, order: one.order, why: reason.value.trim() || null,
        due_us: is in DATED ? Math.round(due) : null, quantity: toQuantity.hidden ? null : Number(quantity.value) });
      show(told, h("p", { class: "good", "data-action": made.id }, t("action.sent")));
      await proposed();
    } catch (error) {
      show(told, wrong(error, { zone: page.zone }));
    }
  }

  fit();
  return h("form", { class: "form", onsubmit: send }, named("order", order), named("kind", kind), byDays, toQuantity, named("why", reason),
    h("button", { type: "submit", class: "main" }, t("action.propose")), told);
}
