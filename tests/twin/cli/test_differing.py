import json

import pytest

from twin.cli.branching import WhatIfSpec, compare_branches
from twin.cli.console import Console
from twin.cli.differing import LEGEND, result_of, show_comparison
from twin.model import write


@pytest.fixture
def compared(two_echelon, tmp_path, silent):
    write(two_echelon(), tmp_path / "chain")
    path = tmp_path / "more.toml"
    path.write_text('description = "Twice as much."\n[[demand]]\nfactor = 2\n')
    spec = WhatIfSpec(
        network=tmp_path / "chain", changes=(path,), n_replications=3, horizon_days=4.0
    )
    return compare_branches(spec, silent)


def test_table_tells_changes_means_and_differences(compared, capsys):
    show_comparison(compared, Console(None, quiet=False), report=None)
    said = capsys.readouterr().out
    assert "more: demands: mean_per_day of M tea shop: 4 to 8" in said
    assert "table, 3 futures of 4 days from 2024-01-01T00:00:00Z, seed 0" in said
    (sales,) = (line for line in said.splitlines() if line.startswith("│ Sales"))
    assert "±" in sales
    assert sales.rstrip(" │").endswith("+")
    assert "OEE" not in said
    assert LEGEND in said


def test_result_has_a_row_for_each_kpi_and_branch(compared):
    result = result_of(compared, list(compared.comparison.cells()))
    json.dumps(result, allow_nan=False)
    rows = {(row["kpi"], row["branch"]): row for row in result["kpis"]}
    base, more = rows["sales", "base"], rows["sales", "more"]
    assert base["difference_mean"] is None
    assert base["verdict"] is None
    assert more["difference_mean"] == pytest.approx(more["mean"] - base["mean"])
    low, high = more["difference_low"], more["difference_high"]
    assert low < more["difference_mean"] < high
    assert high - low == pytest.approx(2 * more["difference_half_width"])
    assert rows["oee", "more"]["mean"] is None
    assert (result["replications"], result["start"]) == (3, None)


def test_runs_make_the_means(compared):
    result = result_of(compared, list(compared.comparison.cells()))
    runs = [
        run["kpis"]["fill_rate"] for run in result["runs"] if run["branch"] == "more"
    ]
    (row,) = (
        row for row in result["kpis"]
        if (row["kpi"], row["branch"]) == ("fill_rate", "more")
    )  # fmt: skip
    assert row["mean"] == pytest.approx(sum(runs) / 3)
    assert row["unit"] == "%"


def test_branches_are_told_with_what_was_changed(compared):
    base, more = result_of(compared, [])["branches"]
    assert base["changes"] == []
    assert more["description"] == "Twice as much."
    assert more["network_hash"] != base["network_hash"]


def test_page_is_written_whole_into_a_new_folder(compared, silent, tmp_path):
    path = tmp_path / "new" / "page.html"
    show_comparison(compared, silent, report=path)
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [file.name for file in path.parent.iterdir()] == ["page.html"]
