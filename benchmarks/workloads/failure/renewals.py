"""Renewals of FD001's engines, decided on what models said that had not seen them."""

import numpy as np
from numpy.typing import NDArray

from benchmarks.result import Result
from benchmarks.workloads.failure.engines import COSTS, HeldOut, held_out
from forecasting.failure import (
    best_age,
    renewal_rate,
    stopping_rate,
    stopping_times,
)

Floats = NDArray[np.float64]


def hazard_stops(told: HeldOut) -> Floats:
    """Return the ages at which engines are renewed by the hazard rule.

    The rate of each half of the engines is found on the other half.
    """
    readings = told.readings
    stops = np.full(readings.n_units, np.inf)
    halves = np.arange(readings.n_units) % 2 == 0
    for half in (halves, ~halves):
        other, own = np.flatnonzero(~half), np.flatnonzero(half)
        rows = np.isin(readings.unit_index, other)
        rate = stopping_rate(told.hazard[rows], readings.of_units(other), COSTS)
        rows = np.isin(readings.unit_index, own)
        stops[own] = stopping_times(
            told.hazard[rows], readings.of_units(own), COSTS, rate=rate
        )
    return stops


def maintenance(*, quick: bool = False) -> list[Result]:
    """Cost of renewals by the hazard rule, as a multiple of knowing the future."""
    told = held_out(quick=quick)
    lives = told.readings.cycle[told.readings.last]
    stops = hazard_stops(told)
    known = renewal_rate(lives - 1.0, lives, COSTS)
    found = renewal_rate(stops, lives, COSTS)
    right = told.sound and bool(np.isclose(found, _by_hand(stops, lives)))
    ours, age = found / known, best_age(lives, COSTS)[1] / known
    to_failure = renewal_rate(np.full(len(lives), np.inf), lives, COSTS) / known
    goals = not quick
    return [
        Result(name="cost rate over perfect knowledge", value=ours, unit="1",
               goal="<= 1.15" if goals else None, peer="best fixed age, in hindsight",
               peer_value=age, ratio=age / ours, checked=right),
        Result(name="cost below the best fixed age", value=1.0 - ours / age, unit="1",
               goal=">= 0.25" if goals else None, checked=right),
        Result(name="engines that failed before their renewal", unit="1",
               value=float(np.mean(stops >= lives)), checked=right),
        Result(name="run to failure over perfect knowledge", value=to_failure,
               unit="1", checked=right),
    ]  # fmt: skip


def _by_hand(stops: Floats, lives: Floats) -> float:
    """Live the engines one after the other, cycle by cycle."""
    cost, cycles = 0.0, 0
    for stop, life in zip(stops.tolist(), lives.tolist(), strict=True):
        age = 0
        while age < stop and age < life:
            age += 1
        cycles += age
        cost += COSTS.failure if age >= life else COSTS.planned
    return cost / cycles
