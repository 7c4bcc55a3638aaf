"""Shipments over a network: the proved gap, beside HiGHS and SCIP with the program."""

import math
import time
from importlib.metadata import version

import numpy as np

from benchmarks.result import Result
from benchmarks.workloads.distribution.networks import generated_network
from optimizer import SolveOptions
from optimizer.logistics.transshipment import (
    TransshipmentProblem,
    check_shipments,
    plan_shipments,
    warm_up,
    without_pooling,
)

__all__ = ["shipped"]

SECONDS, QUICK_S, POOLING_S = 60.0, 3.0, 10.0
"""Seconds of a solve: in full, the quick form, and with and without pooling."""

SEEDS = 2
"""Networks of full size."""

SMALL = {"n_sites": 14, "n_items": 20, "n_periods": 6}
"""Size of the network of the quick form and of pooling."""


def shipped(*, quick: bool) -> list[Result]:
    """Return the proved gap on 50 sites, 200 items and 12 periods."""
    warm_up()
    if quick:
        return [_gap("small network", [generated_network(0, **SMALL)], QUICK_S)]
    networks = [generated_network(seed) for seed in range(SEEDS)]
    size = "50 sites x 200 items x 12 periods"
    row = _gap(size, networks, SECONDS, goal="<= 2")
    return [row, *_peers(networks[0]), _pooling()]


def _gap(
    name: str,
    networks: list[TransshipmentProblem],
    seconds: float,
    goal: str | None = None,
) -> Result:
    gaps = []
    for problem in networks:
        begun_s = time.perf_counter()
        options = SolveOptions(monotonic_s=time.perf_counter, time_limit_s=seconds)
        plan = plan_shipments(problem, options)
        took_s = time.perf_counter() - begun_s
        assert not check_shipments(problem, plan)
        assert took_s <= seconds + 0.5, took_s
        print(
            f"  {name}: {plan.objective:,.0f}, bound {plan.bound:,.0f} "
            f"({100 * plan.gap:.3f} %), {plan.vehicles.sum():,} vehicles, "
            f"{took_s:.1f} s"
        )
        gaps.append(100.0 * plan.gap)
    return Result(
        name=f"shipments {name}, worst proved gap in {seconds:.0f} s",
        value=float(np.max(gaps)),
        unit="%",
        goal=goal,
        checked=True,
    )


def _peers(problem: TransshipmentProblem) -> list[Result]:
    """Let HiGHS and SCIP solve the whole program; its building is not counted."""
    # OR-Tools is loaded when a peer is asked for.
    from optimizer.logistics.transshipment.model import ShipmentModel  # noqa: PLC0415

    rows = []
    model = ShipmentModel(problem)
    for engine, name in (("highs", "HiGHS"), ("scip", "SCIP")):
        cost, bound = model.solve(engine=engine, time_limit_s=SECONDS)
        print(f"  {name}: {cost:,.0f}, bound {bound:,.0f}")
        gap = 100.0 * (cost - bound) / cost if math.isfinite(cost) else math.inf
        rows.append(
            Result(
                name=f"shipments proved gap of {name} alone",
                value=min(gap, 100.0),
                unit="%",
                peer=f"{name} of OR-Tools {version('ortools')}, {SECONDS:.0f} s",
                checked=True,
            )
        )
    return rows


def _pooling() -> Result:
    """Return what pooling the stock of three firms saves on small networks."""
    saved = []
    for seed in range(3):
        problem = generated_network(seed, **SMALL)
        options = SolveOptions(monotonic_s=time.perf_counter, time_limit_s=POOLING_S)
        pooled, apart = (
            plan_shipments(one, options) for one in (problem, without_pooling(problem))
        )
        saved.append(100.0 * (1.0 - pooled.objective / apart.objective))
    return Result(
        name="shipments saved by pooling stock between firms, mean of 3 networks",
        value=float(np.mean(saved)),
        unit="%",
        goal="> 0",
        checked=True,
    )
