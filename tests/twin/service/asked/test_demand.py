import json

import pytest

from twin.errors import OptionError
from twin.service.asked.demand import ForecastAsked, forecast

DAY = "2026-01-{:02}T08:00:00Z"


@pytest.fixture
def asked_for(tenant, order):
    """Fold two weeks of orders: ten a day in the west, now and then one in the east."""
    events = []
    for day in range(1, 15):
        west = order(day, 10, time=DAY.format(day))
        events.append(west)
        if day % 5 == 1:
            east = order(100 + day, 3, time=DAY.format(day))
            east["data"]["site"] = "dc_east"
            events.append(east)
    tenant.journal.submit([json.dumps(one).encode() for one in events]).result(60)
    return tenant


def test_demand_is_forecast_by_item_and_site(asked_for, handle):
    asked = ForecastAsked(horizon=3, season=1, protection=2, quantiles=[0.5, 0.9])
    found = forecast(asked_for, asked, handle)
    assert found["series"] == 2
    west = [row for row in found["rows"] if row["site"] == "dc_west"]
    assert [row["step"] for row in west] == [1, 2, 3]
    assert all(row["item"] == "shampoo_mild" for row in west)
    assert all(row["mean"] == pytest.approx(10.0, rel=0.05) for row in west)
    assert west[0]["sum_q0.5"] == pytest.approx(20.0, rel=0.1)
    day_us = 86_400_000_000
    # The day of the last order is not over: it is the first that is forecast.
    assert west[0]["ds_us"] == 1_768_348_800_000_000
    assert west[1]["ds_us"] - west[0]["ds_us"] == day_us
    assert [step["stage"] for step in handle.history] == ["read", "forecast"]
    json.dumps(found, allow_nan=False)


def test_one_site_is_forecast_alone(asked_for, handle):
    found = forecast(asked_for, ForecastAsked(site="dc_east"), handle)
    assert {row["site"] for row in found["rows"]} == {"dc_east"}


def test_adjustment_of_a_planner_is_applied(asked_for, handle):
    event = {
        "specversion": "1.0", "id": "a-1", "source": "plan",
        "type": "ForecastAdjusted", "time": DAY.format(14),
        "data": {
            "item": "shampoo_mild", "site": "dc_west", "factor": 2.0, "who": "anna",
            "why": "a campaign", "start_us": 1_768_348_800_000_000,
            "end_us": 1_768_435_200_000_000,
        },
    }  # fmt: skip
    asked_for.journal.submit([json.dumps(event).encode()]).result(60)
    found = forecast(asked_for, ForecastAsked(horizon=2, season=1), handle)
    west = [row for row in found["rows"] if row["site"] == "dc_west"]
    means = [row["mean"] / row["baseline"] for row in west]
    assert found["adjusted_rows"] > 0
    assert max(means) == pytest.approx(2.0)


@pytest.mark.parametrize("chosen", [{"item": "gold"}, {"site": "moon"}])
def test_series_without_orders_is_named(asked_for, handle, chosen):
    with pytest.raises(OptionError, match=next(iter(chosen.values()))):
        forecast(asked_for, ForecastAsked(**chosen), handle)


def test_log_without_orders_is_told(tenant, handle):
    with pytest.raises(OptionError, match="must have orders"):
        forecast(tenant, ForecastAsked(), handle)
