import numpy as np
import polars as pl
import pytest

from twin.model import build
from twin.model.assemble import field_name, profiles
from twin.model.tables import BY_NAME


@pytest.mark.parametrize(
    ("table", "column", "name"),
    [
        ("lanes", "item", "item_index"),
        ("routings", "operation", "operation_index"),
        ("calendars", "start", "start_s"),
        ("open_orders", "due", "due_us"),
        ("lanes", "lead_time_s", "lead_time_s"),
    ],
)
def test_field_name_says_what_became_of_a_cell(table, column, name):
    assert field_name(BY_NAME[table].column(column)) == name


def test_profiles_are_scaled_to_mean_one():
    frame = pl.DataFrame({"profile": ["a"] * 7, "factor": [2.0] * 6 + [0.0]})
    made = profiles(frame, ["a"])
    assert made.start.tolist() == [0, 7]
    assert made.factor.mean() == pytest.approx(1.0)


def test_calendar_rows_point_to_their_calendar(tables, settings):
    tables["calendars"].append(
        {"calendar": "all", "weekday": "sunday", "start": "00:00", "end": "24:00"}
    )
    network = build(tables, settings)
    calendars = network.calendars
    assert calendars.ids == ("all", "day")
    assert calendars.calendar_index.tolist() == [0, 1, 1]
    assert calendars.weekday.tolist() == [6, 0, 0]
    assert calendars.end_s.tolist() == [86_400, 50_400, 86_400]
    assert network.places.calendar_index.tolist() == [-1, 1, -1, -1]


def test_dtypes_are_those_of_the_records(tables, settings):
    network = build(tables, settings)
    assert network.lanes.item_index.dtype == np.int32
    assert network.lanes.lead_time_s.dtype == np.float64
    assert network.stock.policy.dtype == np.int8
    assert network.demands.backlogged.dtype == np.bool_
    assert network.open_orders.due_us.dtype == np.int64
