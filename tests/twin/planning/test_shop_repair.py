"""Schedules in force, and their repair."""

from dataclasses import replace

import pytest

from optimizer.production.scheduling import check_schedule
from streams.events import ProductionOrderReleased
from twin.errors import OptionError
from twin.planning.shop_repair import (
    repair_breakdown,
    schedule_lines,
    schedule_shop,
    violations,
)

HOUR_US = 3_600_000_000


@pytest.fixture
def released(works, folding):
    """Two production orders for a works of two machines, just released."""
    network = works()
    fold = folding(network)
    orders = [
        ProductionOrderReleased(
            production_order=f"A{k}", item="tea", site="P", quantity=6.0
        )
        for k in (1, 2)
    ]
    _, state = fold.fold(*((k, one) for k, one in enumerate(orders)))
    return schedule_shop(
        network, state, now_us=fold.as_of_us + 2, monotonic_s=lambda: 0.0, work=2_000
    )


def test_all_operations_of_open_orders_are_scheduled(released):
    assert not violations(released)
    late = replace(released.schedule, start=released.schedule.start * 0)
    assert violations(replace(released, schedule=late))
    lines = schedule_lines(released, after_us=released.shop.at_us - 1)
    assert len(lines) == 4
    assert {line.machine for line in lines} == {"F1", "K1"}
    assert [line.release_us for line in lines] == sorted(
        line.release_us for line in lines
    )
    assert len(schedule_lines(released, after_us=lines[0].release_us)) < 4


def test_repair_keeps_every_rule_and_off_the_machine_that_is_down(released):
    begin_us = released.shop.at_us
    now_us, until_us = begin_us + HOUR_US // 4, begin_us + 5 * HOUR_US
    found, repair = repair_breakdown(
        released, "F1", now_us=now_us, until_us=until_us, monotonic_s=lambda: 0.0
    )
    assert not check_schedule(found.shop.problem, found.schedule)
    assert repair.displaced.any()
    begun = schedule_lines(released, after_us=begin_us - 1)[0]
    for line in schedule_lines(found, after_us=now_us):
        assert line.machine != "F1" or line.release_us >= until_us
        assert line.item != begun.item
    again, _ = repair_breakdown(
        released, "F1", now_us=now_us, until_us=until_us, monotonic_s=lambda: 9.0
    )
    assert again.schedule.start.tolist() == found.schedule.start.tolist()


def test_nothing_open_is_no_schedule(works, folding):
    network = works()
    fold = folding(network)
    state = fold.state.settled()
    assert (
        schedule_shop(network, state, now_us=fold.as_of_us, monotonic_s=lambda: 0.0)
        is None
    )


def test_machine_that_is_not_there_is_refused(released):
    with pytest.raises(OptionError, match=r"machine 'X'.*must be one of F1, K1"):
        repair_breakdown(
            released, "X", now_us=released.shop.at_us, until_us=released.shop.at_us + 9,
            monotonic_s=lambda: 0.0,
        )  # fmt: skip
