"""What a live state says of a network besides its stock and open orders.

Work in progress, machines that are down, goods on the way since when. Where the state
contradicts the model, such as more operations on a machine than it has slots, the model
stands: the excess waits, and is told.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.batch import NO_TIME
from twin.errors import OptionError
from twin.model.network import Network
from twin.model.tables import ORDER_KINDS
from twin.simulate.opening.floor import Floor, Seat
from twin.simulate.opening.machines import MachineConditions, machine_conditions
from twin.simulate.opening.progress import NONE, OrderProgress, progress_of
from twin.state import tables as t
from twin.state.state import State

I8 = NDArray[np.int64]
PRODUCTION = ORDER_KINDS.index("production")
Route = tuple[int, int, int]  # origin, destination, item
_BOUGHT = (ORDER_KINDS.index("purchase"), ORDER_KINDS.index("transfer"))


@dataclass(frozen=True, slots=True)
class WorkInProgress:
    """Production orders at their operations, in the order in which they came to them.

    Attributes
    ----------
    order : ndarray of shape (n,), int64
        Index in `Network.open_orders`.
    row : ndarray of shape (n,), int64
        Row of the operation in `Network.routings`.
    phase : ndarray of shape (n,), int64
        `WAITS`, `SETS_UP` or `WORKS` of `twin.simulate.opening.floor`.
    machine : ndarray of shape (n,), int64
        Where it is set up for or worked on, or which holds it while it waits; -1: none.
    since_us : ndarray of shape (n,), int64
        Since when it waits, is set up for, or is worked on; microseconds UTC.
    worked_us : ndarray of shape (n,), int64
        How long it was worked on, or set up for.
    batch : ndarray of shape (n,), int64
        Place here of the first of those worked on together; its own if alone.
    """

    order: I8
    row: I8
    phase: I8
    machine: I8
    since_us: I8
    worked_us: I8
    batch: I8


@dataclass(frozen=True, slots=True)
class Transit:
    """Goods on the way to sites: index of the open order, lane, and when they left.

    Attributes
    ----------
    order, lane : ndarray of shape (n,), int64
        Indices of the network.
    since_us : ndarray of shape (n,), int64
        Microseconds UTC.
    """

    order: I8
    lane: I8
    since_us: I8


@dataclass(frozen=True, slots=True)
class Conditions:
    """In what condition a simulation of a network begins.

    Attributes
    ----------
    at_us : int
        When, microseconds UTC: the `as_of` of the network.
    begin_us : int
        Where the state begins, `NO_TIME` if anywhere.
    work : WorkInProgress
        Production orders at their operations.
    machines : MachineConditions
        All machines of the network.
    transit : Transit
        Goods on the way.
    released_us : ndarray of shape (n_releases,), int64
        When each stream released its last order, `NO_TIME` if that is not known.
    left_out : tuple of str
        Where the state contradicts the model, one sentence each.
    """

    at_us: int
    begin_us: int
    work: WorkInProgress
    machines: MachineConditions
    transit: Transit
    released_us: I8
    left_out: tuple[str, ...]


def conditions_of(state: State, network: Network, *, at_us: int) -> Conditions:
    """Read in what condition a network is.

    Parameters
    ----------
    state : State
        With its last instant closed.
    network : Network
        With the open orders of the state, see `twin.whatif.network_of_state`; what the
        state names is found here by its id, so that laws, machines and routings may be
        others than those the state was folded with.
    at_us : int
        Time of the state, microseconds UTC.

    Returns
    -------
    Conditions

    Raises
    ------
    OptionError
        If the network begins at another time.
    """
    as_of_us = network.settings.as_of_us
    if at_us != as_of_us:
        msg = f"at_us must be {as_of_us} (as_of of the network), was {at_us}"
        raise OptionError(msg)
    left_out: list[str] = []
    ids = _OpenIds(network)
    machines = machine_conditions(state, network, at_us, left_out)
    progress = [
        (k, one)
        for one in progress_of(state, network, at_us=at_us)
        if (k := ids.of(one.name, (PRODUCTION,))) != NONE
        and one.row != NONE
        and network.open_orders.step[k] != NONE
    ]
    progress.sort(key=_came_first)
    floor = Floor(network, machines, at_us)
    seats = floor.seats([one for _, one in progress])
    left_out += floor.left_out()
    return Conditions(
        at_us=at_us,
        begin_us=int(state.tables.clock[t.AS_OF_US]),
        work=_work([k for k, _ in progress], seats),
        machines=floor.machines(),
        transit=_transit(state, network, ids),
        released_us=_released(state, network),
        left_out=tuple(left_out),
    )


def _came_first(one: tuple[int, OrderProgress]) -> tuple[int, int, int, str]:
    # Those of an instant as engines have it: by machine, then by number; new ones last.
    order = one[1]
    machine = order.machine if order.machine != NONE else 1 << 30
    return order.since_us, machine, len(order.name), order.name


class _OpenIds:
    """Finds the open order of a name, which may have been given a number behind it.

    What is on the way has its place before what is left of an order of the same name.
    """

    def __init__(self, network: Network) -> None:
        orders = network.open_orders
        self._kinds = orders.kind.tolist()
        self._routes = list(
            zip(
                orders.from_place_index.tolist(), orders.to_place_index.tolist(),
                orders.item_index.tolist(), strict=True,
            )
        )  # fmt: skip
        self._index = {name: k for k, name in enumerate(orders.ids)}
        self._taken: set[int] = set()

    def of(self, name: str, kinds: tuple[int, ...], route: Route | None = None) -> int:
        number, found = 2, self._index.get(name)
        while found is not None:
            fits = self._kinds[found] in kinds and route in {None, self._routes[found]}
            if fits and found not in self._taken:
                self._taken.add(found)
                return found
            found = self._index.get(f"{name}#{number}")
            number += 1
        return NONE


def _work(orders: list[int], seats: list[Seat]) -> WorkInProgress:
    def column(values: list[int]) -> I8:
        return np.array(values, np.int64)

    return WorkInProgress(
        order=column(orders),
        row=column([seat.row for seat in seats]),
        phase=column([seat.phase for seat in seats]),
        machine=column([seat.machine for seat in seats]),
        since_us=column([seat.since_us for seat in seats]),
        worked_us=column([seat.worked_us for seat in seats]),
        batch=column([seat.batch for seat in seats]),
    )


def _transit(state: State, network: Network, ids: _OpenIds) -> Transit:
    rows, found = state.used()["shipments"], []
    for row in rows[rows["status"] == t.OPEN]:
        if not row["quantity"] > row["received"]:
            continue
        route = int(row["origin"]), int(row["destination"]), int(row["item"])
        k = ids.of(state.names[row["name"]], _BOUGHT, route)
        if k == NONE or row["dispatched_us"] == NO_TIME:
            continue
        lane = lane_of(network, *route)
        if lane != NONE:
            found.append((k, lane, int(row["dispatched_us"])))
    columns = np.array(found, np.int64).reshape(-1, 3).T
    return Transit(*(column.copy() for column in columns))


def lane_of(network: Network, origin: int, target: int, item: int) -> int:
    """Return the first lane between two places for an item, -1 if there is none."""
    lanes = network.lanes
    fits = (lanes.from_place_index == origin) & (lanes.to_place_index == target)
    fits &= (lanes.item_index == item) | (lanes.item_index < 0)
    found = np.flatnonzero(fits)
    return int(found[0]) if len(found) else NONE


def _released(state: State, network: Network) -> I8:
    """When an order of one of its items was last released, for each stream."""
    releases, used = network.releases, state.used()
    streams: dict[tuple[str, str], set[int]] = defaultdict(set)
    for stream, item, site in zip(
        releases.release_index.tolist(), releases.item_index.tolist(),
        releases.site_index.tolist(), strict=True,
    ):  # fmt: skip
        streams[network.items.ids[item], network.places.ids[site]].add(stream)
    last_us = np.full(len(releases.ids), NO_TIME)
    if not len(releases.ids):
        return last_us
    rows = used["production"]
    known = (rows["status"] != t.FREE) & (rows["released_us"] != NO_TIME)
    known &= (rows["item"] >= 0) & (rows["place"] >= 0)
    names = state.names
    for row in rows[known]:
        item = names[used["items"]["name"][row["item"]]]
        place = names[used["places"]["name"][row["place"]]]
        found = streams.get((item, place), set())
        if len(found) == 1:  # else nobody knows which of them it was
            (stream,) = found
            last_us[stream] = max(last_us[stream], row["released_us"])
    return last_us
