"""Makes a plan by living through it: decide, let the certain network act, go on.

Every review of the horizon is planned by the linear program of purchases, production
and transport together, for what is expected and a margin; the orders of its first
review are rounded to what lanes allow, carried out in a network without chance, and
fixed. The next review is planned from what they led to. So quantities and dates fit
each other from purchase to delivery, whatever was rounded, and machines do the work in
the time they take.

References
----------
Pochet, Wolsey (2006), "Production Planning by Mixed Integer Programming", section
3.6.1: relax-and-fix, period by period.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from streams.names import Names
from twin.cycle import Policy
from twin.errors import OptionError
from twin.loop import Loop, LoopResult, Review
from twin.masterplan.certain import certain
from twin.masterplan.deciding import Deciding, Sequence
from twin.masterplan.expected import ExpectedDemand, ExpectedSource
from twin.masterplan.firm import FIRM, NOTHING_FIRM, FirmOrders
from twin.masterplan.moves import stock_moves
from twin.masterplan.pegging import pegs_of
from twin.masterplan.tables import (
    ORDERS,
    PlanTables,
    orders_of,
    plan_tables,
    with_names,
)
from twin.model.network import Network
from twin.planning import Planner
from twin.planning.sequencing import WORK
from twin.simulate.opening.conditions import conditions_of
from twin.simulate.reference.plant import Plant
from twin.state.state import State

if TYPE_CHECKING:
    from streams.batch import EventBatch

TERMINAL_SHARE = 0.9
"""Value of stock at the end of the plan as a share of its cost: life goes on."""

LOOKAHEAD = 7
"""Reviews whose orders justify the minimum of a lane. With 1 a lane whose minimum is a
fortnight's need may never be used; on the example network 4 to 28 give the same plan,
.8 points more service than 1 at an equal result."""


@dataclass(frozen=True, slots=True)
class MasterPlan:
    """A plan from purchase to delivery, and what it comes to.

    Attributes
    ----------
    network : Network
        What was planned for.
    demand : ExpectedDemand
        What was expected.
    n_periods : int
        Reviews planned.
    result : LoopResult
        Measures of the plan by period, demand, and the hash of its last state.
    moves : polars.DataFrame
        Every move of stock, see `twin.masterplan.moves`.
    tables : PlanTables
        Orders, operations, shipments and sales, with dates.
    pegs : polars.DataFrame
        What serves what, see `twin.masterplan.pegging`.
    fence_us : int
        Orders released before are firm, microseconds UTC.
    state : State or None
        What was under way at its start, if it began with a live state.
    """

    network: Network
    demand: ExpectedDemand
    n_periods: int
    result: LoopResult
    moves: pl.DataFrame
    tables: PlanTables
    pegs: pl.DataFrame
    fence_us: int = 0
    state: State | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTerms:
    """On what terms a plan is made.

    Attributes
    ----------
    firm : FirmOrders
        Of a former plan: kept as they are.
    fence : int
        Reviews from the first whose orders no later plan may change, >= 0.
    sequenced : int
        Reviews from the first whose production is put in sequence by the scheduler, >=
        0; with 0 machines take orders as they are released.
    work : int
        Budget of each search for a sequence, >= 1.

    Raises
    ------
    OptionError
        If a number is below what is allowed.
    """

    firm: FirmOrders = NOTHING_FIRM
    fence: int = 0
    sequenced: int = 0
    work: int = WORK

    def __post_init__(self) -> None:
        for name, least in (("fence", 0), ("sequenced", 0), ("work", 1)):
            value = getattr(self, name)
            if value < least:
                msg = f"{name} must be >= {least}, was {value}"
                raise OptionError(msg)


PLAIN = PlanTerms()


def make_plan(
    network: Network,
    demand: ExpectedDemand,
    *,
    n_periods: int,
    monotonic_s: Callable[[], float],
    terms: PlanTerms = PLAIN,
    state: State | None = None,
    on_review: Callable[[Review], None] | None = None,
) -> MasterPlan:
    """Plan a network from its `as_of` on.

    Parameters
    ----------
    network : Network
        With the stock and the open orders it begins with.
    demand : ExpectedDemand
        At least as long as the plan.
    n_periods : int
        Reviews, >= 1.
    monotonic_s : callable
        Clock that bounds each solve.
    terms : PlanTerms
        What is firm, and how machines are sequenced.
    state : State or None
        What is under way at `as_of`, where the network was carried from a live state;
        work that has begun then goes on with what is left of it.
    on_review : callable, optional
        Called after each review, for progress.

    Returns
    -------
    MasterPlan

    Raises
    ------
    OptionError
        If demand is not known for so many reviews, or something earns without limit.
    """
    _check_length(demand, n_periods)
    planner = Planner(
        network,
        monotonic_s=monotonic_s,
        terminal_share=TERMINAL_SHARE,
        lookahead=LOOKAHEAD,
    )
    settled = certain(network, sequenced=terms.sequenced > 0)
    sequence = None
    if terms.sequenced:
        sequence = Sequence(settled, terms.sequenced, terms.work, monotonic_s)
    follows = Deciding(planner, demand, firm=terms.firm, sequence=sequence)
    settings = network.settings
    fence_us = max(
        settings.as_of_us + terms.fence * settings.review_us, terms.firm.until_us
    )
    seen = _Seen(network, terms.firm, fence_us)

    def see(review: Review) -> None:
        seen.add(review)
        if on_review is not None:
            on_review(review)

    beginning = Beginning(settled, state, terms.firm.names)
    result = play_certain(
        beginning, follows, demand, n_periods=n_periods, on_review=see
    )
    moves = stock_moves(network, seen.batches)
    return MasterPlan(
        network=network,
        demand=demand,
        n_periods=n_periods,
        result=result,
        moves=moves,
        tables=plan_tables(network, seen.batches, seen.orders()),
        pegs=pegs_of(moves),
        fence_us=fence_us,
        state=state,
    )


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a network without chance begins.

    Attributes
    ----------
    settled : Network
        See `twin.masterplan.certain`.
    state : State or None
        What is under way at `as_of`.
    reserved : frozenset of str
        Names of orders that decisions bring.
    """

    settled: Network
    state: State | None = None
    reserved: frozenset[str] = frozenset()


