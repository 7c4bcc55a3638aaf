"""Better plans by small programs: some setups are free, all others stay.

Every lot is free in every one of them: a program of setups that stay is linear, and
what a few free ones add is solved in a fraction of a second. How many are free follows
from whether the last programs were solved to the end.

References
----------
Pochet, Wolsey (2006), "Production planning by mixed integer programming", section 3.6:
relax-and-fix, exchange. Helber, Sahling (2010): see `neighbourhoods`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from optimizer.production.lot_sizing.check import check_plan, plan_cost
from optimizer.production.lot_sizing.following import quantities_of
from optimizer.production.lot_sizing.model import Limits, solve_program
from optimizer.production.lot_sizing.rows import reduced
from optimizer.production.lot_sizing.search.incumbent import Found
from optimizer.production.lot_sizing.search.neighbourhoods import Neighbourhoods

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.production.lot_sizing.model import Solver
    from optimizer.production.lot_sizing.problem import (
        BoolArray,
        FloatArray,
        IntArray,
        LotSizingProblem,
    )
    from optimizer.production.lot_sizing.program import Program
    from optimizer.production.lot_sizing.rows import Arrays

__all__ = ["Descent"]

FIRST_SIZE = 60
"""Setups free in the first small program."""

SMALLEST, LARGEST = 12, 600
"""Setups free at least and at most."""

GROWTH = 1.12
"""Growth of a neighbourhood that was solved to the end, and shrinkage of one not."""

NODES = 400
"""Nodes of the search tree of a small program; half as many lose more good plans than
twice as many take in time."""

SMALL_GAP = 1e-4
"""Share of the cost at which a small program is good enough."""

SMALLEST_GAIN = 1e-9
"""Share of the cost below which a gain is rounding."""

ROUNDING = 1e-7
"""Time beyond a capacity that is a solver's rounding."""


