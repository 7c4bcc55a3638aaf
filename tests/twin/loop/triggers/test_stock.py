"""When stock that will run out calls for a decision."""

import numpy as np
import pytest

from streams.events import (
    OperationCompleted,
    OrderReceived,
    PlanLine,
    PlanReleased,
    PurchaseOrderPlaced,
    StockCounted,
)
from twin.errors import OptionError
from twin.loop.triggers import ShortageProjected
from twin.loop.triggers.stock import lead_of_points
from twin.planning import planning_structure
from twin.planning.release import LINES_MAX

DAY_US = 86_400_000_000


@pytest.fixture
def line(told, two_echelon):
    """A shop that is asked for four a day, and gets goods after two days."""
    return told(two_echelon())


def counted(quantity, site="shop"):
    return StockCounted(item="tea", site=site, quantity=quantity)


def test_stock_that_will_not_last_until_more_can_come_fires(line):
    trigger = ShortageProjected()
    assert not line.ask(trigger, 5, counted(12.0))
    (found,) = line.ask(trigger, 6, counted(1.0))
    assert found.subject == "tea@shop"
    assert found.detail == "tea@shop: 7 will be missing, the first within 1 day"
    assert not line.ask(trigger, 7, counted(0.0)), "it was said"
    assert line.ask(trigger, 7 * DAY_US + 8, counted(0.0))


def test_goods_that_are_on_the_way_count(line):
    placed = PurchaseOrderPlaced(
        order="T1", supplier="hub", item="tea", site="shop", quantity=20.0,
        due_us=line.fold.as_of_us + DAY_US // 2,
    )  # fmt: skip
    line.situation(1, placed)
    assert not line.ask(ShortageProjected(), 5, counted(1.0))


def test_what_the_plan_takes_counts(told, two_echelon):
    def slow(tables):
        tables["lanes"][0]["lead_time_s"] = 4 * 86_400

    line = told(two_echelon(slow))
    as_of_us = line.fold.as_of_us
    line.plan = PlanReleased(
        plan="p", start_us=as_of_us, end_us=as_of_us + 9 * DAY_US,
        lines=(
            PlanLine(
                kind="transport", item="tea", site="shop", source="hub", quantity=30.0,
                release_us=as_of_us + DAY_US, due_us=as_of_us + 3 * DAY_US,
            ),
        ),
    )  # fmt: skip
    trigger = ShortageProjected()
    assert not line.ask(trigger, 5, counted(40.0, "hub"))
    (found,) = line.ask(trigger, 6, counted(10.0, "hub"))
    assert found.subject == "tea@hub"


@pytest.mark.parametrize(("n_lines", "fires"), [(LINES_MAX, False), (1, True)])
def test_nothing_is_projected_beyond_what_all_orders_are_known_for(
    told, two_echelon, n_lines, fires
):
    def slow(tables):
        tables["lanes"][0]["lead_time_s"] = 4 * 86_400

    line = told(two_echelon(slow))
    as_of_us = line.fold.as_of_us
    order = PlanLine(
        kind="transport", item="tea", site="shop", source="hub",
        quantity=15.0 / n_lines,
        release_us=as_of_us + DAY_US, due_us=as_of_us + 3 * DAY_US,
    )  # fmt: skip
    line.plan = PlanReleased(
        plan="p", start_us=as_of_us, end_us=as_of_us + 9 * DAY_US,
        lines=(order,) * n_lines,
    )  # fmt: skip
    found = line.ask(ShortageProjected(), 5, counted(6.0, "hub"), counted(50.0))
    assert bool(found) == fires, "what comes after the last line may be cut off"


def test_only_what_takes_goods_away_is_looked_at(told, works):
    line, trigger = told(works()), ShortageProjected()
    line.asked = np.zeros((1, 1))
    batch = line.fold.batch(
        (1, OrderReceived(order="O", customer="M", item="tea", site="P", quantity=1)),
        (2, OperationCompleted(
            production_order="A", operation="fill", machine="F1", good=5.0)),
        (3, OperationCompleted(
            production_order="A", operation="fill", machine="F1", good=5.0, scrap=2.0)),
    )  # fmt: skip
    assert trigger.looks(batch).tolist() == [False, False, True]


def test_lead_is_that_of_the_quickest_order(two_echelon):
    structure = planning_structure(two_echelon())
    stock, ids = structure.network.stock, structure.network.places.ids
    lead = {
        ids[site]: int(found)
        for site, found in zip(stock.site_index, lead_of_points(structure), strict=True)
    }
    assert lead == {"hub": 0, "shop": 1}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"short_share": 1.0}, r"short_share must be in \[0, 1\), was 1.0"),
        ({"again_s": -1.0}, "again_s must be >= 0, was -1.0"),
    ],
)
def test_option_out_of_range_is_refused(options, words):
    with pytest.raises(OptionError, match=words):
        ShortageProjected(**options)
