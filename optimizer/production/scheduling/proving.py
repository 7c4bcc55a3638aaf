"""CP-SAT beside the searches: it proves, and improves where their lists are stuck."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from optimizer.production.scheduling.check import check_schedule, schedule_cost
from optimizer.production.scheduling.problem import Schedule
from optimizer.production.scheduling.search.incumbent import Found
from optimizer.result import relative_gap

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.production.scheduling.model import Aim, SchedulingModel
    from optimizer.production.scheduling.problem import IntArray, SchedulingProblem
    from optimizer.production.scheduling.search.incumbent import Incumbent

__all__ = ["Prover", "feasible"]

PAIR_S = 60e-6
"""Seconds that the model takes to build for a pair of modes."""

BUILT_SHARE = 0.25
"""Share of the time left that building the model may take."""

LOOK_S = 0.03
"""Seconds between looks at whether CP-SAT is to stop."""

STUCK_S = 0.1
"""Seconds without a better schedule after which nobody is waited for."""

BEHIND_SHARE = 0.2
"""Share of the time of a run for which CP-SAT may know a worse schedule than the lists
before it begins again from theirs."""

Phases = tuple[tuple["Aim", float], ...]

ALONE: Phases = (("prove", 1.0),)
"""What CP-SAT does with one thread, and until which share of its time."""

PHASES: Phases = (("prove", 0.6), ("improve", 1.0))
"""The same with two threads."""

BEHIND_LEAST_S = 0.15
"""Seconds that a run of CP-SAT gets at least: its presolve takes that long."""


class Prover:
    """A core or two for CP-SAT, from the best schedule on.

    Parameters
    ----------
    problem
        What is to be done, and what binds it.
    incumbent
        Where its schedules and bounds go, and where it begins.
    monotonic_s
        Clock, in seconds.
    left_s
        Seconds left for it; it ends when none are.
    ended
        Whether the others are done, or somebody cancels.
    """

    def __init__(
        self,
        problem: SchedulingProblem,
        incumbent: Incumbent,
        *,
        monotonic_s: Callable[[], float],
        left_s: Callable[[], float],
        ended: Callable[[], bool],
    ) -> None:
        self._problem = problem
        self._incumbent = incumbent
        self._monotonic_s = monotonic_s
        self._left_s = left_s
        self._ended = ended
        self._known: int | None = None
        self._again = False
        self.infeasible = False

    def prove(self, *, n_workers: int, seed: int, from_s: float = 0.0) -> None:
        """Search until a proof, or until the time is over.

        Where others find better schedules than CP-SAT knows, it begins again from the
        best one: what it learnt is lost, what it looks at is better. With two threads
        it proves first, and then only improves.

        Parameters
        ----------
        n_workers
            Threads, >= 1. From two on CP-SAT also improves parts of its schedule.
        seed
            Seed, >= 0.
        from_s
            When to begin at the latest, by the clock, once the model is built: while
            others find better schedules, it waits for something to begin from.
        """
        model = self._built()
        if model is None:
            return
        idle = threading.Event()
        while self._monotonic_s() < from_s and self._incumbent.idle_s < STUCK_S:
            idle.wait(LOOK_S)
        phases = self._phases(PHASES if n_workers > 1 else ALONE)
        status = "over"
        for aim, until_s in phases:
            status = self._phase(model, aim, until_s, n_workers=n_workers, seed=seed)
            if status != "over":
                break
            seed += 1
        if status == "infeasible" and self._incumbent.best is None:
            self.infeasible = True

    def _phases(self, shares: Phases) -> list[tuple[Aim, float]]:
        """Return what is done until when."""
        now_s, left_s = self._monotonic_s(), self._left_s()
        return [(aim, now_s + until * left_s) for aim, until in shares]

    def _phase(
        self,
        model: SchedulingModel,
        aim: Aim,
        until_s: float,
        *,
        n_workers: int,
        seed: int,
    ) -> str:
        """Run CP-SAT until a time; return `over` then, or how it ended before."""
        status = "over"
        while self._monotonic_s() < until_s - LOOK_S and not self._over():
            best = self._incumbent.best
            self._known = None
            if best is not None:
                model.hint(best.start, best.mode)
                self._known = best.cost
            model.emphasize("prove" if best is None else aim)
            limit_s = min(until_s - self._monotonic_s(), self._left_s())
            status = self._run(model, limit_s, n_workers=n_workers, seed=seed)
            if status in {"optimal", "infeasible"}:
                return status
            if not self._again and self._monotonic_s() < until_s - LOOK_S:
                # It looked at everything, in a model that proves nothing.
                return status
        return "over"

    def _run(
        self, model: SchedulingModel, limit_s: float, *, n_workers: int, seed: int
    ) -> str:
        """Run CP-SAT once, while a thread looks at whether it is to stop."""
        done = threading.Event()
        self._again = False
        watcher = threading.Thread(target=self._watch, args=(model, done), daemon=True)
        watcher.start()
        try:
            return model.solve(
                time_limit_s=max(limit_s, 1e-3),
                n_workers=n_workers,
                seed=seed,
                on_schedule=lambda _, answer: self._offer(model, *answer),
                on_bound=self._incumbent.raise_bound,
            )
        finally:
            done.set()
            watcher.join()

    def _built(self) -> SchedulingModel | None:
        """Return the model, None if it is not built in time."""
        # Loading OR-Tools takes half a second: only who proves waits for it.
        from optimizer.production.scheduling.model import (  # noqa: PLC0415
            MOST_PAIRS,
            SchedulingModel,
            n_pairs,
        )

        problem, best = self._problem, self._incumbent.best
        affordable = self._left_s() * BUILT_SHARE / PAIR_S
        if n_pairs(problem) > min(MOST_PAIRS, affordable):
            return None
        horizon, weight = problem.horizon, problem.weights.makespan
        if best is not None and weight:
            # No part of the cost is negative: what is longer than this costs more.
            horizon = min(horizon, max(best.cost // weight, 1))
        model = SchedulingModel(problem, horizon, in_time=lambda: not self._over())
        return model if model.is_whole else None

    def _over(self) -> bool:
        return self._left_s() <= 0.0 or self._ended()

    def _offer(
        self, model: SchedulingModel, start: IntArray, end: IntArray, mode: IntArray
    ) -> None:
        """Take CP-SAT's schedule at the cost that the checker counts.

        A model that is not strict leaves rules out, and the checker looks at them.
        """
        found = Found(0, start, end, mode)
        cost = schedule_cost(self._problem, feasible(found))
        found = found._replace(cost=cost)
        strict = model.is_strict
        if strict or not check_schedule(self._problem, feasible(found)):
            self._known = cost
            self._incumbent.offer(found)

    def _watch(self, model: SchedulingModel, done: threading.Event) -> None:
        """Stop CP-SAT once the time is over, or once it is behind for long."""
        begun_s = level_s = self._monotonic_s()
        while not done.wait(LOOK_S):
            now_s = self._monotonic_s()
            best = self._incumbent.best
            if best is None or (self._known is not None and self._known <= best.cost):
                level_s = now_s
            allowed_s = max(BEHIND_LEAST_S, BEHIND_SHARE * (now_s - begun_s))
            self._again = now_s - level_s > allowed_s
            if self._again or self._ended():
                model.stop()
                return


def feasible(found: Found) -> Schedule:
    """Return what was found as a schedule that nobody has judged.

    Parameters
    ----------
    found
        Any.
    """
    cost = float(found.cost)
    return Schedule(
        status="feasible", objective=cost, bound=0.0, gap=relative_gap(cost, 0.0),
        start=found.start, end=found.end, mode=found.mode,
    )  # fmt: skip
