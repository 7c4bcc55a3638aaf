"""What depends on times: energy, start costs, and deviation from the baseline."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from optimizer.production.scheduling.problem import NONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ortools.sat.python.cp_model import CpModel

    from optimizer.production.scheduling.model.machines import Done, Literal, Times
    from optimizer.production.scheduling.problem import IntArray, SchedulingProblem

__all__ = ["add_deviation", "add_energy", "add_start_costs"]


def add_energy(
    problem: SchedulingProblem, model: CpModel, done: Done, horizon: int
) -> list[Times]:
    """Add the energy of an operation in a mode; return what it costs.

    Setups, idle time and batches are left out: bounds hold all the same.

    Parameters
    ----------
    problem, model
        What is modelled, and where.
    done
        The mode.
    horizon
        Latest end of any operation, in ticks.
    """
    machine = int(problem.modes.machine[done.mode])
    if machine == NONE or problem.machines.batch[machine] or not done.size:
        return []
    power = int(problem.machines.busy_power[machine]) * problem.weights.energy
    if not power or not len(problem.tariff):
        return []
    at, paid = _open_tariff(problem, machine, horizon)
    begins = np.unique(np.concatenate((at, at - done.size, [0, horizon])))
    begins = begins[(begins >= 0) & (begins <= horizon)]
    cost = _along(begins + done.size, at, paid) - _along(begins, at, paid)
    points = list(zip(begins.tolist(), (power * cost).tolist(), strict=True))
    return [_on_line(model, done.begins, points, done.chosen)]


def _open_tariff(
    problem: SchedulingProblem, machine: int, horizon: int
) -> tuple[IntArray, IntArray]:
    """Return dates in a machine's open time, and what power has cost until each."""
    windows = problem.machines.closed_machine == machine
    low = problem.machines.closed_start[windows]
    high = problem.machines.closed_end[windows]
    last = 2 * horizon + 1
    real = np.unique(np.concatenate((problem.tariff.start, low, high, [0, last])))
    real = real[real <= last]
    paid = problem.tariff.paid(real)
    lost, free = np.zeros_like(real), np.zeros_like(real)
    for begin, end in zip(low.tolist(), high.tolist(), strict=True):
        inside = np.clip(real, begin, end)
        lost += inside - begin
        free += problem.tariff.paid(inside) - problem.tariff.paid(np.array([begin]))
    opened, first = np.unique(real - lost, return_index=True)
    return opened, (paid - free)[first]


def _along(at: IntArray, times: IntArray, values: IntArray) -> IntArray:
    """Return a line through points at some times; whole where it rises by wholes."""
    row = np.clip(np.searchsorted(times, at, side="right") - 1, 0, times.size - 2)
    rise, run = np.diff(values), np.diff(times)
    found: IntArray = values[row] + rise[row] * (at - times[row]) // run[row]
    return found


def add_start_costs(
    problem: SchedulingProblem,
    model: CpModel,
    start: Sequence[Times],
    present: Sequence[Literal],
) -> list[Times]:
    """Add the start costs; return them.

    Parameters
    ----------
    problem, model
        What is modelled, and where.
    start
        Start of each operation.
    present
        Whether each job is done.
    """
    weight, job = problem.weights.maintenance, problem.operations.job
    if not weight:
        return []
    costs = []
    for row in np.unique(problem.start_costs.operation).tolist():
        times, values = problem.start_costs.line(row)
        points = list(zip(times.tolist(), values.tolist(), strict=True))
        here = present[int(job[row])]
        costs.append(weight * _on_line(model, start[row], points, here))
    return costs


def add_deviation(
    problem: SchedulingProblem,
    model: CpModel,
    *,
    start: Sequence[Times],
    done: Sequence[Sequence[Done]],
    present: Sequence[Literal],
) -> list[Times]:
    """Add the deviation from the baseline; return what it costs.

    Parameters
    ----------
    problem, model
        What is modelled, and where.
    start, done
        Start and modes of each operation.
    present
        Whether each job is done.
    """
    weight, baseline = problem.weights.stability, problem.baseline
    if not weight:
        return []
    costs: list[Times] = []
    latest = problem.horizon
    for row, machine, at, tick, move in zip(
        baseline.operation.tolist(),
        baseline.machine.tolist(),
        baseline.start.tolist(),
        baseline.tick_cost.tolist(),
        baseline.move_cost.tolist(),
        strict=True,
    ):
        here = present[int(problem.operations.job[row])]
        away = model.new_int_var(0, latest, "")
        model.add(away >= start[row] - at).only_enforce_if(here)
        model.add(away >= at - start[row]).only_enforce_if(here)
        costs.append(weight * tick * away)
        costs += [
            weight * move * one.chosen
            for one in done[row]
            if int(problem.modes.machine[one.mode]) != machine
        ]
    return costs


def _on_line(
    model: CpModel, at: Times, points: Sequence[tuple[int, int]], chosen: Literal
) -> Times:
    """Return a cost at least that of a line through points, level at both ends.

    It is above the line by less than one, and counts only where it is chosen.
    """
    most = max(value for _, value in points)
    cost = model.new_int_var(0, most, "")
    inside: list[Literal] = []
    (first, low), (last, high) = points[0], points[-1]
    before, behind = model.new_bool_var(""), model.new_bool_var("")
    for here, rule, value in (
        (before, at <= first, low),
        (behind, at >= last, high),
    ):
        model.add(rule).only_enforce_if(here)
        model.add(cost >= value).only_enforce_if(here)
        inside.append(here)
    for (x, y), (x2, y2) in pairwise(_straight(points)):
        here = model.new_bool_var("")
        model.add(at >= x).only_enforce_if(here)
        model.add(at <= x2).only_enforce_if(here)
        # Multiplied out, so that whole numbers are enough.
        model.add((x2 - x) * (cost - y) >= (y2 - y) * (at - x)).only_enforce_if(here)
        inside.append(here)
    model.add(sum(inside) == chosen)
    return cost


def _straight(points: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Leave out points that lie on the line between their neighbours."""
    kept = [points[0]]
    for at, (x, y) in enumerate(points[1:-1], start=1):
        (x0, y0), (x2, y2) = kept[-1], points[at + 1]
        if (y - y0) * (x2 - x) != (y2 - y) * (x - x0):
            kept.append((x, y))
    return [*kept, points[-1]] if len(points) > 1 else kept
