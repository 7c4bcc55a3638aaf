// Dead letters: records that could not be used, mended where that helps, and fed in again.

import { get, post } from "../api.js";
import { h, show, table } from "../dom.js";
import { wrong } from "../problems.js";
import { reason, say } from "../sentences.js";
import { number, t, when } from "../words.js";

const SHOWN = 50;
const CUT = 200;

// What has no words here is shown as it came.
const inEnglish = (text) => h("span", { lang: "en" }, text);

function retry(one, page, again) {
  const place = h("span", { class: "decide" });
  const name = `${one.partition} ${one.offset}`;

  async function send(body) {
    try {
      await post(`/deadletters/${encodeURIComponent(one.id)}/retry`, { body });
      await again();
    } catch (error) {
      show(place, wrong(error, { tag: "span", zone: page.zone }), " ", h("button", { type: "button", onclick: begin }, t("decide.back")));
    }
  }

  function begin() {
    show(place, h("button", { type: "button", "aria-label": t("letter.retry_what", { what: name }), onclick: () => send(null) }, t("letter.retry")), " ",
      h("button", { type: "button", "aria-label": t("letter.mend_what", { what: name }), onclick: mend }, t("letter.mend")));
  }

  function mend() {
    // Mended from a piece of it, the rest would be lost.
    if (one.raw_cut) return show(place, h("span", { class: "problem", role: "alert" }, t("letter.cut")), " ", h("button", { type: "button", onclick: begin }, t("decide.back")));
    const body = h("textarea", { rows: 5, cols: 44, required: true, spellcheck: "false", "aria-label": t("letter.mend_what", { what: name }) }, one.raw);
    const form = h("form", { class: "mending", onsubmit: (event) => { event.preventDefault(); send(body.value); } }, body,
      h("div", {}, h("button", { type: "submit" }, t("letter.send")), " ", h("button", { type: "button", onclick: begin }, t("decide.back"))));
    show(place, form);
    return body.focus();
  }

  begin();
  return place;
}

/** Show dead letters in a place of the page; `isRead()` says whether any record was read. */
export async function letters(place, page, isRead) {
  const found = await get(`/deadletters?rows=${SHOWN}`);
  const again = () => letters(place, page, isRead);
  const title = t("streams.letters", { count: number(found.total) });
  show(place, h("h2", {}, title), found.total ? table([
    { title: t("letter.place"), value: (one) => `${one.partition} ${one.offset}` },
    { title: t("letter.reason"), value: (one) => reason(one.reason) ?? inEnglish(one.reason) },
    { title: t("letter.detail"), value: (one) => say(one.said, null, page.zone) ?? inEnglish(one.detail) },
    { title: t("letter.raw"), value: (one) => h("code", { lang: "zxx" }, one.raw.slice(0, CUT)) },
    { title: t("letter.again"), value: (one) => one.retried_us ? h("span", { class: "good" }, one.mended ? t("letter.mended", { time: when(one.retried_us, page.zone) }) : t("letter.retried", { time: when(one.retried_us, page.zone) })) : retry(one, page, again) },
  ], found.letters, { caption: title }) : isRead() ? h("p", { class: "good" }, t("streams.no_letters")) : h("p", { class: "waits" }, t("streams.nothing_read")));
}
