"""The model as a whole: operations, dates, pools and costs."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, TypeVar
from typing import Literal as Among

import numpy as np
from ortools.sat.python import cp_model

from optimizer.errors import OptimizerError
from optimizer.production.scheduling.model.machines import (
    Done,
    Literal,
    Times,
    add_batches,
    add_setups,
    is_plain_batching,
)
from optimizer.production.scheduling.model.moving import (
    add_buffers,
    add_holding,
    add_transport,
    early_handovers,
    is_plain_holding,
)
from optimizer.production.scheduling.model.opening import OpenTimes
from optimizer.production.scheduling.model.pools import add_pools
from optimizer.production.scheduling.model.pricing import (
    add_deviation,
    add_energy,
    add_start_costs,
)
from optimizer.production.scheduling.problem import NONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ortools.sat.python.cp_model import IntervalVar

    from optimizer.production.scheduling.problem import (
        IntArray,
        SchedulingProblem,
    )

__all__ = ["MOST_PAIRS", "Aim", "SchedulingModel", "n_pairs"]

MOST_PAIRS = 150_000
"""Pairs with rules of their own: as many take some eight seconds to build."""

BUILT_BETWEEN = 64
"""Rows that are built between two looks at the clock: less than a hundredth second."""

_Row = TypeVar("_Row")

Answer = tuple["IntArray", "IntArray", "IntArray"]

Aim = Among["prove", "improve"]
"""What CP-SAT's threads are for."""


