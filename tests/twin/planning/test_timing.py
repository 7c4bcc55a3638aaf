"""Times of receipt and the planning periods they count from."""

import numpy as np
import pytest

from twin.planning.timing import latest_us, lead_periods

DAY_US = 86_400_000_000


@pytest.mark.parametrize(
    ("lead_us", "periods"),
    [
        (-3 * DAY_US, 0),
        (0, 0),
        (1, 0),
        (DAY_US, 0),
        (DAY_US + 1, 1),
        (2 * DAY_US, 1),
        (7 * DAY_US, 6),
    ],
)
@pytest.mark.parametrize("period_us", [DAY_US, 3 * DAY_US])
def test_lead_is_the_periods_before_the_one_of_arrival(lead_us, periods, period_us):
    lead = np.array([float(lead_us)])
    assert lead_periods(lead, DAY_US, period_us=period_us).tolist() == [periods]


@pytest.mark.parametrize("review_days", [1, 2, 3, 7])
@pytest.mark.parametrize("hours", [1, 24, 25, 48, 71, 72, 73, 120, 168, 192, 193])
def test_goods_count_once_they_are_there_before_the_first_demand(hours, review_days):
    wait_us, review_us = hours * 3_600_000_000, review_days * DAY_US
    found = lead_periods(np.array([float(wait_us)]), review_us, period_us=DAY_US)
    first_demands_us = np.arange(20) * review_us + DAY_US
    assert found.tolist() == [int(np.argmax(first_demands_us >= wait_us))]


@pytest.mark.parametrize(("review_us", "period_us"), [(7, 1), (7, 7), (3, 7)])
def test_latest_arrival_is_the_last_that_counts(review_us, period_us):
    periods = np.arange(5)
    latest = latest_us(periods, review_us, period_us=period_us)
    for late, expected in ((0, periods), (1, periods + 1)):
        wait = latest.astype(float) + late
        found = lead_periods(wait, review_us, period_us=period_us)
        assert found.tolist() == expected.tolist()
