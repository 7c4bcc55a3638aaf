"""Remaining life, as it is typed."""

import numpy as np
import polars as pl
import pytest

from twin.cli.app import run


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    frames = []
    for k in range(12):
        life = int(rng.integers(60, 120))
        left = np.arange(life)[::-1]
        heat = np.exp((50.0 - left) / 15.0) + rng.normal(0.0, 0.5, life)
        frames.append(
            pl.DataFrame({"unit": k, "cycle": np.arange(1, life + 1), "s1": heat})
        )
    pl.concat(frames).write_parquet(tmp_path / "past.parquet")
    pl.concat([f.head(-20) for f in frames[:3]]).write_csv(tmp_path / "now.csv")
    return tmp_path / "past.parquet", tmp_path / "now.csv"


def test_health_is_written_by_unit(files, tmp_path, command):
    past, now = files
    out = tmp_path / "health.parquet"
    answer = command("health", "--train", past, "--readings", now, "--out", out)
    frame = pl.read_parquet(out)
    assert frame.columns[:2] == ["unit", "rul_mean"]
    assert {"rul_q0.05", "rul_q0.95", "p_fail_30"} < set(frame.columns)
    assert frame["unit"].to_list() == ["0", "1", "2"]
    assert (answer["units"], answer["units_learned"]) == (3, 12)
    assert len(answer["most_urgent"]) == 3


def test_most_urgent_are_printed_first(files, capsys):
    past, now = files
    assert run(["health", "--train", str(past), "--readings", str(now)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("3 units, learned from 12 failures")
    assert "renew_by" in said
    assert "rul_q0.5" not in said


def test_mistakes_are_named(files, capsys):
    past, now = files
    words = ["health", "--train", str(past), "--readings", str(now)]
    assert run([*words, "--planned-cost", "20"]) == 2
    assert "planned must be > 0 and below failure" in capsys.readouterr().err
    assert run([*words, "--out", "health.txt"]) == 2


def test_a_folder_gets_tables_and_a_page(files, tmp_path, command):
    past, now = files
    words = ["health", "--train", past, "--readings", now, "--horizon", 10]
    answer = command(*words, "--out", tmp_path / "out", "--raise-at", 0.6, "--hold", 2)
    wanted = {"health.parquet", "trail.parquet", "sensors.parquet", "report.html"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == wanted
    assert "p_fail_10" in pl.read_parquet(tmp_path / "out" / "health.parquet").columns
    alarms = answer["alarms"]
    assert (alarms["raise_at"], alarms["clear_at"], alarms["hold"]) == (0.6, 0.3, 2.0)
    assert alarms["held_out"]["failures"] == 12
    assert alarms["held_out"]["per_machine_day"] is None


def test_what_is_told_of_is_named_once(files, capsys):
    past, now = map(str, files)
    assert run(["health"]) == 2
    assert "neither was given; try `millstream health LOG`" in capsys.readouterr().err
    assert run(["health", "log", "--readings", now]) == 2
    assert "both were given" in capsys.readouterr().err
    assert run(["health", "--readings", now]) == 2
    assert "must come with --train" in capsys.readouterr().err
    words = ["health", "--train", past, "--readings", now]
    assert run([*words, "--page", "health.pdf"]) == 2
    assert "must end in .html" in capsys.readouterr().err
    assert run([*words, "--clear-at", "0.3"]) == 2
    assert "clear_at must come with raise_at" in capsys.readouterr().err


def test_machines_of_a_log_are_told_of(wearing_log, capsys):
    assert run(["health", str(wearing_log), "--lead", "8"]) == 0
    said = capsys.readouterr().out
    assert "a cycle is 1 h; 8640 readings; down or maintained" in said
    assert "press-" in said
