"""Forecasts as events, one a demand."""

import numpy as np
import pytest

from twin.demand.forecasters import MeanForecaster
from twin.demand.issue import LEVELS, forecasts_issued


@pytest.fixture
def issued(two_echelon):
    def two_markets(tables):
        tables["customers"].append({"customer": "N"})
        tables["demands"].append(dict(tables["demands"][0], customer="N"))

    network = two_echelon(two_markets, settings={"review_s": 2 * 86_400})
    forecaster = MeanForecaster(
        lambda period, horizon: np.array([[3.0] * horizon, [2 / 3] * horizon])
    )
    now_us = network.settings.as_of_us
    return network, forecasts_issued(network, forecaster, now_us=now_us, horizon=3)


def test_every_demand_gets_a_forecast_of_its_reviews(issued):
    network, events = issued
    assert [event.mean for event in events] == [(3.0,) * 3, (0.667,) * 3]
    assert {event.site for event in events} == {"shop"}
    assert {event.bucket_us for event in events} == {2 * 86_400 * 1_000_000}
    assert {event.start_us for event in events} == {network.settings.as_of_us}
    assert {event.method for event in events} == {"knows the mean"}
    assert len({event.forecast for event in events}) == 2


def test_quantiles_are_by_level_and_bucket(issued):
    first = issued[1][0]
    # Poisson of mean 3: P(X <= 1) = 0.199, P(X <= 3) = 0.647, P(X <= 5) = 0.916.
    assert first.levels == LEVELS
    assert first.quantiles == ((1.0,) * 3, (3.0,) * 3, (5.0,) * 3)
