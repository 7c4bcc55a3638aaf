// A job that is asked for, watched and stopped, as views show it.

import { follow, get, remove } from "../api.js";
import { h, show } from "../dom.js";
import { wrong } from "../problems.js";
import { number, t } from "../words.js";

/** Watch a job in an element; returns its result, or null if it did not come to one. */
export async function watch(place, job, tell) {
  const bar = h("progress", { "aria-label": t("job.progress") });
  const told = h("span", { "aria-live": "polite" }, t(`job.${job.status}`));
  show(place, h("div", { class: "job" }, bar, told, h("button", { onclick: () => remove(`/jobs/${job.id}`) }, t("job.stop"))));
  const over = await follow(job, (step) => {
    if (step.expected) {
      bar.max = step.expected;
      bar.value = step.done;
      told.textContent = t("job.done_of", { done: number(step.done), expected: number(step.expected) });
    } else {
      told.textContent = t("job.objective", { objective: number(step.objective), bound: number(step.bound) });
    }
    tell?.(step);
  });
  if (over.status !== "done") {
    show(place, h("p", { class: "problem", role: "alert" }, t(`job.${over.status}`), over.error ? [": ", wrong({ message: over.error, said: over.said }, { tag: "span", properties: {} })] : ""));
    return null;
  }
  show(place);
  return get(`/jobs/${job.id}/result`);
}
