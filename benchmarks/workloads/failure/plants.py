"""Policies of maintenance in a simulated plant whose machines live as engines did.

Each machine of a shop lives through engines of FD001 drawn by seed, a cycle an hour,
and stands for a planned renewal or, ten times as long, for a failure. When an engine is
renewed was decided on what models said that had not seen it. Orders never run out, so
what the machines miss is lost. A planned renewal counts as down like a failure: an
effectiveness that a policy could raise by calling its stops planned would say nothing.
"""

from itertools import count

import numpy as np
from numpy.typing import NDArray

from benchmarks.result import Result
from benchmarks.workloads.failure.engines import (
    COSTS,
    LEVELS,
    HeldOut,
    held_out,
)
from benchmarks.workloads.failure.renewals import hazard_stops
from forecasting.failure import best_age
from streams.names import Names
from twin.kpi import RunMeasures
from twin.model import build
from twin.model.network import Network
from twin.simulate.disruptions import Disruption
from twin.simulate.reference.plant import Plant
from twin.simulate.replicate.intervals import mean_interval

Floats = NDArray[np.float64]

HOUR_US = 3_600_000_000
N_MACHINES = 3
N_SEEDS, N_SEEDS_QUICK = 10, 2
HORIZON_H, HORIZON_H_QUICK = 4_000, 1_000
PLANNED_H, FAILURE_H = 2.0, 20.0
WORK_S, LOAD = 3_600, 1.05  # of an order; of what machines could do if they never stood


def plants(*, quick: bool = False) -> list[Result]:
    """Effectiveness, cost and failures of four policies and of knowing the future."""
    told = held_out(quick=quick)
    policies = _policies(told)
    lives = told.readings.cycle[told.readings.last]
    horizon_h = HORIZON_H_QUICK if quick else HORIZON_H
    network = _shop()
    found = {
        name: np.array(
            [
                _played(network, stops, lives, seed=seed, horizon_h=horizon_h)
                for seed in range(N_SEEDS_QUICK if quick else N_SEEDS)
            ]
        )
        for name, stops in policies.items()
    }
    return [row for name in found for row in _rows(name, found, sound=told.sound)]


def _rows(name: str, found: dict[str, Floats], *, sound: bool) -> list[Result]:
    peer = "run to failure"
    rows = []
    for k, (what, unit) in enumerate(
        (
            ("OEE", "1"),
            ("cost of 1000 machine hours", "1"),
            ("failures in 1000 machine hours", "1"),
        )
    ):
        own = mean_interval(found[name][:, k])
        gain = mean_interval(found[name][:, k] - found[peer][:, k])
        right = sound and bool(found[name][:, -1].all())
        rows.append(
            Result(name=f"{name}: {what}", value=own.mean, unit=unit,
                   peer=None if name == peer else peer,
                   peer_value=None if name == peer else float(found[peer][:, k].mean()),
                   spread=None, checked=right)
        )  # fmt: skip
        if name == peer:
            half = own.half_width
            rows.append(
                Result(name=f"{name}: {what}, half width of 95 %", value=half,
                       unit=unit, checked=right)
            )  # fmt: skip
        else:
            rows.append(
                Result(name=f"{name}: {what}, half width of 95 % of the difference",
                       value=gain.half_width, unit=unit, checked=right)
            )  # fmt: skip
    return rows


def _policies(told: HeldOut) -> dict[str, Floats]:
    """Return the age at which each policy renews each engine.

    The best age of each half of the engines is that of the other half. The quantile
    rule renews a unit that is as likely to fail within the lead as a planned renewal
    costs beside a failure.
    """
    readings = told.readings
    lives = readings.cycle[readings.last]
    halves = np.arange(len(lives)) % 2
    ages = [best_age(lives[halves != half], COSTS)[0] for half in (0, 1)]
    level = LEVELS.index(COSTS.planned / COSTS.failure)
    due = told.quantiles[:, level] <= COSTS.lead
    by_quantile = np.full(len(lives), np.inf)
    for unit in range(readings.n_units):
        first, end = readings.offsets[unit : unit + 2]
        rows = np.flatnonzero(due[first:end])
        if rows.size:
            by_quantile[unit] = readings.cycle[first + rows[0]] + COSTS.lead
    return {
        "run to failure": np.full(len(lives), np.inf),
        "best age of the other half": np.array(ages)[halves],
        "quantile of cycles left": by_quantile,
        "optimal stopping": hazard_stops(told),
        "knowing the future": lives - 1.0,
    }


def _shop() -> Network:
    return build(
        {
            "sites": [{"site": "shop", "kind": "plant"}],
            "items": [{"item": "part"}],
            "routings": [
                {"item": "part", "step": 10, "operation": "press",
                 "machine_group": "press", "duration_s": WORK_S},
            ],
            "machines": [
                {"machine": f"P{k}", "site": "shop", "group": "press"}
                for k in range(N_MACHINES)
            ],
            "releases": [
                {"release": "orders", "item": "part", "site": "shop",
                 "interval_s": WORK_S / N_MACHINES / LOAD},
            ],
        },
        {"name": "engines", "as_of": "2024-01-01T00:00:00Z"},
    )  # fmt: skip


def _played(
    network: Network, stops: Floats, lives: Floats, *, seed: int, horizon_h: int
) -> tuple[float, float, float, bool]:
    """Return OEE, cost and failures of 1000 machine hours, and whether they agree.

    The same seed gives each policy the same engines.
    """
    start_us = network.settings.as_of_us
    windows, n_planned, n_failed, down_h = [], 0, 0, 0.0
    for machine in range(N_MACHINES):
        rng = np.random.default_rng([seed, machine])
        now_h = 0.0
        for _ in count():
            engine = int(rng.integers(len(lives)))
            fails = bool(stops[engine] >= lives[engine])
            now_h += float(min(stops[engine], lives[engine]))
            if now_h >= horizon_h:
                break
            stands_h = FAILURE_H if fails else PLANNED_H
            n_failed, n_planned = n_failed + fails, n_planned + (not fails)
            down_h += min(stands_h, horizon_h - now_h)
            windows.append(
                Disruption(
                    "machine",
                    start_us + round(now_h * HOUR_US),
                    start_us + round((now_h + stands_h) * HOUR_US),
                    (machine,),
                )
            )
            now_h += stands_h
    names = Names()
    end_us = start_us + horizon_h * HOUR_US
    measured = RunMeasures(network, names, (start_us, end_us))
    plant = Plant(network, names, seed=seed, disruptions=windows)
    measured.book(plant.advance(end_us))
    measures = measured.measures()
    machine_h = N_MACHINES * horizon_h
    agrees = np.isclose(measures["down_share"] * machine_h, down_h, rtol=1e-6)
    cost = COSTS.planned * n_planned + COSTS.failure * n_failed
    per = 1_000.0 / machine_h
    return measures["oee"], cost * per, n_failed * per, bool(agrees)
