"""Measures by site and by item."""

import numpy as np
import polars as pl

from twin.kpi.cost import handling_cost
from twin.kpi.folded import Folded, Groups, ratios, sum_by
from twin.kpi.goods import cost_of_goods, holding_cost, stock_value, yearly
from twin.kpi.production import finished
from twin.kpi.service import customer_lines, line_sums, service_columns
from twin.kpi.tables import F8, WIP_ORDERS, WIP_UNITS


def _by_point(folded: Folded, groups: Groups, n_groups: int) -> dict[str, F8]:
    """Sum what stock points have, and the service of their customers, by group."""

    def total(values: F8) -> F8:
        return sum_by(groups, values, n_groups)

    flows = folded.tables.point_flows
    lines = customer_lines(folded)
    of_line = np.where(lines["point"] >= 0, groups[lines["point"]], -1)
    value, sold = total(stock_value(folded)), total(cost_of_goods(folded))
    return {
        **service_columns(line_sums(folded, lines, of_line, n_groups)),
        "stock_mean_units": total(folded.mean_level(folded.tables.on_hand)),
        "stock_mean_value": value,
        "turns": ratios(yearly(folded, sold), value),
        "made_units": total(flows["made"]),
        "sent_units": total(flows["sent"]),
        "sold_units": total(flows["sold"]),
        "sales": total(flows["sales"]),
        "handling_cost": total(handling_cost(folded)),
        "holding_cost": total(holding_cost(folded)),
    }


def _of_production(folded: Folded, column: str, n_groups: int) -> dict[str, F8]:
    orders = finished(folded)
    orders = orders[(orders[column] >= 0) & (orders[column] < n_groups)]
    flow_s = (orders["closed_us"] - orders["released_us"]) / 1e6
    n_orders = sum_by(orders[column], np.ones(len(orders)), n_groups)
    total_s = sum_by(orders[column], flow_s, n_groups)
    work_s = sum_by(orders[column], orders["work_us"] / 1e6, n_groups)
    return {
        "production_orders": n_orders,
        "production_lead_time_mean_s": ratios(total_s, n_orders),
        "flow_efficiency": ratios(work_s, total_s),
    }


def site_table(folded: Folded) -> pl.DataFrame:
    """Return measures by site.

    Parameters
    ----------
    folded : Folded
        A finished fold.

    Returns
    -------
    polars.DataFrame
        One row a site, in the order of the network; columns as the measures of the
        same names.
    """
    network = folded.network
    n_sites = network.n_sites
    wip = folded.mean_level(folded.tables.wip)[:n_sites]
    columns = {
        **_by_point(folded, network.stock.site_index, n_sites),
        **_of_production(folded, "site", n_sites),
        "wip_mean_orders": wip[:, WIP_ORDERS],
        "wip_mean_units": wip[:, WIP_UNITS],
    }
    ids = list(network.places.ids[:n_sites])
    frame = pl.DataFrame({"site": ids, **columns}, schema_overrides={"site": pl.String})
    return frame.fill_nan(None)


def item_table(folded: Folded) -> pl.DataFrame:
    """Return measures by item.

    Parameters
    ----------
    folded : Folded
        A finished fold.

    Returns
    -------
    polars.DataFrame
        One row an item, in the order of the network; columns as the measures of the
        same names.
    """
    network = folded.network
    n_items = len(network.items.ids)
    columns = {
        **_by_point(folded, network.stock.item_index, n_items),
        **_of_production(folded, "item", n_items),
    }
    ids = list(network.items.ids)
    frame = pl.DataFrame({"item": ids, **columns}, schema_overrides={"item": pl.String})
    return frame.fill_nan(None)
