// Parts of a view: what one of them may not show, or cannot, leaves the others as they are.

import { h, show } from "../dom.js";
import { wrong } from "../problems.js";
import { number, t } from "../words.js";

const ENDED = 401;
const REFUSED = 403;
const LISTED = 5_000;

/** Draw a part in its place; what goes wrong stands there instead, but the end of a session is for the whole page. */
export async function part(place, draw) {
  try {
    return await draw();
  } catch (error) {
    if (error.status === ENDED) throw error;
    show(place, wrong(error));
    return null;
  }
}

/** Make a long table of its first rows, and say how many there are; `draw` makes one of rows. */
export function firstOf(rows, draw) {
  const shown = rows.slice(0, LISTED);
  return [draw(shown), rows.length > shown.length && h("p", { class: "waits" }, t("frame.first", { shown: number(shown.length), count: number(rows.length) }))];
}

/** Return what is asked for, or something else where the key is not for it. */
export async function allowed(asked, other) {
  try {
    return await asked;
  } catch (error) {
    if (error.status !== REFUSED) throw error;
    return other;
  }
}
