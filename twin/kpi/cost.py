"""What it costs to serve customers, and what is left of sales."""

from twin.kpi.folded import Folded, ratio
from twin.kpi.goods import holding_cost, pipeline_cost
from twin.kpi.machines import work_cost
from twin.kpi.service import shortage_cost
from twin.kpi.tables import F8

PARTS = ("transport", "handling", "holding", "shortage", "production", "energy")
"""The parts of the cost to serve; each is a measure ``<part>_cost``."""


def handling_cost(folded: Folded) -> F8:
    """Return the handling of units made or sent at each stock point, (n_points,)."""
    network, flows = folded.network, folded.tables.point_flows
    rate = network.places.handling_cost[network.stock.site_index]
    cost: F8 = rate * (flows["made"] + flows["sent"])
    return cost


def costs(folded: Folded) -> dict[str, float]:
    """Return the measures of money, see `twin.kpi.definitions`.

    Parameters
    ----------
    folded : Folded
        A finished fold.

    Returns
    -------
    dict of str to float
        In the currency of the network.
    """
    tables = folded.tables
    parts = {
        "transport": float(tables.lane_flows["cost"].sum()),
        "handling": float(handling_cost(folded).sum()),
        "holding": float(holding_cost(folded).sum() + pipeline_cost(folded).sum()),
        "shortage": shortage_cost(folded),
        "production": float(work_cost(folded).sum()),
        "energy": float(tables.machines["energy_cost"].sum()),
    }
    assert tuple(parts) == PARTS
    serving = sum(parts.values())
    sales = float(tables.point_flows["sales"].sum())
    purchase = float(tables.lane_flows["purchase"].sum())
    sold = float(tables.point_flows["sold"].sum())
    return {
        "sales": sales,
        "purchase_cost": purchase,
        **{f"{name}_cost": value for name, value in parts.items()},
        "cost_to_serve": serving,
        "cost_to_serve_per_unit": ratio(serving, sold),
        "profit": sales - purchase - serving,
    }
