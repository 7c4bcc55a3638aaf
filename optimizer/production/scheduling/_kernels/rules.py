"""The whole scheduling problem in arrays, for the schedule generation scheme."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Int32Array = npt.NDArray[np.int32]
    Int64Array = npt.NDArray[np.int64]

__all__ = ["Prices", "Rules"]


class Prices(NamedTuple):
    """What costs by time; small functions take it alone, and are compiled sooner.

    With m machines, t prices, c points of start costs and n operations.

    Parameters
    ----------
    power
        ndarray of shape (m, 3), int64: busy, set up, idle.
    tariff
        ndarray of shape (t, 3), int64: from when on a price holds, the price, and what
        a unit of power has cost until then.
    curve_start, curve
        ndarrays of shape (n + 1,), int32, and (c, 2), int64: times and costs.
    base
        ndarray of shape (n, 4), int64: start (-1 for none) and machine in the baseline,
        cost of a tick and of another machine.
    """

    power: Int64Array
    tariff: Int64Array
    curve_start: Int32Array
    curve: Int64Array
    base: Int64Array


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
    mode_start, mode_machine, mode_duration, mode_handover
        ndarrays of shape (n + 1,) int32, (k,) int32 (-1: no machine), (k,) int64 twice.
    use_start, use_pool, use_amount
        Units of pools held by each mode: (k + 1,) int32, (u,) int32, (u,) int64.
    family, resumable, size
        ndarrays of shape (n,), int32, uint8, int64.
    matrix, first_family, batch, whole_setup
        ndarrays of shape (m,), int32, int32, int64, uint8.
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
        ndarray of shape (m,), uint8: 1 where work may have to stay on the machine.
    buffer
        ndarray of shape (m,), int32: column of the machine's buffer among the pools, -1
        for none. Behind those, `capacity` has the places of each buffer.
    unit, unit_start, unit_member
        (n,), (u + 1,), (v,) int32: operations that hold machines for each other and are
        placed together, in an order that precedence allows; -1 for one that is not.
    prices
        What costs by time.
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
    mode_handover: Int64Array
    use_start: Int32Array
    use_pool: Int32Array
    use_amount: Int64Array
    family: Int32Array
    resumable: npt.NDArray[np.uint8]
    size: Int64Array
    matrix: Int32Array
    first_family: Int32Array
    batch: Int64Array
    whole_setup: npt.NDArray[np.uint8]
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
    buffer: Int32Array
    unit: Int32Array
    unit_start: Int32Array
    unit_member: Int32Array
    prices: Prices
    timed: npt.NDArray[np.bool_]
