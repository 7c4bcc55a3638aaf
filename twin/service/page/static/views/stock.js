// Stock: what is there, owed and on the way, item by item.

import { at, get } from "../api.js";
import { h, show, table } from "../dom.js";
import { number, t } from "../words.js";

const COLUMNS = ["on_hand", "on_order", "in_transit", "backorder", "inventory_position"];

/** Show stock. */
export async function stock(main, page) {
  const found = await get(`/state/stock?rows=5000&${at(page.moment)}`);
  const body = h("section", {});
  const wanted = h("input", { id: "wanted", type: "search", oninput: draw });
  function draw() {
    const text = wanted.value.trim().toLowerCase();
    const rows = found.rows.filter((row) => `${row.item} ${row.place}`.toLowerCase().includes(text));
    show(body, table([
      { title: t("stock.item"), value: (row) => row.item },
      { title: t("stock.place"), value: (row) => row.place },
      ...COLUMNS.map((name) => ({ title: t(`stock.${name}`), number: true, value: (row) => number(row[name], 1) })),
    ], rows, { caption: t("view.stock") }));
  }
  show(main, h("h1", {}, t("view.stock")), h("div", { class: "tools" }, h("label", { for: "wanted" }, t("stock.search")), wanted,
    h("a", { class: "button", href: `/v1/state/stock?format=xlsx&${at(page.moment)}`, download: "stock.xlsx" }, t("frame.excel"))), body);
  draw();
}