class Descent:
    """A search of one core, from one plan to better ones.

    Parameters
    ----------
    problem
        What is planned.
    program
        In location form where that is not too large, with elastic capacity.
    seed
        Seed of its choices.
    monotonic_s
        A clock.
    solver
        Of the small programs.
    """

    def __init__(
        self,
        problem: LotSizingProblem,
        program: Program,
        *,
        seed: int,
        monotonic_s: Callable[[], float],
        solver: Solver = "highs",
    ) -> None:
        self.problem, self.program = problem, program
        self._monotonic_s, self._solver = monotonic_s, solver
        self._rng = np.random.Generator(np.random.PCG64(seed))
        self._neighbourhoods = Neighbourhoods(problem, self._rng)
        self._leaders = _leaders(program)
        self._size = float(FIRST_SIZE)
        self._beyond = program.beyond[program.beyond >= 0]
        self.cost = math.inf
        self.values: FloatArray | None = None

    @property
    def everything(self) -> bool:
        """Whether the next small program would be the whole."""
        return self._size >= self.program.setup.size

    def adopt(self, values: FloatArray) -> None:
        """Go on from a solution from elsewhere, if it is better.

        Parameters
        ----------
        values
            ndarray of shape (n_columns,), float64.
        """
        cost = float(self.program.arrays.cost @ values) + self.program.constant
        if math.isinf(self.cost) or cost < self.cost - SMALLEST_GAIN * abs(self.cost):
            self.cost, self.values = cost, values.copy()

    def found(self) -> Found | None:
        """Return the plan at hand if it keeps every rule."""
        if self.values is None:
            return None
        plan = quantities_of(self.problem, self.program, self.values)
        if check_plan(self.problem, plan):
            return None
        return Found(plan_cost(self.problem, plan), plan)

    def fix_and_relax(self, width: int, limits: Limits) -> bool:
        """Make a plan period by period: setups behind are fixed, those ahead relaxed.

        Parameters
        ----------
        width
            Periods decided at a time, >= 1.
        limits
            Of all steps together.

        Returns
        -------
        bool
            Whether a solution was found, elastic columns used or not.
        """
        program, n_periods = self.program, self.problem.n_periods
        values = np.zeros(program.arrays.cost.size)
        steps = range(0, n_periods, width)
        until_s = self._monotonic_s() + limits.seconds
        for at, first in enumerate(steps):
            window = np.zeros(program.setup.shape, dtype=np.bool_)
            window[:, first : first + width] = True
            behind = np.zeros_like(window)
            behind[:, :first] = True
            left_s = (until_s - self._monotonic_s()) / (len(steps) - at)
            found = self._solve(
                values, fixed=behind, whole=behind | window,
    limits=limits._replace(seconds=max(left_s, 0.05)),
            )  # fmt: skip
            if found is None:
                return False
            values = found
        self.adopt(values)
        return True

    def polish(self, setups: BoolArray, limits: Limits) -> bool:
        """Go on from setups with the best lots for them, if they are better.

        Parameters
        ----------
        setups
            ndarray of shape (n_items, n_periods), bool; nothing is kept set up.
        limits
            Of the linear program.

        Returns
        -------
        bool
            Whether the plan became better.
        """
        values = np.zeros(self.program.arrays.cost.size)
        values[self.program.setup] = setups
        before = self.cost
        everything = np.ones(setups.shape, dtype=np.bool_)
        found = self._solve(values, fixed=everything, whole=everything, limits=limits)
        if found is not None:
            self.adopt(found)
        return self.cost < before

    def improve(self, limits: Limits) -> bool:
        """Solve one small program; return whether the plan became better.

        Parameters
        ----------
        limits
            Of the program.
        """
        assert self.values is not None, "there is no plan to improve"
        begun_s = self._monotonic_s()
        kind, free = self._neighbourhoods.draw(round(self._size))
        before, values = self.cost, self.values
        found = self._solve(
            values, fixed=~free, whole=np.ones_like(free), limits=limits,
            adapt=True,
        )  # fmt: skip
        if found is not None:
            self.adopt(found)
        gain = (before - self.cost) / max(abs(before), 1.0)
        repeats = math.isinf(limits.seconds)
        took_s = 1.0 if repeats else max(self._monotonic_s() - begun_s, 1e-3)
        self._neighbourhoods.learn(kind, 1e3 * gain / took_s)
        return gain > 0.0

    def _solve(
        self,
        values: FloatArray,
        *,
        fixed: BoolArray,
        whole: BoolArray,
        limits: Limits,
        adapt: bool = False,
    ) -> FloatArray | None:
        """Solve with setups fixed to what they are in `values`."""
        free = self._free(values, fixed)
        arrays = self.program.arrays
        integer = arrays.integer & self._whole(whole)
        small = reduced(
            arrays._replace(integer=integer),
            free,
            np.where(arrays.integer, np.round(values), 0.0),
        )
        answer = solve_program(
            small,
            self._solver,
            limits._replace(gap=SMALL_GAP, effort="small" if adapt else "whole"),
            seed=int(self._rng.integers(2**31 - 1)),
            hint=values[free] if adapt else None,
        )
        if adapt:
            ended = answer.status == "optimal"
            self._size *= GROWTH if ended else 1.0 / GROWTH
            self._size = min(max(self._size, SMALLEST), LARGEST)
        if answer.values is None:
            return None
        found = np.where(free, 0.0, _rounded(arrays, values))
        found[free] = answer.values
        return found

    def _free(self, values: FloatArray, fixed: BoolArray) -> BoolArray:
        """Return the columns that stay: those of free setups, and lots of all."""
        program = self.program
        free = np.ones(values.size, dtype=np.bool_)
        for columns in (program.setup, program.carried):
            at = columns[fixed & (columns >= 0)]
            free[at] = False
        setup, carried = self._leaders
        # A share whose setups are fixed to none is none.
        idle = np.ones(values.size, dtype=np.bool_)
        for leader in (setup, carried):
            off = (leader < 0) | (~free[leader] & (values[leader] < 0.5))  # noqa: PLR2004
            idle &= off
        free &= ~(idle & (setup >= 0))
        if self._keeps_capacity(values):
            free[self._beyond] = False
        return free

    def _keeps_capacity(self, values: FloatArray) -> bool:
        """Whether a solution needs no elastic capacity: then none after it may."""
        return self.values is not None and not (values[self._beyond] > ROUNDING).any()

    def _whole(self, mask: BoolArray) -> BoolArray:
        """Return the columns that must be whole: all but setups outside a mask."""
        keep = np.ones(self.program.arrays.cost.size, dtype=np.bool_)
        for columns in (self.program.setup, self.program.carried):
            keep[columns[~mask & (columns >= 0)]] = False
        return keep


def _rounded(arrays: Arrays, values: FloatArray) -> FloatArray:
    """Return setups without a solver's rounding, and nothing else."""
    return np.where(arrays.integer, np.round(values), 0.0)


def _leaders(program: Program) -> tuple[IntArray, IntArray]:
    """Return for each column the setups without which it is nothing, else -1."""
    setup = np.full(program.arrays.cost.size, -1, dtype=np.int64)
    carried = setup.copy()
    item, made, _, column = program.share.T
    setup[column] = program.setup[item, made]
    carried[column] = program.carried[item, made]
    there = program.lot >= 0
    setup[program.lot[there]] = program.setup[there]
    carried[program.lot[there]] = program.carried[there]
    return setup, carried
