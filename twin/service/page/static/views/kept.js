// Plans that were made and are kept: which there are, and which one is meant.

import { get } from "../api.js";
import { h } from "../dom.js";
import { t, when } from "../words.js";

/** Return the jobs of plans that are done, the latest first. */
export async function keptPlans() {
  return (await get("/jobs")).filter((job) => job.kind === "plan" && job.status === "done");
}

/** Write a plan as a planner knows it: its name and when it was asked for. */
export function planName(job, page) {
  return t("plans.named", { plan: job.id, time: when(job.submitted_us, page.zone) });
}

/** Make a choice of plans. */
export function planChoice(id, plans, chosen, page) {
  return h("select", { id }, plans.map((job) => h("option", { value: job.id, selected: job.id === chosen }, planName(job, page))));
}

/** Make a field: an input under its name. */
export function field(name, input) {
  return h("div", { class: "field" }, h("label", { for: input.id }, name), input);
}

/** Make a tile: what, and its value. */
export function tile(what, ...value) {
  return h("div", { class: "tile" }, h("div", { class: "what" }, what), h("div", { class: "value" }, value));
}
