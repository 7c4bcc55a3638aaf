"""One core's search, whatever it is for, and how two of them share what they find."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

import numpy as np

from optimizer.production.scheduling.problem import NONE
from optimizer.production.scheduling.search.flexible import FlexibleSearch
from optimizer.production.scheduling.search.incumbent import Found
from optimizer.production.scheduling.search.job_shop import JobShopSearch
from optimizer.production.scheduling.search.lists import ListSearch

if TYPE_CHECKING:
    from optimizer.production.scheduling._kernels.rules import Rules
    from optimizer.production.scheduling._kernels.shop import Shop
    from optimizer.production.scheduling.problem import SchedulingProblem

__all__ = ["CoreSearch", "is_job_shop", "searches_of"]


LARGE = 20_000
"""Operations from which on each core makes its first schedule in a thread; of fewer,
that takes less than starting threads may."""


class CoreSearch(Protocol):
    """A search that runs in slices of work and keeps its best schedule."""

    @property
    def done(self) -> bool:
        """Whether there is nothing left to find."""

    def found(self) -> Found | None:
        """Return the best schedule so far, None if it breaks a rule."""

    def improve(self, work: int) -> int:
        """Search on; return the work done, in operations looked at."""

    def adopt(self, found: Found) -> None:
        """Take a schedule from elsewhere."""


def searches_of(
    problem: SchedulingProblem,
    rules: Rules,
    shop: Shop | None,
    *,
    seeds: tuple[int, ...],
    bound: int,
) -> list[CoreSearch]:
    """Return a search for each seed, of the kind that fits the problem.

    Parameters
    ----------
    problem
        Any.
    rules, shop
        The same in arrays; None for the shop if it is more than one.
    seeds
        A seed for each core, all different.
    bound
        Cost that no schedule beats.
    """
    if shop is None:
        return [
            _Lists(ListSearch(rules, problem.order, seed=seed, bound=bound))
            for seed in seeds
        ]
    kind = JobShopSearch if is_job_shop(shop) else FlexibleSearch
    weight = problem.weights.makespan
    least = -(-bound // weight)

    def begun(seed: int) -> CoreSearch:
        return _Shops(kind(shop, seed=seed, bound=least), shop, weight)

    if shop.head.size < LARGE:
        return [begun(seed) for seed in seeds]
    # List schedules take seconds of a million operations: each core makes its own.
    with ThreadPoolExecutor(len(seeds)) as cores:
        return list(cores.map(begun, seeds))


def is_job_shop(shop: Shop) -> bool:
    """Return whether a shop is searched as a job shop, not as a flexible one.

    Parameters
    ----------
    shop
        Any.
    """
    return JobShopSearch.fits(shop)


class _Shops:
    """A search of a job shop, flexible or not."""

    def __init__(
        self, search: JobShopSearch | FlexibleSearch, shop: Shop, weight: int
    ) -> None:
        self._search = search
        self._shop = shop
        self._weight = weight
        self._last: Found | None = None

    @property
    def done(self) -> bool:
        return self._search.done

    def found(self) -> Found | None:
        cost = self._weight * self._search.makespan
        if self._last is not None and self._last.cost <= cost:
            return self._last
        start = self._search.start.astype(np.int64)
        mode = self._search.mode.astype(np.int64)
        end = start + self._shop.mode_duration[mode]
        self._last = Found(self._weight * int(end.max()), start, end, mode)
        return self._last

    def improve(self, work: int) -> int:
        return self._search.improve(work)

    def adopt(self, found: Found) -> None:
        if found.cost < self._weight * self._search.makespan:
            self._search.adopt(found.start, found.mode.astype(np.int32))


class _Lists:
    """A search over lists of operations."""

    def __init__(self, search: ListSearch) -> None:
        self._search = search
        self._last: Found | None = None

    @property
    def done(self) -> bool:
        return self._search.done

    def found(self) -> Found | None:
        cost = self._search.cost
        if self._last is not None and self._last.cost == cost:
            return self._last
        if not self._search.feasible:
            return None
        start, end, mode = self._search.schedule()
        self._last = Found(cost, start, end, mode.astype(np.int64))
        return self._last

    def improve(self, work: int) -> int:
        return self._search.improve(work)

    def adopt(self, found: Found) -> None:
        if found.cost < self._search.cost:
            start = np.where(found.mode == NONE, 0, found.start)
            self._search.adopt(start, found.mode.astype(np.int32))
