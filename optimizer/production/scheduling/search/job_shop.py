"""Search for job shops: tabu search, and new starts between the best schedules found.

References
----------
Peng, Lu, Cheng (2015), A tabu search/path relinking algorithm to solve the job shop
scheduling problem, Computers & Operations Research 53, 154-164: the alternation of the
two. The paths here are weighted means of topological orders, which need no repair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.production.scheduling._kernels.dispatch import (
    FIRST_COME,
    MOST_WORK,
    SHORTEST,
    dispatch,
    draw,
    generator,
    work_remaining,
)
from optimizer.production.scheduling._kernels.job_shop_graph import (
    DURATION,
    FAMILY,
    HEAD,
    JOB_AFTER,
    JOB_BEFORE,
    MATRIX,
    N_COLUMNS,
    TAIL,
    Graph,
    load,
    starts,
    turned,
)
from optimizer.production.scheduling._kernels.job_shop_tabu import (
    BEST,
    BOUND,
    CURRENT,
    SINCE,
    SPREAD,
    STEP,
    STUCK,
    TENURE,
    new_memory,
    tabu,
)
from optimizer.production.scheduling.search.windows import (
    empty_graph,
    number_arcs,
    window_of,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.production.scheduling._kernels.shop import Shop

    Int32Array = npt.NDArray[np.int32]
    Int64Array = npt.NDArray[np.int64]

__all__ = ["JobShopSearch"]

# Schedules kept to start from. Twice as many bring better ones, but later.
N_ELITE = 8
# Of them, those found from list schedules before the first pair is mixed.
N_FIRST = 4
# Steps without a better schedule before a new start.
PATIENCE = 12_000
# Schedules tried between two; the best is searched on from.
N_BETWEEN = 5
# Operations of a window, and of a shop that is searched by windows first: steps of a
# search of all of it would cost too much.
WINDOW, LARGE = 1000, 3000
# Operations from which on a core makes one list schedule, for it takes a second.
HUGE = 200_000
# Steps without a better window before the next one, for each operation in it.
WINDOW_PATIENCE = 0.75
# After a sweep over all windows that shortens the schedule by less than this share they
# become twice as large.
SWEEP_GAIN = 0.0005
# How far between two schedules a mixed one is, at least, and by how much more at most.
SHARE_MIN, SHARE_RANGE = 0.3, 0.4
# Neighbours on machines that two kept schedules differ in, as a share of operations.
APART = 0.01


class Elite(NamedTuple):
    """One of the best schedules found."""

    makespan: int
    order: Int32Array


class JobShopSearch:
    """An anytime search for the schedule of least makespan in a job shop.

    Each operation has one mode, and each job is a chain that may come back to a
    machine. Heads, tails and setups are allowed; lags are not.

    Parameters
    ----------
    shop
        A shop that `fits`.
    seed
        Of the generator, >= 0. The same seed and calls give the same schedules.
    bound
        Makespan to stop at, >= 0.

    Attributes
    ----------
    makespan : int
        Of the best schedule so far.

    Raises
    ------
    ValueError
        If the shop does not fit.
    """

    def __init__(self, shop: Shop, *, seed: int, bound: int) -> None:
        if not self.fits(shop):
            message = "shop must have one mode an operation, chains as jobs and no lags"
            raise ValueError(message)
        self._shop = shop
        self._graph, n_arcs = graph_of(shop)
        self._state = generator(seed)
        self._memory = new_memory(shop.head.size, n_arcs, self._state)
        self._elite: list[Elite] = []
        self._round = 0
        self._seed = seed
        counters = self._memory.counters
        counters[BOUND] = max(bound, bound_of(shop))
        n_jobs = int((np.diff(shop.before_start) == 0).sum())
        counters[TENURE] = 6 + n_jobs // max(2 * shop.matrix.size, 1)
        counters[SPREAD] = counters[TENURE]
        order, self.makespan = self._list_schedule()
        self._best = order
        # Where the next window begins; -1 once windows are done with.
        self._window = 0 if order.size >= LARGE and not self._graph.setup.size else -1
        self._window_smallest = max(WINDOW, order.size // 20)
        self._window_size = self._window_smallest
        self._swept = self._cycled = self.makespan
        self._begin(order)

    @staticmethod
    def fits(shop: Shop) -> bool:
        """Return whether a shop is of the class that this search knows."""
        one_mode = shop.mode_machine.size == shop.head.size
        chains = (np.diff(shop.before_start) <= 1).all() and (
            np.diff(shop.after_start) <= 1
        ).all()
        return bool(one_mode and chains and not shop.before_lag.any())

    @property
    def done(self) -> bool:
        """Whether the bound is reached."""
        return self.makespan <= self.bound

    @property
    def bound(self) -> int:
        """A makespan that no schedule beats, or the one given if that is greater."""
        return int(self._memory.counters[BOUND])

    @property
    def start(self) -> Int64Array:
        """Starts of the best schedule, ndarray of shape (n,), int64."""
        start = np.zeros(self._best.size + 1, np.int64)
        starts(self._graph, self._best, start)
        return start[:-1]

    @property
    def mode(self) -> Int32Array:
        """Modes of the best schedule, ndarray of shape (n,), int32."""
        return np.arange(self._best.size, dtype=np.int32)

    def improve(self, work: int) -> int:
        """Search on.

        Parameters
        ----------
        work
            Operations to look at, about, >= 1.

        Returns
        -------
        int
            Operations looked at; 0 if the bound was reached before.
        """
        spent = 0
        counters = self._memory.counters
        while spent < work and not self.done:
            if self._window >= 0:
                spent += self._search_window(work - spent)
                continue
            spent += tabu(self._graph, self._memory, work - spent, PATIENCE)
            if counters[BEST] < self.makespan:
                self.makespan = int(counters[BEST])
                self._best = self._memory.best.copy()
            if counters[STUCK] or counters[SINCE] >= PATIENCE:
                spent += self._next_round()
        return spent

    def adopt(self, start: Int64Array, mode: Int32Array) -> None:
        """Take in a schedule that somebody else found, to start from and mix with.

        Parameters
        ----------
        start
            ndarray of shape (n,), int64: starts of a schedule that keeps all rules.
        mode
            ndarray of shape (n,), int32; there is but one choice.
        """
        assert mode.size == start.size == self._best.size
        order = order_of(self._shop, start)
        room = np.zeros(order.size + 1, np.int64)
        makespan = int(starts(self._graph, order, room))
        self._keep(Elite(makespan, order))
        if makespan < self.makespan:
            self.makespan, self._best = makespan, order

    def _list_schedule(self) -> tuple[Int32Array, int]:
        """Return the order and makespan of the best of some list schedules."""
        shop, room = self._shop, np.zeros(self._shop.head.size + 1, np.int64)
        best, least = np.zeros(0, np.int32), -1
        noise = 0.3 if self._round else 0.0
        rules: tuple[int, ...] = (MOST_WORK, FIRST_COME, SHORTEST)
        if shop.head.size >= HUGE:
            rules = rules[self._seed % 2 :][:1]
        for rule in rules:
            seed = draw(self._state, 1 << 30)
            order = order_of(shop, dispatch(shop, seed, noise, rule)[0])
            makespan = int(starts(self._graph, order, room))
            if least < 0 or makespan < least:
                best, least = order, makespan
        return best, least

    def _begin(self, order: Int32Array) -> None:
        """Start a round from a schedule, with nothing tabu."""
        counters = self._memory.counters
        makespan = load(self._graph, order)
        counters[STEP] += 2 * (counters[TENURE] + counters[SPREAD])
        counters[[CURRENT, BEST]] = makespan
        counters[[SINCE, STUCK]] = 0
        self._memory.best[:] = order
        self._round += 1

    def _next_round(self) -> int:
        """Keep what a round found, start the next, and return the work."""
        memory = self._memory
        self._keep(Elite(int(memory.counters[BEST]), memory.best.copy()))
        n = memory.best.size
        if self._round < N_FIRST or len(self._elite) == 1:
            self._begin(self._list_schedule()[0])
            return 10 * n
        self._begin(self._mixed())
        return (N_BETWEEN + 5) * n

    def _search_window(self, work: int) -> int:
        """Search a window of the best schedule, and return the work of it."""
        n, graph = self._best.size, self._graph
        size = self._window_size
        if self._window == 0:
            load(graph, order_of(self._shop, self.start))
            self._window = 1 + draw(self._state, size // 2)
        part, n_arcs = window_of(graph, self._window - 1, size)
        memory = new_memory(part.order.size, n_arcs, self._state)
        own, counters = memory.counters, self._memory.counters
        own[[BOUND, TENURE, SPREAD]] = counters[[BOUND, TENURE, SPREAD]]
        memory.best[:] = np.arange(part.order.size)
        own[[CURRENT, BEST]] = load(part, memory.best)
        spent = int(tabu(part, memory, work, int(WINDOW_PATIENCE * size)))
        first = self._window - 1
        order = graph.order.copy()
        order[first : first + memory.best.size] = order[first + memory.best]
        makespan = load(graph, order)
        if makespan <= self.makespan:
            self.makespan, self._best = int(makespan), order
        self._window += size // 2
        if self._window - 1 + size // 2 >= n:
            self._end_sweep()
        return spent + 5 * n

    def _end_sweep(self) -> None:
        """Begin the next sweep, with larger windows if the last one gained little."""
        self._window = 0
        if self._swept - self.makespan < SWEEP_GAIN * self._swept:
            self._window_size *= 2
        if self._window_size > self._best.size // 2:
            self._window_size = self._window_smallest
            if self.makespan == self._cycled:
                self._window = -1
                self._begin(self._best)
            self._cycled = self.makespan
        self._swept = self.makespan

    def _mixed(self) -> Int32Array:
        """Return the best of some schedules between two that are kept."""
        state, elite = self._state, self._elite
        a = draw(state, len(elite))
        b = (a + 1 + draw(state, len(elite) - 1)) % len(elite)
        best: Int32Array = elite[a].order
        least = -1
        room = np.zeros(best.size + 1, np.int64)
        for _ in range(N_BETWEEN):
            share = SHARE_MIN + SHARE_RANGE * draw(state, 1 << 20) / (1 << 20)
            order = between(elite[a].order, elite[b].order, share)
            makespan = int(starts(self._graph, order, room))
            if least < 0 or makespan < least:
                best, least = order, makespan
        return best

    def _keep(self, found: Elite) -> None:
        """Keep a schedule if it is better than one kept, and unlike the others."""
        apart = APART * found.order.size
        near = [
            e for e in self._elite if turned(self._graph, e.order, found.order) <= apart
        ]
        if any(e.makespan <= found.makespan for e in near):
            return
        gone = {id(e) for e in near}
        self._elite = [e for e in self._elite if id(e) not in gone]
        self._elite.append(found)
        self._elite.sort(key=lambda e: e.makespan)
        del self._elite[N_ELITE:]


def between(one: Int32Array, other: Int32Array, share: float) -> Int32Array:
    """Return the order a share of the way from one topological order to the other.

    Operations are sorted by the weighted mean of their places. What comes first in
    both orders comes first in every mean: no cycle can arise, whatever the share.
    """
    place = np.arange(one.size)
    mean = np.empty(one.size)
    mean[one] = (1.0 - share) * place
    mean[other] += share * place
    return np.argsort(mean, kind="stable").astype(np.int32)


def order_of(shop: Shop, start: Int64Array) -> Int32Array:
    """Return the operations by start, then end, then place in the job: topological."""
    depth = np.zeros(start.size, np.int64)
    if not shop.mode_duration.all():
        depth = -work_of_steps(shop)
    return np.lexsort((depth, start + shop.mode_duration, start)).astype(np.int32)


def work_of_steps(shop: Shop) -> Int64Array:
    """Return the number of operations from each one to the end of its job."""
    ones = np.ones_like(shop.mode_duration)
    return work_remaining(shop._replace(mode_duration=ones, tail=np.zeros_like(ones)))


def bound_of(shop: Shop) -> int:
    """Return the longest job or the longest work of a machine, whichever is longer."""
    work = work_remaining(shop)
    bound = int((shop.head + work).max(initial=0))
    machine, duration = shop.mode_machine, shop.mode_duration
    load = np.bincount(machine, duration, shop.matrix.size).astype(np.int64)
    head = np.full(load.size, np.iinfo(np.int64).max)
    rest = head.copy()
    np.minimum.at(head, machine, shop.head + 0)
    np.minimum.at(rest, machine, work - duration)
    used = load > 0
    return max(bound, int((head + load + rest)[used].max(initial=0)))


def neighbours(n: int, start: Int32Array, other: Int32Array) -> Int32Array:
    """Return the one neighbour of each operation, n for none, shape (n,)."""
    neighbour = np.full(n, n, np.int32)
    has = np.flatnonzero(np.diff(start))
    neighbour[has] = other[start[has]]
    return neighbour


def setups_of(shop: Shop) -> Int64Array:
    """Return setups with a row of first setups and a matrix of zeros at the end."""
    n_matrices, n_families = shop.first_setup.shape
    if shop.matrix.max(initial=-1) < 0 or not (
        shop.setup.any() or shop.first_setup.any()
    ):
        return np.zeros((0, 1, 1), np.int64)
    setup = np.zeros((n_matrices + 1, n_families + 1, n_families + 1), np.int64)
    setup[:-1, :-1, :-1] = shop.setup
    setup[:-1, -1, :-1] = shop.first_setup
    return setup


def graph_of(shop: Shop) -> tuple[Graph, int]:
    """Return the graph, without sequences, and the number of arcs on machines."""
    n, machine = shop.head.size, shop.mode_machine
    setup = setups_of(shop)
    matrix = np.where(shop.matrix < 0, setup.shape[0] - 1, shop.matrix)
    nodes = np.zeros((n + 1, N_COLUMNS), np.int64)
    nodes[n, [FAMILY, MATRIX]] = setup.shape[1] - 1, setup.shape[0] - 1
    nodes[:n, JOB_BEFORE] = neighbours(n, shop.before_start, shop.before)
    nodes[:n, JOB_AFTER] = neighbours(n, shop.after_start, shop.after)
    nodes[:n, DURATION] = shop.mode_duration
    nodes[:n, HEAD], nodes[:n, TAIL] = shop.head, shop.tail
    nodes[:n, FAMILY], nodes[:n, MATRIX] = shop.family, matrix[machine]
    n_arcs = number_arcs(nodes, machine)
    return empty_graph(nodes, setup, machine), n_arcs
