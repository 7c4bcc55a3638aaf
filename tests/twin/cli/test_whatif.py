"""Branches compared, as it is typed."""

from pathlib import Path

import pytest

from twin.cli.app import run
from twin.model import example_folder, load, write
from twin.model.changes import apply_changes, load_changes

EXAMPLES = Path(__file__).parents[3] / "examples" / "whatif"


@pytest.fixture
def chain(two_echelon, tmp_path):
    """Return the folder of a small chain."""
    write(two_echelon(settings={"horizon_periods": 4}), tmp_path / "chain")
    return tmp_path / "chain"


@pytest.fixture
def change(tmp_path):
    path = tmp_path / "more.toml"
    path.write_text("[[demand]]\nfactor = 2\n")
    return path


@pytest.fixture
def typed(chain, change):
    return [str(word) for word in words(chain, change)]


def words(chain, change, *more):
    return (
        "whatif", chain, "--change", change, "--replications", "2", "--horizon", "3",
        *more,
    )  # fmt: skip


def test_same_command_gives_the_same_result(chain, change, command):
    typed = words(chain, change, "--seed", "7")
    first = command(*typed)
    assert first == command(*typed)
    assert first["seed"] == 7
    other = command(*typed[:-1], "8")
    assert other["kpis"] != first["kpis"]


def test_backend_changes_nothing(chain, change, command):
    serial = command(*words(chain, change))
    assert command(*words(chain, change, "--backend", "threads")) == serial


@pytest.mark.parametrize("policy", ["base-stock", "mpc", "clairvoyant"])
def test_every_policy_plays(chain, change, command, policy):
    assert command(*words(chain, change, "--policy", policy))["policy"] == policy


def test_page_and_live_start(chain, change, command, tmp_path):
    log = tmp_path / "out"
    command("loop", chain, "--policy", "base-stock", "--periods", "3", "--out", log)
    page = tmp_path / "page.html"
    result = command(*words(chain, change, "--log", log / "log", "--report", page))
    assert result["as_of"] == "2024-01-04T00:00:00Z"
    assert result["start"]["carried"]["stock"] == 2
    replayed = command("replay", log / "log", "--network", chain)
    assert result["start"]["state_hash"] == replayed["state_hash"]
    assert "What if: more" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--policy", "luck"], "policy must be one of table, mpc"),
        (["--replications", "1"], "replications must be >= 2, was 1"),
        (["--horizon", "0"], "horizon_s must be > 0"),
        (["--backend", "moon"], "backend 'moon'; allowed: serial, threads, ray"),
        (["--half-width", "luck=1"], "--half-width 'luck=1'"),
        (["--at", "7"], "name it: --log LOG"),
        (["--scenario", "nowhere.toml"], "nowhere.toml"),
        (["--change", "nowhere.toml"], "nowhere.toml"),
    ],
)
def test_mistake_is_named(typed, capsys, options, reason):
    assert run([*typed, *options]) == 2
    assert reason in capsys.readouterr().err


def test_file_that_does_not_fit_is_named_with_its_entry(chain, change, capsys):
    change.write_text('[[demand]]\ncustomer = "X"\nfactor = 2\n')
    assert run([str(word) for word in words(chain, change)]) == 2
    said = capsys.readouterr().err
    assert "more.toml [[demand]]:1: customer: 'X'" in said


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda p: p.stem)
def test_shipped_change_file_fits_the_shipped_network(path):
    found = apply_changes(load_changes(path), load(example_folder()))
    assert found.lines
    assert found.description
