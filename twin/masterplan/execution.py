"""Carries a plan out again, from its table of orders alone."""

import polars as pl

from twin.cycle import Decided
from twin.loop import LoopResult
from twin.masterplan.certain import certain
from twin.masterplan.expected import ExpectedDemand
from twin.masterplan.making import Beginning, play_certain
from twin.masterplan.tables import decisions_from
from twin.model.network import Network
from twin.simulate.decisions import Decisions
from twin.state.state import State


def execute(
    network: Network,
    orders: pl.DataFrame,
    demand: ExpectedDemand,
    *,
    n_periods: int,
    state: State | None = None,
) -> LoopResult:
    """Release the orders of a plan at their dates, in a network without chance.

    Parameters
    ----------
    network : Network
        The one planned for.
    orders : polars.DataFrame
        Columns of `twin.masterplan.tables.ORDERS`, as written to a plan folder.
    demand : ExpectedDemand
        What customers ask for.
    n_periods : int
        Reviews, >= 1.
    state : State or None
        What is under way at the start, if the plan began with a live state.

    Returns
    -------
    LoopResult
        What the orders come to.
    """
    policy = _Orders(network, orders)
    sequenced = orders["priority"].null_count() < orders.height
    beginning = Beginning(certain(network, sequenced=sequenced), state)
    return play_certain(beginning, policy, demand, n_periods=n_periods)


class _Orders:
    """Releases what a table says, and nothing else."""

    name = "orders"
    information = "the orders of a plan"

    def __init__(self, network: Network, orders: pl.DataFrame) -> None:
        self._network = network
        parts = orders.partition_by("release_us", as_dict=True, maintain_order=True)
        self._at = {int(key[0]): part for key, part in parts.items()}

    def observe(self, asked: object) -> None:
        """Learn nothing."""

    def decide(self, state: State, now_us: int) -> Decided:
        del state
        due = self._at.get(now_us)
        if due is None:
            return Decided(Decisions())
        return Decided(decisions_from(self._network, due, named=True))
