"""What machines do with their time: OEE and its factors, shares of states, energy."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twin.kpi.folded import Folded, Groups, ratios, sum_by
from twin.kpi.tables import F8, HOUR_US
from twin.state.tables import MACHINE_STATES

_TIMES = {name: MACHINE_STATES.index(name) for name in MACHINE_STATES}
_COUNTED = ("good", "scrap", "rework", "n_operations", "energy_kwh", "energy_cost")


def sums_of_machines(folded: Folded, groups: Groups, n_groups: int) -> dict[str, F8]:
    """Sum what machines did by group.

    Parameters
    ----------
    folded : Folded
        A finished fold.
    groups : ndarray of shape (n_machines,), int32
        Group of each machine.
    n_groups : int
        Number of groups.

    Returns
    -------
    dict of str to ndarray of shape (n_groups,), float64
        Time in each state and planned time in microseconds, pieces, operations,
        kWh and money.
    """
    machines, times = folded.tables.machines, folded.tables.time_in_state_us

    def total(values: NDArray[np.generic]) -> F8:
        return sum_by(groups, values, n_groups)

    sums = {name: total(machines[name]) for name in (*_COUNTED, "planned_us")}
    sums |= {name: total(times[:, column]) for name, column in _TIMES.items()}
    sums["span"] = total(np.full(len(machines), float(folded.span_us)))
    return sums


def rates(sums: dict[str, F8]) -> dict[str, F8]:
    """Return OEE, its factors and the shares of states, of sums by group.

    Planned busy time is the window without what machines are off shift, in maintenance
    or in a state nobody told; actual production time is that in state busy. A group is
    measured by the sums of its machines.

    Parameters
    ----------
    sums : dict of str to ndarray
        As of `sums_of_machines`.

    Returns
    -------
    dict of str to ndarray of shape (n_groups,), float64
        NaN where there is nothing to divide by.

    References
    ----------
    ISO 22400-2:2014, key performance indicators for manufacturing operations:
    availability APT / PBT, effectiveness PRI x PQ / APT, quality ratio GQ / PQ, OEE
    index their product. (Edition of 2014, with its first amendment.)
    """
    shift = sums["span"] - sums["off"] - sums["unknown"]
    planned = shift - sums["maintenance"]
    pieces = sums["good"] + sums["scrap"] + sums["rework"]
    availability = ratios(sums["busy"], planned)
    performance = ratios(sums["planned_us"], sums["busy"])
    quality = ratios(sums["good"], pieces)
    return {
        "oee": availability * performance * quality,
        "availability": availability,
        "performance": performance,
        "quality": quality,
        "utilisation": ratios(sums["busy"] + sums["setup"], shift),
        "starved_share": ratios(sums["idle"], shift),
        "blocked_share": ratios(sums["blocked"], shift),
        "setup_share": ratios(sums["setup"], shift),
        "down_share": ratios(sums["down"], shift),
        "maintenance_share": ratios(sums["maintenance"], shift),
        "scrap_rate": ratios(sums["scrap"], pieces),
        "rework_rate": ratios(sums["rework"], pieces),
    }


def machine_measures(folded: Folded) -> dict[str, float]:
    """Return the measures of all machines together, see `twin.kpi.definitions`.

    Parameters
    ----------
    folded : Folded
        A finished fold.

    Returns
    -------
    dict of str to float
    """
    n_machines = len(folded.network.machines.ids)
    sums = sums_of_machines(folded, np.zeros(n_machines, np.int32), 1)
    made = folded.tables.point_flows["made"].sum(keepdims=True)
    values = rates(sums) | {
        "energy_kwh": sums["energy_kwh"],
        "energy_per_unit_kwh": ratios(sums["energy_kwh"], made),
    }
    return {name: float(value[0]) for name, value in values.items()}


def work_cost(folded: Folded) -> F8:
    """Return what machines cost.

    Parameters
    ----------
    folded : Folded
        A finished fold.

    Returns
    -------
    ndarray of shape (n_machines,), float64
        Money: their cost of an hour for the time in setup and busy, and what setups
        and maintenance were said to cost.
    """
    tables = folded.tables
    worked = tables.time_in_state_us[:, [_TIMES["setup"], _TIMES["busy"]]].sum(axis=1)
    hours: F8 = worked / HOUR_US
    cost: F8 = folded.network.machines.cost_per_h * hours + tables.machines["paid"]
    return cost


def machine_table(folded: Folded, by: str) -> pl.DataFrame:
    """Return measures of machines by machine, group or site.

    Parameters
    ----------
    folded : Folded
        A finished fold.
    by : str
        ``machine``, ``group`` or ``site``.

    Returns
    -------
    polars.DataFrame
        One row each, in the order of the network: its name, the measures of `rates`,
        operations, pieces, energy.
    """
    groups, labels = _grouping(folded, by)
    sums = sums_of_machines(folded, groups, len(labels))
    has_machines = np.bincount(groups, minlength=len(labels)) > 0
    cost = sum_by(groups, work_cost(folded), len(labels))
    columns = rates(sums) | {name: sums[name] for name in _COUNTED}
    columns["production_cost"] = cost
    frame = pl.DataFrame(
        {by: list(labels), **columns}, schema_overrides={by: pl.String}
    )
    return frame.filter(pl.Series(has_machines)).fill_nan(None)


def _grouping(folded: Folded, by: str) -> tuple[Groups, Sequence[str]]:
    network = folded.network
    machines = network.machines
    if by == "machine":
        return np.arange(len(machines.ids), dtype=np.int32), machines.ids
    if by == "group":
        return machines.group_index, network.groups
    return machines.site_index, network.places.ids[: network.n_sites]
