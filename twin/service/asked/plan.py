"""A plan from purchase to delivery."""

from contextlib import closing
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from streams.codec import decode
from streams.names import Names
from twin.demand import HistoryForecaster, calendar_factors, demand_by_review
from twin.errors import TwinError
from twin.loop import Review
from twin.masterplan import (
    MasterPlan,
    PlanTerms,
    check_plan,
    expected_demand,
    make_plan,
    summary,
    write_plan,
)
from twin.model.network import Network
from twin.replay import read
from twin.service.asked.start import DAY_S, start_of
from twin.service.jobs import Handle
from twin.service.tenant import PLANS, Tenant

REVIEWS_MAX = 400


class PlanAsked(BaseModel):
    """A plan that is asked for.

    Attributes
    ----------
    at : str or None
        Offset or time of the state; None: now.
    reviews : int
        Reviews planned.
    quantile : float
        Of running demand that orders cover.
    sequence : int
        Reviews from the first whose production is put in sequence.
    fence : int
        Reviews from the first whose orders are firm.
    """

    at: str | None = Field(default=None, max_length=64)
    reviews: int = Field(default=28, ge=1, le=REVIEWS_MAX)
    quantile: float = Field(default=0.6, gt=0, lt=1)
    sequence: int = Field(default=7, ge=0, le=REVIEWS_MAX)
    fence: int = Field(default=0, ge=0, le=REVIEWS_MAX)


def plan(tenant: Tenant, asked: PlanAsked, handle: Handle) -> dict[str, Any]:
    """Plan the network of a tenant, check the plan, and keep its folder.

    Parameters
    ----------
    tenant : Tenant
        Whose.
    asked : PlanAsked
        What.
    handle : Handle
        Told review by review.

    Returns
    -------
    dict
        As `twin.masterplan.summary`, with ``folder`` and ``left_out``.

    Raises
    ------
    TwinError
        If the plan does not hold together.
    """
    start = start_of(tenant, asked.at)
    network = start.network
    forecaster = _forecaster(tenant, network)
    demand = expected_demand(
        forecaster,
        n_periods=asked.reviews,
        horizon=network.settings.horizon_periods,
        quantile=asked.quantile,
    )

    def reviewed(review: Review) -> None:
        handle.step(
            done=review.index + 1,
            expected=asked.reviews,
            served=review.measures.served,
            demanded=review.measures.demanded,
        )

    made = make_plan(
        network,
        demand,
        n_periods=asked.reviews,
        monotonic_s=tenant.clock.monotonic_s,
        terms=PlanTerms(sequenced=asked.sequence, fence=asked.fence),
        state=None if start.carried is None else start.carried.state,
        on_review=reviewed,
    )
    folder = _kept(tenant, made, handle)
    return {
        **summary(made), "folder": folder.name, "left_out": list(start.left_out),
    }  # fmt: skip


def _forecaster(tenant: Tenant, network: Network) -> HistoryForecaster:
    """Return a forecaster that saw the demand of the events so far."""
    review_days = network.settings.review_us / (DAY_S * 1e6)
    forecaster = HistoryForecaster(
        network.demands.mean_per_day * review_days, profile=calendar_factors(network)
    )
    names = Names()
    with closing(tenant.stream.source()) as source:
        batches = (
            decode(records, names).events
            for records in read(source, source.end_position())
        )
        asked = demand_by_review(network, batches, until_us=network.settings.as_of_us)
    for column in asked.T:
        forecaster.observe(column)
    return forecaster


def _kept(tenant: Tenant, made: MasterPlan, handle: Handle) -> Path:
    broken = check_plan(made)
    if broken:
        msg = "the plan does not hold together: " + "; ".join(broken)
        raise TwinError(msg)
    folder = tenant.store / PLANS / handle.job.id
    write_plan(made, folder)
    return folder
