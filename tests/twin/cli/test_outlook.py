"""Forecasts of logs and tables, as the command makes them."""

import json
from typing import get_args

import polars as pl
import pytest

from forecasting.automatic import MethodName
from streams.codec import encode
from streams.events import ForecastAdjusted, OrderReceived
from streams.log import LogWriter
from twin.cli.forecast import METHODS, bucket_of, method_of
from twin.errors import OptionError

DAY_US = 86_400_000_000


@pytest.fixture
def log(tmp_path):
    """Forty days of ten a day, a double week that was foreseen, and one to come."""
    timed = []
    for day in range(40):
        quantity = 20.0 if 20 <= day < 27 else 10.0
        named = {"customer": "M", "item": "tea", "site": "hub"}
        event = OrderReceived(order=f"O{day}", quantity=quantity, **named)
        timed.append((day * DAY_US + 5, event))
    for begin, made in ((20, 15), (41, 39)):
        said = ForecastAdjusted(
            item="tea", site="hub", factor=2.0, who="Ann",
            start_us=begin * DAY_US, end_us=(begin + 7) * DAY_US,
        )  # fmt: skip
        timed.append((made * DAY_US, said))
    timed.sort(key=lambda one: one[0])
    values = [
        encode(event, event_id=str(n), source="t", time_us=time_us)
        for n, (time_us, event) in enumerate(timed)
    ]
    with LogWriter(tmp_path / "log", fsync="close") as writer:
        writer.append([*values, b"rubbish"])
    return tmp_path / "log"


def test_demand_of_a_log_is_forecast_and_adjusted(log, tmp_path, command):
    out, page = tmp_path / "f.parquet", tmp_path / "page.html"
    answer = command(
        "forecast", log, "--horizon", "3", "--quantiles", ".5", "--out", out,
        "--page", page,
    )  # fmt: skip
    frame = pl.read_parquet(out)
    assert frame.columns == ["id", "step", "mean", "q0.5", "ds", "baseline"]
    assert [ds.day for ds in frame["ds"]] == [9, 10, 11]  # of February 1970
    baseline = frame["baseline"].to_list()
    assert baseline == pytest.approx([10.0] * 3, rel=0.1)
    # The last day of the log is not over: it is forecast, too.
    assert frame["mean"].to_list() == [baseline[0], baseline[1], 2 * baseline[2]]
    assert (answer["adjusted_rows"], answer["rejected_records"]) == (1, 1)
    (judged,) = answer["adjustments"]
    assert judged["value_added"] == pytest.approx(1.0, abs=0.05)
    assert "tea@hub" in page.read_text(encoding="utf-8")


def test_page_of_a_table_of_steps(tmp_path, command):
    file, page = tmp_path / "p.parquet", tmp_path / "page.html"
    pl.DataFrame({"id": ["A"], "y": [[1.0, 2.0, 4.0, 3.0]]}).write_parquet(file)
    answer = command("forecast", file, "--horizon", "2", "--page", page)
    assert answer["adjustments"] == []
    assert '"type":"linear"' in page.read_text(encoding="utf-8")


def test_changes_and_reasons_are_told(tmp_path, command, capsys):
    week = [5.0, 6, 7, 8, 9, 8, 7] * 8
    jump = week[:50] + [y + 20.0 for y in week[50:]]
    seldom = [0.0, 0, 0, 2] * 14
    file, why, page = (tmp_path / n for n in ("p.parquet", "why.json", "page.html"))
    frame = pl.DataFrame({"id": ["calm", "jump", "seldom"], "y": [week, jump, seldom]})
    frame.write_parquet(file)
    answer = command(
        "forecast", file, "--horizon", "7", "--season", "7", "--explain", why,
        "--page", page, "--calibrate",
    )  # fmt: skip
    (change,) = answer["changes"]
    assert (change["id"], change["kind"], change["ds"]) == ("jump", "shift", None)
    assert answer["calibrated_series"] == 2
    told = json.loads(why.read_text(encoding="utf-8"))
    methods = {one["series"]: one["method"] for one in told["series_explained"]}
    assert methods["seldom"] == "intermittent"
    assert told["changes"] == answer["changes"]
    text = page.read_text(encoding="utf-8")
    assert "shift up" in text
    assert "counts of demand that comes now and then" in text


def test_method_is_taken_for_all_or_refused(tmp_path, command):
    file = tmp_path / "p.parquet"
    pl.DataFrame({"id": ["A"], "y": [[4.0, 5, 6, 5] * 6]}).write_parquet(file)
    options = ("--horizon", "2", "--season", "4", "--no-calibrate")
    for method, named in (("theta", "theta"), ("seasonal_naive", "seasonal_naive")):
        answer = command("forecast", file, *options, "--method", method)
        assert answer["methods"] == {named: 1}
    with pytest.raises(OptionError, match="method must be one of default, ets"):
        method_of("arima")


def test_names_of_methods_are_those_that_are_known():
    assert set(METHODS) == set(get_args(MethodName))


@pytest.mark.parametrize(("text", "hours"), [("1h", 1), ("2d", 48), ("1w", 168)])
def test_bucket_is_a_number_and_a_unit(text, hours):
    assert bucket_of(text) == hours * 3_600_000_000


@pytest.mark.parametrize("text", ["", "d", "0d", "1", "1.5h", "-1d", "1y"])
def test_bucket_that_is_none_is_refused(text):
    with pytest.raises(OptionError, match="bucket must be"):
        bucket_of(text)
