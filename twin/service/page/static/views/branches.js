// Branches that are kept: what each changes, which are compared, and what would make one real.

import { get, post, remove } from "../api.js";
import { h, show, table, written } from "../dom.js";
import { wrong } from "../problems.js";
import { say } from "../sentences.js";
import { number, t, when } from "../words.js";

const path = (name, rest = "") => `/branches/${encodeURIComponent(name)}${rest}`;

function told(name, found) {
  const list = found[name].map((text, place) => h("li", {}, say(found.said[name][place], text)));
  return list.length > 0 && [h("h3", {}, t(`promotion.${name}`)), h("ul", {}, list)];
}

// What a promotion would write, and the reason that is asked before it does.
async function promotion(place, name, done) {
  const close = h("button", { type: "button", onclick: () => show(place) }, t("decide.back"));
  const refused = (error) => show(place, wrong(error), close);
  show(place, h("p", { class: "waits" }, t("frame.loading")));
  try {
    const found = await get(path(name, "/promotion"));
    const parts = ["told", "done", "conflicts", "left_out"].map((one) => told(one, found));
    const why = h("input", { id: "promotion_why", required: true, maxlength: 1000 });
    const form = h("form", { class: "form", onsubmit: send }, h("div", { class: "field" }, h("label", { for: "promotion_why" }, t("promotion.why")), why),
      h("button", { type: "submit", class: "main" }, t("promotion.confirm")), close);
    show(place, h("div", { class: "card" }, h("h2", {}, t("promotion.title", { name })), parts,
      found.events.length ? [h("p", { class: "waits" }, t("promotion.events", { count: number(found.events.length) })), form] : [h("p", { class: "good" }, t("promotion.nothing")), close]));
    if (found.events.length) why.focus();
    async function send(event) {
      event.preventDefault();
      try {
        await post(path(name, "/promotion"), { why: why.value.trim() });
        show(place, h("p", { class: "good", role: "status" }, t("promotion.made", { name })));
        await done();
      } catch (error) {
        refused(error);
      }
    }
  } catch (error) {
    refused(error);
  }
}

// A branch is gone when it is forgotten: that is asked once more.
function forgetting(place, name, done) {
  const back = h("button", { type: "button", onclick: () => show(place) }, t("decide.back"));
  const sure = h("button", { type: "button", onclick: forget }, t("branch.forget_sure"));
  async function forget() {
    sure.disabled = true;
    try {
      await remove(path(name));
      show(place);
      await done();
    } catch (error) {
      show(place, wrong(error), back);
    }
  }
  show(place, h("div", { class: "card" }, h("p", {}, t("branch.forget_asked", { name })), sure, " ", back));
  sure.focus();
}

/** Show the branches that are kept; returns a function that tells the names of those that are ticked. */
export async function branches(place, page) {
  const [listed, below] = [h("div", {}), h("div", {})];
  const ticked = new Set();
  show(place, listed, below);

  async function list() {
    const found = await get("/branches");
    const names = new Set(found.map((one) => one.name));
    for (const name of [...ticked]) if (!names.has(name)) ticked.delete(name);
    const tick = (one) => h("input", { type: "checkbox", "aria-label": t("branch.tick", { name: one.name }), checked: ticked.has(one.name),
      onchange: (event) => event.target.checked ? ticked.add(one.name) : ticked.delete(one.name) });
    const acts = (one) => [
      h("button", { type: "button", "aria-label": t("branch.promote_what", { name: one.name }), onclick: () => promotion(below, one.name, list) }, t("branch.promote")), " ",
      h("button", { type: "button", "aria-label": t("branch.forget_what", { name: one.name }), onclick: () => forgetting(below, one.name, list) }, t("branch.forget"))];
    show(listed, h("h2", {}, t("branch.kept", { count: number(found.length) })), found.length ? table([
      { title: t("branch.name"), value: (one) => h("label", { class: "tick" }, tick(one), " ", written(one.name)) },
      { title: t("branch.changes"), value: (one) => h("ul", { class: "plain" }, one.lines.map((line, place) => h("li", {}, say(one.said[place], line)))) },
      { title: t("branch.from"), value: (one) => when(one.as_of_us, page.zone) },
      { title: t("futures.days"), number: true, value: (one) => number(one.days) },
      { title: t("branch.who"), value: (one) => written(one.who) },
    ], found, { caption: t("branch.kept", { count: number(found.length) }), onrow: acts, key: (one) => one.name }) : h("p", { class: "waits" }, t("branch.none")));
  }

  await list();
  return { ticked: () => [...ticked], list, tick: (name) => ticked.add(name) };
}
