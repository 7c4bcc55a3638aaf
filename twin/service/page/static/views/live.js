// Views that follow events: drawn again when some were folded, at most once a second, while the page looks at now.

import { h } from "../dom.js";
import { told } from "../problems.js";
import { t } from "../words.js";

const PAUSE_MS = 1000;
const ENDED = 401;

/**
 * Draw again on events; returns what ends it. A drawing that fails is told of and tried with the next events; where the session has
 * ended, the page asks to sign in.
 */
export function live(main, page, draw, topics = ["progress"]) {
  let [waits, over] = [false, false];
  const notice = h("p", { class: "problem", role: "alert" });

  async function again() {
    try {
      await draw();
      notice.remove();
    } catch (error) {
      if (over || !main.isConnected) return;
      if (error.status === ENDED) return page.ended();
      notice.textContent = t("frame.stale", { error: told(error) });
      if (!notice.isConnected) main.prepend(notice);
    }
  }

  const heard = (topic) => {
    if (!topics.includes(topic) || page.moment !== null || waits) return;
    waits = true;
    setTimeout(async () => {
      // Who is in a table by key is not thrown out of it.
      const inside = main.contains(document.activeElement) && document.activeElement.closest("table");
      if (main.isConnected && !over && !inside) await again();
      waits = false;
    }, PAUSE_MS);
  };
  page.listeners.add(heard);
  return () => {
    over = true;
    page.listeners.delete(heard);
  };
}
