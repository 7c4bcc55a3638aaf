// Views that follow events: drawn again when some were folded, at most once a second, while the page looks at now.

const PAUSE_MS = 1000;

/** Draw again on events; returns what ends it. A drawing that fails is tried with the next events. */
export function live(main, page, draw) {
  let waits = false;
  const heard = (topic) => {
    if (topic !== "progress" || page.moment !== null || waits) return;
    waits = true;
    setTimeout(async () => {
      // Who is in a table by key is not thrown out of it.
      const inside = main.contains(document.activeElement) && document.activeElement.closest("table");
      if (main.isConnected && !inside) await draw().catch(() => {});
      waits = false;
    }, PAUSE_MS);
  };
  page.listeners.add(heard);
  return () => page.listeners.delete(heard);
}
