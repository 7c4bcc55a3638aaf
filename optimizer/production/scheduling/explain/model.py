"""The cheapest relief of some rules, for CP-SAT.

Only operations that dates bind are in it, and only the rules given; so what it costs is
a bound for the problem as a whole. Where setups meet closed time or are no metric, and
for transport, blocking and early handovers, it asks for less than the problem does:
cuts from outside, each proven, make up for that.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from ortools.sat.python import cp_model

from optimizer.production.scheduling.explain.plant import early_arcs, shortest_setups
from optimizer.production.scheduling.explain.rules import Rule
from optimizer.production.scheduling.problem import NONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optimizer.production.scheduling.explain.rules import BoolArray, RuleBook
    from optimizer.production.scheduling.problem import IntArray

__all__ = ["Cut", "ReliefModel", "Relieved"]

# Expressions of OR-Tools have a type for each operator; what matters here is the name.
Literal = Any
Times = Any


class Done(NamedTuple):
    """A mode of an operation: chosen or not, and when."""

    operation: int
    chosen: Literal
    begins: Times
    ends: Times
    size: Times


ON_OFF = frozenset({"lock", "absence", "machine"})
"""Kinds that are relaxed altogether or not at all; of a machine there is one more."""

Cut = tuple[tuple[int, int, int], ...]
"""Rule, side and amount: one of these must be given that much relief, or more."""


class Relieved(NamedTuple):
    """The cheapest relief found.

    Parameters
    ----------
    amount
        ndarray of shape (n_rules, 2), int64: as in `Setting`.
    price
        What it costs.
    bound
        No relief of these rules costs less.
    start, mode
        ndarrays of shape (n_operations,), int64: when and how the operations that the
        rules bind are done then, -1 for all others.
    """

    amount: IntArray
    price: int
    bound: int
    start: IntArray
    mode: IntArray


class ReliefModel:
    """The operations that some rules bind, with relief of each rule at its price.

    Parameters
    ----------
    book
        The problem and its rules.
    rules
        Numbers of the rules that hold.
    need
        ndarray of shape (n_operations,), bool: the operations that they bind.
    prices
        ndarray of shape (n_rules,), int64, >= 1: of a tick or a unit of relief.
    """

    def __init__(
        self, book: RuleBook, rules: Sequence[int], need: BoolArray, prices: IntArray
    ) -> None:
        self._book = book
        self._problem = book.problem
        self._rules = {book.rules[at]: at for at in rules}
        self._rows = np.flatnonzero(need).tolist()
        self._prices = prices
        self._horizon = book.horizon
        self._setup = shortest_setups(book.problem)
        self._model = cp_model.CpModel()
        self._relief: dict[tuple[int, int], Times] = {}
        self._paid: list[Times] = []
        self._add_reliefs()
        new = self._model.new_int_var
        self._start = {i: new(0, self._horizon, "") for i in self._rows}
        self._end = {i: new(0, self._horizon, "") for i in self._rows}
        self._chosen: dict[int, list[tuple[int, Literal]]] = {}
        self._present: dict[int, Literal] = {}
        self._on: dict[int, list[Done]] = {}
        self._held: dict[int, list[tuple[Times, int]]] = {}
        for i in self._rows:
            self._add_operation(i)
        self._add_dates()
        self._add_arcs()
        for machine, work in self._on.items():
            self._add_machine(machine, work)
        for pool, held in self._held.items():
            self._add_pool(pool, held)
        self._model.minimize(sum(self._paid))

    def solve(self, cuts: Sequence[Cut], *, seconds: float) -> Relieved | None:
        """Return the cheapest relief, None if none was found in time.

        Parameters
        ----------
        cuts
            What else must hold.
        seconds
            Time limit, > 0.
        """
        for cut in cuts:
            choices = []
            for rule, side, least in cut:
                relief = self._relief.get((rule, side))
                if relief is None:
                    continue
                chosen = self._model.new_bool_var("")
                self._model.add(relief >= least).only_enforce_if(chosen)
                choices.append(chosen)
            self._model.add_bool_or(choices)
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = seconds
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        status = solver.solve(self._model)
        if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            return None
        amount = np.zeros((len(self._book), 2), dtype=np.int64)
        for (rule, side), relief in self._relief.items():
            amount[rule, side] = solver.value(relief)
        price = round(solver.objective_value)
        bound = price
        if status != cp_model.OPTIMAL:
            bound = int(np.ceil(solver.best_objective_bound - 1e-6))
        start = np.full(self._problem.n_operations, NONE, dtype=np.int64)
        mode = start.copy()
        for i in self._rows:
            start[i] = solver.value(self._start[i])
            used = [k for k, literal in self._chosen[i] if solver.value(literal)]
            mode[i] = used[0] if used else NONE
        return Relieved(amount, price, bound, start, mode)

    def _add_reliefs(self) -> None:
        """Add how far each rule is relaxed, and what that costs."""
        for rule, at in self._rules.items():
            most = self._book.most_relief(rule)
            sides = 2 if rule.kind == "closed" else 1
            reliefs = []
            for side in range(sides):
                relief = (
                    self._model.new_bool_var("")
                    if rule.kind in ON_OFF
                    else self._model.new_int_var(0, most, "")
                )
                self._relief[at, side] = relief
                reliefs.append(relief)
            if sides > 1:
                self._model.add(sum(reliefs) <= most)
            self._paid.append(int(self._prices[at]) * sum(reliefs))

    def _of(self, kind: str, row: int, side: int = 0) -> Times:
        """Return the relief of a rule, None if the rule does not hold."""
        at = self._rules.get(Rule(kind, row))  # type: ignore[arg-type]
        return None if at is None else self._relief[at, side]

    def _add_operation(self, i: int) -> None:
        """Add the modes of an operation, one of which is chosen."""
        problem, model = self._problem, self._model
        modes = problem.modes
        first, last = problem.mode_start[i : i + 2].tolist()
        chosen = [model.new_bool_var("") for _ in range(first, last)]
        present = self._presence(int(problem.operations.job[i]))
        model.add(sum(chosen) == present)
        lock = np.flatnonzero(problem.locks.operation == i)
        if lock.size and (lifted := self._of("lock", int(lock[0]))) is not None:
            begins = int(problem.locks.start[lock[0]])
            model.add(self._start[i] == begins).only_enforce_if(lifted.negated())
            machine = int(problem.locks.machine[lock[0]])
            own = [
                literal
                for literal, mode in zip(chosen, range(first, last), strict=True)
                if modes.machine[mode] == machine
            ]
            model.add_bool_or([lifted, *own])
            model.add_bool_or([lifted, present])
        self._chosen[i] = list(zip(range(first, last), chosen, strict=True))
        for mode, literal in self._chosen[i]:
            self._add_mode(i, mode, literal)

    def _presence(self, job: int) -> Literal:
        """Return whether a job is done, a variable only where it may be left out."""
        if self._problem.jobs.skip_cost[job] == NONE:
            return True
        if job not in self._present:
            self._present[job] = self._model.new_bool_var("")
        return self._present[job]

    def _add_mode(self, i: int, mode: int, literal: Literal) -> None:
        """Join start and end, and tell machine and pools of a mode."""
        model, modes = self._model, self._problem.modes
        machine, duration = int(modes.machine[mode]), int(modes.duration[mode])
        start, end = self._start[i], self._end[i]
        lost = [
            self._lost_in(i, window, literal, machine=machine)
            for window in self._windows(machine)
            if duration
        ]
        lost = [ticks for ticks in lost if ticks is not None]
        batched = machine != NONE and bool(self._problem.machines.batch[machine])
        if batched:
            # A batch lasts as long as the longest operation in it.
            model.add(end >= start + duration + sum(lost)).only_enforce_if(literal)
        else:
            model.add(end == start + duration + sum(lost)).only_enforce_if(literal)
        size = self._size(i, duration, fixed=not batched and not lost)
        done = Done(i, literal, start, end, size)
        if machine != NONE:
            self._on.setdefault(machine, []).append(done)
        if batched and (more := self._of("batch", machine)) is not None:
            taken = int(self._problem.operations.size[i])
            fits = taken <= int(self._problem.machines.batch[machine]) + more
            model.add(fits).only_enforce_if(literal)
        rows = np.flatnonzero(modes.use_mode == mode)
        for pool, amount in zip(
            modes.use_pool[rows].tolist(), modes.use_amount[rows].tolist(), strict=True
        ):
            if (more := self._of("pool", pool)) is None:
                continue
            fits = amount <= int(self._problem.pools.capacity[pool]) + more
            model.add(fits).only_enforce_if(literal)
            held = model.new_optional_interval_var(start, size, end, literal, "")
            self._held.setdefault(pool, []).append((held, amount))

    def _size(self, i: int, duration: int, *, fixed: bool) -> Times:
        """Return how long an operation lasts, closed time included."""
        if fixed:
            return duration
        size = self._model.new_int_var(0, self._horizon, "")
        self._model.add(size == self._end[i] - self._start[i])
        return size

    def _windows(self, machine: int) -> list[int]:
        """Return the closed windows of a machine that are among the rules."""
        if machine == NONE:
            return []
        rows = np.flatnonzero(self._problem.machines.closed_machine == machine)
        return [row for row in rows.tolist() if Rule("closed", row) in self._rules]

    def _lost_in(self, i: int, window: int, literal: Literal, *, machine: int) -> Times:
        """Keep an operation out of closed time; return the ticks it is interrupted.

        None where nothing can interrupt it.
        """
        model, machines = self._model, self._problem.machines
        low, high = int(machines.closed_start[window]), int(machines.closed_end[window])
        at_start, at_end = self._of("closed", window), self._of("closed", window, 1)
        start, end, length = self._start[i], self._end[i], high - low
        before, after, gone = (model.new_bool_var("") for _ in range(3))
        model.add(end <= low + at_start).only_enforce_if(before)
        model.add(start >= high - at_end).only_enforce_if(after)
        model.add(at_start + at_end >= length).only_enforce_if(gone)
        choices = [before, after, gone, literal.negated()]
        batched = bool(machines.batch[machine])
        if not self._problem.operations.resumable[i] or batched:
            model.add_bool_or(choices)
            return None
        inside = model.new_bool_var("")
        lost = model.new_int_var(0, length, "")
        model.add(start <= low + at_start - 1).only_enforce_if(inside)
        model.add(end >= high - at_end + 1).only_enforce_if(inside)
        model.add(lost == length - at_start - at_end).only_enforce_if(inside)
        model.add(lost == 0).only_enforce_if(inside.negated())
        model.add_bool_or([*choices, inside])
        return lost

    def _add_dates(self) -> None:
        """Add releases, material and deadlines."""
        problem, model = self._problem, self._model
        for i in self._rows:
            job = int(problem.operations.job[i])
            if (sooner := self._of("release", job)) is not None:
                model.add(self._start[i] + sooner >= int(problem.jobs.release[job]))
            if (sooner := self._of("material", i)) is not None:
                ready = int(problem.operations.release[i])
                model.add(self._start[i] + sooner >= ready)
            if (late := self._of("deadline", job)) is not None:
                in_time = self._end[i] <= int(problem.jobs.deadline[job]) + late
                model.add(in_time).only_enforce_if(self._presence(job))

    def _add_arcs(self) -> None:
        """Add precedence, with the lags that hold."""
        arcs, early = self._problem.arcs, early_arcs(self._problem)
        for row, (before, after, lag) in enumerate(
            zip(
                arcs.before.tolist(),
                arcs.after.tolist(),
                arcs.lag.tolist(),
                strict=True,
            )
        ):
            known = before in self._start and after in self._start
            if early[row] or not known:
                continue
            less = self._of("lag", row)
            gap = 0 if less is None else lag - less
            both = [
                self._presence(int(self._problem.operations.job[i]))
                for i in (before, after)
            ]
            rule = self._start[after] >= self._end[before] + gap
            self._model.add(rule).only_enforce_if(both)

    def _add_machine(self, machine: int, work: list[Done]) -> None:
        """Add that a machine works one by one, and the second one that may be had."""
        extra = self._of("machine", machine)
        if extra is None:
            return
        model = self._model
        here, there = [], []
        for done in work:
            own, other = model.new_bool_var(""), model.new_bool_var("")
            model.add(own + other == done.chosen)
            model.add_implication(other, extra)
            here.append(done._replace(chosen=own))
            there.append(done._replace(chosen=other))
        for part in (here, there):
            if self._problem.machines.batch[machine]:
                self._add_batches(machine, part)
                continue
            model.add_no_overlap(
                model.new_optional_interval_var(
                    done.begins, done.size, done.ends, done.chosen, ""
                )
                for done in part
            )
            if self._problem.machines.matrix[machine] != NONE:
                self._add_setups(machine, part)

    def _add_batches(self, machine: int, work: list[Done]) -> None:
        """Add that two operations of a batching machine follow, or start together."""
        problem, model = self._problem, self._model
        size, family = problem.operations.size, problem.operations.family
        matrix = int(problem.machines.matrix[machine])
        loads: dict[int, list[Times]] = {at: [] for at in range(len(work))}
        for (x, one), (y, other) in combinations(enumerate(work), 2):
            if one.operation == other.operation:
                continue
            families = int(family[one.operation]), int(family[other.operation])
            both = [one.chosen, other.chosen]
            choices = []
            for a, b, ways in ((one, other, families), (other, one, families[::-1])):
                gap = 0 if matrix == NONE else int(self._setup[matrix][ways])
                follows = model.new_bool_var("")
                rule = b.begins >= a.ends + gap
                model.add(rule).only_enforce_if([follows, *both])
                choices.append(follows)
            if families[0] == families[1]:
                same = model.new_bool_var("")
                model.add(one.begins == other.begins).only_enforce_if([same, *both])
                model.add(one.ends == other.ends).only_enforce_if([same, *both])
                model.add_implication(same, one.chosen)
                model.add_implication(same, other.chosen)
                choices.append(same)
                loads[x].append(int(size[other.operation]) * same)
                loads[y].append(int(size[one.operation]) * same)
            model.add_exactly_one(choices)
        if (more := self._of("batch", machine)) is None:
            return
        for at, done in enumerate(work):
            load = sum(loads[at]) + int(size[done.operation])
            fits = load <= int(problem.machines.batch[machine]) + more
            model.add(fits).only_enforce_if(done.chosen)

    def _add_setups(self, machine: int, work: list[Done]) -> None:
        """Add the setups of a machine between any two operations.

        Where a way round is shorter than the direct one, that is what is asked for:
        what lies between the two may need no more.
        """
        problem, model = self._problem, self._model
        time = self._setup[int(problem.machines.matrix[machine])]
        family = problem.operations.family
        first = int(problem.machines.first_family[machine])
        for one, other in combinations(work, 2):
            if one.operation == other.operation:
                continue
            order, both = model.new_bool_var(""), [one.chosen, other.chosen]
            for a, b, literal in ((one, other, order), (other, one, order.negated())):
                gap = int(time[family[a.operation], family[b.operation]])
                rule = b.begins >= a.ends + gap
                model.add(rule).only_enforce_if([literal, *both])
        for done in work:
            if first != NONE:
                gap = int(time[first, family[done.operation]])
                model.add(done.begins >= gap).only_enforce_if(done.chosen)

    def _add_pool(self, pool: int, held: list[tuple[Times, int]]) -> None:
        """Add that a pool has so many units, less those away."""
        model, pools = self._model, self._problem.pools
        more = self._of("pool", pool)
        capacity = int(pools.capacity[pool])
        intervals, amounts = [one for one, _ in held], [amount for _, amount in held]
        taken = 0
        for row in np.flatnonzero(pools.away_pool == pool).tolist():
            filled = self._of("absence", row)
            begins, ends = int(pools.away_start[row]), int(pools.away_end[row])
            if filled is None or begins < taken:
                continue
            # Of absences that overlap only the first is asked for; cuts do the rest.
            taken = ends
            intervals.append(
                model.new_optional_fixed_size_interval_var(
                    begins, ends - begins, filled.negated(), ""
                )
            )
            amounts.append(min(int(pools.away_amount[row]), capacity))
        model.add_cumulative(intervals, amounts, capacity + more)
