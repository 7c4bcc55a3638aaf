"""How far the open production orders of a live state are in their routings."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.batch import NO_TIME
from streams.names import hash64_all
from twin.model.network import Network
from twin.simulate.routings import RoutingRows
from twin.state import tables as t
from twin.state.state import State

NONE = -1


@dataclass(frozen=True, slots=True)
class OrderProgress:
    """How far one open production order is.

    Attributes
    ----------
    name : str
        Its id in the state.
    item, site : int
        Indices of the network.
    step : int
        Place in its routing, from 0, of the operation that is under way or comes next;
        the number of operations if all are done.
    row : int
        Row of that operation in `Network.routings`, -1 if all are done.
    machine : int
        Index in the network of the machine that the order is on, or came from; -1 if
        none is known.
    is_running : bool
        Whether the operation is under way.
    since_us : int
        When the operation began, or when the order came to wait for it; microseconds
        UTC.
    worked_us : int
        How long its machine has been busy since the operation began.
    """

    name: str
    item: int
    site: int
    step: int
    row: int
    machine: int
    is_running: bool
    since_us: int
    worked_us: int


def busy_us(state: State, at_us: int) -> NDArray[np.int64]:
    """Return how long each machine of a state has been busy up to a time.

    Parameters
    ----------
    state : State
        With its last instant closed.
    at_us : int
        Not before its last event, microseconds UTC.

    Returns
    -------
    ndarray of shape (n_machines,), int64
        Microseconds, in the order of the state.
    """
    used = state.used()
    machines = used["machines"]
    busy = machines["state"] == t.STATE_BUSY
    so_far = used["time_in_state_us"][:, t.STATE_BUSY]
    return np.asarray(so_far + np.where(busy, at_us - machines["since_us"], 0))


def machines_in(state: State, network: Network) -> NDArray[np.int64]:
    """Return the index in a network of each machine of a state, -1 if it has none."""
    numbers = state.used()["machine_ids"]["name"].tolist()
    index = network.machine_index
    return np.array([index.get(state.names[k], NONE) for k in numbers], np.int64)


def progress_of(state: State, network: Network, *, at_us: int) -> list[OrderProgress]:
    """Find how far open production orders are.

    The operation that an order is at is the one of its routing with the name told last.
    Of several with that name it is the one whose place is nearest to the number of
    operations that were completed before, of two as near the earlier; one with a name
    that the routing has not stands for the operation at that place.

    Parameters
    ----------
    state : State
        With its last instant closed.
    network : Network
        Its items, places and machines are found by their ids.
    at_us : int
        Time of the state, microseconds UTC.

    Returns
    -------
    list of OrderProgress
        Those whose item and site the network has, with a routing, in the order of the
        state.
    """
    return _Reader(state, network, at_us).read()


class _Reader:
    def __init__(self, state: State, network: Network, at_us: int) -> None:
        self._state, self._network, self._at_us = state, network, at_us
        used = state.used()
        self._items = self._found(used["items"], network.item_index)
        self._places = self._found(used["places"], network.place_index)
        self._machines = machines_in(state, network).tolist()
        self._busy_us = busy_us(state, at_us).tolist()
        self._hashes = hash64_all(network.operations)
        self._routings = RoutingRows(network)
        self._rows: dict[tuple[int, int], NDArray[np.intp]] = {}

    def _found(
        self, directory: NDArray[np.void], index: Mapping[str, int]
    ) -> list[int]:
        names = self._state.names
        return [index.get(names[k], NONE) for k in directory["name"].tolist()]

    def read(self) -> list[OrderProgress]:
        rows = self._state.used()["production"]
        making = (rows["status"] == t.OPEN) & np.isfinite(rows["quantity"])
        making &= (rows["item"] >= 0) & (rows["place"] >= 0)
        found = []
        for row in rows[making]:
            item, site = self._items[row["item"]], self._places[row["place"]]
            if item < 0 or not 0 <= site < self._network.n_sites:
                continue
            routing = self._routing(item, site)
            if len(routing):
                found.append(self._order(row, item, site, routing))
        return found

    def _routing(self, item: int, site: int) -> NDArray[np.intp]:
        if (item, site) not in self._rows:
            self._rows[item, site] = self._routings.of(item, site)
        return self._rows[item, site]

    def _order(
        self, row: np.void, item: int, site: int, routing: NDArray[np.intp]
    ) -> OrderProgress:
        is_running = bool(row["running"] > 0)
        step = self._step(row, routing, is_running=is_running)
        machine, since_us = int(row["machine"]), int(row["last_us"])
        worked_us = 0
        if is_running:
            since_us = int(row["begun_us"])
            worked_us = self._busy_us[machine] - int(row["begun_busy_us"])
        elif since_us == NO_TIME:
            since_us = int(row["released_us"])
        return OrderProgress(
            name=self._state.names[row["name"]],
            item=item,
            site=site,
            step=step,
            row=int(routing[step]) if step < len(routing) else NONE,
            machine=self._machines[machine] if machine >= 0 else NONE,
            is_running=is_running,
            since_us=since_us if since_us != NO_TIME else self._at_us,
            worked_us=max(worked_us, 0),
        )

    def _step(
        self, row: np.void, routing: NDArray[np.intp], *, is_running: bool
    ) -> int:
        """Place of the operation under way or next; their number if all are done."""
        n_done = int(row["n_completed"])
        if row["operation"] == 0 or (n_done == 0 and not is_running):
            return min(n_done, len(routing))
        routings = self._network.routings
        told = n_done if is_running else n_done - 1
        operations = routings.operation_index[routing]
        same = np.flatnonzero(self._hashes[operations] == row["operation"])
        at = min(told, len(routing) - 1)
        if len(same):
            at = int(same[np.argmin(np.abs(same - told))])
        if is_running:
            return at
        if row["back"]:
            back = routings.rework_step[routing[at]]
            if back < 0:  # the model sends nothing back from here
                return at + 1
            return int(np.searchsorted(routings.step[routing], back))
        return at + 1
