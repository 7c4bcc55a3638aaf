"""Policies played over seeds, as it is typed."""

import pytest

from twin.calibrate.overlay import Edit, Overlay, write_overlay
from twin.cli.app import run
from twin.model import write


@pytest.fixture
def chain(two_echelon, tmp_path):
    """Return the folder of a small chain."""
    network = two_echelon(settings={"horizon_periods": 6})
    write(network, tmp_path / "chain")
    return tmp_path / "chain"


def test_seeds_and_policies_are_all_played(chain, command):
    words = ("loop", chain, "--policy", "base-stock, mpc", "--periods", "3")
    result = command(*words, "--seeds", "2..4")
    assert [(row["seed"], row["policy"]) for row in result["runs"]] == [
        (seed, policy) for seed in (2, 3, 4) for policy in ("base-stock", "mpc")
    ]
    first = command(*words, "--seed", "2")
    assert first["runs"] == result["runs"][:2]
    assert "intervals" not in first


def test_same_seed_gives_the_same_result(chain, command):
    words = ("loop", chain, "--policy", "mpc", "--periods", "4", "--seeds", "7")
    assert command(*words) == command(*words)
    other = command(*words[:-1], "8")
    assert other["runs"][0]["state_hash"] != command(*words)["runs"][0]["state_hash"]


def test_log_and_report_are_of_the_first_policy_and_seed(chain, command, tmp_path):
    out = tmp_path / "out"
    result = command(
        "loop", chain, "--policy", "mpc,base-stock", "--periods", "2",
        "--seeds", "1..2", "--out", out,
    )  # fmt: skip
    replayed = command("replay", out / "log", "--network", chain)
    assert replayed["state_hash"] == result["runs"][0]["state_hash"]
    assert (out / "report.html").exists()


def test_scenario_changes_what_is_played(chain, command, tmp_path):
    scenario = tmp_path / "more.toml"
    scenario.write_text(
        'name = "more"\n[[demand_shocks]]\n'
        "start_s = 0\nduration_s = 864_000\nfactor = 3.0\n"
    )
    words = ("loop", chain, "--policy", "base-stock", "--periods", "5")
    calm, shaken = command(*words), command(*words, "--scenario", scenario)
    sales = [answer["runs"][0]["kpis"]["sales"] for answer in (calm, shaken)]
    assert sales[1] > sales[0]


def test_overlay_is_what_is_played(chain, command, tmp_path):
    edit = Edit("lanes", {"lane": "ship"}, {"lead_time_s": 3 * 86_400.0})
    overlay = tmp_path / "overlay.toml"
    write_overlay(Overlay("", 0, 1, (edit,), ()), overlay)
    words = ("loop", chain, "--policy", "base-stock", "--periods", "5")
    as_is, slower = command(*words), command(*words, "--overlay", overlay)
    assert as_is["runs"][0]["state_hash"] != slower["runs"][0]["state_hash"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--policy", "luck"], "policy must be one of mpc, judged, base-stock"),
        (["--policy", "mpc,mpc"], "each policy once"),
        (["--seeds", "5..2"], "seeds must be"),
        (["--seeds", "0..1000"], "at most 1000 seeds"),
        (["--quantile", "1"], "quantile must be above 0 and below 1, was 1.0"),
        (["--service", "0"], "service must be above 0 and below 1, was 0.0"),
        (["--periods", "0"], "--periods"),
        (["--scenario", "nowhere.toml"], "nowhere.toml"),
        (["--overlay", "overlay.yaml"], "must end in .toml or .json"),
    ],
)
def test_mistake_is_named_and_nothing_is_left(chain, capsys, options, reason):
    out = chain.parent / "out"
    assert run(["loop", str(chain), *options, "--out", str(out)]) == 2
    assert reason in capsys.readouterr().err
    assert not out.exists()


def test_network_that_is_not_there_is_named(tmp_path, capsys):
    assert run(["loop", str(tmp_path / "nowhere")]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_backtest_meets_the_demand_of_a_log(chain, command, tmp_path):
    out = tmp_path / "past"
    words = ("loop", chain, "--policy", "base-stock")
    past = command(*words, "--seed", "5", "--periods", "4", "--out", out)
    found = command(*words, "--seed", "9", "--log", out / "log")
    # Lead times are constant here: another seed changes demand alone, and a log has it.
    assert found["runs"][0]["kpis"] == past["runs"][0]["kpis"]
    drawn = command(*words, "--seed", "9", "--periods", "4")
    assert drawn["runs"][0]["kpis"] != past["runs"][0]["kpis"]


def test_backtest_plays_no_more_than_asked_for(chain, command, tmp_path):
    out = tmp_path / "past"
    words = ("loop", chain, "--policy", "base-stock")
    command(*words, "--periods", "4", "--out", out)
    whole, part = (
        command(*words, "--log", out / "log", "--periods", n)["runs"][0]["kpis"]
        for n in ("9", "2")
    )
    assert whole["sales"] > part["sales"] > 0.0
