"""Trips of a plan."""

import time

import polars as pl
import pytest

from twin.errors import OptionError
from twin.masterplan import make_plan, plan_trips, sources


def placed(tables):
    tables["sites"][0] |= {"latitude_deg": 50.0, "longitude_deg": 10.0}
    tables["customers"][0] |= {"latitude_deg": 51.0, "longitude_deg": 10.0}


@pytest.fixture(scope="module")
def on_the_map(works, expected):
    return make_plan(works(placed), expected(), n_periods=4, monotonic_s=time.monotonic)


def test_every_delivery_is_on_a_trip(on_the_map):
    trips, stops = plan_trips(on_the_map, capacity=8.0, monotonic_s=time.monotonic)
    delivered = on_the_map.tables.shipments.filter(pl.col("kind") == "delivery")
    assert stops["quantity"].sum() == pytest.approx(delivered["quantity"].sum())
    assert set(stops["order"]) == set(delivered["order"])
    assert trips["load"].max() <= 8.0
    # Eleven are asked for a day: a full vehicle, and one with three.
    assert trips["load"].to_list() == pytest.approx([8.0, 3.0] * 4)
    assert trips["distance_km"].to_list() == pytest.approx([222.39] * 8, abs=0.01)


def test_a_stop_leads_back_to_what_was_bought_or_there(on_the_map):
    _, stops = plan_trips(on_the_map, capacity=50.0, monotonic_s=time.monotonic)
    found = sources(on_the_map.pegs, stops["order"][-1])
    assert {one.kind for one in found} <= {"opening", "made", "purchase"}
    assert sum(one.quantity for one in found if one.depth == 0) == pytest.approx(11.0)


def test_places_without_position_are_named(plan):
    with pytest.raises(OptionError, match="P: trips need a position"):
        plan_trips(plan, capacity=8.0, monotonic_s=time.monotonic)
