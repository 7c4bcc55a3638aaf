import numpy as np
import pytest

from streams.names import Names
from twin.simulate import layout as laid
from twin.simulate import tables as t
from twin.simulate._kernels.elementary import log
from twin.simulate._kernels.lanes import draw_logs, in_streak, use_seed
from twin.simulate._kernels.random import u01
from twin.simulate.compiled.plant import CompiledPlant
from twin.simulate.random import DURATION

HOUR_US = 3_600_000_000


@pytest.fixture
def tables():
    always = set(t.Capacity._fields) - set(t.Capacity._field_defaults)
    return t.empty(t.Capacity(**dict.fromkeys(always, 1)))


@pytest.mark.parametrize("count", [1, 4, 7, 8, 40])
@pytest.mark.parametrize(("by_entity", "by_number"), [(1, 0), (0, 1)])
def test_logarithms_are_those_of_each_draw(count, by_entity, by_number):
    logs = np.zeros(count + 3)
    n = (1 << 33) + 5
    draw_logs(logs, 2, -9, DURATION, 3, n, by_entity, by_number, count)
    assert logs[[0, 1, -1]].tolist() == [0.0] * 3
    assert logs[2:-1].tolist() == [
        log(u01(-9, DURATION, 3 + k * by_entity, n + k * by_number))
        for k in range(count)
    ]


def test_streak_begins_with_the_second_in_a_row(tables):
    clock = tables.clock
    found = [in_streak(tables, 7, 4, n) for n in range(1, 2 + 2 * t.LANES)]
    assert found == [False] + [True] * (2 * t.LANES)
    assert clock[t.STREAK_UNTIL] == 2 + 2 * t.LANES
    for n in range(clock[t.STREAK_FIRST], clock[t.STREAK_UNTIL]):
        lane = n - clock[t.STREAK_FIRST]
        assert tables.logs[lane] == log(u01(7, DURATION, 4, n))
    assert not in_streak(tables, 7, 5, 10)
    assert not in_streak(tables, 7, 4, 11)


def test_another_seed_draws_anew(tables):
    use_seed(tables, 3)
    assert not in_streak(tables, 3, 4, 1)
    assert in_streak(tables, 3, 4, 2)
    tables.orders["ahead_n"] = tables.releases["gap_until"] = 9
    use_seed(tables, 3)
    assert tables.orders["ahead_n"].all()
    use_seed(tables, 5)
    assert not in_streak(tables, 5, 4, 3)
    assert not tables.orders["ahead_n"].any()
    assert not tables.releases["gap_until"].any()


def test_what_is_drawn_ahead_tells_nothing(busy):
    """Forgotten at any time, it is drawn again, the same."""
    plant, other = (CompiledPlant(busy(), Names(), seed=2) for _ in range(2))
    until_us = plant.now_us + 4 * HOUR_US
    wanted = plant.advance(until_us)
    parts = []
    while other.now_us < until_us:
        t.forget_ahead(other.tables)
        parts.append(other.advance(other.now_us + HOUR_US // 8))
    for name in ("time_us", "type_code", "value0"):
        found = np.concatenate([getattr(part, name) for part in parts])
        np.testing.assert_array_equal(found, getattr(wanted, name))


def test_rows_of_routings_that_follow_each_other_are_drawn_together(busy):
    recipes = CompiledPlant(busy(), Names(), seed=2).reach(0).recipes
    n_steps = recipes["last_step"] - recipes["first_step"]
    assert (recipes["ahead"][n_steps == 1] == laid.DRAWS_ORDERS).all()
    assert (recipes["ahead"][n_steps > 1] != laid.DRAWS_ORDERS).all()
