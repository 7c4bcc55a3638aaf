"""Machines with closed windows: time in which the windows have no length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.production.scheduling.problem import NONE

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel

    from optimizer.production.scheduling.model.machines import Literal, Times
    from optimizer.production.scheduling.problem import SchedulingProblem

__all__ = ["OpenTimes"]


class OpenTimes:
    """Joins starts and ends of operations to the open time of their machines.

    Parameters
    ----------
    problem, model
        What is modelled, and where.
    horizon
        Latest end of any operation, in ticks.
    """

    def __init__(
        self, problem: SchedulingProblem, model: CpModel, horizon: int
    ) -> None:
        self._problem = problem
        self._model = model
        self._horizon = horizon

    def is_calendared(self, machine: int) -> bool:
        """Return whether ends are not start and duration: closed windows, or batches.

        Parameters
        ----------
        machine
            Row of a machine, or -1 for none.
        """
        machines = self._problem.machines
        return machine != NONE and bool(
            machines.batch[machine] or np.any(machines.closed_machine == machine)
        )

    def timed(
        self,
        done: tuple[int, int, int],
        literal: Literal,
        *,
        at: tuple[Times, Times],
    ) -> tuple[Times, Times]:
        """Join start and end of a mode; return both in its machine's open time.

        Parameters
        ----------
        done
            Operation, machine (-1 for none) and duration in ticks.
        literal
            Whether the mode is chosen.
        at
            Start and end of the operation.
        """
        (operation, machine, duration), (start, end) = done, at
        model = self._model
        machines = self._problem.machines
        batched = machine != NONE and bool(machines.batch[machine])
        longest = max(self._horizon, duration)
        size = model.new_int_var(duration, longest, "") if batched else duration
        if machine == NONE or not np.any(machines.closed_machine == machine):
            model.add(end == start + size).only_enforce_if(literal)
            return start, start + size
        begins = model.new_int_var(0, self._horizon, "")
        ends = begins + size
        if not duration and not batched:
            self._add_moment(machine, literal, begins=begins, at=(start, end))
            return begins, ends
        segments = self._open_segments(machine)
        resumable = bool(self._problem.operations.resumable[operation])
        inside = []
        leaving = []
        for low, high, lost in segments:
            here = model.new_bool_var("")
            # An operation that takes time starts before a window, not at its start.
            last = high - lost - (1 if duration else 0)
            model.add(begins >= low - lost).only_enforce_if(here)
            model.add(begins <= last).only_enforce_if(here)
            model.add(start == begins + lost).only_enforce_if(here)
            inside.append(here)
            there = model.new_bool_var("") if resumable else here
            after = low - lost + (1 if duration else 0)
            model.add(ends >= after).only_enforce_if(there)
            model.add(ends <= high - lost).only_enforce_if(there)
            model.add(end == ends + lost).only_enforce_if(there)
            leaving.append(there)
        model.add(sum(inside) == literal)
        if resumable:
            model.add(sum(leaving) == literal)
        return begins, ends

    def _add_moment(
        self, machine: int, literal: Literal, *, begins: Times, at: tuple[Times, Times]
    ) -> None:
        """Join what takes no time to open time; it may lie in a closed window."""
        model, (start, end) = self._model, at
        model.add(end == start).only_enforce_if(literal)
        segments = self._open_segments(machine)
        inside = []
        for (low, high, lost), following in zip(
            segments, [*segments[1:], None], strict=True
        ):
            here = model.new_bool_var("")
            model.add(start >= low).only_enforce_if(here)
            model.add(start <= high).only_enforce_if(here)
            model.add(start == begins + lost).only_enforce_if(here)
            inside.append(here)
            closed = model.new_bool_var("")
            until = high if following is None else following[0]
            model.add(start >= high).only_enforce_if(closed)
            model.add(start <= until).only_enforce_if(closed)
            model.add(begins == high - lost).only_enforce_if(closed)
            inside.append(closed)
        first = segments[0][0]
        if first > 0:
            closed = model.new_bool_var("")
            model.add(start <= first).only_enforce_if(closed)
            model.add(begins == 0).only_enforce_if(closed)
            inside.append(closed)
        model.add(sum(inside) == literal)

    def _open_segments(self, machine: int) -> list[tuple[int, int, int]]:
        """Return the open segments of a machine, with the time closed before each."""
        machines = self._problem.machines
        rows = np.flatnonzero(machines.closed_machine == machine)
        segments, low, lost = [], 0, 0
        for row in rows.tolist():
            begins, ends = (
                int(machines.closed_start[row]),
                int(machines.closed_end[row]),
            )
            if begins > low:
                segments.append((low, begins, lost))
            low, lost = ends, lost + ends - begins
        segments.append((low, max(self._horizon, low + 1), lost))
        return [one for one in segments if one[0] <= self._horizon]
