"""Operators and tools: what is held of a pool, and what is away."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ortools.sat.python.cp_model import CpModel, IntervalVar

    from optimizer.production.scheduling.problem import Pools, SchedulingProblem

__all__ = ["add_pools"]


def add_pools(
    problem: SchedulingProblem, model: CpModel, held: Mapping[int, IntervalVar]
) -> None:
    """Let no pool give more units than work.

    Parameters
    ----------
    problem, model
        What is modelled, and where.
    held
        When each mode that uses a pool holds its units.
    """
    uses = list(
        zip(
            problem.modes.use_mode.tolist(),
            problem.modes.use_pool.tolist(),
            problem.modes.use_amount.tolist(),
            strict=True,
        )
    )
    pools = problem.pools
    for pool, capacity in enumerate(pools.capacity.tolist()):
        rows = [(held[mode], amount) for mode, where, amount in uses if where == pool]
        for low, high, amount in _missing(pools, pool, capacity):
            gap = model.new_fixed_size_interval_var(low, high - low, "")
            rows.append((gap, amount))
        model.add_cumulative(
            [interval for interval, _ in rows],
            [amount for _, amount in rows],
            capacity,
        )


def _missing(pools: Pools, pool: int, capacity: int) -> list[tuple[int, int, int]]:
    """Return windows without overlap and the units that are away, none beyond all."""
    rows = pools.away_pool == pool
    start, end = pools.away_start[rows], pools.away_end[rows]
    amount = pools.away_amount[rows]
    times = np.unique(np.concatenate((start, end))).tolist()
    windows = []
    for low, high in pairwise(times):
        away = int(amount[(start <= low) & (end > low)].sum())
        if away:
            windows.append((low, high, min(away, capacity)))
    return windows
