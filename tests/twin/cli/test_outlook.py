"""Forecasts of logs and tables, as the command makes them."""

import polars as pl
import pytest

from streams.codec import encode
from streams.events import ForecastAdjusted, OrderReceived
from streams.log import LogWriter
from twin.cli.forecast import bucket_of
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


@pytest.mark.parametrize(("text", "hours"), [("1h", 1), ("2d", 48), ("1w", 168)])
def test_bucket_is_a_number_and_a_unit(text, hours):
    assert bucket_of(text) == hours * 3_600_000_000


@pytest.mark.parametrize("text", ["", "d", "0d", "1", "1.5h", "-1d", "1y"])
def test_bucket_that_is_none_is_refused(text):
    with pytest.raises(OptionError, match="bucket must be"):
        bucket_of(text)
