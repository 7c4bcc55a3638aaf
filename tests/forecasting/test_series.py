from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.errors import OptionError, PanelError
from forecasting.series import DAY_US, Panel, check_horizon

PANELS = st.dictionaries(
    st.text("abc", min_size=1, max_size=3),
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5),
    min_size=1,
    max_size=5,
)


@given(series=PANELS, start=st.integers(0, 10_000))
def test_long_frame_round_trip_keeps_the_panel(series, start):
    panel = Panel.from_arrays(series, start_us=start * DAY_US)
    for time in ("ds", "step"):
        back = Panel.from_long(panel.to_frame(time=time), step_us=DAY_US)
        assert back.ids == panel.ids
        assert back.values.tolist() == panel.values.tolist()
        assert back.offsets.tolist() == panel.offsets.tolist()
        assert back.start_us.tolist() == panel.start_us.tolist()


def test_from_long_orders_rows_by_time_and_series_by_first_row():
    frame = pl.DataFrame(
        {
            "id": ["B", "A", "B", "A", "B"],
            "ds": [date(2024, 1, d) for d in (3, 2, 1, 1, 2)],
            "y": [3, 20, 1, 10, 2],
        }
    )
    panel = Panel.from_long(frame)
    assert panel.ids == ("B", "A")
    assert panel.series(0).tolist() == [1.0, 2.0, 3.0]
    assert panel.series(1).tolist() == [10.0, 20.0]
    assert panel.step_us == DAY_US
    assert panel.start_us[0] == 19_723 * DAY_US


def test_from_long_takes_calendar_months_as_even():
    months = [date(2023, m, 1) for m in range(1, 13)]
    frame = pl.DataFrame({"id": ["A"] * 12, "ds": months, "y": range(12)})
    assert Panel.from_long(frame).lengths.tolist() == [12]


def test_from_long_refuses_a_gap_by_series_and_place():
    days = [date(2024, 1, 1) + timedelta(days=d) for d in (0, 1, 2, 0, 1, 3)]
    frame = pl.DataFrame({"id": ["A"] * 3 + ["B"] * 3, "ds": days, "y": [1.0] * 6})
    with pytest.raises(PanelError, match=r"'B', between values 1 and 2.*was 2 steps"):
        Panel.from_long(frame)


def test_from_long_refuses_a_time_that_comes_twice():
    frame = pl.DataFrame({"id": ["A"] * 3, "step": [0, 1, 1], "y": [1, 2, 3]})
    with pytest.raises(PanelError, match=r"'A', between values 1 and 2.*was 0 steps"):
        Panel.from_long(frame)


@pytest.mark.parametrize("column", ["y", "train"])
def test_from_wide_reads_either_list_column(column):
    frame = pl.DataFrame({"id": [7, 8], column: [[1, 2, 3], [4]]})
    panel = Panel.from_wide(frame)
    assert panel.ids == ("7", "8")
    assert panel.values.tolist() == [1.0, 2.0, 3.0, 4.0]
    assert panel.offsets.tolist() == [0, 3, 4]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ({"id": ["A"], "y": [1.0]}, "'ds' is missing"),
        ({"id": ["A"], "step": [0.5], "y": [1.0]}, "'step': must be whole"),
        ({"id": ["A"], "ds": ["monday"], "y": [1.0]}, "'ds': must be a date"),
        ({"id": ["A"], "step": [0], "y": [None]}, "'A', value 0: must be finite"),
        ({"id": [None], "step": [0], "y": [1.0]}, "'id': must have no nulls"),
        ({"id": ["A"], "step": [None], "y": [1.0]}, "'step': must"),
    ],
)
def test_from_long_names_what_is_wrong(frame, message):
    with pytest.raises(PanelError, match=message):
        Panel.from_long(pl.DataFrame(frame))


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ({"id": ["A"]}, "'y' is missing"),
        ({"id": ["A"], "y": [1.0]}, "must be a list"),
        ({"id": ["A"], "y": [[1.0, None]]}, "'A', value 1: must be finite, was nan"),
        ({"id": ["A", "B"], "y": [[1.0], []]}, "'B': must have at least 1 value"),
        ({"id": ["A", "A"], "y": [[1.0], [2.0]]}, "'A': an id must come once"),
    ],
)
def test_from_wide_names_what_is_wrong(frame, message):
    with pytest.raises(PanelError, match=message):
        Panel.from_wide(pl.DataFrame(frame))


def test_panel_refuses_arrays_that_do_not_fit():
    def make(**changes):
        fields = {
            "ids": ("A", "B"),
            "values": np.ones(3),
            "offsets": np.array([0, 1, 3]),
            "start_us": np.zeros(2, np.int64),
            "step_us": 1,
        }
        return Panel(**{**fields, **changes})

    assert make().n_series == 2
    for changes, message in (
        ({"ids": ()}, "at least 1 series"),
        ({"offsets": np.array([0, 3])}, "offsets must have 3 entries"),
        ({"offsets": np.array([0, 1, 2])}, "offsets must run from 0 to 3"),
        ({"offsets": np.array([0, 3, 3])}, "'B': must have at least 1"),
        ({"step_us": 0}, "step_us must be > 0, was 0"),
    ):
        with pytest.raises(PanelError, match=message):
            make(**changes)


def test_panel_cannot_be_written_to():
    panel = Panel.from_arrays({"A": [1, 2]})
    with pytest.raises(ValueError, match="read-only"):
        panel.values[0] = 9.0


def test_from_arrays_leaves_the_callers_array_writable():
    mine = np.array([1.0, 2.0])
    Panel.from_arrays({"A": mine})
    mine[0] = 5.0
    assert mine.flags.writeable


@pytest.mark.parametrize("horizon", [0, -1, 1.5])
def test_check_horizon_refuses_what_is_no_count(horizon):
    with pytest.raises(OptionError, match="horizon must be a whole number >= 1"):
        check_horizon(horizon)
