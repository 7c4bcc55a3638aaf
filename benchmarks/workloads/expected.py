"""What the factory's events fold to at any time, by sums over jobs, without one."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.workloads.factory import READINGS, STEPS
from benchmarks.workloads.jobs import (
    JOB_US,
    N_ITEMS,
    N_MACHINES,
    N_SITES,
    START_US,
    Jobs,
)
from benchmarks.workloads.reference import Folded

END_US = 2**62
"""A time behind every event."""


def folded_at(n_jobs: int, *, time_us: int = END_US, seed: int = 0) -> Folded:
    """Return what the events up to a time fold to, as the reference loop has it.

    Parameters
    ----------
    n_jobs
        Number of jobs of the stream, >= 1.
    time_us
        Events of this time still count; microseconds UTC.
    seed
        Of what is drawn.

    Returns
    -------
    Folded
        Without the time of a machine's last change.
    """
    n_begun = max(0, min(n_jobs, (time_us - START_US) // JOB_US + 1))
    jobs = Jobs.of(0, n_begun, seed=seed)
    after_us = time_us - jobs.start_us
    return {
        "machines": _machines(jobs, after_us),
        "stock": _stock(jobs, after_us),
        "orders": _open(jobs, after_us, "OrderReceived", "ShipmentReceived"),
        "work": _open(
            jobs, after_us, "ProductionOrderReleased", "ProductionOrderClosed"
        ),
        "shipments": _open(jobs, after_us, "ShipmentDispatched", "ShipmentReceived"),
    }


_PREFIX = {
    "OrderReceived": "order", "ProductionOrderReleased": "work",
    "ShipmentDispatched": "shipment",
}  # fmt: skip


def _step_us(type_name: str, nth: int = 0) -> int:
    """Return how long after the start of its job a step comes."""
    return [step[2] for step in STEPS if step[0] == type_name][nth]


def _open(
    jobs: Jobs, after_us: NDArray[np.int64], begins: str, ends: str
) -> dict[str, float]:
    is_open = (after_us >= _step_us(begins)) & (after_us < _step_us(ends))
    numbers = jobs.number[is_open].tolist()
    quantities = jobs.quantity[is_open].tolist()
    return {
        f"{_PREFIX[begins]}-{number:08d}": quantity
        for number, quantity in zip(numbers, quantities, strict=True)
    }


def _stock(
    jobs: Jobs, after_us: NDArray[np.int64]
) -> dict[tuple[str, str], list[float]]:
    point = jobs.item * N_SITES + jobs.site

    def total(type_name: str) -> NDArray[Any]:
        quantity = jobs.quantity * (after_us >= _step_us(type_name))
        return np.bincount(point, quantity, minlength=N_ITEMS * N_SITES)

    ordered, made = total("OrderReceived"), total("StockMoved")
    shipped = total("ShipmentDispatched")
    return {
        (f"item-{one // N_SITES:03d}", f"site-{one % N_SITES}"): [
            float(made[one] - shipped[one]),
            float(ordered[one] - shipped[one]),
        ]
        for one in np.flatnonzero(ordered).tolist()
    }


def _machines(jobs: Jobs, after_us: NDArray[np.int64]) -> dict[str, list[object]]:
    def total(each: NDArray[Any]) -> list[float]:
        totals: list[float] = np.bincount(jobs.machine, each, N_MACHINES).tolist()
        return totals

    read_us = np.array([step[2] for step in READINGS], np.int64)
    readings = total(np.searchsorted(read_us, after_us, side="right"))
    is_done = after_us >= _step_us("OperationCompleted")
    good = total((jobs.quantity - jobs.scrap) * is_done)
    scrap = total(jobs.scrap * is_done)
    # A machine works on one job at a time: it is busy with one, or with none.
    begun = after_us >= _step_us("MachineStateChanged")
    busy = total(1.0 * (begun & (after_us < _step_us("MachineStateChanged", 1))))
    seen = total(1.0 * begun)
    return {
        f"machine-{one:02d}": [
            int(readings[one]), "busy" if busy[one] else "idle", "", good[one],
            scrap[one],
        ]
        for one in range(N_MACHINES)
        if seen[one]
    }  # fmt: skip