def n_pairs(problem: SchedulingProblem) -> int:
    """Return how many pairs of modes, or of modes and windows, get rules of their own.

    Parameters
    ----------
    problem
        Any.
    """
    machine = problem.modes.machine
    count = np.bincount(machine[machine != NONE], minlength=problem.n_machines)
    paired = (problem.machines.matrix != NONE) | (problem.machines.batch > 0)
    windows = np.bincount(problem.machines.closed_machine, minlength=problem.n_machines)
    pairs = (count * (count - 1) // 2)[paired].sum() + (count * windows).sum()
    return int(pairs)


class SchedulingModel:
    """A problem as a model of CP-SAT.

    Parameters
    ----------
    problem
        With at most `MOST_PAIRS` pairs, or building takes long.
    horizon
        Latest end of any operation, in ticks.
    in_time
        Asked while the model is built; once false, the rest of it is left out, and
        `is_whole` says so. Such a model must not be solved.
    """

    def __init__(
        self,
        problem: SchedulingProblem,
        horizon: int,
        *,
        in_time: Callable[[], bool] = lambda: True,
    ) -> None:
        self._problem = problem
        self._horizon = horizon
        self._in_time = in_time
        self.is_whole = True
        self._model = cp_model.CpModel()
        self._solver = cp_model.CpSolver()
        self._open = OpenTimes(problem, self._model, horizon)
        n = problem.n_operations
        new = self._model.new_int_var
        self._start = [new(0, horizon, "") for _ in range(n)]
        self._size: list[Times] = [0] * n
        self._end: list[Times] = [0] * n
        self._done: list[list[Done]] = [[] for _ in range(n)]
        self._paid: list[Times] = []
        self.is_exact = True
        self.is_strict = True
        self._present = [self._presence(job) for job in range(len(problem.jobs))]
        for operation in self._timely(range(n)):
            self._add_operation(operation)
        if not self.is_whole:
            return
        self._add_dates()
        self._add_machines()
        self._add_pools()
        self._costs: list[Times] = []
        self._add_costs()
        self._model.minimize(sum(self._costs))

    def _timely(self, rows: Iterable[_Row]) -> Iterator[_Row]:
        """Yield rows until the time to build is over."""
        for at, row in enumerate(rows):
            if at % BUILT_BETWEEN == 0 and self.is_whole:
                self.is_whole = self._in_time()
            if not self.is_whole:
                return
            yield row

    def hint(self, start: IntArray, mode: IntArray) -> None:
        """Let the search begin at a schedule.

        Parameters
        ----------
        start, mode
            ndarrays of shape (n,), int64: -1 where a job is skipped.
        """
        self._model.clear_hints()  # type: ignore[no-untyped-call]
        hint = self._model.add_hint
        for job, present in enumerate(self._present):
            if not isinstance(present, int):
                rows = self._problem.operations.job == job
                hint(present, bool((mode[rows] != NONE).any()))
        for operation, choices in enumerate(self._done):
            hint(self._start[operation], max(int(start[operation]), 0))
            if len(choices) == 1:
                continue  # A single mode is chosen where the job is done: hinted.
            for done in choices:
                if not isinstance(done.chosen, int):
                    hint(done.chosen, done.mode == mode[operation])

    def solve(
        self,
        *,
        time_limit_s: float,
        n_workers: int,
        seed: int,
        on_schedule: Callable[[int, Answer], None],
        on_bound: Callable[[int], None],
    ) -> str:
        """Search, and tell every better schedule and bound.

        Parameters
        ----------
        time_limit_s
            Seconds, > 0.
        n_workers
            Threads, >= 1.
        seed
            Seed, >= 0.
        on_schedule
            Called with the cost, and start, end and mode of each operation.
        on_bound
            Called with the cost that no schedule beats.

        Returns
        -------
        str
            `optimal`, `feasible`, `infeasible` or `unknown`.
        """
        parameters = self._solver.parameters
        parameters.max_time_in_seconds = time_limit_s
        parameters.num_workers = n_workers
        parameters.random_seed = seed
        if self.is_exact:
            self._solver.best_bound_callback = lambda bound: on_bound(round(bound))
        status = self._solver.solve(self._model, _Listener(self, on_schedule))
        names = {
            cp_model.OPTIMAL: "optimal",
            cp_model.FEASIBLE: "feasible",
            cp_model.INFEASIBLE: "infeasible",
        }
        if status == cp_model.MODEL_INVALID:
            message = f"CP-SAT refuses the model: {self._model.validate()}"
            raise OptimizerError(message)
        name = names.get(status, "unknown")
        if not self.is_exact:
            return "feasible" if name in {"optimal", "feasible"} else "unknown"
        if name in {"optimal", "feasible"}:
            on_bound(round(self._solver.best_objective_bound))
        return name

    def emphasize(self, aim: Aim) -> None:
        """Say what the threads of the next search are for.

        Parameters
        ----------
        aim
            ``prove``: as CP-SAT divides them by itself; ``improve``: all of them change
            parts of the schedule that is hinted, and there is no bound.
        """
        self._solver.parameters.use_lns_only = aim == "improve"

    def stop(self) -> None:
        """End the search soon, from another thread."""
        self._solver.stop_search()

    def answer(self, value: Callable[[Times], int]) -> Answer:
        """Return start, end and mode of the operations in a solution.

        Parameters
        ----------
        value
            Gives the value of an expression in it.
        """
        n = self._problem.n_operations
        start, end, mode = (np.full(n, NONE, dtype=np.int64) for _ in range(3))
        for operation, choices in enumerate(self._done):
            for done in choices:
                if value(done.chosen):
                    mode[operation] = done.mode
                    start[operation] = value(self._start[operation])
                    end[operation] = value(self._end[operation])
        return start, end, mode

    def _presence(self, job: int) -> Literal:
        if self._problem.jobs.skip_cost[job] == NONE:
            return 1
        return self._model.new_bool_var("")

    def _add_operation(self, operation: int) -> None:
        """Add an operation's modes; exactly one of them is chosen if it is done."""
        problem, model = self._problem, self._model
        first, last = problem.mode_start[operation : operation + 2].tolist()
        present = self._present[int(problem.operations.job[operation])]
        alone = last - first == 1
        chosen: list[Literal] = (
            [present] if alone else [model.new_bool_var("") for _ in range(first, last)]
        )
        if not alone:
            model.add(sum(chosen) == present)
        durations = problem.modes.duration[first:last].tolist()
        machines = problem.modes.machine[first:last].tolist()
        plain = not any(self._open.is_calendared(machine) for machine in machines)
        if plain and len(set(durations)) == 1:
            self._size[operation] = durations[0]
            self._end[operation] = self._start[operation] + durations[0]
        else:
            self._size[operation] = model.new_int_var(0, self._horizon, "")
            self._end[operation] = model.new_int_var(0, self._horizon, "")
        for mode, machine, duration, literal in zip(
            range(first, last), machines, durations, chosen, strict=True
        ):
            begins, ends = self._open.timed(
                (operation, machine, duration),
                literal,
                at=(self._start[operation], self._end[operation]),
            )
            self._done[operation].append(
                Done(operation, mode, literal, begins, ends, duration)
            )

    def _add_dates(self) -> None:
        """Add releases, deadlines, precedence and locks."""
        problem, model = self._problem, self._model
        job = problem.operations.job
        release = np.maximum(problem.jobs.release[job], problem.operations.release)
        for operation in self._timely(range(problem.n_operations)):
            model.add(self._start[operation] >= int(release[operation]))
            deadline = int(problem.jobs.deadline[job[operation]])
            if deadline != NONE:
                here = self._present[int(job[operation])]
                model.add(self._end[operation] <= deadline).only_enforce_if(here)
        arcs = problem.arcs
        rows = zip(
            arcs.before.tolist(), arcs.after.tolist(), arcs.lag.tolist(), strict=True
        )
        early = early_handovers(problem)
        for number, (before, after, lag) in enumerate(self._timely(rows)):
            both = [self._present[int(job[row])] for row in (before, after)]
            rules = [self._start[after] >= self._end[before] + lag]
            if before in early:
                # Modes and closed time tell when; the checker looks at that.
                self.is_strict = False
                rules = [
                    self._start[after] >= self._start[before] + early[before] + lag,
                    self._end[after] >= self._end[before],
                ]
            for rule in rules:
                model.add(rule).only_enforce_if(both)
            if problem.transport.time.size:
                times = (self._start, self._end)
                add_transport(problem, model, number, times=times, done=self._done)
        for operation, machine, start in zip(
            *(
                column.tolist()
                for column in (
                    problem.locks.operation,
                    problem.locks.machine,
                    problem.locks.start,
                )
            ),
            strict=True,
        ):
            model.add(self._start[operation] == start)
            for done in self._done[operation]:
                if problem.modes.machine[done.mode] != machine:
                    model.add(done.chosen == 0)
            model.add(self._present[int(job[operation])] == 1)

    def _add_machines(self) -> None:
        """Add what each machine does one at a time, with setups, or in batches."""
        problem, model = self._problem, self._model
        on: list[list[Done]] = [[] for _ in range(problem.n_machines)]
        waiting: dict[int, list[IntervalVar]] = {}
        for choices in self._done:
            for done in choices:
                machine = int(problem.modes.machine[done.mode])
                if machine != NONE:
                    on[machine].append(done)
        for machine, work in enumerate(on):
            if problem.machines.batch[machine]:
                self.is_exact &= is_plain_batching(problem, machine, work)
                timely = self._timely(combinations(work, 2))
                add_batches(problem, model, machine, work, pairs=timely)
                continue
            model.add_no_overlap(
                model.new_optional_fixed_size_interval_var(
                    done.begins, done.size, done.chosen, ""
                )
                for done in work
            )
            if problem.machines.matrix[machine] != NONE:
                timely = self._timely(combinations(work, 2))
                self._paid += add_setups(problem, model, machine, work, pairs=timely)
                self.is_strict &= not problem.machines.whole_setup[machine]
            if problem.machines.holding[machine]:
                self.is_strict &= is_plain_holding(problem, machine)
                times = (self._start, self._end)
                waits = add_holding(
                    problem, model, work, times=times, present=self._present
                )
                buffer = int(problem.machines.buffer[machine])
                waiting.setdefault(buffer, []).extend(waits)
        add_buffers(problem, model, waiting)

    def _add_pools(self) -> None:
        problem, model = self._problem, self._model
        held = {}
        chosen = {done.mode: done.chosen for row in self._done for done in row}
        for mode in np.unique(problem.modes.use_mode).tolist():
            operation = int(problem.modes.operation[mode])
            held[mode] = model.new_optional_interval_var(
                self._start[operation],
                self._size[operation],
                self._end[operation],
                chosen[mode],
                "",
            )
        add_pools(problem, model, held)

    def _add_costs(self) -> None:
        problem, model = self._problem, self._model
        objective, jobs = problem.weights, problem.jobs
        job = problem.operations.job.tolist()
        self._costs += self._paid
        for choices in self._timely(self._done):
            for done in choices:
                self._costs += add_energy(problem, self._model, done, self._horizon)
        self._costs += add_start_costs(problem, self._model, self._start, self._present)
        self._costs += add_deviation(
            problem,
            self._model,
            start=self._start,
            done=self._done,
            present=self._present,
        )
        if objective.makespan:
            makespan = model.new_int_var(0, self._horizon, "")
            for operation, end in enumerate(self._end):
                here = self._present[job[operation]]
                model.add(makespan >= end).only_enforce_if(here)
            self._costs.append(objective.makespan * makespan)
        for number, present in enumerate(self._present):
            if not isinstance(present, int):
                skipped = objective.skipping * int(jobs.skip_cost[number])
                self._costs.append(skipped * (1 - present))
        if objective.tardiness:
            late = {
                number: model.new_int_var(0, self._horizon, "")
                for number in np.flatnonzero(jobs.due != NONE).tolist()
            }
            for operation, end in enumerate(self._end):
                if job[operation] in late:
                    here = self._present[job[operation]]
                    due = int(jobs.due[job[operation]])
                    rule = late[job[operation]] >= end - due
                    model.add(rule).only_enforce_if(here)
            self._costs += [
                objective.tardiness * int(jobs.weight[number]) * ticks
                for number, ticks in late.items()
            ]


class _Listener(cp_model.CpSolverSolutionCallback):
    """Hands each better schedule on."""

    def __init__(
        self, model: SchedulingModel, on_schedule: Callable[[int, Answer], None]
    ) -> None:
        super().__init__()
        self._scheduling = model
        self._on_schedule = on_schedule

    def on_solution_callback(self) -> None:
        """Read the solution."""
        answer = self._scheduling.answer(self.value)
        self._on_schedule(round(self.objective_value), answer)
