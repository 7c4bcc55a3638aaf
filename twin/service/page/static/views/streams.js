// Streams: how far the twin is, how fast, and what could not be used.

import { get } from "../api.js";
import { h, show, table } from "../dom.js";
import { number, t, time } from "../words.js";

function tile(what, value) {
  return h("div", { class: "tile" }, h("div", { class: "what" }, what), h("div", { class: "value" }, value));
}

/** Show streams; returns what ends it. */
export async function streams(main, page) {
  let last = null;
  const numbers = h("section", { class: "tiles", "aria-label": t("streams.numbers"), "aria-live": "off" });
  const letters = h("section", {});

  function tell(progress) {
    const now = performance.now();
    const rate = last && now > last.now ? (1000 * (progress.read - last.read)) / (now - last.now) : null;
    last = { now, read: progress.read };
    show(numbers, tile(t("streams.read"), number(progress.read)), tile(t("streams.rate"), number(rate)),
      tile(t("streams.behind"), number(progress.behind)), tile(t("streams.waiting"), number(progress.waiting)),
      tile(t("streams.watermark"), time(progress.watermark_us, page.zone)), tile(t("streams.latest"), time(progress.latest_us, page.zone)),
      tile(t("streams.dead"), number(Object.values(progress.dead_letters).reduce((sum, count) => sum + count, 0))));
  }

  async function drawLetters() {
    const found = await get("/deadletters?rows=50");
    show(letters, h("h2", {}, t("streams.letters", { count: number(found.total) })), found.total
      ? table([
        { title: t("letter.place"), value: (one) => `${one.partition} ${one.offset}` },
        { title: t("letter.reason"), value: (one) => one.reason },
        { title: t("letter.detail"), value: (one) => one.detail },
        { title: t("letter.raw"), value: (one) => h("code", {}, one.raw.slice(0, 200)) },
      ], found.letters, { caption: t("streams.letters", { count: number(found.total) }) })
      : h("p", { class: "good" }, t("streams.no_letters")));
  }

  show(main, h("h1", {}, t("view.streams")), numbers, letters);
  tell(await get("/streams"));
  await drawLetters();
  const heard = (topic, data) => topic === "progress" && tell(data);
  page.listeners.add(heard);
  return () => page.listeners.delete(heard);
}
