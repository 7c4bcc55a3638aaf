"""`millstream loop --live` on a log: decides, ends, and goes on."""

import json

import pytest

from streams.codec import encode
from streams.events import StockCounted
from streams.log import LogReader, LogWriter
from twin.cli.app import run
from twin.model import example_folder, load

DAY_US = 86_400_000_000


@pytest.fixture
def followed(tmp_path):
    """A log that counts stock every day, and the arguments to follow it."""
    network = example_folder()
    as_of_us = load(network).settings.as_of_us
    log, answer = tmp_path / "plant", tmp_path / "answer.json"
    arguments = ["loop", str(network), "--live", "--log", str(log)]
    arguments += ["--store", str(tmp_path / "store"), "--policy", "base-stock"]
    arguments += ["--orders", str(tmp_path / "out"), "--lateness-s", "0"]
    arguments += ["--until-idle", "0", "--json", str(answer)]

    def count(first, last):
        values = [
            encode(
                StockCounted(item="tea", site="hub", quantity=1), source="wms",
                event_id=str(day), time_us=as_of_us + day * DAY_US + 1,
            )
            for day in range(first, last)
        ]  # fmt: skip
        with LogWriter(log) as writer:
            writer.append(values)

    def follow():
        assert run(arguments) == 0
        return json.loads(answer.read_text())

    return count, follow


def test_source_and_store_must_be_named(small_network, capsys):
    assert run(["loop", str(small_network), "--live"]) == 2
    assert "needs --log" in capsys.readouterr().err
    assert run(["loop", str(small_network), "--live", "--log", "x"]) == 2
    assert "needs --store" in capsys.readouterr().err


def test_loop_follows_a_log_and_goes_on(followed, tmp_path):
    count, follow = followed
    count(0, 2)
    first = follow()
    assert (first["n_plans"], first["recovered"]) == (2, 0)
    count(2, 3)
    second = follow()
    assert (second["n_plans"], second["n_records"]) == (1, 1)
    assert second["plans"]["released"] == 3
    assert second["differing"] == 0
    with LogReader(tmp_path / "out") as reader:
        batch = reader.poll(0, 1000)
    sent = [] if batch is None else [json.loads(v)["id"] for v in batch.values()]
    assert len(sent) == len(set(sent)) <= first["n_orders"] + second["n_orders"]


def test_policy_that_knows_the_future_is_refused(small_network, tmp_path, capsys):
    log = tmp_path / "plant"
    LogWriter(log).close()
    arguments = ["--live", "--log", str(log), "--store", str(tmp_path / "store")]
    arguments += ["--policy", "clairvoyant"]
    assert run(["loop", str(small_network), *arguments]) == 2
    assert "nobody knows demand" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ("--store", "kept"), ("--decisions", "log"), ("--provisional",),
        ("--seconds", "3"), ("--from", "2026-01-01"), ("--lateness-s", "0"),
        ("--answer-s", "60"), ("--idle-s", "1"), ("--checkpoint-s", "1"),
        ("--until-idle", "0"),
    ],
)  # fmt: skip
def test_option_of_a_live_loop_is_refused_without_it(small_network, capsys, words):
    assert run(["loop", str(small_network), *words]) == 2
    told = capsys.readouterr().err
    assert words[0] in told
    assert "only with --live" in told


@pytest.mark.parametrize(
    "words",
    [
        ("--periods", "3"), ("--seeds", "1..2"), ("--scenario", "more.toml"),
        ("--out", "out"), ("--follow",),
    ],
)  # fmt: skip
def test_option_of_a_play_is_refused_with_live(small_network, capsys, words):
    arguments = ["--live", "--log", "x", "--store", "y", *words]
    assert run(["loop", str(small_network), *arguments]) == 2
    told = capsys.readouterr().err
    assert words[0] in told
    assert "not with --live" in told


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (
            ("--policy", "mpc,judged"),
            "--policy mpc,judged: a live loop decides with one",
        ),
        (("--criterion", "luck"), "criterion must be"),
    ],
)
def test_who_judges_a_live_loop_is_heeded(small_network, capsys, words, reason):
    arguments = ["--live", "--log", "x", "--store", "y", *words]
    assert run(["loop", str(small_network), *arguments]) == 2
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize(
    ("source", "decisions"),
    [
        ("out/log", "out/x/../log"),
        ("kafka://localhost:9092/a,b", "kafka://localhost:9092/b"),
    ],
)
def test_decisions_do_not_go_where_they_would_be_followed(
    small_network, capsys, source, decisions
):
    arguments = ["--live", "--log", source, "--store", "y", "--decisions", decisions]
    assert run(["loop", str(small_network), *arguments]) == 2
    assert f"--decisions {decisions}: must be none of" in capsys.readouterr().err
