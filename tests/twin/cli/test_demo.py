"""The demo, as it is typed."""

import json
import subprocess
import sys

import pytest

from twin.cli.app import run
from twin.model import example_folder


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """Return the folder of four days of the demo, played once."""
    out = tmp_path_factory.mktemp("demo") / "out"
    words = ["demo", "--periods", "4", "--out", str(out), "--json", str(out / "d.json")]
    assert run([*words, "--quiet"]) == 0
    return out


@pytest.mark.slow
def test_demo_leaves_a_log_that_replays_to_the_state_it_ended_in(days, command):
    assert (days / "report.html").stat().st_size > 1_000_000
    replayed = command("replay", days / "log", "--network", example_folder())
    played = json.loads((days / "d.json").read_text())
    (own, *others) = played["runs"]
    assert replayed["state_hash"] == own["state_hash"]
    assert sum(replayed["counts"].values()) == own["events"]
    assert replayed["network_hash"] == played["network_hash"]
    assert own["policy"] == "mpc"
    assert [other["policy"] for other in others] == ["base-stock", "clairvoyant"]


@pytest.mark.slow
def test_demo_is_not_added_to_another(days, capsys):
    before = (days / "report.html").read_bytes()
    assert run(["demo", "--periods", "1", "--out", str(days)]) == 2
    said = capsys.readouterr().err
    assert f"{days / 'log'}: holds a log already" in said
    assert "another folder" in said
    assert (days / "report.html").read_bytes() == before


@pytest.mark.slow
def test_demo_of_one_day_is_the_same_in_another_process(command, tmp_path):
    first = command("demo", "--periods", "1", "--out", tmp_path / "a", "--seed", "3")
    words = ["demo", "--periods", "1", "--out", str(tmp_path / "b"), "--seed", "3"]
    again = tmp_path / "again.json"
    done = subprocess.run(
        [sys.executable, "-m", "twin", *words, "--json", str(again)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(again.read_text()) == first
    assert "mpc, seed 3: 1 reviews ..." in done.stderr
    assert f"report: {tmp_path / 'b' / 'report.html'}" in done.stdout
