"""How production flows: work in process, times, scrap, throughput."""

import numpy as np

from twin.kpi.folded import Folded, lateness, ratio, spread
from twin.kpi.tables import I8, WIP_ORDERS, WIP_UNITS, Records, happened, used


def finished(folded: Folded) -> Records:
    """Return the production orders that were closed in the window.

    Parameters
    ----------
    folded : Folded
        A finished fold.

    Returns
    -------
    ndarray of records of `twin.kpi.tables.PRODUCTION`
        Those whose release is known.
    """
    orders = used(folded.tables, "production")
    closed = folded.inside(orders["closed_us"]) & happened(orders["released_us"])
    return orders[closed]


def production(folded: Folded) -> dict[str, float]:
    """Return the measures of production, see `twin.kpi.definitions`.

    Parameters
    ----------
    folded : Folded
        A finished fold.

    Returns
    -------
    dict of str to float

    References
    ----------
    Little (1961), "A proof for the queuing formula L = lambda W", Operations Research
    9(3). Hopp, Spearman (2011), Factory Physics, 3rd ed., chapter 7.
    """
    orders = finished(folded)
    flow_us = orders["closed_us"] - orders["released_us"]
    work_us = orders["work_us"]
    wip = folded.mean_level(folded.tables.wip)
    wip_orders = float(wip[:, WIP_ORDERS].sum())
    little = float(flow_us.sum()) / folded.span_us
    made = float(folded.tables.point_flows["made"].sum())
    started = orders[np.isfinite(orders["quantity"])]
    failed = started["scrap"] + started["rework"]
    return {
        **spread("production_lead_time", flow_us),
        "production_wait_mean_s": _mean_s(np.maximum(flow_us - work_us, 0)),
        "flow_efficiency": ratio(float(work_us.sum()), float(flow_us.sum())),
        "wip_mean_orders": wip_orders,
        "wip_mean_units": float(wip[:, WIP_UNITS].sum()),
        "little_gap_orders": wip_orders - little,
        "throughput_orders_per_day": len(orders) / folded.days,
        "throughput_units_per_day": made / folded.days,
        "first_pass_yield": ratio(
            float(np.maximum(started["quantity"] - failed, 0.0).sum()),
            float(started["quantity"].sum()),
        ),
        **lateness(
            "production_tardiness", production_late_us(folded), count="production_late"
        ),
    }


def _mean_s(durations_us: I8) -> float:
    return float(durations_us.mean()) / 1e6 if len(durations_us) else float("nan")


def production_late_us(folded: Folded) -> I8:
    """Return how late production orders due in the window were.

    Parameters
    ----------
    folded : Folded
        A finished fold.

    Returns
    -------
    ndarray of shape (n_orders,), int64
        Microseconds, below zero for early ones; what is open at the end of the window
        is late until then.
    """
    orders = used(folded.tables, "production")
    due = orders[folded.inside(orders["due_us"])]
    closed_us = due["closed_us"]
    end_us = np.where(happened(closed_us), closed_us, folded.window.end_us)
    late: I8 = end_us - due["due_us"]
    return late
