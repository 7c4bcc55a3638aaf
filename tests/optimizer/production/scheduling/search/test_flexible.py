import numpy as np
import pytest

from optimizer.production.scheduling._kernels.shop import Shop
from optimizer.production.scheduling.search import flexible
from optimizer.production.scheduling.search.flexible import (
    FlexibleSearch,
    without_slow,
)


def flexible_jobs(shop_of, seed, n_jobs=8, n_machines=4, **more) -> Shop:
    """Jobs of four operations, each on one to three machines."""
    rng = np.random.default_rng(seed)
    modes = [
        [
            (int(k), int(rng.integers(1, 20)))
            for k in rng.permutation(n_machines)[: rng.integers(1, 4)]
        ]
        for _ in range(4 * n_jobs)
    ]
    arcs = [(i, i + 1, 0) for i in range(4 * n_jobs) if i % 4 < 3]
    return shop_of(modes, arcs, n_machines, **more)


def any_shop(shop_of, seed):
    """A shop with assembly and lags, and either setups or operations without time.

    Both at once leave open in which order what starts together was done.
    """
    rng = np.random.default_rng(seed)
    n, m = 40, 4
    least = seed % 2
    modes = [
        [(int(k), int(rng.integers(least, 9))) for k in rng.permutation(m)[: 1 + i % 3]]
        for i in range(n)
    ]
    arcs = [
        (int(rng.integers(0, j)), j, int(rng.integers(0, 3)))
        for j in range(1, n)
        if j % 4
    ]
    return shop_of(
        modes,
        arcs,
        m,
        family=rng.integers(0, 3, n),
        setup=rng.integers(0, 1 + 5 * least, (m, 3, 3)),
        head=rng.integers(0, 20, n),
        tail=rng.integers(0, 20, n),
    )


@pytest.mark.parametrize("seed", range(6))
def test_improve_keeps_every_rule_of_the_shop(shop_of, makespan_of, seed):
    shop = any_shop(shop_of, seed)
    search = FlexibleSearch(shop, seed=seed, bound=0)
    first = search.makespan
    for _ in range(4):
        search.improve(100_000)
        assert makespan_of(shop, search.start, search.mode) == search.makespan
    assert search.makespan < first


def test_improve_with_the_same_work_repeats_itself(shop_of):
    shop = any_shop(shop_of, 7)
    searches = [FlexibleSearch(shop, seed=3, bound=0) for _ in range(2)]
    for search in searches:
        for _ in range(3):
            search.improve(50_000)
    first, second = searches
    assert first.start.tobytes() == second.start.tobytes()
    assert first.mode.tobytes() == second.mode.tobytes()


def test_improve_balances_equal_machines(shop_of):
    durations = [7, 7, 6, 6, 5, 5, 4, 4, 4]
    modes = [[(k, d) for k in range(3)] for d in durations]
    search = FlexibleSearch(shop_of(modes, [], 3), seed=0, bound=16)
    search.improve(1_000_000)
    assert search.makespan == 16
    assert search.done


def test_improve_orders_setups(shop_of, makespan_of):
    far = np.array([[[0, 1, 9, 9], [9, 0, 1, 9], [9, 9, 0, 1], [1, 9, 9, 0]]])
    shop = shop_of([[(0, 5)] for _ in range(4)], [], 1, family=[2, 0, 3, 1], setup=far)
    search = FlexibleSearch(shop, seed=0, bound=0)
    search.improve(200_000)
    # A tour of three setups of 1; the machine's first setup takes nothing.
    assert search.makespan == makespan_of(shop, search.start, search.mode) == 23


def test_improve_does_about_the_work_it_is_given(shop_of):
    search = FlexibleSearch(flexible_jobs(shop_of, 0), seed=0, bound=0)
    used = search.improve(100_000)
    assert 100_000 <= used < 110_000


def test_adopt_takes_over_the_better_schedule(shop_of):
    shop = flexible_jobs(shop_of, 1)
    good, poor = (FlexibleSearch(shop, seed=seed, bound=0) for seed in range(2))
    good.improve(2_000_000)
    assert good.makespan < poor.makespan
    poor.adopt(good.start, good.mode)
    assert poor.makespan == good.makespan
    np.testing.assert_array_equal(poor.start, good.start)


def test_search_of_one_operation_is_done(shop_of):
    shop = shop_of([[(0, 3)]], [], 1)
    search = FlexibleSearch(shop, seed=0, bound=0)
    search.improve(1000)
    assert search.makespan == 3
    assert FlexibleSearch.fits(shop)


def test_improve_keeps_its_best_when_the_elite_go(shop_of, makespan_of, monkeypatch):
    monkeypatch.setattr(flexible, "RENEW_AFTER", 2)
    shop = flexible_jobs(shop_of, 2)
    search = FlexibleSearch(shop, seed=0, bound=0)
    makespans = [search.makespan]
    for _ in range(10):
        search.improve(300_000)
        makespans.append(makespan_of(shop, search.start, search.mode))
    assert makespans == sorted(makespans, reverse=True)
    assert makespans[-1] == search.makespan < makespans[0]


def test_large_shops_begin_without_slow_modes(shop_of, makespan_of, monkeypatch):
    shop = flexible_jobs(shop_of, 2, n_jobs=60, n_machines=6)
    plain = FlexibleSearch(shop, seed=0, bound=0).makespan
    monkeypatch.setattr(flexible, "LARGE", 200)
    search = FlexibleSearch(shop, seed=0, bound=0)
    assert search.makespan < plain
    assert makespan_of(shop, search.start, search.mode) == search.makespan


def test_without_slow_keeps_the_fastest_mode_of_each_operation(shop_of):
    shop = shop_of([[(0, 10), (1, 11), (2, 12)], [(1, 7)], [(2, 9), (0, 5)]], [], 3)
    thrifty, kept = without_slow(shop, 10)
    assert kept.tolist() == [0, 1, 3, 5]
    assert thrifty.mode_start.tolist() == [0, 2, 3, 4]
    assert thrifty.mode_duration.tolist() == [10, 11, 7, 5]
