// Plans: those that were made, what changed from one to another, and a planner's word on them.

import { get, post } from "../api.js";
import { h, show, table, written } from "../dom.js";
import { wrong } from "../problems.js";
import { money, number, share, t, when } from "../words.js";
import { decide, decided } from "./decide.js";
import { difference } from "./difference.js";
import { field, planChoice } from "./kept.js";
import { allowed, part } from "./part.js";
import { watch } from "./work.js";

const ENDED = 401;

// Plans with what they came to; one whose result cannot be had says why, the others stand. `results` keeps those that were read.
async function made(results) {
  const [jobs, words, released] = await Promise.all([get("/jobs"), allowed(get("/decisions"), null), allowed(get("/plans"), [])]);
  async function row(job) {
    const found = { job, word: words?.find((one) => one.plan === job.id), silent: words === null, result: results.get(job.id) ?? null, fault: null };
    if (job.status !== "done" || found.result) return found;
    try {
      found.result = await get(`/jobs/${encodeURIComponent(job.id)}/result`);
      results.set(job.id, found.result);
    } catch (error) {
      if (error.status === ENDED) throw error;
      found.fault = error;
    }
    return found;
  }
  return { rows: await Promise.all(jobs.filter((job) => job.kind === "plan").map(row)), released, silent: words === null };
}

function word(row, again) {
  if (row.word) return decided(row.word.status, row.word.who, row.word.why);
  if (row.job.status !== "done" || row.silent) return "–";
  const path = `/plans/${encodeURIComponent(row.job.id)}`;
  return decide(row.job.id, { approve: () => post(`${path}/approval`), reject: (why) => post(`${path}/rejection`, { why }), done: again });
}

function versions(rows, page, again) {
  return table([
    { title: t("plans.plan"), value: (row) => row.job.id },
    { title: t("plans.status"), value: (row) => [t(`job.${row.job.status}`), row.fault && wrong(row.fault)] },
    { title: t("plans.asked"), value: (row) => when(row.job.submitted_us, page.zone) },
    { title: t("plans.who"), value: (row) => written(row.job.who) },
    { title: t("plans.covers"), number: true, value: (row) => share(row.job.asked.quantile, 0) },
    { title: t("plans.orders"), number: true, value: (row) => number(row.result && Object.values(row.result.orders).reduce((sum, count) => sum + count, 0)) },
    { title: t("plans.served"), number: true, value: (row) => row.result ? share(row.result.kpis.fill_rate) : "–" },
    { title: t("plans.result"), number: true, value: (row) => money(row.result?.kpis.result, page.currency) },
    { title: t("plans.word"), value: (row) => word(row, again) },
  ], rows, { caption: t("view.plans"), key: (row) => row.job.id });
}

// Plans that events released, as a live loop does.
function ofLoop(plans, page, again) {
  if (!plans.length) return null;
  const title = t("plans.released", { count: number(plans.length) });
  const path = (one) => `/plans/${encodeURIComponent(one.plan)}`;
  const settle = (one) => decide(one.plan, { approve: () => post(`${path(one)}/approval`), reject: (why) => post(`${path(one)}/rejection`, { why }), done: again });
  return [h("h2", {}, title), table([
    { title: t("plans.plan"), value: (one) => one.plan },
    { title: t("plans.released_at"), value: (one) => when(one.time_us, page.zone) },
    { title: t("plans.span"), value: (one) => `${when(one.start_us, page.zone)} – ${when(one.end_us, page.zone)}` },
    { title: t("plans.policy"), value: (one) => one.policy ?? "–" },
    { title: t("plans.reason"), value: (one) => one.reason ? h("span", { lang: "en" }, one.reason) : "–" },
    { title: t("plans.orders"), number: true, value: (one) => number(one.orders) },
    { title: t("plans.cost"), number: true, value: (one) => money(one.cost, page.currency) },
    { title: t("plans.word"), value: (one) => one.status === "released" ? settle(one) : decided(one.status, one.who, one.why) },
  ], plans, { caption: title, key: (one) => one.plan })];
}

function comparing(rows, asked, page) {
  const done = rows.filter((row) => row.result).map((row) => row.job);
  if (done.length < 2) return null;
  const before = planChoice("before", done, asked[0] ?? done[1].id, page);
  const after = planChoice("after", done, asked[1] ?? done[0].id, page);
  const go = (event) => { event.preventDefault(); location.hash = `plans/${encodeURIComponent(before.value)}/${encodeURIComponent(after.value)}`; };
  return h("form", { class: "form", onsubmit: go }, field(t("diff.before"), before), field(t("diff.after"), after), h("button", { type: "submit" }, t("plans.compare")));
}

/** Show plans; returns what ends it. */
export async function plans(main, page) {
  const asked = location.hash.slice(1).split("/").slice(1).map(decodeURIComponent);
  const results = new Map();
  const [told, listed, compared] = [h("section", {}), h("section", {}), h("section", {})];
  const reviews = h("input", { id: "reviews", type: "number", min: 1, max: 400, value: 14, required: true });
  const covers = h("input", { id: "covers", type: "number", min: 1, max: 99, value: 60, required: true });
  const form = h("form", { class: "form", onsubmit: ask }, field(t("plans.reviews"), reviews), field(t("plans.covers_of"), covers),
    h("button", { type: "submit", class: "main" }, t("plans.make")));

  // What was chosen to be compared stays chosen.
  function draw({ rows, released, silent }) {
    const chosen = ["before", "after"].map((id, place) => listed.querySelector(`#${id}`)?.value ?? asked[place]);
    show(listed, silent && h("p", { class: "waits" }, t("problem.site-not-allowed")),
      rows.length ? [versions(rows, page, list), comparing(rows, chosen, page)] : h("p", { class: "waits" }, t("plans.none")), ofLoop(released, page, list));
  }

  async function ask(event) {
    event.preventDefault();
    try {
      await watch(told, await post("/plans", { reviews: Number(reviews.value), quantile: Number(covers.value) / 100, at: page.moment }));
    } catch (error) {
      show(told, wrong(error));
    }
    await part(listed, list);
  }

  // What was asked for later is not drawn over by an answer that took longer.
  let [turns, drawn] = [0, 0];
  async function list(may = () => true) {
    turns += 1;
    const turn = turns;
    const found = await made(results);
    if (turn < drawn || !may()) return;
    drawn = turn;
    draw(found);
  }

  // Who gives a reason or chooses is not interrupted: the list is drawn when that is done.
  const follow = () => list(() => main.isConnected && !listed.querySelector(".decide form, select:focus"));

  // What happens while the list is read is not lost: this hears of it from the beginning.
  function heard(topic) {
    if (!main.isConnected) page.listeners.delete(heard);
    else if (topic === "plan") part(listed, follow).catch(() => page.ended());
  }

  show(main, h("h1", {}, t("view.plans")), form, told, listed, compared);
  page.listeners.add(heard);
  await part(listed, list);
  if (asked.length > 1) {
    await difference(compared, asked[0], asked[1], page).catch((error) => show(compared, wrong(error)));
    compared.scrollIntoView({ block: "start" });
  }
  return () => page.listeners.delete(heard);
}
