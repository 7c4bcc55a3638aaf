"""Faults planted in the sensors of FD001's engines, and what is told without any."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.result import Result
from benchmarks.workloads.failure.engines import engines
from forecasting.failure import (
    FINDINGS,
    Readings,
    SensorModel,
    SensorOptions,
    Watched,
    fit_sensors,
    watch_sensors,
)

Floats = NDArray[np.float64]

OPTIONS = SensorOptions(false_alarm=0.002, support=1.0)
BEGINS, WITHIN = 60, 40
FAULTS = {
    "bias of two deviations": ("bias", 2.0),
    "bias of four deviations": ("bias", 4.0),
    "noise of three deviations": ("noise", 3.0),
    "standing still": ("stuck", 0.0),
}


def faults(*, quick: bool = False) -> list[Result]:
    """Learn from the whole lives of every second engine, watch the others.

    From cycle 61 on one sensor of each engine, drawn by seed, lies. Deviations are of
    what the other sensors leave of it. Found is a fault that is told of that sensor
    within forty cycles.
    """
    readings = engines(quick=quick)
    past, others = (
        readings.of_units(np.arange(k, readings.n_units, 2)) for k in (0, 1)
    )
    model = fit_sensors(past, OPTIONS)
    clean = watch_sensors(model, others)
    known = np.isfinite(clean.distance)
    right = _cut_is_same(model, others, clean)
    results = [
        Result(name="readings without a fault of which something is told",
               value=float(np.mean(clean.finding[known] != 0)), unit="1",
               peer="asked for", peer_value=OPTIONS.false_alarm, checked=right)
    ]  # fmt: skip
    for name, (kind, size) in FAULTS.items():
        found, named = _planted(model, others, kind, size)
        results += [
            Result(name=f"{name}: sensor found within {WITHIN} cycles", value=found,
                   unit="1", checked=right),
            Result(name=f"{name}: kind named as it is at first", value=named, unit="1",
                   checked=right),
        ]  # fmt: skip
    return results


def _planted(
    model: SensorModel, readings: Readings, kind: str, size: float
) -> tuple[float, float]:
    """Return the share of engines whose lying sensor is found, and named right."""
    rng = np.random.default_rng(0)
    values = readings.values.copy()
    lying = rng.integers(0, len(model.scale.sensors), readings.n_units)
    begins = readings.offsets[:-1] + BEGINS
    for unit, sensor in enumerate(lying.tolist()):
        own = 1.0 / np.sqrt(model.precision[sensor, sensor])
        deviation = own * model.scale.deviation[sensor]
        column = readings.sensors.index(model.scale.sensors[sensor])
        rows = slice(begins[unit], readings.offsets[unit + 1])
        if kind == "bias":
            values[rows, column] += size * deviation
        elif kind == "noise":
            n = rows.stop - rows.start
            values[rows, column] += rng.normal(0.0, size * deviation, n)
        else:
            values[rows, column] = values[rows.start, column]
    watched = watch_sensors(model, replace(readings, values=values))
    found, named = 0, 0
    for unit, sensor in enumerate(lying.tolist()):
        rows = slice(begins[unit], begins[unit] + WITHIN)
        hits = np.flatnonzero(watched.sensor[rows] == sensor)
        if hits.size:
            found += 1
            first = watched.finding[rows][hits[0]]
            named += FINDINGS[int(first)] == kind
    return found / readings.n_units, named / max(found, 1)


def _cut_is_same(model: SensorModel, readings: Readings, told: Watched) -> bool:
    """Tell whether what comes later changes nothing of what was told."""
    seen = np.full(readings.n_units, BEGINS)
    early = watch_sensors(model, readings.until(seen))
    rows = np.arange(readings.cycle.size) - readings.offsets[readings.unit_index]
    kept = rows < BEGINS
    return np.array_equal(early.finding, told.finding[kept]) and np.array_equal(
        early.distance, told.distance[kept], equal_nan=True
    )
