"""A simulated network on the compiled engine: the same events as the reference."""

from collections.abc import Sequence
from copy import copy

import msgspec
import numpy as np

from streams.batch import EventBatch
from streams.names import Names
from twin.errors import OptionError
from twin.model.network import Network
from twin.simulate import tables as t
from twin.simulate._kernels import run
from twin.simulate.compiled.layouts import Layouts
from twin.simulate.compiled.opening import begin_aged, take_over_orders
from twin.simulate.compiled.releasing import recipes_of
from twin.simulate.compiled.telling import Teller
from twin.simulate.decisions import Decisions
from twin.simulate.demand import DemandSource, ServiceSoFar
from twin.simulate.disruptions import Disruption
from twin.simulate.laying.whole import capacity_of
from twin.simulate.layout import Layout
from twin.simulate.opening.conditions import Conditions
from twin.simulate.opening.residuals import begun
from twin.simulate.reference.stock import StockLevels, StockSums
from twin.simulate.tables import Simulated, Trace, grown

TRACE_ROWS = 1 << 14
"""Rows told before they are turned into events, or folded: 1 MB of them."""

_AHEAD_PERIODS = 64
_AHEAD_US = 400 * 86_400_000_000  # shifts of long periods are laid out as they come
_AHEAD_SHARE = 8

_WIDER = {
    run.SHORT_OF_CALENDAR: "calendar",
    run.SHORT_OF_ORDERS: "orders",
    run.SHORT_OF_CUSTOMERS: "customers",
    run.SHORT_OF_GOODS: "goods",
    run.SHORT_OF_PENDING: "pending",
}


