"""What happens on one machine: setups and batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from optimizer.production.scheduling.problem import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ortools.sat.python.cp_model import CpModel

    from optimizer.production.scheduling.problem import IntArray, SchedulingProblem

__all__ = [
    "Done",
    "Literal",
    "Times",
    "add_batches",
    "add_setups",
    "is_plain_batching",
]

# Expressions of OR-Tools have a type for each operator; what matters here is the name.
Literal = Any
Times = Any


class Done(NamedTuple):
    """A mode of an operation: chosen or not, and where in its machine's open time."""

    operation: int
    mode: int
    chosen: Literal
    begins: Times
    ends: Times
    size: int


def add_setups(
    problem: SchedulingProblem,
    model: CpModel,
    machine: int,
    work: list[Done],
    *,
    pairs: Iterable[tuple[Done, Done]],
) -> list[Times]:
    """Add the setups of a machine; return what they cost.

    Parameters
    ----------
    problem, model
        What is modelled, and where.
    machine
        Row of a machine with a setup matrix.
    work
        All that may be done on it.
    pairs
        Each two of them.
    """
    matrix = int(problem.machines.matrix[machine])
    family = problem.operations.family
    time = problem.setups.time[matrix]
    first = int(problem.machines.first_family[machine])
    used = np.unique(family[[done.operation for done in work]])
    if first != NONE:
        used = np.union1d(used, [first])
    if problem.weights.setup or not _is_metric(time[np.ix_(used, used)]):
        return _add_circuit(problem, model, machine, work, pairs=pairs)
    for one, other in pairs:
        if one.operation == other.operation:
            continue
        order = model.new_bool_var("")
        both = [one.chosen, other.chosen]
        for a, b, literal in ((one, other, order), (other, one, order.negated())):
            setup = int(time[family[a.operation], family[b.operation]])
            rule = b.begins >= a.ends + setup
            model.add(rule).only_enforce_if([literal, *both])
    for done in work:
        if first != NONE:
            setup = int(time[first, family[done.operation]])
            model.add(done.begins >= setup).only_enforce_if(done.chosen)
    return []


def _add_circuit(
    problem: SchedulingProblem,
    model: CpModel,
    machine: int,
    work: list[Done],
    *,
    pairs: Iterable[tuple[Done, Done]],
) -> list[Times]:
    """Add the sequence of a machine as a circuit through what it does."""
    matrix = int(problem.machines.matrix[machine])
    family = problem.operations.family
    time, cost = problem.setups.time[matrix], problem.setups.cost[matrix]
    first = int(problem.machines.first_family[machine])
    node = {done.mode: at for at, done in enumerate(work, start=1)}
    arcs: list[tuple[int, int, Literal]] = [(0, 0, model.new_bool_var(""))]
    weight = problem.weights.setup
    paid: list[Times] = []
    for done in work:
        at, then = node[done.mode], int(family[done.operation])
        skipped = model.new_bool_var("")
        model.add(skipped + done.chosen == 1)
        begin = model.new_bool_var("")
        arcs += [(at, at, skipped), (0, at, begin), (at, 0, model.new_bool_var(""))]
        if first != NONE:
            setup = int(time[first, then])
            model.add(done.begins >= setup).only_enforce_if(begin)
            paid.append(weight * int(cost[first, then]) * begin)
    for one, other in pairs:
        if one.operation == other.operation:
            continue
        for a, b in ((one, other), (other, one)):
            follows = model.new_bool_var("")
            change = int(family[a.operation]), int(family[b.operation])
            rule = b.begins >= a.ends + int(time[change])
            model.add(rule).only_enforce_if(follows)
            arcs.append((node[a.mode], node[b.mode], follows))
            paid.append(weight * int(cost[change]) * follows)
    model.add_circuit(arcs)
    return paid if weight else []


def is_plain_batching(
    problem: SchedulingProblem, machine: int, work: list[Done]
) -> bool:
    """Return whether `add_batches` says neither more nor less than the problem.

    Setups between batches are asked of each pair, not of neighbours alone, and their
    costs are left out: so bounds hold only without costs, and where no way round is
    shorter than the direct one.

    Parameters
    ----------
    problem
        What is modelled.
    machine
        Row of a batching machine.
    work
        All that may be done on it.
    """
    matrix = int(problem.machines.matrix[machine])
    if matrix == NONE:
        return True
    families = problem.operations.family[[done.operation for done in work]]
    first = problem.machines.first_family[machine]
    used = np.union1d(families, [first] if first != NONE else [])
    used = used.astype(np.int64)
    metric = _is_metric(problem.setups.time[matrix][np.ix_(used, used)])
    return metric and not problem.weights.setup


def add_batches(
    problem: SchedulingProblem,
    model: CpModel,
    machine: int,
    work: list[Done],
    *,
    pairs: Iterable[tuple[Done, Done]],
) -> None:
    """Add a batching machine: two of its operations start together, or follow.

    Parameters
    ----------
    problem, model
        What is modelled, and where.
    machine
        Row of a batching machine.
    work
        All that may be done on it.
    pairs
        Each two of them.
    """
    size, family = problem.operations.size, problem.operations.family
    capacity = int(problem.machines.batch[machine])
    matrix = int(problem.machines.matrix[machine])
    together: dict[int, list[tuple[Done, Literal]]] = {done.mode: [] for done in work}
    for one, other in pairs:
        if one.operation == other.operation:
            continue
        after, before = model.new_bool_var(""), model.new_bool_var("")
        both = [one.chosen, other.chosen]
        choice: list[Literal] = [after, before]
        if family[one.operation] == family[other.operation]:
            same = model.new_bool_var("")
            choice.append(same)
            model.add(one.begins == other.begins).only_enforce_if([same, *both])
            model.add(one.ends == other.ends).only_enforce_if([same, *both])
            model.add_implication(same, one.chosen)
            model.add_implication(same, other.chosen)
            together[one.mode].append((other, same))
            together[other.mode].append((one, same))
        model.add_exactly_one(choice)
        for a, b, literal in ((one, other, after), (other, one, before)):
            setup = 0
            if matrix != NONE:
                time = problem.setups.time[matrix]
                setup = int(time[family[a.operation], family[b.operation]])
            rule = b.begins >= a.ends + setup
            model.add(rule).only_enforce_if([literal, *both])
    first = int(problem.machines.first_family[machine])
    for done in work:
        if NONE not in {matrix, first}:
            setup = int(problem.setups.time[matrix, first, family[done.operation]])
            model.add(done.begins >= setup).only_enforce_if(done.chosen)
        mates = together[done.mode]
        load = sum(int(size[mate.operation]) * same for mate, same in mates)
        fits = load + int(size[done.operation]) <= capacity
        model.add(fits).only_enforce_if(done.chosen)
        # A batch lasts as long as the longest operation in it.
        lasts = [same for mate, same in mates if mate.size > done.size]
        model.add(done.ends - done.begins == done.size).only_enforce_if(
            [done.chosen, *(literal.negated() for literal in lasts)]
        )


def _is_metric(time: IntArray) -> bool:
    """Whether no way round is shorter than the direct one."""
    if time.size == 0:
        return True
    around = np.min(time[:, :, None] + time[None, :, :], axis=1)
    return bool(np.all(around >= time))
