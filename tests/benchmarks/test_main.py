import json

import pytest

from benchmarks.__main__ import main
from benchmarks.result import Benchmark, Result


def toy(*, ratios=(4.0,), goal=None, parts=()):
    """A benchmark whose n-th run reports the n-th ratio."""
    left = list(ratios)
    asked = []

    def run(options):
        asked.append(options)
        ratio = left.pop(0)
        return [Result(name="apply", value=1.0, unit="s", goal=goal, ratio=ratio)]

    benchmark = Benchmark(name="toy", description="a toy", run=run, parts=parts)
    return {"toy": benchmark}, asked


@pytest.fixture
def baseline(tmp_path):
    path = tmp_path / "baseline.json"
    kept = {"toy": {"full": {"apply": {"ratio": 4.0}}}}
    path.write_text(json.dumps(kept))
    return path


def test_run_prints_and_writes_json(tmp_path, capsys):
    known, asked = toy()
    path = tmp_path / "toy.json"
    assert main(["toy", "--quick", "--json", str(path)], known=known) == 0
    assert "apply" in capsys.readouterr().out
    assert json.loads(path.read_text())["benchmark"] == "toy"
    assert [(options.quick, options.part) for options in asked] == [(True, None)]


def test_missed_goal_exits_1(capsys):
    known, _ = toy(goal=">= 2")
    assert main(["toy"], known=known) == 1
    assert "goal missed: apply" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("ratios", "status", "runs"),
    [((4.1,), 0, 1), ((2.0, 3.9), 0, 2), ((2.0, 2.1), 1, 2)],
    ids=["as before", "one slow run", "two slow runs"],
)
def test_compare_fails_only_on_two_slow_runs(baseline, ratios, status, runs):
    known, asked = toy(ratios=ratios)
    assert main(["toy", "--compare", str(baseline)], known=known) == status
    assert len(asked) == runs


def test_update_stores_the_ratio_even_a_lower_one(baseline):
    known, _ = toy(ratios=(1.0,))
    arguments = ["toy", "--compare", str(baseline), "--update"]
    assert main(arguments, known=known) == 0
    assert json.loads(baseline.read_text())["toy"]["full"]["apply"]["ratio"] == 1.0


def test_part_reaches_the_benchmark():
    known, asked = toy(parts=("a", "b"))
    assert main(["toy", "--part", "b"], known=known) == 0
    assert asked[0].part == "b"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["other"], "benchmark must be one of toy; was 'other'"),
        ([], "benchmark must be one of toy; was None"),
        (["toy", "--part", "c"], "toy: part must be one of none; was 'c'"),
    ],
)
def test_users_error_exits_2(arguments, message, capsys):
    known, asked = toy()
    assert main(arguments, known=known) == 2
    assert message in capsys.readouterr().err
    assert not asked


def test_baseline_unreadable_exits_2_before_the_run(tmp_path, capsys):
    known, asked = toy()
    path = tmp_path / "baseline.json"
    path.write_text("{")
    assert main(["toy", "--compare", str(path)], known=known) == 2
    assert "baseline.json: not JSON" in capsys.readouterr().err
    assert not asked


def test_list_names_leaves_soaks_to_soak(capsys):
    known, _ = toy()
    known["long"] = Benchmark(
        name="long", description="d", run=lambda options: [], soak=True
    )
    assert main(["--list"], known=known) == 0
    assert "a toy" in capsys.readouterr().out
    main(["--list", "--names"], known=known)
    assert capsys.readouterr().out == "toy\n"
    main(["--list", "--names", "--soak"], known=known)
    assert capsys.readouterr().out == "long\n"
