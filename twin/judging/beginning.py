"""A live state as the start of futures, the way a plan sees it.

Stock, what customers wait for and the condition of machines are those of the state.
What is under way comes when a plan expects it, see `twin.planning.problem`; orders on
the floor are among that and load no machine. Demand is drawn from the laws of the
network about the levels of a forecaster, who knows what was asked for so far and
nothing else. No table is built: columns are put in the place of columns.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from streams.batch import NO_TIME
from streams.names import Names
from twin.demand import DemandForecaster, calendar_factors
from twin.model.elements import NO_STEP
from twin.model.network import Network
from twin.model.records import OpenOrders
from twin.model.tables import ORDER_KINDS
from twin.planning import PlanningStructure
from twin.planning.problem import arrivals_by_point
from twin.simulate.opening.conditions import Conditions, Transit, WorkInProgress
from twin.simulate.opening.machines import machine_conditions
from twin.state import tables as t
from twin.state.state import State

if TYPE_CHECKING:
    from twin.simulate.compiled.plant import CompiledPlant

Array = NDArray[np.float64]

DAY_US = 86_400_000_000
_PURCHASE, _CUSTOMER = (ORDER_KINDS.index(kind) for kind in ("purchase", "customer"))


def begin_futures(
    structure: PlanningStructure,
    state: State,
    forecaster: DemandForecaster,
    *,
    now_us: int,
    horizon: int,
    seed: int,
) -> "CompiledPlant":
    """Return a simulated network that begins as a state is; futures are its forks.

    Parameters
    ----------
    structure : PlanningStructure
        Of the network of the state.
    state : State
        Settled state at the review.
    forecaster : DemandForecaster
        Whose mean over the horizon is the level of demand.
    now_us : int
        Time of the review, microseconds UTC.
    horizon : int
        Reviews that futures are played for, >= 1.
    seed : int
        Of what is left of repairs and lives of machines.

    Returns
    -------
    CompiledPlant
        Nothing that is announced for later, such as a failure of a supplier, is in it.
    """
    from twin.simulate.compiled.plant import CompiledPlant  # noqa: PLC0415 - compiles

    network = network_ahead(structure, state, forecaster, now_us=now_us, n=horizon)
    begins = _conditions(state, network, now_us)
    return CompiledPlant(network, Names(), seed=seed, begins=begins)


def network_ahead(
    structure: PlanningStructure,
    state: State,
    forecaster: DemandForecaster,
    *,
    now_us: int,
    n: int,
) -> Network:
    """Return the network as it is from a review on; its tables and hash are old.

    Parameters
    ----------
    structure, state, forecaster, now_us
        See `begin_futures`.
    n : int
        Reviews ahead, >= 1.

    Returns
    -------
    Network
    """
    network = structure.network
    on_hand = structure.view.stock_column(state, "on_hand")
    return replace(
        network,
        settings=replace(network.settings, as_of_us=now_us),
        stock=replace(network.stock, on_hand=np.maximum(on_hand, 0.0)),
        demands=replace(
            network.demands,
            mean_per_day=_levels(network, forecaster, now_us=now_us, n=n),
            trend_per_day=np.zeros(len(network.demands.item_index)),
        ),
        open_orders=_under_way(structure, state, now_us=now_us, n=n),
    )


def _levels(
    network: Network, forecaster: DemandForecaster, *, now_us: int, n: int
) -> Array:
    """Mean demand a day, the pattern of the calendar taken out."""
    settings = network.settings
    period = (now_us - settings.as_of_us) // settings.review_us
    factors = calendar_factors(network)(period, n).sum(axis=1)
    asked = forecaster.means(n).sum(axis=1)
    level = np.divide(asked, factors, out=np.zeros_like(asked), where=factors > 0.0)
    per_day: Array = level * DAY_US / settings.review_us
    return np.maximum(per_day, 0.0)


def _under_way(
    structure: PlanningStructure, state: State, *, now_us: int, n: int
) -> OpenOrders:
    """Return arrivals by point and review, and what customers wait for, as orders."""
    network = structure.network
    review_us, stock = network.settings.review_us, network.stock
    arrivals = arrivals_by_point(structure, state, now_us, n)
    period, point = np.nonzero(arrivals > 0.0)
    # Goods of a period are there before its first demand, see `twin.planning.timing`.
    need_us = np.minimum(structure.first_need_us[point], review_us)
    comes_us = now_us + period * review_us + need_us - 1
    backlog, demands = structure.view.backlog(state), network.demands
    waits = np.flatnonzero((backlog > 0.0) & demands.backlogged)
    n_rows, n_waits = len(point), len(waits)
    total = n_rows + n_waits
    kinds = np.repeat([_PURCHASE, _CUSTOMER], [n_rows, n_waits])
    # Whence goods come does not matter any more; it is never the place itself.
    origin = np.full(n_rows, network.n_sites)
    origins = np.concatenate([origin, demands.site_index[waits]])
    targets = np.concatenate([stock.site_index[point], demands.customer_index[waits]])
    items = np.concatenate([stock.item_index[point], demands.item_index[waits]])
    return OpenOrders(
        ids=tuple(f"under way {k}" for k in range(total)),
        kind=kinds.astype(network.open_orders.kind.dtype),
        item_index=items.astype(np.int32),
        from_place_index=origins.astype(np.int32),
        to_place_index=targets.astype(np.int32),
        quantity=np.concatenate([arrivals[period, point], backlog[waits]]),
        due_us=np.concatenate([comes_us, np.full(n_waits, now_us)]).astype(np.int64),
        step=np.full(total, NO_STEP, network.open_orders.step.dtype),
        options=(None,) * total,
    )


def _conditions(state: State, network: Network, now_us: int) -> Conditions:
    def nothing() -> NDArray[np.int64]:
        return np.zeros(0, np.int64)

    return Conditions(
        at_us=now_us,
        begin_us=int(state.tables.clock[t.AS_OF_US]),
        work=WorkInProgress(*(nothing() for _ in WorkInProgress.__slots__)),
        machines=machine_conditions(state, network, now_us, []),
        transit=Transit(nothing(), nothing(), nothing()),
        released_us=np.full(len(network.releases.ids), NO_TIME),
        left_out=(),
    )
