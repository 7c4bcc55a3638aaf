from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from optimizer.production.scheduling._kernels.shop import Shop

Job = list[tuple[int, int]]


def arcs_of(
    n: int, pairs: list[tuple[int, int, int]], at: int
) -> tuple[np.ndarray, ...]:
    """Arcs grouped by the operation at place `at` of (before, after, lag)."""
    pairs = sorted(pairs, key=lambda pair: pair[at])
    start = np.zeros(n + 1, np.int32)
    for pair in pairs:
        start[pair[at] + 1 :] += 1
    other = np.array([pair[1 - at] for pair in pairs], np.int32)
    return start, other, np.array([pair[2] for pair in pairs], np.int64)


@pytest.fixture
def shop_of() -> Callable[..., Shop]:
    """Build a shop from modes (machine, duration) and arcs (before, after, lag)."""

    def build(
        modes, arcs, n_machines, *, family=None, setup=None, head=None, tail=None
    ):
        n = len(modes)
        zeros = np.zeros(n, np.int64)
        count = np.cumsum([0] + [len(m) for m in modes])
        if setup is None:
            setup, matrix = np.zeros((0, 1, 1), np.int64), np.full(n_machines, -1)
        else:
            matrix = np.arange(n_machines)
        return Shop(
            zeros.copy() if head is None else np.array(head, np.int64),
            zeros.copy() if tail is None else np.array(tail, np.int64),
            *arcs_of(n, arcs, 1),
            *arcs_of(n, arcs, 0),
            count.astype(np.int32),
            np.array([k for mode in modes for k, _ in mode], np.int32),
            np.array([d for mode in modes for _, d in mode], np.int64),
            np.zeros(n, np.int32) if family is None else np.array(family, np.int32),
            np.array(setup, np.int64),
            np.array(setup, np.int64).min(axis=1),
            matrix.astype(np.int32),
        )

    return build


@pytest.fixture
def job_shop_of(shop_of) -> Callable[..., Shop]:
    """Build a shop of jobs, each a list of (machine, duration); families are jobs."""

    def build(jobs: list[Job], n_machines: int, **more) -> Shop:
        modes = [[operation] for job in jobs for operation in job]
        last = set(np.cumsum([len(job) for job in jobs]) - 1)
        arcs = [(i, i + 1, 0) for i in range(len(modes)) if i not in last]
        family = [x for x, job in enumerate(jobs) for _ in job]
        return shop_of(modes, arcs, n_machines, family=family, **more)

    return build


@pytest.fixture
def random_jobs() -> Callable[..., list[Job]]:
    """Draw jobs that visit each machine once, durations 1..99."""

    def draw_jobs(n_jobs: int, n_machines: int, seed: int) -> list[Job]:
        rng = np.random.default_rng(seed)
        return [
            [(int(k), int(rng.integers(1, 100))) for k in rng.permutation(n_machines)]
            for _ in range(n_jobs)
        ]

    return draw_jobs


@pytest.fixture
def makespan_of() -> Callable[..., int]:
    """Check a schedule against every rule of its shop and return its makespan."""

    def measure(shop: Shop, start, mode) -> int:
        n = shop.head.size
        assert ((mode >= shop.mode_start[:-1]) & (mode < shop.mode_start[1:])).all()
        assert (start >= shop.head).all()
        machine, end = shop.mode_machine[mode], start + shop.mode_duration[mode]
        for i in range(n):
            for a in range(shop.before_start[i], shop.before_start[i + 1]):
                assert start[i] >= end[shop.before[a]] + shop.before_lag[a]
        for k, x in enumerate(shop.matrix):
            order = [i for i in np.lexsort((end, start)) if machine[i] == k]
            if x >= 0 and order:
                assert start[order[0]] >= shop.first_setup[x, shop.family[order[0]]]
            for i, j in pairwise(order):
                setup = shop.setup[x, shop.family[i], shop.family[j]] if x >= 0 else 0
                assert start[j] >= end[i] + setup
        return int((end + shop.tail).max())

    return measure
