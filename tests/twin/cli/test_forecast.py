"""Forecasts of a file, as it is typed."""

import polars as pl
import pytest

from twin.cli.app import run
from twin.cli.forecast import levels_of, read_table, season_of
from twin.errors import InputError, OptionError

WEEK = [20, 23, 26, 29, 32, 35, 38]


@pytest.fixture
def sales(tmp_path):
    """Four weeks of two items, one row a day."""
    rows = [
        {"id": item, "ds": f"2024-01-{day + 1:02}", "y": WEEK[day % 7] * factor}
        for item, factor in (("tea", 1), ("box", 2))
        for day in range(28)
    ]
    pl.DataFrame(rows).write_csv(tmp_path / "sales.csv")
    return tmp_path / "sales.csv"


@pytest.mark.parametrize("name", ["deep/forecast.parquet", "forecast.csv"])
def test_week_is_forecast_and_written(sales, command, tmp_path, name):
    out = tmp_path / name
    result = command(
        "forecast", sales, "--horizon", "7", "--season", "7", "--protection", "7",
        "--quantiles", ".1,.9", "--out", out,
    )  # fmt: skip
    frame = read_table(out)
    assert frame.columns == [
        "id",
        "step",
        "mean",
        "q0.1",
        "q0.9",
        "sum_q0.1",
        "sum_q0.9",
    ]
    assert frame.filter(pl.col("id") == "tea")["mean"].to_list() == pytest.approx(WEEK)
    twice = [2 * y for y in WEEK]
    assert frame.filter(pl.col("id") == "box")["mean"].to_list() == pytest.approx(twice)
    assert result["methods"] == {"ets_theta": 2}
    assert (result["series"], result["values"]) == (2, 56)
    assert result["quantiles"] == [0.1, 0.9]


def test_lists_in_parquet_and_in_csv_give_the_same(command, tmp_path):
    answers = []
    for name, values in (("p.parquet", [[1, 2, 1, 2]]), ("c.csv", ["[1, 2, 1, 2]"])):
        frame = pl.DataFrame({"id": ["A"], "y": values})
        file, out = tmp_path / name, tmp_path / f"out-{name}.parquet"
        (frame.write_csv if name.endswith("csv") else frame.write_parquet)(file)
        command("forecast", file, "--horizon", "3", "--out", out)
        answers.append(pl.read_parquet(out).rows())
    assert answers[0] == answers[1]
    assert len(answers[0]) == 3


def test_without_out_the_table_is_printed(sales, capsys):
    assert run(["forecast", str(sales), "--horizon", "2"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("2 series of 56 values, 2 steps: ")
    assert "q0.9" in said


@pytest.mark.parametrize(
    "text", ["0", "x", "", "7,", "7,5", "1,7", "2,4,8", "-1", "1.5"]
)
def test_season_that_is_none_is_refused(text):
    with pytest.raises(OptionError, match="season must be"):
        season_of(text)


@pytest.mark.parametrize(
    "text", ["0", "1", "x", "", "0.1,0.1", "nan", ".9999999,.99999999"]
)
def test_quantiles_that_are_none_are_refused(text):
    with pytest.raises(OptionError, match="quantiles must be"):
        levels_of(text)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("sales.xlsx", b"", r"must end in \.parquet or \.csv"),
        ("sales.parquet", b"rubbish", "cannot be read as a table"),
        ("sales.csv", b"", "cannot be read as a table"),
    ],
)
def test_file_that_is_no_table_is_refused(tmp_path, name, content, reason):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=reason):
        read_table(tmp_path / name)


@pytest.mark.parametrize(
    "options",
    [["--horizon", "0"], [], ["--horizon", "2", "--out", "f.xlsx"]],
)
def test_mistake_is_a_users_error(sales, capsys, options):
    assert run(["forecast", str(sales), *options]) == 2
    assert capsys.readouterr().err


def test_file_that_is_not_there_is_a_users_error(tmp_path, capsys):
    assert run(["forecast", str(tmp_path / "no.csv"), "--horizon", "1"]) == 2
    assert "no.csv" in capsys.readouterr().err


def test_codes_keep_their_zeros_and_columns_are_read_to_the_end(tmp_path):
    rows = [f"00123,{k},1\n" for k in range(150)] + ["0123,0,1.5\n"]
    (tmp_path / "codes.csv").write_text("id,step,y\n" + "".join(rows))
    frame = read_table(tmp_path / "codes.csv")
    assert frame["id"].unique(maintain_order=True).to_list() == ["00123", "0123"]
    assert frame["y"][-1] == 1.5
