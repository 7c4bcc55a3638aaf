"""The arrays of what costs by time, and of machines that are held."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import numpy as np

from optimizer.production.scheduling._kernels.rules import Prices
from optimizer.production.scheduling.problem import NONE

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.production.scheduling.problem import IntArray, SchedulingProblem

    Int32Array = npt.NDArray[np.int32]
    ByteArray = npt.NDArray[np.uint8]
    BoolArray = npt.NDArray[np.bool_]

__all__ = ["prices_of", "units_of"]


class Timed(TypedDict):
    """Fields of `Rules` about energy, start costs and the baseline."""

    prices: Prices
    timed: BoolArray


class Units(TypedDict):
    """Fields of `Rules` about transport and blocking machines."""

    transport: IntArray
    blocking: ByteArray
    buffer: Int32Array
    unit: Int32Array
    unit_start: Int32Array
    unit_member: Int32Array


def prices_of(problem: SchedulingProblem) -> Timed:
    """Return what costs by time, in arrays.

    Parameters
    ----------
    problem
        Any.
    """
    n, machines, tariff = problem.n_operations, problem.machines, problem.tariff
    points, baseline, weights = problem.start_costs, problem.baseline, problem.weights
    timed = (
        (weights.energy and len(tariff))
        or (weights.maintenance and len(points))
        or (weights.stability and len(baseline))
    )
    base = np.zeros((n, 4), dtype=np.int64)
    base[:, :2] = NONE
    base[baseline.operation] = np.stack(
        (baseline.start, baseline.machine, baseline.tick_cost, baseline.move_cost),
        axis=1,
    )
    curve_start = np.searchsorted(points.operation, np.arange(n + 1))
    power = (machines.busy_power, machines.setup_power, machines.idle_power)
    prices = Prices(
        power=_side_by_side(*power),
        tariff=_side_by_side(tariff.start, tariff.price, tariff.paid(tariff.start)),
        curve_start=curve_start.astype(np.int32),
        curve=_side_by_side(points.time, points.cost),
        base=base,
    )
    return Timed(prices=prices, timed=np.array([bool(timed)]))


def _side_by_side(*columns: IntArray) -> IntArray:
    """Return columns as a table of their own, row by row in memory."""
    return np.ascontiguousarray(np.stack(columns, axis=1))


def units_of(problem: SchedulingProblem) -> Units:
    """Return ways between machines, and which operations hold machines for others.

    Parameters
    ----------
    problem
        Any. An operation that can be on a blocking machine, and all that wait for it,
        are of one unit.
    """
    n, arcs, modes = problem.n_operations, problem.arcs, problem.modes
    # With a buffer too, an operation may have to stay on its machine.
    blocking = problem.machines.holding
    stays = np.zeros(n, dtype=bool)
    on = modes.machine != NONE
    stays[modes.operation[on][blocking[modes.machine[on]]]] = True
    root = list(range(n))

    def find(row: int) -> int:
        while root[row] != row:
            root[row] = root[root[row]]
            row = root[row]
        return row

    joined = stays[arcs.before]
    for before, after in zip(
        arcs.before[joined].tolist(), arcs.after[joined].tolist(), strict=True
    ):
        root[find(before)] = find(after)
    inside = np.zeros(n, dtype=bool)
    inside[arcs.before[joined]] = True
    inside[arcs.after[joined]] = True
    groups: dict[int, list[int]] = {}
    for row in problem.order[inside[problem.order]].tolist():
        groups.setdefault(find(row), []).append(row)
    unit = np.full(n, NONE, dtype=np.int32)
    for number, members in enumerate(groups.values()):
        unit[members] = number
    sizes = [0, *(len(members) for members in groups.values())]
    return Units(
        transport=problem.transport.time.copy(),
        blocking=blocking.astype(np.uint8),
        buffer=np.where(
            problem.machines.buffer == NONE,
            NONE,
            len(problem.pools) + problem.machines.buffer,
        ).astype(np.int32),
        unit=unit,
        unit_start=np.cumsum(sizes).astype(np.int32),
        unit_member=np.array(
            [row for members in groups.values() for row in members], dtype=np.int32
        ),
    )
