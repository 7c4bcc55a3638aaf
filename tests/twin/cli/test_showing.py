"""What is printed and written of played policies."""

import json
from pathlib import Path

import pytest

from twin.cli.console import Console
from twin.cli.showing import compare, result_of, show, write_report

TOTALS = {"result", "profit", "fill_rate", "mean_stock_value", "shortage"}


@pytest.fixture
def network(two_echelon):
    return two_echelon(settings={"horizon_periods": 6})


def test_kpi_table_has_a_column_for_each_policy(network, played, capsys):
    run = played(network, "mpc", "clairvoyant")
    show(network, run, Console(None, quiet=False), out=None)
    said = capsys.readouterr().out
    title, *_, last = said.splitlines()
    known = "history, first level and calendar"
    assert title.startswith(f"mpc ({known}), seed 0, 3 reviews: ")
    assert title.endswith(" % of the result with all demand known")
    assert "clairvoyant" in said
    assert last.endswith(f"state hash {run.results[0].state_hash}")


def test_report_and_result_are_written(network, played, tmp_path, capsys):
    run = played(network, "mpc", out=tmp_path)
    console = Console(tmp_path / "deep" / "result.json", quiet=True)
    show(network, run, console, out=tmp_path)
    assert capsys.readouterr().out == ""
    result = json.loads((tmp_path / "deep" / "result.json").read_text())
    assert result == result_of(network, [run])
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")
    assert {path.name for path in tmp_path.iterdir()} == {
        "deep", "exceptions.csv", "log", "orders.csv", "report.html"
    }  # fmt: skip


def test_result_of_one_review_has_no_numbers_that_json_has_not(network, played):
    run = played(network, "base-stock", n_periods=1)
    text = json.dumps(result_of(network, [run]), allow_nan=False)
    (row,) = json.loads(text)["runs"]
    assert row["kpis"]["variance_ratio"] is None
    assert row["periods"] == 1
    assert set(row["kpis"]) >= TOTALS


def test_report_that_fails_leaves_the_one_before(
    network, played, tmp_path, monkeypatch
):
    def half(path, text, encoding):
        path.write_bytes(text[:9].encode(encoding))
        raise KeyboardInterrupt

    (tmp_path / "report.html").write_text("old")
    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(KeyboardInterrupt):
        write_report(network, played(network, "mpc"), tmp_path / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert (tmp_path / "report.html").read_text() == "old"


def test_seeds_are_compared_with_intervals(network, played, tmp_path, capsys):
    policies = ("base-stock", "clairvoyant")
    runs = [played(network, *policies, seed=seed) for seed in (0, 1, 2)]
    console = Console(tmp_path / "result.json", quiet=False)
    compare(network, runs, console, out=tmp_path)
    said = capsys.readouterr().out
    assert said.startswith("3 seeds, means with 95 % intervals")
    assert "less base-stock" in said
    assert "report of seed 0" in said
    result = json.loads((tmp_path / "result.json").read_text())
    assert [row["seed"] for row in result["runs"]] == [0, 0, 1, 1, 2, 2]
    profits = [
        row["kpis"]["profit"]
        for row in result["runs"]
        if row["policy"] == "clairvoyant"
    ]
    (row,) = (
        row
        for row in result["intervals"]
        if (row["measure"], row["policy"]) == ("profit", "clairvoyant")
    )
    assert row["mean"] == pytest.approx(sum(profits) / 3)
    assert (tmp_path / "report.html").exists()
