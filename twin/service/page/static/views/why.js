// Why: what an order waits for.

import { h, show } from "../dom.js";
import { t } from "../words.js";

/** Show why an order is late. */
export async function why(main) {
  const order = decodeURIComponent(location.hash.split("/")[1] ?? "");
  show(main, h("h1", {}, t("view.why")), h("p", {}, order || t("why.none")));
}
