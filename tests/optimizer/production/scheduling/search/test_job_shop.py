import numpy as np
import pytest

from optimizer.production.scheduling.search.job_shop import (
    JobShopSearch,
    between,
    bound_of,
    order_of,
)

# Fisher and Thompson's 6 x 6 of 1963, whose least makespan is 55.
FT06 = [
    [(2, 1), (0, 3), (1, 6), (3, 7), (5, 3), (4, 6)],
    [(1, 8), (2, 5), (4, 10), (5, 10), (0, 10), (3, 4)],
    [(2, 5), (3, 4), (5, 8), (0, 9), (1, 1), (4, 7)],
    [(1, 5), (0, 5), (2, 5), (3, 3), (4, 8), (5, 9)],
    [(2, 9), (1, 3), (4, 5), (5, 4), (0, 3), (3, 1)],
    [(1, 3), (3, 3), (5, 9), (0, 10), (4, 4), (2, 1)],
]


def test_search_finds_the_optimum_of_ft06(job_shop_of, makespan_of):
    shop = job_shop_of(FT06, 6)
    search = JobShopSearch(shop, seed=0, bound=55)
    search.improve(3_000_000)
    assert search.makespan == makespan_of(shop, search.start, search.mode) == 55
    assert search.done
    assert search.improve(1000) == 0


@pytest.mark.parametrize("seed", range(4))
def test_search_keeps_every_rule_and_beats_its_start(shop_of, makespan_of, seed):
    rng = np.random.default_rng(seed)
    n_jobs, steps, m = 8, 6, 4
    # Jobs come back to machines, and some operations take no time.
    modes = [
        [(int(rng.integers(m)), int(rng.integers(0, 30)))]
        for _ in range(n_jobs * steps)
    ]
    arcs = [(i, i + 1, 0) for i in range(n_jobs * steps - 1) if (i + 1) % steps]
    shop = shop_of(
        modes,
        arcs,
        m,
        family=rng.integers(0, 3, len(modes)),
        setup=rng.integers(0, 20, (m, 3, 3)) if seed % 2 else None,
        head=rng.integers(0, 40, len(modes)),
        tail=rng.integers(0, 40, len(modes)),
    )
    search = JobShopSearch(shop, seed=seed, bound=0)
    first = search.makespan
    search.improve(1_000_000)
    assert bound_of(shop) <= search.makespan <= first
    assert makespan_of(shop, search.start, search.mode) == search.makespan


def test_search_repeats_itself_by_seed_and_work(job_shop_of, random_jobs):
    shop = job_shop_of(random_jobs(10, 5, 1), 5)
    runs = []
    for seed in (1, 1, 2):
        search = JobShopSearch(shop, seed=seed, bound=0)
        for work in (300_000, 700_000, 400_000):
            search.improve(work)
        runs.append((search.makespan, search.start.tobytes(), search.improve(5000)))
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_search_by_windows_improves_a_large_shop(job_shop_of, random_jobs):
    shop = job_shop_of(random_jobs(60, 50, 2), 50)
    search = JobShopSearch(shop, seed=1, bound=0)
    first = search.makespan
    for _ in range(10):
        search.improve(200_000)
    start = search.start
    assert search.makespan == (start + shop.mode_duration).max() < 0.97 * first
    room = np.lexsort((start, shop.mode_machine))
    end = start + shop.mode_duration
    same = np.diff(shop.mode_machine[room]) == 0
    assert (start[room][1:] >= end[room][:-1])[same].all()


def test_adopt_takes_a_better_schedule(job_shop_of, random_jobs, makespan_of):
    shop = job_shop_of(random_jobs(12, 6, 5), 6)
    good = JobShopSearch(shop, seed=1, bound=0)
    good.improve(1_000_000)
    fresh = JobShopSearch(shop, seed=2, bound=0)
    assert fresh.makespan > good.makespan
    fresh.adopt(good.start, good.mode)
    assert fresh.makespan == good.makespan
    assert makespan_of(shop, fresh.start, fresh.mode) == good.makespan
    fresh.improve(100_000)
    assert fresh.makespan <= good.makespan


def test_search_refuses_shops_of_other_classes(shop_of):
    one = [[(0, 1)], [(0, 2)], [(0, 3)]]
    assert JobShopSearch.fits(shop_of(one, [(0, 1, 0), (1, 2, 0)], 1))
    assert not JobShopSearch.fits(shop_of(one, [(0, 1, 4)], 1))
    assert not JobShopSearch.fits(shop_of(one, [(0, 2, 0), (1, 2, 0)], 1))
    assert not JobShopSearch.fits(shop_of(one, [(0, 1, 0), (0, 2, 0)], 1))
    with pytest.raises(ValueError, match="one mode"):
        JobShopSearch(shop_of([[(0, 1), (1, 1)]], [], 2), seed=0, bound=0)


def test_order_sorts_operations_of_no_time_by_place_in_the_job(job_shop_of):
    shop = job_shop_of([[(0, 0), (1, 0), (0, 2)], [(1, 0), (0, 0)]], 2)
    order = order_of(shop, np.zeros(5, np.int64))
    place = np.argsort(order)
    assert place[0] < place[1] < place[2]
    assert place[3] < place[4]
    assert place[4] < place[2]


def test_bound_is_the_longest_job_or_the_fullest_machine(job_shop_of):
    jobs = [[(0, 3), (1, 4)], [(0, 5), (1, 1)]]
    assert bound_of(job_shop_of(jobs, 2)) == 9
    assert bound_of(job_shop_of(jobs, 2, head=[4, 0, 0, 0])) == 11


def pairs(order):
    place = np.argsort(order)
    return place[:, None] < place[None, :]


@pytest.mark.parametrize("seed", range(5))
def test_between_keeps_what_both_orders_agree_on(seed):
    rng = np.random.default_rng(seed)
    one, other = (rng.permutation(30).astype(np.int32) for _ in range(2))
    mean = between(one, other, 0.4)
    both = pairs(one) & pairs(other)
    assert (pairs(mean) >= both).all()
    turned = [(pairs(mean) & ~pairs(x)).sum() for x in (one, other)]
    assert 0 < turned[0] < turned[1]


def test_between_ends_at_either_order():
    one, other = np.array([2, 0, 1], np.int32), np.array([1, 0, 2], np.int32)
    assert list(between(one, other, 0.0)) == list(one)
    assert list(between(one, other, 1.0)) == list(other)
