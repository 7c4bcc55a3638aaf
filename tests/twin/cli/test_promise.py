"""`millstream promise`, as it is typed."""

import pytest

from twin.cli.app import run
from twin.model import write


@pytest.fixture
def chain(two_echelon, tmp_path):
    write(two_echelon(settings={"horizon_periods": 4}), tmp_path / "chain")
    return tmp_path / "chain"


SHORT = ("--replications", "3", "--horizon", "20")


def test_order_from_stock_is_promised_now(chain, command):
    result = command("promise", "tea", "10", chain, *SHORT)
    (row,) = result["promises"]
    assert (row["site"], row["customer"]) == ("shop", "M")
    assert row["p50"] == row["p90"] == result["start"] == "2024-01-01T00:00:00Z"
    assert row["in_full_days"] == [0.0] * 3
    assert result["binds"] == []


def test_promise_begins_with_the_state_of_a_log(chain, command, tmp_path):
    words = ("loop", chain, "--policy", "base-stock", "--periods", "3")
    command(*words, "--out", tmp_path / "out")
    result = command(
        "promise", "tea", "25", chain, "--log", tmp_path / "out" / "log", *SHORT,
        "--by", "2024-01-20T00:00:00Z",
    )  # fmt: skip
    assert result["start"].startswith("2024-01-04")
    (row,) = result["promises"]
    assert row["p50"] >= "2024-01-04"
    share = sum(day is not None for day in row["in_full_days"]) / 3
    assert row["probability"] == pytest.approx(share)
    assert result["binds"][0]["gain_days"] > 0


def test_order_that_cannot_be_promised_ends_with_three(chain, capsys):
    words = ["promise", "tea", "1000000", str(chain), "--no-why"]
    assert run([*words, "--replications", "2", "--horizon", "2"]) == 3
    told = capsys.readouterr()
    assert "not in time" in told.out
    assert "not there within 2 days" in told.err


def test_what_holds_it_is_said(chain, capsys):
    assert run(["promise", "tea", "20", str(chain), *SHORT]) == 0
    told = capsys.readouterr().out
    assert "held by " in told
    assert "2.0 ± 0.0 days sooner without" in told


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["coffee", "3"], "item 'coffee'"),
        (["tea", "0"], "quantity must be > 0"),
        (["tea", "3", "--site", "moon"], "site 'moon'"),
        (["tea", "3", "--by", "soon"], "--by soon: must be a time such as"),
        (
            ["tea", "3", "--by", "2024-03-01T00:00:00Z", "--horizon", "20"],
            "2024-01-21T00:00:00.000000Z, which is 20 days (horizon) after",
        ),
        (
            ["tea", "3", "--site", "hub", "--customer", "M"],
            "no lane takes item 'tea' from there to customer 'M'",
        ),
        (["tea", "3", "--policy", "clairvoyant"], "nobody could promise so"),
        (["tea", "3", "--engine", "steam"], "engine must be one of"),
        (["tea", "3", "--at", "3"], "name it: --log LOG"),
        (["tea", "3", "--replications", "1"], "replications must be >= 2"),
    ],
)
def test_mistake_is_named(chain, capsys, words, reason):
    assert run(["promise", *words[:2], str(chain), *words[2:]]) == 2
    assert reason in capsys.readouterr().err
