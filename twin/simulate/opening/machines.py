"""In what condition the machines of a network are: state, setup, age."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.batch import NO_TIME
from streams.names import hash64_all
from twin.model.elements import CLOCKS
from twin.model.network import Network
from twin.simulate.opening.progress import NONE, busy_us, machines_in
from twin.simulate.routings import RoutingRows
from twin.state import tables as t
from twin.state.state import State

I8 = NDArray[np.int64]
WORKS, FAILED, MAINTAINED = range(3)
"""Why a machine stands at the start: for nothing, a failure, or maintenance."""

_BUSY_TIME = CLOCKS.index("busy")


@dataclass(frozen=True, slots=True)
class MachineConditions:
    """Machines of a network; arrays of (n_machines,), times in microseconds.

    Attributes
    ----------
    cause : ndarray of int64
        `WORKS`, `FAILED` or `MAINTAINED`.
    state : ndarray of int64
        As live state has it, a place in `twin.state.tables.MACHINE_STATES`.
    since_us : ndarray of int64
        Since when it is in that state, UTC.
    family : ndarray of int64
        What it is set up for, or will be when its setup is done, an index of
        `Network.families`; -1: nothing, or unknown.
    before : ndarray of int64
        What it was set up for before a setup that is under way; else as `family`.
    age_us : ndarray of int64
        Calendar time since it was new, was repaired, or had maintenance.
    busy_us : ndarray of int64
        Busy time since then.
    unmaintained_us : ndarray of int64
        Time since it was new or had preventive maintenance, by the clock that its
        maintenance goes by.
    """

    cause: I8
    state: I8
    since_us: I8
    family: I8
    before: I8
    age_us: I8
    busy_us: I8
    unmaintained_us: I8


def machine_conditions(
    state: State, network: Network, at_us: int, left_out: list[str]
) -> MachineConditions:
    """Read in what condition machines are.

    Parameters
    ----------
    state : State
        With its last instant closed. Machines are new where it begins.
    network : Network
        Its machines are found by their ids.
    at_us : int
        Time of the state, microseconds UTC.
    left_out : list of str
        Gets a sentence where the state contradicts the model.

    Returns
    -------
    MachineConditions
    """
    rows, n = state.used()["machines"], len(network.machines.ids)
    seen = state.used()["machine_ids"]["n_events"] > 0
    places = machines_in(state, network)
    known = seen & (places >= 0)
    here, rows = places[known], rows[known]
    total_us = busy_us(state, at_us)[known]
    begin_us = int(state.tables.clock[t.AS_OF_US])
    if begin_us == NO_TIME:
        begin_us = at_us
    machines = network.machines
    by_busy = machines.maintenance_clock[here] == _BUSY_TIME
    maintained = rows["maintained_us"] != NO_TIME
    renewed = rows["renewed_us"] != NO_TIME

    def of_all(values: NDArray[np.int64], otherwise: int) -> I8:
        column = np.full(n, otherwise, np.int64)
        column[here] = values
        return column

    def since(start_us: I8, is_known: NDArray[np.bool_]) -> I8:
        return at_us - np.where(is_known, start_us, begin_us)

    families = of_all(_families(state, network, rows, here), NONE)
    return MachineConditions(
        cause=_causes(network, of_all(rows["state"], 0), left_out),
        state=of_all(rows["state"], 0),
        since_us=of_all(rows["since_us"], at_us),
        family=families,
        before=families,
        age_us=of_all(since(rows["renewed_us"], renewed), at_us - begin_us),
        busy_us=of_all(total_us - np.where(renewed, rows["renewed_busy_us"], 0), 0),
        unmaintained_us=of_all(
            np.where(
                by_busy,
                total_us - np.where(maintained, rows["maintained_busy_us"], 0),
                since(rows["maintained_us"], maintained),
            ),
            0,
        )
        + _never_seen(network, here, at_us - begin_us),
    )


def _never_seen(network: Network, here: NDArray[np.int64], since_us: int) -> I8:
    """Clock time of machines that no event told of: none of it was busy."""
    by_clock = network.machines.maintenance_clock != _BUSY_TIME
    by_clock[here] = False
    return np.asarray(by_clock * since_us, np.int64)


def _causes(network: Network, states: I8, left_out: list[str]) -> I8:
    machines = network.machines
    down, maintained = states == t.STATE_DOWN, states == t.STATE_MAINTENANCE
    fails = machines.mttf_s < np.inf
    is_maintained = machines.maintenance_every_s < np.inf
    for stands, allowed, what in (
        (down, fails, "down"), (maintained, is_maintained, "under maintenance"),
    ):  # fmt: skip
        n = int((stands & ~allowed).sum())
        if n:
            left_out.append(
                f"{n} machines {what} that the model has no law for: they go on"
            )
    causes = np.full(len(states), WORKS, np.int64)
    causes[down & fails] = FAILED
    causes[maintained & is_maintained] = MAINTAINED
    return causes


def _families(
    state: State, network: Network, rows: NDArray[np.void], here: NDArray[np.int64]
) -> I8:
    """Find what machines are set up for: by the last operation, or as they told."""
    told = _by_hash(network.families)
    operations = _by_hash(network.operations)
    index = network.item_index
    items = [
        index.get(state.names[k], NONE) for k in state.used()["items"]["name"].tolist()
    ]
    routings, routing_rows = network.routings, RoutingRows(network)
    found = np.full(len(rows), NONE, np.int64)
    for k, (row, machine) in enumerate(zip(rows, here.tolist(), strict=True)):
        found[k] = told.get(int(row["family"]), NONE)
        item, operation = int(row["item"]), operations.get(int(row["operation"]), NONE)
        if item < 0 or operation == NONE or items[item] == NONE:
            continue
        routing = routing_rows.of(
            items[item], int(network.machines.site_index[machine])
        )
        of_last = routing[routings.operation_index[routing] == operation]
        families = routings.setup_family_index[of_last]
        if (families >= 0).any():
            found[k] = families[families >= 0][0]
    return found


def _by_hash(ids: Sequence[str]) -> dict[int, int]:
    return {int(value): k for k, value in enumerate(hash64_all(ids))}
