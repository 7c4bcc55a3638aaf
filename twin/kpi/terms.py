"""What a network says to the fold of measures: its prices, and the meaning of names."""

from typing import NamedTuple, Self

import numpy as np

from streams.batch import plain
from streams.events import TYPE_CODES
from streams.names import Names
from twin.errors import OptionError
from twin.kpi._kernels.levels import Rows, Terms
from twin.kpi.tables import F8, I4, I8, N_STATES, Shape
from twin.kpi.tariffs import prices
from twin.model.network import Network
from twin.state.points import NetworkView
from twin.state.tables import I2, MACHINE_STATES

SECOND_US = 1_000_000
BUCKETS_MAX = 1_000_000  # a bucket of a second for more than a week is a slip of units

POWER_OF = {
    "off": "off", "down": "off", "maintenance": "off",
    "idle": "idle", "blocked": "idle", "setup": "setup", "busy": "busy",
}  # fmt: skip
"""Whose power a machine takes in a state; of an unknown state nothing is known."""

_ASKED = TYPE_CODES["OrderReceived"]
_SENT = TYPE_CODES["ShipmentDispatched"]
_COMPLETED = TYPE_CODES["OperationCompleted"]
_ON_MACHINES = tuple(
    TYPE_CODES[name]
    for name in ("OperationStarted", "OperationCompleted", "MachineStateChanged")
)
_ON_STOCK = tuple(
    TYPE_CODES[name]
    for name in ("OrderReceived", "StockCounted", "StockMoved", "ShipmentReceived")
)


class Window(NamedTuple):
    """The time that measures are of: from `start_us` up to, not with, `end_us`.

    What comes before counts only as far as it is still there: stock, open orders, what
    machines do. So the start of a window is the end of the warm-up.

    Attributes
    ----------
    start_us, end_us : int
        Microseconds UTC, start < end.
    """

    start_us: int
    end_us: int


def shape_of(network: Network, window: Window, bucket_us: int) -> Shape:
    """Return how large the tables of a fold are.

    Parameters
    ----------
    network : Network
        What is measured.
    window : Window
        When.
    bucket_us : int
        Length of the buckets that flows are compared by, microseconds, >= 1.

    Returns
    -------
    Shape
        With whole buckets only.

    Raises
    ------
    OptionError
        If the window is empty, or has more buckets than anyone wants.
    """
    if window.end_us <= window.start_us:
        msg = f"window: must end after {window.start_us} us, ends at {window.end_us}"
        raise OptionError(msg)
    n_buckets = (window.end_us - window.start_us) // bucket_us
    if n_buckets > BUCKETS_MAX:
        msg = (
            f"window: must be of at most {BUCKETS_MAX} buckets of {bucket_us} us, was "
            f"of {n_buckets}"
        )
        raise OptionError(msg)
    return Shape(
        len(network.machines.ids),
        len(network.stock.item_index),
        len(network.lanes.ids),
        len(network.demands.item_index),
        network.n_sites,
        n_buckets,
    )


def power_by_state(network: Network) -> F8:
    """Return the power of machines by state.

    Parameters
    ----------
    network : Network
        Its machines.

    Returns
    -------
    ndarray of shape (n_machines, n_states), float64
        In kW, states as in `twin.state.tables.MACHINE_STATES`.
    """
    machines = network.machines
    columns = {
        "off": machines.power_off_kw,
        "idle": machines.power_idle_kw,
        "setup": machines.power_setup_kw,
        "busy": machines.power_busy_kw,
    }
    power = np.zeros((len(machines.ids), N_STATES))
    for state, name in POWER_OF.items():
        power[:, MACHINE_STATES.index(state)] = columns[name]
    return power


