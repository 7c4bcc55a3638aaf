// Streams: how far the twin is, how fast, and what could not be used.

import { get } from "../api.js";
import { h, show } from "../dom.js";
import { number, t, when } from "../words.js";
import { tile } from "./kept.js";
import { letters } from "./letters.js";
import { part } from "./part.js";

/** Show streams; returns what ends it. */
export async function streams(main, page) {
  let [last, position] = [null, {}];
  const numbers = h("section", { class: "tiles", "aria-label": t("streams.numbers"), "aria-live": "off" });
  const dead = h("section", {});

  // Counted by offsets: what is read is counted from the start of the process.
  const isRead = () => Object.values(position).some((offset) => offset > 0);
  const list = () => part(dead, () => letters(dead, page, isRead));

  function tell(progress) {
    const now = performance.now();
    const rate = last && now > last.now ? (1000 * (progress.read - last.read)) / (now - last.now) : null;
    last = { now, read: progress.read };
    position = progress.position;
    show(numbers, tile(t("streams.read"), number(progress.read)), tile(t("streams.rate"), number(rate)),
      tile(t("streams.behind"), number(progress.behind)), tile(t("streams.waiting"), number(progress.waiting)),
      tile(t("streams.watermark"), when(progress.watermark_us, page.zone)), tile(t("streams.latest"), when(progress.latest_us, page.zone)),
      tile(t("streams.dead"), number(Object.values(progress.dead_letters).reduce((sum, count) => sum + count, 0))));
  }

  show(main, h("h1", {}, t("view.streams")), numbers, dead);
  tell(await get("/streams"));
  await list();
  const heard = (topic, data) => {
    if (topic !== "progress") return;
    const wasRead = isRead();
    tell(data);
    if (!wasRead && isRead()) list();
  };
  page.listeners.add(heard);
  return () => page.listeners.delete(heard);
}
