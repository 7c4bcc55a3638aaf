"""Tables of the past to tables of forecasts."""

from datetime import date, timedelta

import polars as pl
import pytest

from forecasting import OptionError, Panel, PanelError, forecast_panel
from twin.demand import forecast_table
from twin.errors import InputError

SERIES = {"B": [5.0, 7.0, 6.0, 8.0, 5.0, 7.0], "A": [1.0, 0.0, 2.0, 1.0, 3.0, 1.0]}
OPTIONS = {"season_length": 2, "quantiles": [0.25, 0.9], "protection": 3}


def long(column="step"):
    first = date(2024, 1, 1)
    rows = [
        {"id": name, "y": value,
         column: k if column == "step" else first + timedelta(days=k)}
        for name, values in SERIES.items()
        for k, value in enumerate(values)
    ]  # fmt: skip
    return pl.DataFrame(rows)


def wide(column="y"):
    return pl.DataFrame({"id": list(SERIES), column: list(SERIES.values())})


@pytest.mark.parametrize(
    "past",
    [
        long(),
        long("ds"),
        wide("train"),
        wide().with_columns(test=pl.lit(1)),
        wide().with_columns(pl.Series("y", [str(v) for v in SERIES.values()])),
    ],
    ids=["step", "ds", "train", "more columns", "text"],
)
def test_every_form_of_table_gives_the_forecast_of_the_panel(past):
    made = forecast_table(past, 4, **OPTIONS)
    told = forecast_panel(Panel.from_arrays(SERIES), 4, **OPTIONS)
    frame = made.frame
    assert frame.columns == [
        "id", "step", "mean", "q0.25", "q0.9", "sum_q0.25", "sum_q0.9",
    ]  # fmt: skip
    assert frame["id"].to_list() == ["B"] * 4 + ["A"] * 4
    assert frame["step"].to_list() == [1, 2, 3, 4] * 2
    assert frame["mean"].to_list() == told.mean.ravel().tolist()
    assert frame["q0.9"].to_list() == told.quantiles[:, :, 1].ravel().tolist()
    sums = frame.filter(pl.col("step") == 1)["sum_q0.25"]
    assert sums.to_list() == told.summed_quantiles[:, 0].tolist()
    assert len(made.panel.values) == 12
    assert sum(made.methods.values()) == 2


def test_without_protection_there_are_no_sums():
    made = forecast_table(wide(), 1, quantiles=[0.5])
    assert made.frame.columns == ["id", "step", "mean", "q0.5"]


@pytest.mark.parametrize(
    ("past", "message"),
    [
        (pl.DataFrame({"id": ["A"]}), "'y'"),
        (pl.DataFrame({"id": ["A"], "y": [3.0]}), "'y'"),
        (long().filter(pl.col("step") != 2), "series 'B'"),
    ],
    ids=["no values", "no list", "gap"],
)
def test_table_that_is_no_panel_is_refused(past, message):
    with pytest.raises(PanelError, match=message):
        forecast_table(past, 2)


def test_horizon_of_nothing_is_refused():
    with pytest.raises(OptionError, match="horizon"):
        forecast_table(wide(), 0)


def test_sales_of_stock_outs_are_read_as_the_demand_behind_them():
    marked = long().sort("step").with_columns(stock_out=pl.col("step") == 4)  # 5.0, 3.0
    made, told = forecast_table(marked, 2), forecast_table(long(), 2)
    assert made.panel.ids == ("B", "A")
    assert made.panel.series(0)[4] > 5.0
    assert made.panel.series(1)[4] > 3.0
    changed = made.panel.values != told.panel.values
    assert changed.tolist() == [k in {4, 10} for k in range(12)]


@pytest.mark.parametrize(
    "past", [long().with_columns(stock_out=1), wide().with_columns(stock_out=True)]
)
def test_marks_that_are_none_are_refused(past):
    with pytest.raises(InputError, match="column 'stock_out': must be true or false"):
        forecast_table(past, 2)


def test_codes_may_be_numbers_beside_marks_of_stock_outs():
    codes = long().with_columns(
        id=pl.col("id").replace_strict({"A": 7, "B": 8}), stock_out=pl.col("step") == 4
    )
    made = forecast_table(codes, 2)
    assert made.panel.ids == ("8", "7")
    assert made.panel.series(0)[4] > 5.0
