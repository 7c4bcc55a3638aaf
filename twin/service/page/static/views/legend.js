// What the marks of the chart of a schedule mean.

import { h } from "../dom.js";
import { t } from "../words.js";
import { waiting } from "./feasible.js";

/** Make the legend of a board: what it has, and what any board may have. */
export function legend(on) {
  const has = (cause) => on.stops.some((one) => one.cause === cause);
  const shown = ["operation", "late", "held", on.setups.length && "setup", "closed", has("maintenance") && "maintenance", has("repair") && "repair",
    waiting(on).length && "material"].filter(Boolean);
  return h("ul", { class: "legend", "aria-label": t("schedule.legend") },
    shown.map((one) => h("li", {}, h("span", { class: `key ${one}`, "aria-hidden": "true" }), t(`legend.${one}`))));
}
