import numpy as np
import pytest

from optimizer.production.scheduling._kernels.dispatch import (
    FIRST_COME,
    LONGEST,
    MOST_WORK,
    N_RULES,
    SHORTEST,
    dispatch,
    draw,
    generator,
    work_remaining,
)


def any_shop(shop_of, seed):
    """A shop with assembly, alternative machines, lags, setups, heads and tails."""
    rng = np.random.default_rng(seed)
    n, m = 40, 4
    modes = [
        [(int(k), int(rng.integers(0, 9))) for k in rng.permutation(m)[: 1 + i % 3]]
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
        setup=rng.integers(0, 6, (m, 3, 3)),
        head=rng.integers(0, 20, n),
        tail=rng.integers(0, 20, n),
    )


@pytest.mark.parametrize("rule", range(N_RULES))
@pytest.mark.parametrize("seed", range(5))
def test_dispatch_keeps_every_rule_of_the_shop(shop_of, makespan_of, rule, seed):
    shop = any_shop(shop_of, seed)
    makespan = makespan_of(shop, *dispatch(shop, seed, 0.5, rule))
    assert makespan >= (shop.head + work_remaining(shop)).max()


@pytest.mark.parametrize(
    ("rule", "order"),
    [
        (MOST_WORK, [1, 0, 2]),
        (FIRST_COME, [0, 1, 2]),
        (SHORTEST, [2, 0, 1]),
        (LONGEST, [1, 0, 2]),
    ],
)
def test_dispatch_takes_the_most_urgent_first(shop_of, rule, order):
    shop = shop_of([[(0, 4)], [(0, 5)], [(0, 2)]], [], 1)
    start, _ = dispatch(shop, 0, 0.0, rule)
    assert list(np.argsort(start)) == order


def test_dispatch_sends_work_to_the_machine_that_ends_it_first(shop_of):
    shop = shop_of([[(0, 4), (1, 5)], [(0, 4), (1, 5)]], [], 2)
    start, mode = dispatch(shop, 0, 0.0, MOST_WORK)
    assert list(start) == [0, 0]
    assert list(shop.mode_machine[mode]) == [0, 1]


def test_dispatch_saves_a_setup_that_costs_more_than_urgency(shop_of):
    setup = [[[0, 50], [50, 0]]]
    shop = shop_of([[(0, 9)], [(0, 8)], [(0, 7)]], [], 1, family=[0, 1, 0], setup=setup)
    start, _ = dispatch(shop, 0, 0.0, MOST_WORK)
    assert list(start) == [0, 66, 9]


def test_dispatch_repeats_itself_and_noise_changes_it(job_shop_of, random_jobs):
    shop = job_shop_of(random_jobs(12, 6, 1), 6)
    first, again, other = (
        dispatch(shop, seed, 0.5, MOST_WORK)[0] for seed in (3, 3, 4)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_work_remaining_is_the_longest_path_and_minus_one_in_a_cycle(shop_of):
    modes = [[(0, 2)], [(0, 3), (1, 1)], [(0, 4)]]
    shop = shop_of(modes, [(0, 1, 5), (0, 2, 0)], 2, tail=[0, 7, 1])
    assert list(work_remaining(shop)) == [15, 8, 5]
    cycle = shop_of(modes, [(0, 1, 0), (1, 0, 0)], 2)
    assert list(work_remaining(cycle)) == [-1, -1, 4]


def test_draw_is_even_and_repeats_by_seed():
    state = generator(7)
    drawn = [draw(state, 10) for _ in range(20_000)]
    assert np.bincount(drawn, minlength=10) == pytest.approx([2000] * 10, rel=0.1)
    again = generator(7)
    assert drawn[:50] == [draw(again, 10) for _ in range(50)]
