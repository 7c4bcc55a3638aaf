"""Search of the flexible job shop: tabu search, started between good schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.production.scheduling._kernels.dispatch import (
    MOST_WORK,
    dispatch,
    draw,
    generator,
)
from optimizer.production.scheduling._kernels.flexible import (
    BEGUN,
    BEST,
    ITERATION,
    N_COUNTERS,
    PATIENCE,
    STALL,
    STALL_MAX,
    STOP,
    tabu_search,
)
from optimizer.production.scheduling._kernels.flexible_graph import (
    empty_graph,
    load,
    topological,
)
from optimizer.production.scheduling._kernels.flexible_moves import FAR, empty_trial

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.production.scheduling._kernels.shop import Shop

    Int32Array = npt.NDArray[np.int32]
    Int64Array = npt.NDArray[np.int64]

__all__ = ["FlexibleSearch"]

# Schedules kept to relink.
ELITE_MAX = 8
# So many runs begin near list schedules before good ones are relinked, and afterwards
# one in so many; without any, the elite grow alike.
N_LISTED = 3
LISTED_EVERY = 10
# Runs without a better schedule among the elite after which all of them go: small
# shops make hundreds of runs, and elite that have grown alike lead nowhere new.
RENEW_AFTER = 50
# Schedules of which fewer operations than one in so many follow another one on their
# machine are alike: one of them is kept.
ALIKE_PART = 20
# Iterations without a better schedule after which a run of tabu search may end.
PATIENCE_LEAST = 400
PATIENCE_PER_OPERATION = 6
# Steps of the way from one schedule to another; a run begins LEAST..MOST steps along.
WAY, WAY_LEAST, WAY_MOST = 16, 4, 12
# Operations from which on list schedules without slow modes are tried too: a search
# takes long to leave modes that cost machines time, and a list schedule none. From HUGE
# on each one takes a second.
LARGE, HUGE = 2000, 200_000
# Percent by which a mode that is tried may take longer than the fastest one.
SLOWER = (10, 15, 20, 30)
# Width of the noise on the priorities of list schedules.
NOISE = 0.3


class _Elite(NamedTuple):
    """A good schedule."""

    makespan: int
    start: Int64Array
    mode: Int32Array
    previous: Int32Array


class FlexibleSearch:
    """An anytime search for short schedules of a flexible job shop.

    The same shop, seed, bound and sequence of calls give the same schedules.

    Parameters
    ----------
    shop
        The problem; precedence without cycles.
    seed
        Of the search, >= 0.
    bound
        The search is done at this makespan or below.

    References
    ----------
    Gonzalez, Vela, Varela (2015), Scatter search with path relinking for the flexible
    job shop scheduling problem, European Journal of Operational Research 245(1), 35-45.
    """

    def __init__(self, shop: Shop, *, seed: int, bound: int) -> None:
        self._shop = shop
        self._seed = seed
        self._bound = bound
        self._state = generator(seed)
        self._place = topological(shop)
        self._graph = empty_graph(shop)
        self._trial = empty_trial(shop)
        self._until = np.zeros(shop.mode_machine.size, np.int64)
        n = shop.head.size
        self._run_start = np.zeros(n, np.int64)
        self._run_mode = np.zeros(n, np.int32)
        self._counters = np.zeros(N_COUNTERS, np.int64)
        self._counters[STOP] = bound
        self._counters[PATIENCE] = max(PATIENCE_LEAST, PATIENCE_PER_OPERATION * n)
        self._elite: list[_Elite] = []
        self._n_runs = 0
        self._n_fruitless = 0
        self._best = self._listed(0.0 if seed == 0 else NOISE)
        if LARGE <= n < HUGE:
            thrifty = [self._thrifty(percent) for percent in SLOWER]
            self._best = min(self._best, *thrifty, key=lambda one: one.makespan)
        self._run(self._keys(self._best), self._best.mode)

    @staticmethod
    def fits(shop: Shop) -> bool:
        """Return whether this search can treat a shop: any that has operations."""
        return bool(shop.head.size)

    @property
    def makespan(self) -> int:
        """Of the best schedule so far, ticks."""
        return self._best.makespan

    @property
    def start(self) -> Int64Array:
        """Start of each operation in the best schedule, shape (n,), int64."""
        return self._best.start

    @property
    def mode(self) -> Int32Array:
        """Mode of each operation as a position in ``shop.mode_machine``, int32."""
        return self._best.mode

    @property
    def done(self) -> bool:
        """Whether the bound is reached."""
        return self._best.makespan <= self._bound

    def improve(self, work: int) -> int:
        """Search until about `work` operations were looked at; return their number."""
        used = 0
        while used < work and not self.done:
            used += tabu_search(
                self._shop,
                self._graph,
                self._trial,
                self._until,
                self._state,
                self._counters,
                self._run_start,
                self._run_mode,
                work - used,
            )
            if self._counters[BEST] < self._best.makespan:
                self._best = self._run_best()
            if self._counters[STALL] >= self._counters[STALL_MAX] and not self.done:
                self._keep(self._run_best())
                self._start_again()
                used += self._shop.head.size
        return used

    def adopt(self, start: Int64Array, mode: Int32Array) -> None:
        """Take in a feasible schedule that was found elsewhere.

        Parameters
        ----------
        start, mode
            ndarrays of shape (n,), int64 and int32, as this search gives them.
        """
        end = start + self._shop.mode_duration[mode] + self._shop.tail
        schedule = self._elite_of(int(end.max()), start.copy(), mode.astype(np.int32))
        if schedule.makespan < self._best.makespan:
            self._best = schedule
        self._keep(schedule)

    def _elite_of(self, makespan: int, start: Int64Array, mode: Int32Array) -> _Elite:
        """Return a schedule with the operation before each one on its machine."""
        machine = self._shop.mode_machine[mode]
        order = np.lexsort((self._place, start, machine)).astype(np.int32)
        previous = np.full(order.size, -1, np.int32)
        follows = machine[order[1:]] == machine[order[:-1]]
        previous[order[1:][follows]] = order[:-1][follows]
        return _Elite(makespan, start, mode, previous)

    def _run_best(self) -> _Elite:
        """Return the best schedule of this run."""
        return self._elite_of(
            int(self._counters[BEST]), self._run_start.copy(), self._run_mode.copy()
        )

    def _listed(self, noise: float) -> _Elite:
        """Return a list schedule."""
        seed = self._seed * 1_000_003 + self._n_runs
        start, mode = dispatch(self._shop, seed, noise, MOST_WORK)
        end = start + self._shop.mode_duration[mode] + self._shop.tail
        return self._elite_of(int(end.max()), start, mode)

    def _thrifty(self, percent: int) -> _Elite:
        """Return a list schedule of modes hardly slower than the fastest ones."""
        noise = 0.0 if self._seed == 0 else NOISE
        shop, kept = without_slow(self._shop, percent)
        start, mode = dispatch(shop, self._seed, noise, MOST_WORK)
        end = start + shop.mode_duration[mode] + shop.tail
        return self._elite_of(int(end.max()), start, kept[mode])

    def _keys(self, schedule: _Elite) -> Int64Array:
        """Return keys that order operations as a schedule does.

        What takes no time goes first of what starts together.
        """
        takes_time = self._shop.mode_duration[schedule.mode] > 0
        return 2 * schedule.start + takes_time

    def _run(self, key: Int64Array, mode: Int32Array) -> None:
        """Begin a run from the schedule that takes operations by key."""
        order = np.lexsort((self._place, key)).astype(np.int32)
        load(self._shop, self._graph, order, mode)
        self._counters[BEST] = FAR
        self._counters[STALL] = 0
        self._counters[BEGUN] = self._counters[ITERATION]
        self._counters[STALL_MAX] = self._counters[PATIENCE]
        self._until[:] = 0
        self._n_runs += 1

    def _keep(self, schedule: _Elite) -> None:
        """Put a schedule among the elite, unless one as good is much like it."""
        self._n_fruitless += 1
        if not self._elite or schedule.makespan < self._elite[0].makespan:
            self._n_fruitless = 0
        for place, other in enumerate(self._elite):
            n_other = np.count_nonzero(other.previous != schedule.previous)
            if n_other * ALIKE_PART <= schedule.previous.size:
                if other.makespan <= schedule.makespan:
                    return
                del self._elite[place]
                break
        self._elite.append(schedule)
        self._elite.sort(key=lambda elite: elite.makespan)
        del self._elite[ELITE_MAX:]

    def _start_again(self) -> None:
        """Begin a run between two of the elite, or between one and a list schedule.

        Between two keys that keep precedence lies another one that does, and what
        both schedules do in the same order stays so.
        """
        if self._n_fruitless >= RENEW_AFTER:
            self._elite, self._n_fruitless = [], 0
            fresh = self._listed(NOISE)
            self._run(self._keys(fresh), fresh.mode)
            return
        n = len(self._elite)
        at = draw(self._state, n)
        first = self._elite[at]
        if n < N_LISTED or draw(self._state, LISTED_EVERY) == 0:
            second = self._listed(NOISE)
        else:
            second = self._elite[(at + 1 + draw(self._state, n - 1)) % n]
        weight = WAY_LEAST + draw(self._state, WAY_MOST - WAY_LEAST + 1)
        key = (WAY - weight) * self._keys(first) + weight * self._keys(second)
        chance = np.array([draw(self._state, WAY) for _ in range(key.size)])
        mode = np.where(chance < weight, second.mode, first.mode)
        self._run(key, mode.astype(np.int32))


def without_slow(shop: Shop, percent: int) -> tuple[Shop, Int32Array]:
    """Return a shop without slow modes, and which mode each one kept was.

    Parameters
    ----------
    shop
        Any.
    percent
        By which a mode that is kept may take longer than the fastest one, >= 0.
    """
    n_modes = np.diff(shop.mode_start)
    least = np.minimum.reduceat(shop.mode_duration, shop.mode_start[:-1])
    fast = 100 * shop.mode_duration <= (100 + percent) * np.repeat(least, n_modes)
    kept = np.flatnonzero(fast).astype(np.int32)
    owner = np.repeat(np.arange(n_modes.size), n_modes)[kept]
    start = np.zeros_like(shop.mode_start)
    np.cumsum(np.bincount(owner, minlength=n_modes.size), out=start[1:])
    thrifty = shop._replace(
        mode_start=start,
        mode_machine=shop.mode_machine[kept],
        mode_duration=shop.mode_duration[kept],
    )
    return thrifty, kept
