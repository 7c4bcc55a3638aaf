from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from streams.log import LogWriter
from twin.cli.app import run


@dataclass(frozen=True)
class Replay:
    """A replay of the small log, with more options."""

    command: Callable
    words: list[str]
    folder: Path

    def __call__(self, *options):
        return self.command(*self.words, *options)


@pytest.fixture
def replay(command, small_log, small_network):
    words = ["replay", str(small_log), "--network", str(small_network)]
    return Replay(command, words, small_log.parent)


def test_result_says_what_came_of_the_records(replay):
    result = replay()
    assert result["position"] == {"log/0": 10}
    assert result["counts"] == {"OrderReceived": 5, "StockCounted": 5}
    assert result["records"]["read"] == 10
    assert result["time"] == "1970-01-01T00:00:09Z"
    assert [row["kind"] for row in result["coverage"]] == ["item", "place"]
    assert len(result["state_hash"]) == len(result["network_hash"]) == 32


def test_types_choose_what_is_folded(replay):
    result = replay("--types", "StockCounted, OrderChanged")
    assert result["counts"] == {"StockCounted": 5}
    assert result["records"]["read"] == 10


@pytest.mark.parametrize(
    ("options", "n_events", "position"),
    [
        (("--to", "4"), 4, 4),
        (("--to", "1970-01-01T00:00:04Z"), 5, 10),
        (("--from", "4"), 6, 10),
        (("--from", "1970-01-01T00:00:04Z"), 6, 10),
        (("--from", "2", "--to", "log/0=7"), 5, 7),
    ],
)
def test_span_is_given_by_offsets_or_times(replay, options, n_events, position):
    result = replay(*options)
    assert sum(result["counts"].values()) == n_events
    assert result["position"] == {"log/0": position}


def test_checkpoint_is_gone_on_from(replay, small_log, tmp_path, command):
    saved = tmp_path / "saved"
    whole = replay()
    assert replay("--checkpoint", saved, "--to", "4")["position"] == {"log/0": 4}
    again = replay("--checkpoint", saved, "--every", "2")
    assert again["state_hash"] == whole["state_hash"]
    assert again["records"] == whole["records"]
    with LogWriter(small_log) as writer:
        writer.append([b"rubbish"])
    assert replay("--checkpoint", saved)["records"]["dead_letters"] == 1
    assert command("deadletters", "list", saved)["counts"] == {"not JSON": 1}


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--from", "2"], "with start none, where this one has 2"),
        (["--types", "StockCounted"], "types all, where this one has StockCounted"),
        (["--to", "1970-01-01T00:00:04Z"], "must be an offset"),
    ],
)
def test_checkpoint_of_another_span_is_refused(replay, capsys, options, reason):
    saved = replay.folder / "saved"
    replay("--checkpoint", saved, "--to", "4")
    assert run([*replay.words, "--checkpoint", str(saved), *options]) == 2
    assert reason in capsys.readouterr().err


def test_speed_keeps_the_pace(replay, monkeypatch):
    slept = []
    monkeypatch.setattr("twin.clock.SystemClock.sleep", lambda _, s: slept.append(s))
    replay("--speed", "2", "--batch", "1")
    assert sum(slept) > 9 * 4.5 / 2  # nobody slept, so each wait begins at the start


def test_everything_is_printed(replay, capsys):
    assert run(replay.words) == 0
    said = capsys.readouterr().out
    for word in ("OrderReceived", "Coverage", "dead letters", "position", "state_hash"):
        assert word in said
