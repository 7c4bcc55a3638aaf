// Approve, or reject with a reason: what planners do with plans, actions and branches that wait for their word.

import { h, show, written } from "../dom.js";
import { wrong } from "../problems.js";
import { pieces, t } from "../words.js";

/** Make buttons for what waits: `approve()` and `reject(why)` ask the service, `done` is called when it took the word. */
export function decide(name, { approve, reject, done }) {
  const place = h("span", { class: "decide" });
  const told = (error) => show(place, wrong(error, { tag: "span" }), " ", again());
  const again = () => h("button", { type: "button", onclick: begin }, t("decide.back"));

  async function say(act) {
    try {
      await act();
      await done();
    } catch (error) {
      told(error);
    }
  }

  function begin() {
    show(place, h("button", { type: "button", "aria-label": t("decide.approve_what", { what: name }), onclick: () => say(approve) }, t("decide.approve")), " ",
      h("button", { type: "button", "aria-label": t("decide.reject_what", { what: name }), onclick: refuse }, t("decide.reject")));
  }

  function refuse() {
    const reason = h("input", { required: true, maxlength: 1000, "aria-label": t("decide.reason_of", { what: name }), placeholder: t("decide.reason") });
    const form = h("form", { class: "inline", onsubmit: (event) => { event.preventDefault(); say(() => reject(reason.value.trim())); } },
      reason, h("button", { type: "submit" }, t("decide.reject")), again());
    show(place, form);
    reason.focus();
  }

  begin();
  return place;
}

/** Write what was decided. */
export function decided(status, who, why) {
  return [h("span", { class: `mark ${status}` }, t(`decision.${status}`)), " ", h("small", {}, why ? pieces("decide.by_why", { who: written(who), why: written(why) }) : pieces("decide.by", { who: written(who) }))];
}
