"""Whether the rules of a setting can be kept together: yes, no, or not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from optimizer.production.scheduling.check import check_schedule, schedule_cost
from optimizer.production.scheduling.explain._kernels.plant import needed_operations
from optimizer.production.scheduling.explain._kernels.proof import refuted
from optimizer.production.scheduling.explain.parts import bound_part
from optimizer.production.scheduling.problem import NONE, Schedule
from optimizer.production.scheduling.search.laying import rules_of
from optimizer.production.scheduling.search.lists import ListSearch

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.production.scheduling.explain.parts import Part
    from optimizer.production.scheduling.explain.plant import PlantBuilder
    from optimizer.production.scheduling.explain.rules import RuleBook, Setting
    from optimizer.production.scheduling.problem import IntArray, SchedulingProblem

__all__ = ["Answer", "Dates", "Oracle", "Verdict", "feasible_schedule"]

Verdict = Literal["feasible", "infeasible", "unknown"]

LISTS = 200
"""Lists tried on a part before CP-SAT is asked; of a small one, some milliseconds."""

PROOF_S = 1.0
"""Seconds that CP-SAT gets for one question at most."""


class Dates(NamedTuple):
    """When and in which mode some operations are done.

    Parameters
    ----------
    start, mode
        ndarrays of shape (n_operations,), int64: -1 for those not looked at, and where
        no mode of the problem says it.
    """

    start: IntArray
    mode: IntArray


class Answer(NamedTuple):
    """Whether rules can be kept together.

    Parameters
    ----------
    verdict
        The answer.
    dates
        If they can: dates of the operations that they bind, if they bind any.
    """

    verdict: Verdict
    dates: Dates | None = None


class Oracle:
    """Answers whether rules contradict each other.

    Proofs are by propagation or CP-SAT, the opposite by a schedule that the checker has
    passed.

    Parameters
    ----------
    book, builder
        The problem and its rules.
    left_s
        Seconds left for all questions together.
    """

    def __init__(
        self, book: RuleBook, builder: PlantBuilder, left_s: Callable[[], float]
    ) -> None:
        self.book = book
        self.builder = builder
        self.left_s = left_s
        self.n_proofs = 0

    def refuted(self, setting: Setting) -> bool:
        """Return whether propagation alone proves that rules contradict each other.

        Parameters
        ----------
        setting
            Which rules hold, and how far each is relaxed.
        """
        plant = self.builder.plant(setting)
        return bool(refuted(plant, needed_operations(plant)))

    def verdict(self, setting: Setting) -> Verdict:
        """Return whether the rules of a setting can be kept together.

        Parameters
        ----------
        setting
            Which rules hold, and how far each is relaxed.
        """
        return self.answer(setting).verdict

    def answer(self, setting: Setting, *, proof_s: float = PROOF_S) -> Answer:
        """Return whether the rules of a setting can be kept together, and when.

        Parameters
        ----------
        setting
            Which rules hold, and how far each is relaxed.
        proof_s
            Seconds for CP-SAT, if it comes to that.
        """
        plant = self.builder.plant(setting)
        need = needed_operations(plant)
        if refuted(plant, need):
            return Answer("infeasible")
        if not need.any():
            return Answer("feasible")
        part = bound_part(self.book, self.builder, setting, need)
        found = feasible_schedule(part.problem, work=LISTS * need.sum())
        if found is None:
            seconds = min(proof_s, self.left_s())
            verdict, found = self.proven(part.problem, seconds=seconds)
            if found is None:
                return Answer(verdict)
        return Answer("feasible", _dates(self.book.problem, part, found))

    def contradicts(self, setting: Setting) -> bool:
        """Return whether it is proven that no schedule keeps the rules of a setting.

        Parameters
        ----------
        setting
            Which rules hold, and how far each is relaxed.
        """
        return self.verdict(setting) == "infeasible"

    def proven(
        self, part: SchedulingProblem, *, seconds: float
    ) -> tuple[Verdict, Schedule | None]:
        """Ask CP-SAT whether a problem has a schedule.

        Parameters
        ----------
        part
            With an objective that nothing counts in, and all times of which lie before
            the ends of its deadlines, locks and windows, and the work after them.
        seconds
            Time limit; nothing is asked from 0 down.
        """
        # Loading OR-Tools takes half a second: many questions need no proof of its.
        from optimizer.production.scheduling.model import (  # noqa: PLC0415
            MOST_PAIRS,
            SchedulingModel,
            n_pairs,
        )

        if seconds <= 0.0 or n_pairs(part) > MOST_PAIRS:
            return "unknown", None
        self.n_proofs += 1
        model = SchedulingModel(part, self._horizon(part))
        found: list[Schedule] = []

        def take(_: int, answer: tuple[IntArray, IntArray, IntArray]) -> None:
            start, end, mode = answer
            if not _faults(part, start, end, mode):
                found.append(_schedule(start, end, mode))

        status = model.solve(
            time_limit_s=seconds, n_workers=1, seed=0,
            on_schedule=take, on_bound=lambda _: None,
        )  # fmt: skip
        if status == "infeasible":
            return "infeasible", None
        return ("feasible", found[0]) if found else ("unknown", None)

    def _horizon(self, part: SchedulingProblem) -> int:
        """Return a time by which a problem can be done if it can be done at all."""
        deadline = part.jobs.deadline[part.operations.job]
        if len(part.locks) or not np.all(deadline != NONE):
            # A lock may force closed time upon an operation: it ends after that.
            return part.horizon + int(part.modes.duration.sum())
        return min(int(deadline.max(initial=0)), part.horizon)


def _dates(problem: SchedulingProblem, part: Part, found: Schedule) -> Dates:
    """Return when and in which mode a part is done, as operations of the whole."""
    start = np.full(problem.n_operations, NONE, dtype=np.int64)
    mode = start.copy()
    start[part.rows] = found.start
    if part.modes.size:
        mode[part.rows] = part.modes[found.mode]
    return Dates(start, mode)


def feasible_schedule(
    problem: SchedulingProblem, *, work: int, first: Dates | None = None
) -> Schedule | None:
    """Return a schedule that keeps every rule, None if the lists show none.

    Parameters
    ----------
    problem
        Any with operations.
    work
        Operations to place at most.
    first
        Operations to place before all others, in order of start, those before them
        included.
    """
    search = ListSearch(rules_of(problem), problem.order, seed=0, bound=0)
    if first is not None and not search.feasible:
        _adopt(search, problem, first)
    done, unit = 0, max(work // 8, 1)
    while not search.feasible and done < work:
        done += search.improve(unit)
    if not search.feasible:
        return None
    start, end, mode = search.schedule()
    found = _schedule(start, end, mode.astype(np.int64), search.cost)
    return None if _faults(problem, start, end, found.mode) else found


def _adopt(search: ListSearch, problem: SchedulingProblem, first: Dates) -> None:
    """Put operations in front of the best list, where it keeps them all."""
    start, _, mode = search.schedule()
    chosen = first.start != NONE
    mode = np.where(chosen & (first.mode != NONE), first.mode, mode).astype(np.int32)
    later = int(first.start.max()) + 1 + np.maximum(start, 0)
    # What is skipped stays so: its mode says so.
    search.adopt(np.where(chosen, first.start, later), mode)
    assert search.cost >= 0
    assert len(mode) == problem.n_operations


def _schedule(
    start: np.ndarray, end: np.ndarray, mode: np.ndarray, cost: float = 0.0
) -> Schedule:
    bound = float(cost)
    return Schedule(
        status="feasible", objective=bound, bound=bound, gap=0.0,
        start=start, end=end, mode=mode,
    )  # fmt: skip


def _faults(
    problem: SchedulingProblem, start: np.ndarray, end: np.ndarray, mode: np.ndarray
) -> tuple[str, ...]:
    """Return the rules of the problem that a schedule breaks; its figures are ours."""
    cost = schedule_cost(problem, _schedule(start, end, mode))
    found = _schedule(start, end, mode, cost)
    return check_schedule(problem, found)
