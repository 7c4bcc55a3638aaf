import json
import math

import pytest

import benchmarks
from benchmarks.__main__ import BASELINE
from benchmarks.baseline import compare, load, store
from benchmarks.registry import discover
from benchmarks.result import Result


def fast(ratio, name="apply"):
    return Result(name=name, value=1.0, unit="s", ratio=ratio)


def counted(value):
    return Result(name="events", value=value, unit="1", exact=True)


@pytest.fixture
def stored(tmp_path):
    path = tmp_path / "baseline.json"
    store(path, benchmark="toy", quick=True, results=[fast(4.0), counted(100.0)])
    return load(path)


def status(stored, *results, **options):
    rows = compare(stored, benchmark="toy", quick=True, results=results, **options)
    return {row.name: row.status for row in rows}


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [(4.0, "ok"), (3.0, "ok"), (2.99, "slower"), (math.nan, "slower"), (40.0, "ok")],
)
def test_ratio_fails_below_three_quarters(stored, ratio, expected):
    assert status(stored, fast(ratio), counted(100.0))["apply"] == expected


def test_count_must_be_equal(stored):
    assert status(stored, fast(4.0), counted(101.0))["events"] == "differs"


def test_name_that_is_gone_fails_a_complete_run_only(stored):
    assert status(stored, fast(4.0))["events"] == "missing"
    assert "events" not in status(stored, fast(4.0), complete=False)


def test_ratio_that_is_gone_counts_as_slower(stored):
    gone = Result(name="apply", value=1.0, unit="s", exact=True)
    assert status(stored, gone, counted(100.0))["apply"] == "slower"


def test_new_name_does_not_fail(stored):
    rows = compare(
        stored,
        benchmark="toy",
        quick=True,
        results=[fast(4.0), counted(100.0), fast(0.1, "fold")],
    )
    assert not any(row.failed for row in rows)
    assert {row.name: row.status for row in rows}["fold"] == "new"


def test_quick_and_full_runs_are_kept_apart(stored):
    rows = compare(stored, benchmark="toy", quick=False, results=[fast(0.1)])
    assert [row.status for row in rows] == ["new"]


def test_store_keeps_what_the_file_holds(tmp_path):
    path = tmp_path / "baseline.json"
    store(path, benchmark="toy", quick=True, results=[fast(4.0)])
    store(path, benchmark="toy", quick=False, results=[fast(5.0)])
    store(path, benchmark="other", quick=True, results=[counted(7.0)])
    assert json.loads(path.read_text()) == {
        "toy": {"quick": {"apply": {"ratio": 4.0}}, "full": {"apply": {"ratio": 5.0}}},
        "other": {"quick": {"events": {"count": 7.0}}},
    }


def test_load_without_file_is_empty(tmp_path):
    assert load(tmp_path / "none.json") == {}


@pytest.mark.parametrize("text", ["[1]", "{"])
def test_load_unreadable_file_names_it(tmp_path, text):
    path = tmp_path / "baseline.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"baseline.json: (not JSON|must hold)"):
        load(path)


def test_every_benchmark_has_stored_ratios_to_be_held_to():
    stored = load(BASELINE)
    for name, benchmark in discover(benchmarks).items():
        if not benchmark.soak:  # what is not timed has no ratios
            assert stored[name]["quick"], (
                f"store with: -m benchmarks {name} --quick --update"
            )
