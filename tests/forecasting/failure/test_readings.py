"""Tables of readings."""

import numpy as np
import polars as pl
import pytest

from forecasting import PanelError
from forecasting.failure.readings import Readings

FRAME = pl.DataFrame(
    {
        "unit": ["b", "a", "b", "a", "a"], "cycle": [2, 1, 1, 3, 2],
        "op1": [1, 2, 3, 4, 5], "note": list("vwxyz"), "s1": [0.1, 0.2, 0.3, 0.4, 0.5],
    }
)  # fmt: skip


def test_rows_are_sorted_by_unit_as_met_and_by_cycle():
    readings = Readings.from_frame(FRAME)
    assert readings.units == ("b", "a")
    assert readings.sensors == ("op1", "s1")
    assert readings.offsets.tolist() == [0, 2, 5]
    assert readings.cycle.tolist() == [1, 2, 1, 2, 3]
    assert readings.values[:, 0].tolist() == [3, 1, 2, 5, 4]
    assert readings.unit_index.tolist() == [0, 0, 1, 1, 1]
    assert readings.last.tolist() == [1, 4]


def test_units_are_picked_and_cut():
    readings = Readings.from_frame(FRAME)
    one = readings.of_units([1])
    assert (one.units, one.cycle.tolist()) == (("a",), [1, 2, 3])
    cut = readings.until([1, 2])
    assert cut.lengths.tolist() == [1, 2]
    assert cut.values[:, 0].tolist() == [3, 2, 5]
    assert readings.until([9, 0]).lengths.tolist() == [2, 1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop("cycle"), "column 'cycle' is missing"),
        (lambda f: f.drop("op1", "s1"), "no numeric column besides unit and cycle"),
        (lambda f: f.with_columns(cycle=1), "unit 'b': cycles must be finite and rise"),
        (lambda f: f.with_columns(s1=pl.Series([0, 0, 0, 0, np.nan], dtype=pl.Float64)),
         "unit 'a', cycle 2, 's1': must be finite, was nan"),
        (lambda f: f.with_columns(s1=pl.Series([None, 0, 0, 0, 1], dtype=pl.Float64)),
         "unit 'b', cycle 2, 's1': must be finite"),
        (lambda f: f.clear(), "there must be one, had 0 rows"),
        (lambda f: f.with_columns(unit=pl.Series(["b", None, "b", "a", "a"])),
         "column 'unit': must have no nulls"),
        (lambda f: f.with_columns(cycle=pl.Series([1.0, 1, float("nan"), 3, 2])),
         "unit 'b': cycles must be finite and rise, 1 was followed by nan"),
    ],
)  # fmt: skip
def test_tables_that_are_none_are_refused(change, message):
    with pytest.raises(PanelError, match=message):
        Readings.from_frame(change(FRAME))


def test_arrays_must_fit():
    with pytest.raises(PanelError, match=r"values must have shape \(2, 1\)"):
        Readings(("a",), ("s",), np.array([0, 2]), np.arange(2.0), np.zeros((2, 2)))


def test_flags_are_sensors_and_any_name_will_do():
    frame = FRAME.with_columns(_at=True, alarm=pl.col("s1") > 0.25)
    readings = Readings.from_frame(frame)
    assert readings.sensors == ("op1", "s1", "_at", "alarm")
    assert readings.values[:, 3].tolist() == [1, 0, 0, 1, 1]