def play_certain(
    beginning: Beginning,
    policy: Policy,
    demand: ExpectedDemand,
    *,
    n_periods: int,
    on_review: Callable[[Review], None] | None = None,
) -> LoopResult:
    """Let a policy act on a network without chance, with the demand expected.

    Parameters
    ----------
    beginning : Beginning
        The network, and what is under way.
    policy : Policy
        Decides at every review.
    demand : ExpectedDemand
        What customers ask for.
    n_periods : int
        Reviews, >= 1.
    on_review : callable, optional
        Called after each.
    """
    settled, state, names = beginning.settled, beginning.state, Names()
    settings = settled.settings
    source = ExpectedSource(demand, settings.review_us // settings.period_us)
    begins = None
    if state is not None:
        begins = conditions_of(state, settled, at_us=settings.as_of_us)
    plant = Plant(settled, names, seed=0, demand=source, begins=begins)
    plant.reserve(beginning.reserved)
    return Loop(settled, plant, policy, names=names).run(n_periods, on_review=on_review)


def _check_length(demand: ExpectedDemand, n_periods: int) -> None:
    known = demand.means.shape[1]
    if not 1 <= n_periods <= known:
        msg = (
            f"n_periods must be in 1..{known}, for which demand is expected, was "
            f"{n_periods}"
        )
        raise OptionError(msg)


class _Seen:
    """Events and decisions of all reviews."""

    def __init__(self, network: Network, firm: FirmOrders, fence_us: int) -> None:
        self._network, self._firm, self._fence_us = network, firm, fence_us
        self._orders: list[pl.DataFrame] = []
        self.batches: list[EventBatch] = []

    def add(self, review: Review) -> None:
        """Take in what a review decided, and what came of it."""
        self.batches.append(review.events)
        decided = orders_of(self._network, review.now_us, review.decided.decisions)
        kept = self._firm.at(review.now_us)
        # Firm orders come first, of those on lanes and of those that are made.
        is_made = pl.col("kind") == "production"
        n_made = kept.filter(is_made).height
        n_sent = kept.height - n_made
        turn = pl.int_range(pl.len()).over(is_made)
        is_kept = turn < pl.when(is_made).then(n_made).otherwise(n_sent)
        decided = decided.with_columns(
            firm=pl.when(is_kept).then(pl.lit(FIRM)).otherwise(pl.lit(""))
        )
        under_way = frozenset(self._network.open_orders.ids)
        named = with_names(decided, review.events, under_way=under_way)
        if review.now_us < self._fence_us:
            named = named.with_columns(firm=pl.lit(FIRM))
        self._orders.append(named)

    def orders(self) -> pl.DataFrame:
        """All orders with the names that the plan gave them."""
        return pl.concat([pl.DataFrame(schema=ORDERS), *self._orders])
