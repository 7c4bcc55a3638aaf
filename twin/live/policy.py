"""The planner that an elected worker runs: a plan of the network as an event.

It knows the demand laws of the network, with what events changed of it, and the state
of all shards, and no history.
"""

import logging
from collections.abc import Callable, Sequence

from streams.batch import NO_TIME
from streams.names import Names
from twin.demand import MeanForecaster, law_means
from twin.demand.laws import MeanPath
from twin.errors import OptionError
from twin.live.notes import note
from twin.live.planning import Decision, Plan
from twin.live.reading import MergedState
from twin.model import Network
from twin.model.edits import ModelEdits, edited
from twin.planning import Planner
from twin.planning.release import plan_released
from twin.state import tables as t

QUANTILE = 0.9
"""Of running demand that a plan covers: less lets customers wait more often, more keeps
more stock."""


def release_plan(
    network: Network, *, monotonic_s: Callable[[], float], n_periods: int = 28
) -> Plan:
    """Return a function that plans on the state of the whole network.

    Parameters
    ----------
    network : Network
        What is planned for.
    monotonic_s : callable
        Clock that bounds a solve.
    n_periods : int
        Reviews to plan ahead, >= 1.

    Returns
    -------
    callable
        Gives one `PlanReleased`, made at the time of the last event: the same state
        gives the same plan. Its key is the first site of the network. Changes that the
        network cannot have are left out, with a warning each.

    Raises
    ------
    OptionError
        If the network has no demand or no stock to plan.
    """
    if not len(network.demands.item_index) or not len(network.stock.item_index):
        msg = (
            f"network {network.settings.name!r}: nothing to plan without demand, stock"
        )
        raise OptionError(msg)
    settings = network.settings

    def prepared(one: Network) -> tuple[Planner, MeanPath]:
        return Planner(one, monotonic_s=monotonic_s), law_means(one)

    # Of the network with one set of edits: the last.
    ready = {ModelEdits(Names()).digest(): prepared(network)}
    key = network.places.ids[0].encode()

    def plan(merged: MergedState, occasion: str) -> Sequence[Decision]:
        now_us = int(merged.state.tables.clock[t.LAST_US])
        if now_us == NO_TIME:
            return ()
        edits = merged.edits.digest()
        if edits not in ready:
            ready.clear()
            ready[edits] = prepared(_edited(network, merged.edits))
        planner, means = ready[edits]
        review = max(0, (now_us - settings.as_of_us) // settings.review_us)
        forecaster = MeanForecaster(lambda _, horizon: means(review, horizon))
        path = forecaster.paths(n_periods, QUANTILE)
        planned = planner.plan(merged.state, now_us=now_us, demand=path)
        event = plan_released(
            planner.structure, planned, now_us=now_us, plan_id=occasion
        )
        return (Decision(event, now_us, key),)

    return plan


def _edited(network: Network, edits: ModelEdits) -> Network:
    found = edited(network, edits)
    for why in found.left_out:
        note("change of the network left out", level=logging.WARNING, why=why)
    return found.network
