"""Whether rules contradict each other, asked of CP-SAT without our explanations.

Written for what `planted` makes: jobs that are chains, no lags, no absences, no
batches, pools of one unit, setups without shorter ways round, work done in one piece.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from ortools.sat.python import cp_model

from optimizer.production.scheduling.problem import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optimizer.production.scheduling.explain import Rule
    from optimizer.production.scheduling.problem import SchedulingProblem

__all__ = ["jobs_of", "proven"]

PROOF_S = 20.0


def jobs_of(problem: SchedulingProblem, rules: Iterable[Rule]) -> set[int]:
    """Return the jobs that dates and locks among rules are about."""
    job, locked = problem.operations.job, problem.locks.operation
    found = set()
    for kind, row in rules:
        if kind in {"deadline", "release"}:
            found.add(row)
        if kind == "material":
            found.add(int(job[row]))
        if kind == "lock":
            found.add(int(job[locked[row]]))
    return found


def proven(problem: SchedulingProblem, rules: Iterable[Rule]) -> bool | None:
    """Return whether rules, and those of nature, can be kept; None if not known."""
    status = _Model(problem, list(rules)).status()
    if status == cp_model.INFEASIBLE:
        return False
    return True if status in {cp_model.OPTIMAL, cp_model.FEASIBLE} else None


class _Model:
    """The operations of the jobs that rules bind, under those rules alone."""

    def __init__(self, problem: SchedulingProblem, rules: list[Rule]) -> None:
        self._problem, self._model = problem, cp_model.CpModel()
        self._held = {(rule.kind, rule.row) for rule in rules}
        self._on: dict[int, list[tuple[Any, ...]]] = {}
        self._uses: dict[int, list[Any]] = {}
        binding = [rule for rule in rules if rule.kind in {"deadline", "lock"}]
        busy = jobs_of(problem, binding)
        last: dict[int, Any] = {}
        for i, job in enumerate(problem.operations.job.tolist()):
            if job in busy:
                last[job] = self._add_operation(i, job, last.get(job, 0))
        for machine, work in self._on.items():
            self._model.add_no_overlap(interval for interval, *_ in work)
            self._add_setups(machine, work)
        for intervals in self._uses.values():
            self._model.add_no_overlap(intervals)

    def status(self) -> int:
        """Return what CP-SAT says."""
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = PROOF_S
        solver.parameters.num_workers = 2
        return int(solver.solve(self._model))

    def _add_operation(self, i: int, job: int, ready: Any) -> Any:
        """Add an operation, and return its end."""
        problem, model, held = self._problem, self._model, self._held
        horizon = 4 * problem.horizon
        start, end = (model.new_int_var(0, horizon, "") for _ in range(2))
        model.add(start >= ready)
        if ("release", job) in held:
            model.add(start >= int(problem.jobs.release[job]))
        if ("material", i) in held:
            model.add(start >= int(problem.operations.release[i]))
        if ("deadline", job) in held:
            model.add(end <= int(problem.jobs.deadline[job]))
        for row in np.flatnonzero(problem.locks.operation == i).tolist():
            if ("lock", row) in held:
                model.add(start == int(problem.locks.start[row]))
        modes = np.flatnonzero(problem.modes.operation == i).tolist()
        model.add_exactly_one(self._add_mode(i, k, (start, end)) for k in modes)
        return end

    def _add_mode(self, i: int, k: int, span: tuple[Any, Any]) -> Any:
        """Add a mode, and return whether it is chosen."""
        problem, model, modes = self._problem, self._model, self._problem.modes
        chosen = model.new_bool_var("")
        machine, (start, end) = int(modes.machine[k]), span
        interval = model.new_optional_interval_var(
            start, int(modes.duration[k]), end, chosen, ""
        )
        if ("machine", machine) in self._held:
            family = int(problem.operations.family[i])
            row = (interval, start, end, chosen, family)
            self._on.setdefault(machine, []).append(row)
        for pool in modes.use_pool[modes.use_mode == k].tolist():
            if ("pool", pool) in self._held:
                self._uses.setdefault(pool, []).append(interval)
        machines = problem.machines
        for row in np.flatnonzero(machines.closed_machine == machine).tolist():
            if ("closed", row) in self._held:
                low, high = int(machines.closed_start[row]), machines.closed_end[row]
                shut = model.new_fixed_size_interval_var(low, int(high) - low, "")
                model.add_no_overlap([interval, shut])
        return chosen

    def _add_setups(self, machine: int, work: list[tuple[Any, ...]]) -> None:
        model, matrix = self._model, int(self._problem.machines.matrix[machine])
        if matrix == NONE:
            return
        setup = self._problem.setups.time[matrix]
        for at, (_, start, end, chosen, family) in enumerate(work):
            for _, start_2, end_2, chosen_2, family_2 in work[:at]:
                order, both = model.new_bool_var(""), [chosen, chosen_2]
                first = start >= end_2 + int(setup[family_2, family])
                then = start_2 >= end + int(setup[family, family_2])
                model.add(first).only_enforce_if([order, *both])
                model.add(then).only_enforce_if([order.negated(), *both])
