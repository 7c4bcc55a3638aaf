// What changed from a plan to another: money, what is kept, customers, orders, operations, and causes where they are asked for.

import { get, post } from "../api.js";
import { h, show, table } from "../dom.js";
import { wrong } from "../problems.js";
import { say } from "../sentences.js";
import { money, number, share, t, units, when } from "../words.js";
import { tile } from "./kept.js";
import { watch } from "./work.js";

const SHOWN = 200;

const mark = (what) => h("span", { class: `mark change ${what}` }, t(`change_of.${what}`));
const signed = (value, write) => `${value > 0 ? "+" : ""}${write(value)}`;
const later = (days) => days ? t("why.days", { days: signed(days, (one) => number(one, 1)) }) : "–";
const arrow = (before, after) => before === after ? before : `${before} → ${after}`;

function counted(counts) {
  return h("p", { class: "counts" }, Object.entries(counts).filter(([, count]) => count).map(([what, count]) => [mark(what), ` ${number(count)} `]));
}

function part(title, counts, columns, rows) {
  return h("section", {}, h("h2", {}, title), counted(counts), rows.length > 0 && table(columns, rows.slice(0, SHOWN), { caption: title }),
    rows.length > SHOWN && h("p", { class: "waits" }, t("diff.shown", { shown: number(SHOWN), count: number(rows.length) })));
}

function moneyTable(found, page) {
  return h("section", {}, h("h2", {}, t("diff.money")), table([
    { title: t("diff.term"), value: (one) => t(`term.${one.term}`) },
    { title: t("diff.before"), number: true, value: (one) => money(one.before, page.currency) },
    { title: t("diff.after"), number: true, value: (one) => money(one.after, page.currency) },
    { title: t("diff.change"), number: true, value: (one) => h("span", { class: "signed" }, signed(one.change, (value) => money(value, page.currency))) },
  ], found.money, { caption: t("diff.money") }));
}

function stability(found, page) {
  const { orders_kept: orders, operations_kept: operations, units_moved: moved, fenced } = found.stability;
  const result = found.money.find((one) => one.term === "result");
  return h("div", { class: "tiles four" },
    result && tile(t("diff.result"), signed(result.change, (value) => money(value, page.currency))),
    tile(t("diff.orders_kept"), share(orders)), tile(t("diff.operations_kept"), share(operations)), tile(t("diff.units_moved"), share(moved)), tile(t("diff.fenced"), number(fenced)));
}

function customers(found, page, after) {
  return part(t("diff.customers"), found.counts.customers, [
    { title: t("why.customer_order"), value: (one) => h("a", { href: `#why/${encodeURIComponent(after)}/${encodeURIComponent(one.order)}` }, one.order) },
    { title: t("diff.what"), value: (one) => mark(one.what) },
    { title: t("why.customer"), value: (one) => one.customer },
    { title: t("why.item"), value: (one) => one.item },
    { title: t("diff.later"), number: true, value: (one) => later(one.days_later) },
    { title: t("diff.served"), value: (one) => arrow(when(one.served_before_us, page.zone), when(one.served_after_us, page.zone)) },
    { title: t("diff.units_shipped"), number: true, value: (one) => arrow(units(one.shipped_before), units(one.shipped_after)) },
  ], found.customers);
}

function orders(found, page) {
  return part(t("diff.orders"), found.counts.orders, [
    { title: t("why.order"), value: (one) => one.order_after ?? one.order_before },
    { title: t("diff.what"), value: (one) => mark(one.what) },
    { title: t("diff.kind"), value: (one) => t(`order_kind.${one.kind}`) },
    { title: t("why.item"), value: (one) => one.item },
    { title: t("diff.way"), value: (one) => one.from_place ? `${one.from_place} → ${one.to_place}` : one.to_place },
    { title: t("diff.later"), number: true, value: (one) => later(one.days_later) },
    { title: t("diff.released"), value: (one) => when(one.release_after_us ?? one.release_before_us, page.zone) },
    { title: t("diff.added"), number: true, value: (one) => signed(one.added_units, units) },
  ], found.orders);
}

function operations(found, page) {
  return part(t("diff.operations"), found.counts.operations, [
    { title: t("why.order"), value: (one) => one.order },
    { title: t("diff.operation"), value: (one) => one.operation },
    { title: t("diff.what"), value: (one) => mark(one.what) },
    { title: t("diff.machine"), value: (one) => arrow(one.machine_before ?? "–", one.machine_after ?? "–") },
    { title: t("diff.later"), number: true, value: (one) => one.shift ? t("schedule.hours", { hours: signed(one.shift / 3.6e9, (value) => number(value, 1)) }) : "–" },
    { title: t("diff.starts"), value: (one) => when(one.start_after ?? one.start_before, page.zone) },
  ], found.operations);
}

function causes(why, page) {
  if (!why.causes.length) return h("p", { class: "waits" }, t("diff.no_causes", { count: number(why.tried) }));
  return table([
    { title: t("why.customer_order"), value: (one) => one.order },
    { title: t("diff.what"), value: (one) => mark(one.what) },
    { title: t("why.item"), value: (one) => one.item },
    { title: t("diff.because"), value: (one) => one.because.length ? h("ul", { class: "plain" }, one.because.map((each) => h("li", {}, say(each.said, each.name, page.zone)))) : t("diff.not_found") },
    { title: t("diff.whole"), value: (one) => one.whole ? t("why.yes") : t("why.no") },
  ], why.causes, { caption: t("diff.causes") });
}

/** Show what changed between two plans, by their ids. */
export async function difference(place, before, after, page) {
  const path = `/plans/${encodeURIComponent(before)}/diff/${encodeURIComponent(after)}`;
  const found = await get(path);
  const [told, because] = [h("div", {}), h("div", {})];
  const ask = h("button", { type: "button", onclick: find }, t("diff.find"));
  async function find() {
    ask.disabled = true;
    try {
      const made = await watch(told, await post(path));
      if (made) show(because, causes(made.why, page));
    } catch (error) {
      show(told, wrong(error));
    }
    ask.disabled = false;
  }
  show(place, h("h2", {}, t("diff.title", { before, after })),
    h("p", { class: "waits" }, t("diff.span", { from: when(found.start_us, page.zone), to: when(found.end_us, page.zone) })), stability(found, page),
    h("div", { class: "columns even" }, moneyTable(found, page), h("section", {}, h("h2", {}, t("diff.causes")), ask, told, because)),
    customers(found, page, after), orders(found, page), operations(found, page));
}
