// A tree that is read and walked by key: arrows open, close and go, as the ARIA practices for trees say.

import { h } from "./dom.js";

// Rows that come depth first, each with its depth, become nodes with children.
function nested(rows) {
  const top = { children: [] };
  const way = [top];
  for (const row of rows) {
    const node = { row, children: [] };
    way.length = Math.min(way.length, row.depth + 1);
    way[way.length - 1].children.push(node);
    way.push(node);
  }
  return top.children;
}

/** Make a tree of rows {depth, ...}, depth first; `say` makes the content of a row. Rows deeper than `open` begin closed. */
export function tree(rows, { label, say, open = 3 }) {
  const draw = (nodes, level) => nodes.map((node) => {
    const inner = node.children.length > 0;
    return h("li", { role: "treeitem", tabindex: -1, "aria-level": level, "aria-expanded": inner ? String(level <= open) : null },
      h("div", { class: "node" }, say(node.row)), inner && h("ul", { role: "group" }, draw(node.children, level + 1)));
  });
  const root = h("ul", { class: "tree", role: "tree", "aria-label": label, onkeydown: pressed, onclick: clicked }, draw(nested(rows), 1));
  root.querySelector("li")?.setAttribute("tabindex", "0");

  const shown = () => [...root.querySelectorAll("li")].filter((one) => !one.parentElement.closest('li[aria-expanded="false"]'));
  const folds = (item, to) => item.hasAttribute("aria-expanded") && item.setAttribute("aria-expanded", String(to));

  function go(item) {
    if (!item) return;
    for (const one of root.querySelectorAll('li[tabindex="0"]')) one.setAttribute("tabindex", "-1");
    item.setAttribute("tabindex", "0");
    item.focus();
  }

  function pressed(event) {
    const item = event.target.closest("li");
    const [all, is] = [shown(), item.getAttribute("aria-expanded")];
    const at = all.indexOf(item);
    const keys = {
      ArrowDown: () => go(all[at + 1]), ArrowUp: () => go(all[at - 1]), Home: () => go(all[0]), End: () => go(all[all.length - 1]),
      ArrowRight: () => is === "false" ? folds(item, true) : is === "true" && go(all[at + 1]),
      ArrowLeft: () => is === "true" ? folds(item, false) : go(item.parentElement.closest("li")),
      Enter: () => folds(item, is !== "true"), " ": () => folds(item, is !== "true"),
    };
    const act = event.ctrlKey || event.altKey || event.metaKey ? null : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  function clicked(event) {
    const item = event.target.closest("li");
    if (!item) return;
    folds(item, item.getAttribute("aria-expanded") !== "true");
    go(item);
  }

  return root;
}
