"""Risk by row, as it is typed."""

import numpy as np
import polars as pl

from twin.cli.app import run


def table(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    failed = (x + rng.normal(0, 0.5, 300) > 1.0).astype(int)
    frame = pl.DataFrame(
        {"x": x, "y": rng.normal(size=300), "mode": failed * 2, "failed": failed}
    )
    frame.write_parquet(tmp_path / "past.parquet")
    frame.drop("failed").write_csv(tmp_path / "now.csv")
    return tmp_path / "past.parquet", tmp_path / "now.csv"


def test_risk_is_written_by_row_and_leaks_are_named(tmp_path, command, capsys):
    past, now = table(tmp_path)
    out = tmp_path / "risk.parquet"
    answer = command(
        "risk", "--train", past, "--readings", now, "--label", "failed",
        "--exclude", "y", "--out", out,
    )  # fmt: skip
    assert answer["columns"] == ["x"]
    assert answer["left_out"]["mode"] == "restates the label"
    frame = pl.read_parquet(out)
    assert frame.columns == ["row", "p_fail"]
    assert frame.height == answer["rows"] == 300


def test_missing_label_is_a_mistake(tmp_path, capsys):
    past, now = table(tmp_path)
    words = ["risk", "--train", str(past), "--readings", str(now), "--label", "broken"]
    assert run(words) == 2
    assert "column 'broken' is missing" in capsys.readouterr().err
