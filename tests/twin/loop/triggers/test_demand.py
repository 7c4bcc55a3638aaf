"""When demand calls for a decision."""

import numpy as np
import pytest

from streams.events import OrderReceived, StockCounted
from twin.errors import OptionError
from twin.loop.triggers import DemandShift, ForecastDrift

DAY_US = 86_400_000_000


@pytest.fixture
def line(told, two_echelon):
    """A shop that is asked for four a day."""
    return told(two_echelon())


def ordered(quantity=1.0, order="O1"):
    return OrderReceived(
        order=order, customer="M", item="tea", site="shop", quantity=quantity
    )


def seen(line, *per_day, now=0.0):
    line.asked = np.array([[*per_day, now]], np.float64)
    return len(per_day) * DAY_US + 5


def test_one_order_that_hardly_ever_comes_fires_once_a_day(line):
    trigger = DemandShift()
    at_us = seen(line, *[4.0] * 10, now=30.0)
    (found,) = line.ask(trigger, at_us, ordered(30.0))
    assert found.subject == "tea@shop"
    assert found.detail.startswith("tea@shop: 30 were asked for, 4 were expected")
    assert not line.ask(trigger, at_us + 1, ordered(1.0, "O2"))


def test_order_like_any_other_is_no_shift(line):
    assert not line.ask(DemandShift(), seen(line, *[4.0] * 10, now=9.0), ordered())


def test_level_that_rises_fires_and_is_then_the_level(line):
    trigger = DemandShift()
    days = [4.0] * 20 + [8.0] * 6
    (found,) = line.ask(trigger, seen(line, *days), ordered())
    assert found.detail == "tea@shop: customers ask for more than they did"
    days += [8.0] * 10
    assert not line.ask(trigger, seen(line, *days), ordered())
    (found,) = line.ask(trigger, seen(line, *days, *[1.0] * 8), ordered())
    assert found.detail.endswith("less than they did")


def test_only_orders_of_customers_are_looked_at(line):
    at_us = seen(line, *[4.0] * 10, now=30.0)
    count = StockCounted(item="tea", site="shop", quantity=1)
    for trigger in (DemandShift(), ForecastDrift()):
        assert not line.ask(trigger, at_us, count)


def test_drift_fires_when_errors_are_of_one_sign_again_and_again(line):
    trigger = ForecastDrift()
    assert not line.ask(trigger, seen(line, *[4.0, 6.0, 2.0] * 8), ordered())
    rising = [4.0 + 0.5 * day for day in range(24)]
    (found,) = line.ask(trigger, seen(line, *rising), ordered())
    assert found.detail == "tea@shop: forecasts are too low again and again"
    assert not line.ask(trigger, seen(line, *rising, 16.5, 17.0), ordered())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: DemandShift(chance=1.0), "chance must be in"),
        (lambda: ForecastDrift(signal_max=0.0), "signal_max must be in"),
        (lambda: ForecastDrift(n_periods_min=1), "n_periods_min must be >= 2, was 1"),
    ],
)
def test_option_out_of_range_is_refused(make, words):
    with pytest.raises(OptionError, match=words):
        make()