def terms_of(
    network: Network, window: Window, *, opened_us: int, at_once_us: int, bucket_us: int
) -> Terms:
    """Return what the fold needs of a network.

    Parameters
    ----------
    network : Network
        What is measured.
    window : Window
        When.
    opened_us : int
        Earlier events are in the opening levels already.
    at_once_us : int
        Time within which a dispatch counts as from stock at once, >= 0.
    bucket_us : int
        See `shape_of`.

    Returns
    -------
    Terms
    """
    stock, demands, lanes = network.stock, network.demands, network.lanes
    serves = np.zeros(len(stock.item_index), np.int32)
    serves[NetworkView(network).points(demands.item_index, demands.site_index)] = 1
    energy = prices(network, *window)
    limits = [opened_us, *window, at_once_us, bucket_us]
    return Terms(
        limits=np.array(limits, np.int64),
        n_sites=network.n_sites,
        first_customer=network.n_sites + network.n_suppliers,
        serves=serves,
        demand_price=plain(demands.price),
        lane_price=plain(lanes.price),
        lane_unit_cost=plain(lanes.unit_cost),
        lane_fixed_cost=plain(lanes.fixed_cost),
        power_kw=power_by_state(network),
        machine_tariff=energy.machine_tariff,
        tariff_start=energy.start,
        tariff_us=energy.time_us,
        tariff_price=energy.price,
        tariff_sum=energy.total,
    )


class Columns(NamedTuple):
    """What is read of events, column by column.

    Names are numbers, see `NameNumbers`; all else is as in
    `streams.batch.EventBatch`.
    """

    time_us: I8
    type_code: I2
    code: I2
    subject: I4
    item: I4
    place: I4
    party: I4
    parent: I4
    value0: F8
    value1: F8
    value2: F8
    time0: I8

    @classmethod
    def of(cls, events: object) -> Self:
        """Take them from what has columns of these names: a batch, or a trace."""
        return cls(*(plain(getattr(events, name)) for name in cls._fields))


class NameNumbers(NamedTuple):
    """Numbers of the names of what a network has, in its order.

    Attributes
    ----------
    items, places, machines, operations : ndarray of shape (n,), int32
        >= 0; numbers of different kinds may be the same.
    """

    items: I4
    places: I4
    machines: I4
    operations: I4

    @classmethod
    def of(cls, network: Network, names: Names) -> Self:
        """Return the numbers in a table of names, which learns those it lacks."""
        return cls(
            names.indices(network.items.ids),
            names.indices(network.places.ids),
            names.indices(network.machines.ids),
            names.indices(network.operations),
        )