class CompiledPlant:
    """A simulated network, as `twin.simulate.reference.plant.Plant`, compiled.

    Parameters
    ----------
    network : Network
        What is simulated, from its `as_of` on.
    names : Names
        Table of ids of the emitted events.
    seed : int
        Of all random numbers; any number of 64 bits.
    demand : DemandSource or None
        What customers ask for; None draws from the laws of the network.
    disruptions : sequence of Disruption
        What goes wrong.
    policies : bool
        Whether the policies of stock points are followed, see `Plant`.
    begins : Conditions or None
        What is under way at the start, see `Plant`.
    layouts : Layouts or None
        Of this network, disruptions and policies, where there are some already.
    """

    def __init__(
        self,
        network: Network,
        names: Names,
        *,
        seed: int,
        demand: DemandSource | None = None,
        disruptions: Sequence[Disruption] = (),
        policies: bool = False,
        begins: Conditions | None = None,
        layouts: Layouts | None = None,
    ) -> None:
        self._network = network
        self._demand = demand
        self._seed = seed
        self._policies = policies
        self._layouts = layouts or Layouts(network, disruptions, policies=policies)
        self._until_us = self._layouts.until_us
        self._layout = self._layouts.reaching(self._until_us)
        self._capacity = capacity_of(self._layout)
        self._sim = t.empty(self._capacity)
        self._sim.points["on_hand"] = network.stock.on_hand
        if demand is not None:
            self._sim.clock[t.DRAWN_PERIOD] = t.TO_BE_DRAWN
        self._teller = Teller(network, names)
        self._trace = Trace.of_rows(TRACE_ROWS)
        self._told: list[Trace] = []
        n_open = len(network.open_orders.ids)
        more = len(network.machines.ids) * 9 + 2 * n_open + self._sim.points.size
        if n_open == 0 and begins is None and not policies:
            self._make_room(more, ("calendar",))  # a fork copies what there is room for
        else:
            self._make_room(more)
        beginning = None if begins is None else begun(network, begins, seed=seed)
        start = self._layout
        if beginning is not None:
            start = begin_aged(start, self._sim, beginning)
        run.begin(start, self._sim, self._trace, seed)
        take_over_orders(
            start, self._sim, self._trace, self._layouts.orders, beginning=beginning
        )
        self._run(self.now_us)

    @property
    def network(self) -> Network:
        """What is simulated."""
        return self._network

    @property
    def now_us(self) -> int:
        """Time up to which the network was simulated, microseconds UTC."""
        return int(self._sim.clock[t.NOW_US])

    @property
    def stock(self) -> StockLevels:
        """Counters of all stock points now, in the order of `Network.stock`."""
        points, stock = self._sim.points, self._network.stock
        columns = ("on_hand", "on_order", "in_transit", "backorder")
        return StockLevels(
            stock.item_index, stock.site_index, *(points[c].copy() for c in columns)
        )

    @property
    def sums(self) -> StockSums:
        """What policies ordered, and stock at the ends of periods, summed."""
        sums = self._sim.sums
        columns = (sums[name].copy() for name in StockSums._fields[1:])
        return StockSums(int(self._sim.clock[t.N_COUNTED]), *columns)

    def advance(self, until_us: int) -> EventBatch:
        """Let time go on; everything of the instant `until_us` but a release happens.

        Parameters
        ----------
        until_us : int
            Microseconds UTC, not before `now_us`.

        Returns
        -------
        EventBatch
            All events since the last call, those of releases included, in canonical
            order.

        Raises
        ------
        OptionError
            If `until_us` is in the past.
        """
        return self._teller.batch(self.trace_until(until_us))

    def trace_until(self, until_us: int) -> Trace:
        """Let time go on as `advance` does; return the rows told, in their order.

        Parameters
        ----------
        until_us : int
            Microseconds UTC, not before `now_us`.

        Returns
        -------
        Trace
            All since the last call; those of an instant are not in canonical order.

        Raises
        ------
        OptionError
            If `until_us` is in the past.
        """
        if until_us < self.now_us:
            msg = f"until_us must be >= {self.now_us} (now), was {until_us}"
            raise OptionError(msg)
        self.reach(until_us)
        self._run(until_us)
        self._take_trace()
        told, self._told = self._told, []
        columns = (np.concatenate(parts) for parts in zip(*told, strict=True))
        return Trace(*columns)

    @property
    def tables(self) -> Simulated:
        """All that changes, as it is now; replaced when a table grows."""
        return self._sim

    def reach(self, until_us: int) -> Layout:
        """Return the layout, which reaches at least as far as asked.

        Parameters
        ----------
        until_us : int
            Microseconds UTC.

        Returns
        -------
        Layout
        """
        if until_us > self._until_us:
            settings = self._network.settings
            ahead_us = min(_AHEAD_PERIODS * settings.period_us, _AHEAD_US)
            # A share of the past, so that a long run is laid out a few times only.
            self._until_us = until_us + max(
                ahead_us, (until_us - settings.as_of_us) // _AHEAD_SHARE
            )
            self._layout = self._layouts.reaching(self._until_us)
        return self._layout

    @property
    def trace(self) -> Trace:
        """What was told since the trace was given; `N_TRACED` rows of it."""
        return self._trace

    def give_trace(self, trace: Trace, n_rows: int) -> None:
        """Have what happens from now on told into another trace.

        Parameters
        ----------
        trace : Trace
            Takes the place of the one there is.
        n_rows : int
            How many of its rows are told already.
        """
        self._trace = trace
        self._sim.clock[t.N_TRACED] = n_rows

    def run_until_full(self, until_us: int) -> bool:
        """Let time go on until the trace is full or `until_us` is reached.

        Parameters
        ----------
        until_us : int
            Microseconds UTC, within `reach`.

        Returns
        -------
        bool
            Whether `until_us` was reached.
        """
        while True:
            why = run.run(self._layout, self._sim, self._trace, self._seed, until_us)
            if why == run.FINISHED:
                return True
            if why == run.TRACE_FULL:
                if 2 * int(self._sim.clock[t.N_TRACED]) >= len(self._trace.time_us):
                    return False
                # Not room enough for what one appointment may tell.
                self._trace = self._trace.wider()
            elif why == run.NEEDS_DEMAND:
                self._draw_demand()
            else:
                self._widen(_WIDER[why])

    def fork(self, *, seed: int | None = None) -> "CompiledPlant":
        """Return a simulation that goes on from here by itself.

        Parameters
        ----------
        seed : int or None
            Of what the fork draws from now on; None goes on with the same.

        Returns
        -------
        CompiledPlant
            Equal to this one to the last bit; neither sees what the other does.
        """
        trace, n = Trace.of_rows(len(self._trace.time_us)), self._sim.clock[t.N_TRACED]
        for name in Trace._fields:
            getattr(trace, name)[:n] = getattr(self._trace, name)[:n]
        other = copy(self)
        vars(other).update(
            _sim=Simulated.over(self._sim.block.copy(), self._capacity),
            _trace=trace,
            _told=list(self._told),
            _teller=self._teller.fork(),
            _seed=self._seed if seed is None else seed,
        )
        return other

    def under(
        self, network: Network, disruptions: Sequence[Disruption] = ()
    ) -> "CompiledPlant":
        """Return a fork that goes on under another network from here.

        Parameters
        ----------
        network : Network
            With the same ids as this one: only numbers and laws may differ.
        disruptions : sequence of Disruption
            What goes wrong there, besides what is under way.

        Returns
        -------
        CompiledPlant
            What stands in its calendar was drawn under the old network.

        Raises
        ------
        OptionError
            If the networks differ in what there is.
        """
        for what in ("items", "places", "machines", "lanes", "open_orders"):
            if getattr(network, what).ids != getattr(self._network, what).ids:
                msg = f"networks must have the same {what}, had others"
                raise OptionError(msg)
        other = self.fork()
        layouts = Layouts(
            network, disruptions, policies=self._policies, until_us=self._until_us
        )
        layout = layouts.reaching(self._until_us)
        vars(other).update(_network=network, _layouts=layouts, _layout=layout)
        return other

    def save(self) -> bytes:
        """Return all that changes, as bytes; what was not told yet is left out.

        Returns
        -------
        bytes
            For `restore` of a plant of the same network and options.
        """
        return msgspec.msgpack.encode(
            (self._network.hash, tuple(self._capacity), self._sim.block.tobytes())
        )

    def restore(self, saved: bytes) -> None:
        """Go on from where another plant was saved.

        Parameters
        ----------
        saved : bytes
            What `save` of a plant of the same network and options gave.

        Raises
        ------
        OptionError
            If it is of another network.
        """
        of, capacity, block = msgspec.msgpack.decode(saved)
        if of != self._network.hash:
            msg = f"simulation is of network {of}, this one is {self._network.hash}"
            raise OptionError(msg)
        self._capacity = t.Capacity(*capacity)
        own = np.frombuffer(block, np.uint8).copy()
        self._sim = Simulated.over(own, self._capacity)
        self._sim.clock[t.N_TRACED] = 0
        self._told = []

    def make_room_for(self, stuck: "CompiledPlant", seed: int, until_us: int) -> None:
        """Widen the table for want of which a future of this plant came back.

        Parameters
        ----------
        stuck : CompiledPlant
            A fork in whose tables the future is.
        seed, until_us : int
            Of that future.

        Raises
        ------
        OptionError
            If the future waits for demand that a caller hands in.
        """
        untold = Trace.of_rows(0)
        why = run.run(self._layout, stuck.tables, untold, seed, until_us)
        if why == run.NEEDS_DEMAND:
            msg = "futures: demand must follow its laws, was handed in by a caller"
            raise OptionError(msg)
        if why in _WIDER:
            self._widen(_WIDER[why])

    def _run(self, until_us: int) -> None:
        while not self.run_until_full(until_us):
            self._take_trace()

    def _take_trace(self) -> None:
        n = int(self._sim.clock[t.N_TRACED])
        self._told.append(self._trace.first(n))
        self._sim.clock[t.N_TRACED] = 0

    def _widen(self, *tables: str) -> None:
        self._grow({table: 2 * getattr(self._capacity, table) for table in tables})

    def _grow(self, rows: dict[str, int]) -> None:
        wider = self._capacity._replace(**rows)
        self._sim = grown(self._sim, self._capacity, wider)
        self._capacity = wider

    def _make_room(
        self, more: int, tables: Sequence[str] = tuple(_WIDER.values())
    ) -> None:
        used = {
            "calendar": t.N_CALENDAR,
            "orders": t.N_ORDERS,
            "customers": t.N_CUSTOMERS,
            "goods": t.N_GOODS,
            "pending": t.N_PENDING,
        }
        wanted = {table: int(self._sim.clock[used[table]]) + more for table in tables}
        short = {
            table: 1 << (rows - 1).bit_length()
            for table, rows in wanted.items()
            if rows > getattr(self._capacity, table)
        }
        if short:
            self._grow(short)
        n_rows = len(self._trace.time_us)
        if n_rows and self._sim.clock[t.N_TRACED] + 8 * more > n_rows:
            self._take_trace()
            if 8 * more > n_rows:
                self._trace = Trace.of_rows(8 * more)

    def _draw_demand(self) -> None:
        assert self._demand is not None, "only demand handed in is asked for"
        sim, period = self._sim, int(self._sim.clock[t.PERIOD])
        if period == 0:
            run.count_unfilled(self._layout, sim)
        demand = self._demand.draw(period, ServiceSoFar(sim.unfilled.copy()))
        n_demands = len(self._layout.demands)
        if demand.shape != (n_demands,) or not (demand >= 0.0).all():
            msg = (
                f"demand of period {period}: must be {n_demands} numbers >= 0, "
                f"was {demand}"
            )
            raise OptionError(msg)
        sim.drawn[:] = demand
        sim.clock[t.DRAWN_PERIOD] = period

    def release(self, decisions: Decisions) -> None:
        """Place orders and dispatch goods now.

        Parameters
        ----------
        decisions : Decisions
            What was decided; its events come with the next `advance`.

        Raises
        ------
        OptionError
            If an order names a lane that does not exist, an item that is not kept
            where the lane ends, or one that is not made at the site; or has more than
            plain columns.
        """
        if not decisions.is_plain:
            msg = (
                "priorities, names, and customers that orders are made for are taken "
                "by the reference engine alone"
            )
            raise OptionError(msg)
        recipes = recipes_of(self._network, self._layout, decisions)
        n_parts = max(1, len(self._layout.components))
        n_made = len(decisions.make_item) * n_parts
        self._make_room(4 * (len(decisions.lane) + n_made) + 4)
        run.release_lanes(
            self._layout, self._sim, self._trace, self._seed,
            decisions.lane, decisions.item, decisions.quantity,
        )  # fmt: skip
        run.release_production(
            self._layout, self._sim, self._trace, recipes, decisions.make_quantity
        )
