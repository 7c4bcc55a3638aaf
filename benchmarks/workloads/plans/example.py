"""The plan of the example network: how long it takes, and whether it holds."""

import time

import numpy as np

from benchmarks.result import Result
from twin.demand import HistoryForecaster, calendar_factors
from twin.masterplan import (
    MasterPlan,
    check_plan,
    execute,
    expected_demand,
    levels,
    make_plan,
)
from twin.model import load
from twin.model.shipped import example_folder

DAY_US = 86_400_000_000
N_PERIODS = 28


def example(*, quick: bool) -> list[Result]:
    """Plan the example network, count the plan anew, and carry it out again."""
    network = load(example_folder())
    n_periods = 4 if quick else N_PERIODS
    forecaster = HistoryForecaster(
        network.demands.mean_per_day * (network.settings.review_us / DAY_US),
        profile=calendar_factors(network),
    )
    begun_s = time.monotonic()
    demand = expected_demand(
        forecaster,
        n_periods=n_periods,
        horizon=network.settings.horizon_periods,
        quantile=0.6,
    )
    plan = make_plan(network, demand, n_periods=n_periods, monotonic_s=time.monotonic)
    broken = check_plan(plan)
    taken_s = time.monotonic() - begun_s
    again = execute(network, plan.tables.orders, demand, n_periods=n_periods)
    kept = again.table.totals() == plan.result.table.totals()
    return [
        Result(
            name="example planned and checked", value=taken_s, unit="s",
            goal="<= 60", checked=not broken,
        ),
        Result(
            name="rules that do not hold", value=float(len(broken)), unit="rules",
            goal="<= 0", checked=True,
        ),
        Result(
            name="quantities out of balance, most", value=_imbalance(plan),
            unit="units", goal="<= 1e-6", checked=True,
        ),
        Result(
            name="KPIs of the execution differ",
            value=float(not (kept and again.state_hash == plan.result.state_hash)),
            unit="1", goal="<= 0", checked=True,
        ),
        Result(
            name="fill rate of the plan",
            value=plan.result.table.totals()["fill_rate"], unit="1", checked=True,
        ),
    ]  # fmt: skip


def _imbalance(plan: MasterPlan) -> float:
    """Stock by moves against stock by state, after the last review; units."""
    last = levels(plan.moves).group_by("item", "place", maintain_order=True).last()
    by_moves = {(i, p): q for i, p, q in last.select("item", "place", "on_hand").rows()}
    network, stock = plan.network, plan.network.stock
    by_state = plan.result.table.stock_by_point[-1]
    return float(
        np.max(
            [
                abs(
                    by_moves.get((network.items.ids[i], network.places.ids[s]), 0.0) - q
                )
                for i, s, q in zip(
                    stock.item_index, stock.site_index, by_state, strict=True
                )
            ]
        )
    )
