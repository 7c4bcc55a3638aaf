"""Policies played on one seed: what is refused, kept and found again."""

import pytest

from streams.log import LogReader, verify
from twin.cli.console import Console
from twin.cli.playing import (
    PlaySpec,
    doubts,
    judging_of,
    play_policies,
    policy_names,
    seed_range,
)
from twin.errors import InputError, OptionError
from twin.replay import state_at
from twin.state import tables as t

POLICIES = ("mpc", "base-stock", "clairvoyant")


@pytest.mark.parametrize(
    "text", ["5..2", "x", "", "1..", "..", "-1", "-2..3", "0..1000"]
)
def test_seeds_that_are_none_are_refused(text):
    with pytest.raises(OptionError, match=r"seeds must be .* was "):
        seed_range(text)


def test_seeds_may_be_a_thousand():
    assert seed_range("0..999") == range(1000)


def test_network_without_money_is_doubted(two_echelon):
    def without_money(tables):
        tables["items"] = [{"item": "tea"}]
        tables["demands"][0] |= {"price": None, "shortage_cost": 0.0}

    assert doubts(two_echelon()) == []
    demands, items = doubts(two_echelon(without_money))
    assert demands.startswith("demands: 1 of 1 rows have neither price")
    assert items.startswith("items: unit_cost is 0 for 1 of 1")


def test_policy_is_named_once():
    with pytest.raises(OptionError, match="once, was 'mpc, mpc'"):
        policy_names("mpc, mpc")


@pytest.mark.parametrize("bad", [{"policies": ("luck",)}, {"quantile": 1.0}])
def test_wrong_option_leaves_no_folder(two_echelon, silent, tmp_path, bad):
    options = {"policies": ("mpc",), "n_periods": 1, "out": tmp_path / "out"} | bad
    with pytest.raises(OptionError, match="must be"):
        play_policies(two_echelon(), PlaySpec(**options), silent)
    assert not (tmp_path / "out").exists()


def test_missing_scenario_leaves_no_folder(two_echelon, played, tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.toml"):
        played(
            two_echelon(),
            "mpc",
            out=tmp_path / "out",
            scenario=tmp_path / "nowhere.toml",
        )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("policy", POLICIES)
def test_log_of_the_first_policy_replays_to_its_state(works, played, tmp_path, policy):
    network = works(settings={"horizon_periods": 5})
    others = [name for name in POLICIES if name != policy]
    run = played(network, policy, *others, seed=2, out=tmp_path)
    with LogReader(tmp_path / "log") as source:
        replayed = state_at(source, network)
    assert replayed.digest() == run.results[0].state_hash
    assert replayed.tables.clock[t.N_EVENTS] == run.results[0].n_events


def test_log_is_not_added_to(two_echelon, played, tmp_path):
    played(two_echelon(), "base-stock", out=tmp_path)
    before = {path: path.read_bytes() for path in (tmp_path / "log").iterdir()}
    with pytest.raises(OptionError, match=r"holds a log already.*another folder"):
        played(two_echelon(), "base-stock", out=tmp_path)
    after = {path: path.read_bytes() for path in (tmp_path / "log").iterdir()}
    assert after == before


def test_clairvoyant_is_not_beaten_where_nothing_is_left_to_chance(two_echelon, played):
    def certain(tables):
        tables["demands"][0]["law"] = "constant"
        tables["lanes"][0]["fixed_cost"] = 0.0
        # Enough at hand for lanes that take days, and a market that stays.
        tables["stock"][1]["on_hand"] = 20

    network = two_echelon(certain, settings={"horizon_periods": 30})
    run = played(network, "clairvoyant", "mpc", "base-stock", n_periods=20)
    best, *others = (result.table.totals()["result"] for result in run.results)
    assert all(best >= other - 1e-6 for other in others)


class _Stopped:
    """A console whose user presses Ctrl-C."""

    def __init__(self, console):
        self.console = console

    def __getattr__(self, name):
        return getattr(self.console, name)

    def note(self, text):
        if "profit" in text:
            raise KeyboardInterrupt


def test_interrupted_run_leaves_a_whole_log_and_no_report(two_echelon, tmp_path):
    console = _Stopped(Console(None, quiet=True))
    spec = PlaySpec(policies=("base-stock",), n_periods=3, out=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        play_policies(two_echelon(), spec, console)
    assert [path.name for path in tmp_path.iterdir()] == ["log"]
    assert verify(tmp_path / "log").problems == ()


def test_pipe_is_told_when_a_policy_begins_and_ends(two_echelon, capsys):
    spec = PlaySpec(policies=("mpc", "base-stock"), n_periods=2, seed=4)
    play_policies(two_echelon(), spec, Console(None, quiet=False))
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    assert lines[0] == "mpc, seed 4: 2 reviews ..."
    assert lines[1].startswith("mpc, seed 4: profit ")
    assert lines[2] == "base-stock, seed 4: 2 reviews ..."
    assert len(lines) == 4


def test_tail_is_asked_for_where_it_is_compared():
    plain, tail = (judging_of(5, 3, criterion) for criterion in ("p90", "cvar"))
    assert (plain.every, plain.judge.n_futures, plain.judge.cvar_level) == (3, 5, None)
    assert tail.judge.cvar_level == pytest.approx(0.9)
    with pytest.raises(OptionError, match="criterion"):
        judging_of(5, 3, "luck")
