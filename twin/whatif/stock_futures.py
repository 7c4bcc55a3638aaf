"""Futures of the policy `table` on the compiled engine, without an object an event.

What a future is stands in `twin.whatif.future`; here it is played on columns: what the
engine tells is folded into state as it is, and measured once, at its end. The measures
are the same to the last bit, in a fraction of the time: see `benchmarks whatif`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.events import TYPE_CODES
from streams.names import Names
from twin.kpi._kernels.levels import Rows
from twin.kpi.ledger import first_rows
from twin.kpi.terms import Columns, NameNumbers
from twin.kpi.whole import WholeRuns
from twin.model.network import Network
from twin.model.records import CUSTOMER
from twin.planning import PlanningStructure
from twin.simulate import layout as laid
from twin.simulate import tables as t
from twin.simulate.compiled.folding import FoldedState, highest_of
from twin.simulate.compiled.layouts import Layouts
from twin.simulate.compiled.plant import CompiledPlant
from twin.simulate.layout import Layout
from twin.simulate.tables import Trace
from twin.state.points import NetworkView
from twin.state.state import State
from twin.whatif.branches import Branch
from twin.whatif.measures import RESULT
from twin.whatif.releasing import Releasing
from twin.whatif.series import defined, series_of
from twin.whatif.stock_policy import StockTablePolicy

Array = NDArray[np.float64]
_ASKED, _SENT = TYPE_CODES["OrderReceived"], TYPE_CODES["ShipmentDispatched"]


class StockFutures:
    """Plays futures of one branch under the policy `table`: call it with a seed.

    Nothing is shared between futures but what none of them changes, so that they can
    be played on several threads.

    Parameters
    ----------
    branch : Branch
        What is simulated.
    structure : PlanningStructure
        Of its network.
    service : float
        Of the policy, in (0, 1).
    n_periods : int
        Reviews, >= 1.
    """

    def __init__(
        self,
        branch: Branch,
        structure: PlanningStructure,
        *,
        service: float,
        n_periods: int,
    ) -> None:
        network, settings = branch.network, branch.network.settings
        self._branch = branch
        self._n_periods = n_periods
        start_us = settings.as_of_us
        end_us = start_us + n_periods * settings.review_us
        self._view = structure.view
        self._policy = StockTablePolicy(structure, service=service)
        self._layouts = Layouts(network, branch.disruptions, until_us=end_us)
        layout = self._layouts.reaching(start_us)
        self._first_running = int(layout.settings[laid.FIRST_NAME + t.NUMBERED])
        self._empty = FoldedState(network, layout)
        # What happens in the last instant, such as its demand, is in the future too.
        window = (start_us, end_us + 1)
        self._runs = WholeRuns(network, window, trace_numbers(network, layout))
        points = network.stock
        self._point_value = network.items.unit_cost[points.item_index]
        self._first_value = float(self._point_value @ points.on_hand)

    def __call__(self, seed: int) -> dict[str, float]:
        """Play one future.

        Parameters
        ----------
        seed : int
            Of demand, lead times, failures and so on, >= 0.

        Returns
        -------
        dict of str to float
            As of `twin.whatif.future.Futures`.
        """
        told = self._played(seed)
        columns, n_names = Columns.of(joined(*told.parts)), told.n_names
        rows = self._runs.rows(columns, n_names)
        measures = self._runs.measures(rows, n_names)
        kpis = {name: defined(value) for name, value in measures.items()}
        stock_value = [float(self._point_value @ one) for one in told.on_hand]
        assert told.state is not None, "there is a period"
        coming = value_on_the_way(self._view, told.state)
        change = stock_value[-1] + coming - self._first_value
        kpis[RESULT.key] = kpis["profit"] + change
        demanded, served = flows(rows, told.ends, self._branch.network)
        return kpis | series_of(
            np.array(stock_value),
            np.array(told.backorder),
            demanded=demanded,
            served=served,
        )

    def _played(self, seed: int) -> "_Told":
        branch, folded = self._branch, self._empty.fork()
        settings = branch.network.settings
        plant = CompiledPlant(
            branch.network,
            Names(),
            seed=seed,
            disruptions=branch.disruptions,
            begins=branch.begins,
            layouts=self._layouts,
        )
        policy = Releasing(self._policy, branch.releases)
        # What is under way is known to the first decision, and folded with the first
        # period.
        opening = plant.trace_until(plant.now_us)
        opened = folded.fork()
        fold(opened, opening, plant)
        state, told = opened.settled(), _Told()
        for _ in range(self._n_periods):
            now_us = plant.now_us
            plant.release(policy.decide(state, now_us).decisions)
            trace = plant.trace_until(now_us + settings.review_us)
            if len(opening.time_us):
                trace, opening = joined(opening, trace), Trace.of_rows(0)
            told.take(trace, fold(folded, trace, plant))
            state = folded.settled()
            self._look(told, state)
        told.state = state
        # The last running number, of whichever letter, stands below.
        highest = int(highest_of(plant.tables).max()) + 1
        told.n_names = self._first_running + highest * len(t.LETTERS)
        return told

    def _look(self, told: "_Told", state: State) -> None:
        demands = self._branch.network.demands
        told.on_hand.append(self._view.stock_column(state, "on_hand"))
        waiting = np.where(demands.backlogged, self._view.backlog(state), 0.0)
        told.backorder.append(float(waiting.sum()))


@dataclass(slots=True)
class _Told:
    """What a future told, period by period."""

    parts: list[Trace] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    on_hand: list[Array] = field(default_factory=list)
    backorder: list[float] = field(default_factory=list)
    n_names: int = 0
    state: State | None = None

    def take(self, trace: Trace, order: NDArray[np.int64]) -> None:
        """Keep the rows of a period, in canonical order."""
        columns: list[Any] = [column[order] for column in trace]
        self.parts.append(Trace(*columns))
        before = self.ends[-1] if self.ends else 0
        self.ends.append(before + len(order))


def fold(folded: FoldedState, trace: Trace, plant: CompiledPlant) -> NDArray[np.int64]:
    """Fold all rows of a trace; return their canonical order."""
    rows = range(len(trace.time_us))
    return folded.take(trace, rows, highest_of(plant.tables), hold=False)


def joined(*parts: Trace) -> Trace:
    """Put traces one after the other."""
    return Trace(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def trace_numbers(network: Network, layout: Layout) -> NameNumbers:
    """Return how a trace numbers what a network has.

    Parameters
    ----------
    network : Network
        What is simulated.
    layout : Layout
        Of the network.

    Returns
    -------
    NameNumbers
    """
    counts = {
        t.ITEM: len(network.items.ids), t.PLACE: len(network.places.ids),
        t.MACHINE: len(network.machines.ids), t.OPERATION: len(network.operations),
    }  # fmt: skip
    first = layout.settings[laid.FIRST_NAME :]
    return NameNumbers(
        *(
            (int(first[kind]) + np.arange(n)).astype(np.int32)
            for kind, n in counts.items()
        )
    )


def value_on_the_way(view: NetworkView, state: State) -> float:
    """Return the value of goods on the way to sites, at unit cost.

    Parameters
    ----------
    view : NetworkView
        Of the network.
    state : State
        Its last instant is closed.
    """
    network = view.network
    shipments, left = view.on_the_way(state)
    item, target = shipments["item"], shipments["destination"]
    customers = np.flatnonzero(network.places.kind == CUSTOMER)
    kept = (item >= 0) & (item < len(network.items.ids)) & ~np.isin(target, customers)
    return float(network.items.unit_cost[item[kept]] @ left[kept])


def flows(rows: Rows, ends: Sequence[int], network: Network) -> tuple[Array, Array]:
    """Return what customers asked for in each period, and what they got at once.

    Parameters
    ----------
    rows : Rows
        Of all periods.
    ends : sequence of int
        Where the rows of each period end.
    network : Network
        What was simulated.

    Returns
    -------
    demanded, served : ndarray of shape (n_periods,), float64
        Units, summed as `twin.kpi.Ledger` does.
    """
    demanded, served = np.zeros(len(ends)), np.zeros(len(ends))
    for period, end in enumerate(ends):
        begin = ends[period - 1] if period else 0
        span = slice(begin, end)
        code, units = rows.type_code[span], rows.value0[span]
        asked = np.flatnonzero(code == _ASKED)
        site = rows.site[span][asked]
        by_place = np.zeros(len(network.places.ids))
        np.add.at(by_place, site[site >= 0], units[asked[site >= 0]])
        demanded[period] = by_place.sum()
        sold = np.flatnonzero((code == _SENT) & (rows.demand[span] >= 0))
        ordered = first_rows(rows.subject[span], asked, rows.parent[span][sold])
        time_us = rows.time_us[span]
        at_once = (ordered >= 0) & (time_us[ordered] == time_us[sold])
        served[period] = units[sold[at_once]].sum()
    return demanded, served
