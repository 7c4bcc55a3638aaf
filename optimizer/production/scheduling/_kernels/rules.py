"""The whole scheduling problem in arrays, for the schedule generation scheme."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Int32Array = npt.NDArray[np.int32]
    Int64Array = npt.NDArray[np.int64]

__all__ = ["Rules"]


class Rules(NamedTuple):
    """All that binds a schedule; a date or an index of -1 says: there is none.

    With n operations, j jobs, m machines, k modes, p pools, w closed windows, s setup
    matrices and f families; offsets in the manner of sparse rows end in `_start`.

    Parameters
    ----------
    release, latest
        ndarrays of shape (n,), int64: earliest start and latest end of an operation.
    before_start, before, before_lag, after_start, after, after_lag
        Precedence both ways: (n + 1,) int32, (a,) int32, (a,) int64, and once more.
    job, due, weight, skip_cost
        ndarrays of shape (n,) int32 and (j,) int64.
    mode_start, mode_machine, mode_duration
        ndarrays of shape (n + 1,) int32, (k,) int32 (-1: no machine), (k,) int64.
    use_start, use_pool, use_amount
        Units of pools held by each mode: (k + 1,) int32, (u,) int32, (u,) int64.
    family, resumable, size
        ndarrays of shape (n,), int32, uint8, int64.
    matrix, first_family, batch
        ndarrays of shape (m,), int32, int32, int64.
    setup, setup_cost
        ndarrays of shape (s, f, f), int64.
    closed_start, closed_from, closed_to
        Closed windows of each machine in order of time: (m + 1,) int32, (w,), (w,).
    capacity
        ndarray of shape (p,), int64.
    away_pool, away_from, away_to, away_amount
        ndarrays of shape (q,): units missing from pools.
    lock
        ndarray of shape (n,), int64: start of a locked operation.
    lock_mode
        ndarray of shape (n,), int32: its mode.
    weights
        ndarray of shape (7,), int64: of makespan, tardiness and setup cost, of a tick
        of a broken rule: more than any schedule costs; of energy, start costs and
        deviation from the baseline.
    transport
        ndarray of shape (m, m), int64: ticks between machines; (0, 0) for none.
    blocking
        ndarray of shape (m,), uint8.
    unit, unit_start, unit_member
        (n,), (u + 1,), (v,) int32: operations that hold machines for each other and are
        placed together, in an order that precedence allows; -1 for one that is not.
    busy_power, setup_power, idle_power
        ndarrays of shape (m,), int64.
    price_from, price, price_paid
        ndarrays of shape (t,), int64: the tariff, and what a unit of power has cost
        until each of its dates.
    curve_start, curve_time, curve_cost
        Points of start costs: (n + 1,) int32, (c,), (c,) int64.
    base_start, base_machine, tick_cost, move_cost
        ndarrays of shape (n,), int64, int32, int64 and int64: the baseline.
    timed
        ndarray of shape (1,), bool: whether starting later may cost less.
    """

    release: Int64Array
    latest: Int64Array
    before_start: Int32Array
    before: Int32Array
    before_lag: Int64Array
    after_start: Int32Array
    after: Int32Array
    after_lag: Int64Array
    job: Int32Array
    due: Int64Array
    weight: Int64Array
    skip_cost: Int64Array
    mode_start: Int32Array
    mode_machine: Int32Array
    mode_duration: Int64Array
    use_start: Int32Array
    use_pool: Int32Array
    use_amount: Int64Array
    family: Int32Array
    resumable: npt.NDArray[np.uint8]
    size: Int64Array
    matrix: Int32Array
    first_family: Int32Array
    batch: Int64Array
    setup: Int64Array
    setup_cost: Int64Array
    closed_start: Int32Array
    closed_from: Int64Array
    closed_to: Int64Array
    capacity: Int64Array
    away_pool: Int32Array
    away_from: Int64Array
    away_to: Int64Array
    away_amount: Int64Array
    lock: Int64Array
    lock_mode: Int32Array
    weights: Int64Array
    transport: Int64Array
    blocking: npt.NDArray[np.uint8]
    unit: Int32Array
    unit_start: Int32Array
    unit_member: Int32Array
    busy_power: Int64Array
    setup_power: Int64Array
    idle_power: Int64Array
    price_from: Int64Array
    price: Int64Array
    price_paid: Int64Array
    curve_start: Int32Array
    curve_time: Int64Array
    curve_cost: Int64Array
    base_start: Int64Array
    base_machine: Int32Array
    tick_cost: Int64Array
    move_cost: Int64Array
    timed: npt.NDArray[np.bool_]