class Translator:
    """Says what the names of events mean in a network.

    Parameters
    ----------
    network : Network
        What is measured.
    numbers : NameNumbers
        Of the names in the events.

    Attributes
    ----------
    n_unknown : int
        Events about a machine, or about stock, that the network does not have: they
        count for orders, not for machines and stock.
    """

    def __init__(self, network: Network, numbers: NameNumbers) -> None:
        self._network = network
        self._view = NetworkView(network)
        self.n_unknown = 0
        found = (numbers.items, numbers.places, numbers.machines)
        highest = max((int(one.max(initial=-1)) for one in numbers), default=-1)
        self._memo = np.full((3, highest + 2), -1, np.int32)
        for kind, of_kind in enumerate(found):
            self._memo[kind, of_kind] = np.arange(len(of_kind))
        operations = numbers.operations.tolist()
        self._operation_of = dict(zip(operations, range(len(operations)), strict=True))
        self._standard: dict[tuple[int, int, int], float] = {}
        cost = network.items.unit_cost
        # Sums of grams and pallets mean nothing: units count by what they are worth.
        worth = cost if cost.any() else np.ones(len(cost))
        self._worth = np.append(worth, 0.0)  # what is unknown, number -1, is worth none

    def rows(self, batch: Columns, n_names: int) -> Rows:
        """Return the columns that the fold reads.

        Parameters
        ----------
        batch : Columns
            Numbers of its names are below `n_names`.
        n_names : int
            How many names there are by now.

        Returns
        -------
        Rows
        """
        self._widen(n_names)
        item, place, machine = self._memo
        item_index, site = item[batch.item], place[batch.place]
        party, machine_index = place[batch.party], machine[batch.place]
        origin = self._view.points(item_index, site)
        demand, lane = self._sales_and_lanes(batch, item_index, site, party)
        self._count_unknown(batch, machine_index, site=site, origin=origin)
        return Rows(
            **{
                name: plain(getattr(batch, name))
                for name in (
                    "time_us", "type_code", "code", "subject", "item", "parent",
                    "value0", "value1", "value2", "time0",
                )
            },
            operation=plain(batch.party),
            site=site,
            party=party,
            item_index=item_index,
            machine=machine_index,
            origin=origin,
            target=self._view.points(item_index, party),
            demand=demand,
            lane=lane,
            standard_us=self._standard_us(batch, item_index, machine_index),
            worth=self._worth[item_index],
        )  # fmt: skip

    def _widen(self, n_names: int) -> None:
        # The last cell stands for "no name", which is number -1.
        width = self._memo.shape[1]
        if n_names + 1 > width:
            wide = np.full((3, 2 * n_names + 1), -1, np.int32)
            wide[:, :width] = self._memo
            self._memo = wide

    def _sales_and_lanes(
        self, batch: Columns, item: I4, site: I4, party: I4
    ) -> tuple[I4, I4]:
        demand = np.full(len(batch.time_us), -1, np.int32)
        lane = np.full(len(batch.time_us), -1, np.int32)
        sent = batch.type_code == _SENT
        sold = np.flatnonzero(sent | (batch.type_code == _ASKED))
        demand[sold] = self._view.demand_rows.find(party[sold], item[sold], site[sold])
        rows = np.flatnonzero(sent)
        lane[rows] = self._view.lanes(site[rows], party[rows], item[rows])
        return demand, lane

    def _count_unknown(
        self, batch: Columns, machine: I4, *, site: I4, origin: I4
    ) -> None:
        lost = np.isin(batch.type_code, _ON_MACHINES) & (machine < 0)
        # A customer's place holds no stock, and a movement may have one side only.
        at_site = (batch.place >= 0) & (site < self._network.n_sites)
        lost |= np.isin(batch.type_code, _ON_STOCK) & at_site & (origin < 0)
        self.n_unknown += int(lost.sum())

    def _standard_us(self, batch: Columns, item: I4, machine: I4) -> F8:
        standard = np.full(len(batch.time_us), np.nan)
        rows = np.flatnonzero((batch.type_code == _COMPLETED) & (machine >= 0))
        if len(rows):
            keys = np.stack([item[rows], machine[rows], batch.party[rows]])
            distinct, of_row = np.unique(keys, axis=1, return_inverse=True)
            values = [self._standard_of(*key) for key in distinct.T.tolist()]
            standard[rows] = np.array(values)[of_row.reshape(-1)]
        return standard

    def _standard_of(self, item: int, machine: int, name: int) -> float:
        key = (item, machine, name)
        if key not in self._standard:
            operation = self._operation_of.get(name, -1)
            self._standard[key] = standard_us(
                self._network, item, machine, operation=operation
            )
        return self._standard[key]


def standard_us(network: Network, item: int, machine: int, *, operation: int) -> float:
    """Return the time that the routing of an item allows for a piece on a machine.

    Parameters
    ----------
    network : Network
        Its routings: one of the item counts before one of '*', one of the site before
        one of any.
    item, machine, operation : int
        Indices of the network.

    Returns
    -------
    float
        Microseconds, NaN without such an operation: mean duration over the speed, the
        slots and the largest batch of the machine, so that a machine that does many
        orders at once and all the time performs 1. Setups are not in it.
    """
    routings, machines = network.routings, network.machines
    own = routings.item_index == item
    rows = own if item >= 0 and own.any() else routings.item_index == -1
    at_site = rows & (routings.site_index == machines.site_index[machine])
    rows = at_site if at_site.any() else rows & (routings.site_index == -1)
    found = np.flatnonzero(rows & (routings.operation_index == operation))
    if not len(found):
        return float("nan")
    row = found[0]
    at_once = machines.slots[machine] * routings.batch_max[row]
    duration_s = routings.duration_s[row] / machines.speed[machine] / at_once
    return float(duration_s * SECOND_US)
