"""How well customers are served: on time, in full, from stock, how late."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.kpi.folded import Folded, Groups, lateness, ratio, ratios, spread, sum_by
from twin.kpi.tables import (
    DAY_US,
    F8,
    I8,
    KIND_CUSTOMER,
    Records,
    happened,
    used,
)  # fmt: skip

EPSILON = 1e-9  # quantities nearer than this are equal, as in the fold


class LineSums(NamedTuple):
    """Sums of customer lines by group; arrays of shape (n_groups,), float64."""

    demanded: F8
    at_once: F8
    lost: F8
    n_due: F8
    n_otif: F8


def customer_lines(folded: Folded) -> Records:
    """Return the lines that customers ordered and that ask for something.

    Parameters
    ----------
    folded : Folded
        A finished fold.

    Returns
    -------
    ndarray of records of `twin.kpi.tables.LINE`
    """
    lines = used(folded.tables, "lines")
    asked = (lines["kind"] == KIND_CUSTOMER) & (lines["quantity"] > EPSILON)
    return lines[asked]


def otif(lines: Records) -> NDArray[np.bool_]:
    """Return which lines were delivered on time and in full.

    Parameters
    ----------
    lines : ndarray of records
        With a due date.

    Returns
    -------
    ndarray of shape (n,), bool
        All that was asked was with the customer when it was due. What was cancelled or
        lost before is neither.
    """
    full_us = lines["full_us"]
    done: NDArray[np.bool_] = happened(full_us) & (full_us <= lines["due_us"])
    return done


def lost_units(lines: Records) -> F8:
    """Return what was never shipped of cancelled lines, of the shape of `lines`."""
    left = lines["quantity"] - np.maximum(lines["shipped"], lines["delivered"])
    return np.where(happened(lines["cancelled_us"]), np.maximum(left, 0.0), 0.0)


def line_sums(
    folded: Folded, lines: Records, groups: Groups, n_groups: int
) -> LineSums:
    """Sum lines by group.

    Parameters
    ----------
    folded : Folded
        Whose window counts.
    lines : ndarray of records
        Of customers.
    groups : ndarray of shape (n_lines,), int32
        Group of each line; lines of group -1 are left out.
    n_groups : int
        Number of groups.

    Returns
    -------
    LineSums
        Demanded and at once of lines ordered in the window, lost of lines cancelled in
        it, due and OTIF of lines due in it.
    """

    def total(chosen: NDArray[np.bool_], values: F8) -> F8:
        return sum_by(groups[chosen], values[chosen], n_groups)

    ordered = folded.inside(lines["ordered_us"])
    due = folded.inside(lines["due_us"])
    at_once = np.minimum(lines["at_once"], lines["quantity"])
    return LineSums(
        demanded=total(ordered, lines["quantity"]),
        at_once=total(ordered, at_once),
        lost=total(folded.inside(lines["cancelled_us"]), lost_units(lines)),
        n_due=total(due, np.ones(len(lines))),
        n_otif=total(due, otif(lines).astype(np.float64)),
    )


def order_otif(folded: Folded, lines: Records) -> tuple[int, int]:
    """Count orders due and orders on time in full.

    Parameters
    ----------
    folded : Folded
        Whose window counts.
    lines : ndarray of records
        Of customers.

    Returns
    -------
    n_due, n_otif : int
        An order is due with the last of its lines that have a due date, and OTIF if
        all of these are.
    """
    dated = lines[happened(lines["due_us"])]
    names, order = np.unique(dated["name"], return_inverse=True)
    last_us = np.full(len(names), np.iinfo(np.int64).min)
    np.maximum.at(last_us, order, dated["due_us"])
    n_failed = np.bincount(order[~otif(dated)], minlength=len(names))
    due = folded.inside(last_us)
    return int(due.sum()), int((due & (n_failed == 0)).sum())


def cycles(folded: Folded, lines: Records) -> tuple[NDArray[np.int64], I8, I8]:
    """Find the replenishment cycles that end in the window.

    A cycle of a stock point goes from one arrival (or the opening of the fold) up to
    the next; it is short if a line ordered in it was not all shipped at once.

    Parameters
    ----------
    folded : Folded
        A finished fold.
    lines : ndarray of records
        Of customers.

    Returns
    -------
    point : ndarray of shape (n_cycles,), int64
        Stock point of each.
    end_us : ndarray of shape (n_cycles,), int64
        When it ended.
    n_short : ndarray of shape (n_cycles,), int64
        Lines that were short.
    """
    arrivals = used(folded.tables, "arrivals")
    ends = np.unique(
        np.stack([arrivals["point"].astype(np.int64), arrivals["time_us"]]), axis=1
    )
    point, end_us = ends[0], ends[1]
    is_short = lines["at_once"] < lines["quantity"] - EPSILON
    short = lines[is_short & (lines["point"] >= 0)]
    # The cycle of a line is the one that ends first after the order; an arrival of the
    # instant of the order comes before it.
    at = _first_after(point, end_us, short["point"], short["ordered_us"])
    has_end = at < len(point)
    has_end[has_end] = point[at[has_end]] == short["point"][has_end]
    n_short = np.bincount(at[has_end], minlength=len(point))
    kept = folded.inside(end_us)
    return point[kept], end_us[kept], n_short[kept]


def _first_after(point: I8, time_us: I8, points: I8, times_us: I8) -> NDArray[np.intp]:
    """Position of the first (point, time) beyond each (points, times); both sorted."""
    if not len(point):
        return np.zeros(len(points), np.intp)
    # Ranks of all times make a pair one number, whatever the span of time.
    ranks = np.unique(np.concatenate([time_us, times_us]))
    width = len(ranks) + 1
    keys = point * width + np.searchsorted(ranks, time_us)
    asked = points.astype(np.int64) * width + np.searchsorted(ranks, times_us)
    return np.searchsorted(keys, asked, side="right")


def service(folded: Folded) -> dict[str, float]:
    """Return the measures of service, see `twin.kpi.definitions`.

    Parameters
    ----------
    folded : Folded
        A finished fold.

    Returns
    -------
    dict of str to float
    """
    lines = customer_lines(folded)
    sums = line_sums(folded, lines, np.zeros(len(lines), np.int32), 1)
    demanded, at_once, lost, n_due, n_otif = (float(one[0]) for one in sums)
    orders_due, orders_otif = order_otif(folded, lines)
    _, _, n_short = cycles(folded, lines)
    backlog = folded.tables.backlog
    done = lines[folded.inside(lines["full_us"])]
    return {
        "otif_order_share": ratio(orders_otif, orders_due),
        "otif_line_share": ratio(n_otif, n_due),
        "orders_due": float(orders_due),
        "lines_due": n_due,
        "demanded_units": demanded,
        "fill_rate": ratio(at_once, demanded),
        "cycle_service_level": ratio(float((n_short == 0).sum()), len(n_short)),
        "lost_units": lost,
        "lost_share": ratio(lost, demanded),
        "backlog_mean_units": float(folded.mean_level(backlog).sum()),
        "backlog_end_units": float(backlog["level"].sum()),
        **spread("order_lead_time", done["full_us"] - done["ordered_us"]),
        **lateness("order_tardiness", late_us(folded, lines), count="lines_late"),
    }


def late_us(folded: Folded, lines: Records) -> I8:
    """Return how late lines due in the window were, below zero for early ones.

    Parameters
    ----------
    folded : Folded
        Whose window counts.
    lines : ndarray of records
        Of customers.

    Returns
    -------
    ndarray of shape (n_late_or_not,), int64
        Microseconds; what is not there at the end of the window is late until then,
        what was cancelled before it was complete is left out.
    """
    full = happened(lines["full_us"])
    due = folded.inside(lines["due_us"]) & (full | ~happened(lines["cancelled_us"]))
    end_us = np.where(full, lines["full_us"], folded.window.end_us)
    late: I8 = end_us[due] - lines["due_us"][due]
    return late


def shortage_cost(folded: Folded) -> float:
    """Return what it costs that customers wait or do not get.

    Parameters
    ----------
    folded : Folded
        A finished fold.

    Returns
    -------
    float
        Shortage cost of a demand for each unit and day of its backlog, if it waits,
        and for each unit lost.
    """
    demands = folded.network.demands
    lines = customer_lines(folded)
    n_demands = len(demands.item_index)
    lost = line_sums(folded, lines, lines["demand"], n_demands).lost
    unit_days = folded.tables.backlog["integral"][:n_demands] / DAY_US
    waiting = np.where(demands.backlogged, unit_days, 0.0)
    return float(demands.shortage_cost @ (waiting + lost))


def service_columns(sums: LineSums) -> dict[str, F8]:
    """Return the columns of service of a table by group.

    Parameters
    ----------
    sums : LineSums
        By group.

    Returns
    -------
    dict of str to ndarray of shape (n_groups,)
    """
    return {
        "demanded_units": sums.demanded,
        "fill_rate": ratios(sums.at_once, sums.demanded),
        "lost_units": sums.lost,
        "lines_due": sums.n_due,
        "otif_line_share": ratios(sums.n_otif, sums.n_due),
    }
