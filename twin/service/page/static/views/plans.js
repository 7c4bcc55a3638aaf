// Plans: those that were made, and a new one.

import { get, post } from "../api.js";
import { h, show, table } from "../dom.js";
import { money, number, t, time } from "../words.js";
import { watch } from "./work.js";

async function made() {
  const jobs = (await get("/jobs")).filter((job) => job.kind === "plan");
  return Promise.all(jobs.map(async (job) => ({ job, result: job.status === "done" ? await get(`/jobs/${job.id}/result`) : null })));
}

/** Show plans. */
export async function plans(main, page) {
  const place = h("section", {});
  const listed = h("section", {});
  const reviews = h("input", { id: "reviews", type: "number", min: 1, max: 400, value: 14, required: true });
  const form = h("form", { class: "form", onsubmit: ask }, h("div", { class: "field" }, h("label", { for: "reviews" }, t("plans.reviews")), reviews),
    h("button", { type: "submit", class: "main" }, t("plans.make")));
  async function list() {
    const rows = await made();
    show(listed, rows.length ? table([
      { title: t("plans.plan"), value: (row) => row.job.id },
      { title: t("plans.status"), value: (row) => t(`job.${row.job.status}`) },
      { title: t("plans.asked"), value: (row) => time(row.job.submitted_us, page.zone) },
      { title: t("plans.who"), value: (row) => row.job.who },
      { title: t("plans.orders"), number: true, value: (row) => number(row.result && Object.values(row.result.orders).reduce((sum, count) => sum + count, 0)) },
      { title: t("plans.profit"), number: true, value: (row) => money(row.result?.kpis.profit, page.currency) },
    ], rows, { caption: t("view.plans") }) : h("p", { class: "waits" }, t("plans.none")));
  }
  async function ask(event) {
    event.preventDefault();
    try {
      await watch(place, await post("/plans", { reviews: Number(reviews.value), at: page.moment }));
    } catch (error) {
      show(place, h("p", { class: "problem", role: "alert" }, error.message));
    }
    await list();
  }
  show(main, h("h1", {}, t("view.plans")), form, place, listed);
  await list();
}
