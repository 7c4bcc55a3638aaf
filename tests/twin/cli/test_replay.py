import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from streams.log import LogReader, LogWriter
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


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("8", "4"),
        ("1970-01-01T00:00:08Z", "4"),
        ("1970-01-01T00:00:08Z", "1970-01-01T00:00:04Z"),
    ],
)
def test_end_before_the_beginning_is_refused(replay, capsys, start, end):
    assert run([*replay.words, "--from", start, "--to", end]) == 2
    said = capsys.readouterr().err
    assert f"--to {end}" in said
    assert f"--from {start}" in said


def test_end_before_the_checkpoint_is_refused(replay, capsys):
    saved = replay.folder / "saved"
    replay("--checkpoint", saved, "--to", "6")
    assert run([*replay.words, "--checkpoint", str(saved), "--to", "4"]) == 2
    said = capsys.readouterr().err
    assert "--to 4" in said
    assert f"the checkpoint in {saved} stands at offset 6" in said
    assert replay("--checkpoint", saved, "--to", "6")["position"] == {"log/0": 6}


def test_speed_keeps_the_pace(replay, monkeypatch):
    slept = []
    monkeypatch.setattr("twin.clock.SystemClock.sleep", lambda _, s: slept.append(s))
    replay("--speed", "2", "--batch", "1")
    assert sum(slept) > 9 * 4.5 / 2  # nobody slept, so each wait begins at the start


def test_letters_go_into_no_log_of_events(replay, small_log, capsys):
    assert run([*replay.words, "--deadletters", str(small_log)]) == 2
    said = capsys.readouterr().err
    assert f"--deadletters {small_log}" in said
    assert "holds other records" in said
    assert replay()["records"]["read"] == 10


@pytest.mark.parametrize("is_saved", [True, False])
def test_interruption_says_how_to_go_on(replay, capsys, monkeypatch, is_saved):
    def interrupt(run, console):
        raise KeyboardInterrupt

    monkeypatch.setattr("twin.cli.replaying.carry_out", interrupt)
    saved = replay.folder / "saved"
    options = ["--checkpoint", str(saved)] if is_saved else []
    assert run([*replay.words, *options]) == 1
    said = capsys.readouterr().err
    assert "interrupted at offset 0" in said
    assert (f"goes on from the checkpoint in {saved}" in said) == is_saved
    assert ("--checkpoint DIR" in said) != is_saved


def test_everything_is_printed(replay, capsys):
    assert run(replay.words) == 0
    said = capsys.readouterr().out
    for word in ("OrderReceived", "Coverage", "dead letters", "position", "state_hash"):
        assert word in said


def test_from_checkpoint_demands_one(replay, tmp_path, capsys):
    saved = tmp_path / "saved"
    words = [*replay.words, "--checkpoint", str(saved), "--from", "checkpoint"]
    assert run(words) == 2
    assert "there is none in" in capsys.readouterr().err
    replay("--checkpoint", saved, "--from", "2", "--to", "4")
    result = replay("--checkpoint", saved, "--from", "checkpoint")
    assert result["state_hash"] == replay("--from", "2")["state_hash"]


def test_events_go_into_a_log_once_and_in_order(replay, small_log, command, tmp_path):
    with LogReader(small_log) as reader:
        first = reader.poll(0, 1).value(0)
    with LogWriter(small_log) as writer:
        writer.append([first, b"rubbish"])
    whole = replay()
    out = tmp_path / "columns"
    told = replay("--into", out)
    assert told["state_hash"] == whole["state_hash"]
    assert told["into"]["events"] == 10
    words = ["replay", out, *replay.words[2:]]
    again = command(*words)
    assert again["state_hash"] == whole["state_hash"]
    assert again["counts"] == whole["counts"]
    assert again["records"]["duplicates"] == again["records"]["dead_letters"] == 0
    assert replay("--into", out)["into"]["duplicates"] == 10


def test_what_went_into_a_log_is_printed(replay, tmp_path, capsys):
    words = [*replay.words, "--into", str(tmp_path / "columns")]
    assert run(words) == run(words) == 0
    said = capsys.readouterr().out
    assert "10 events written to" in said
    assert "0 events written to" in said
    assert "10 left out as known" in said


def test_types_and_time_choose_what_goes_into_a_log(replay, command, tmp_path):
    out = tmp_path / "columns"
    replay("--into", out, "--types", "StockCounted", "--to", "1970-01-01T00:00:04Z")
    told = command("replay", out, *replay.words[2:])
    assert told["counts"] == {"StockCounted": 3}
    assert command("log", "verify", out)["problems"] == []


def test_result_says_how_records_were_read(replay):
    result = replay()
    decoded = result["decoded"]
    assert decoded["by_layout"] + decoded["exactly"] == 10 + decoded["layouts"]
    assert (decoded["differences"], decoded["switched_off"]) == (0, False)
    reading = result["reading"]
    assert (reading["transport"], reading["records"]) == (None, 10)
    assert reading["rate_per_s"] == pytest.approx(10 / reading["seconds"])
    assert result["names"] > 0
    assert result["watermark"] is not None
    assert result["checkpoints"] == 0


MAP = """
[[topic]]
format = "json"

[[topic.event]]
type = "StockCounted"
time = "at"
fields = { item = "sku", site = { constant = "dc" }, quantity = "n" }
"""


def test_mapped_records_that_do_not_fit_are_kept_as_they_came(
    command, tmp_path, small_network
):
    lines, mapping = tmp_path / "s.ndjson", tmp_path / "m.toml"
    good = '{"sku": "pump", "n": 1, "at": "2030-05-01T06:00:00Z"}'
    lines.write_text(f"{good}\n{good[:-1]}\n")
    mapping.write_text(MAP)
    letters = tmp_path / "letters"
    words = ["replay", lines, "--network", small_network, "--map", mapping]
    told = command(*words, "--deadletters", letters)
    assert told["counts"] == {"StockCounted": 1}
    assert told["records"]["dead_letters"] == 1
    (letter,) = command("deadletters", "list", letters)["letters"]
    assert (letter["raw"], letter["offset"]) == (good[:-1], 1)
    checkpoint = ["--checkpoint", tmp_path / "saved"]
    assert command(*words, *checkpoint)["state_hash"] == told["state_hash"]
    mapping.write_text(MAP.replace('"dc"', '"shop"'))
    assert run([*map(str, words), *map(str, checkpoint)]) == 2


def test_records_that_were_all_refused_are_not_read_again(
    command, tmp_path, small_network
):
    lines, mapping, saved = (tmp_path / name for name in ("s.ndjson", "m.toml", "c"))
    lines.write_text('{"sku": 7}\n{"sku": 8}\n')
    mapping.write_text(MAP)
    words = ["replay", lines, "--network", small_network, "--map", mapping]
    told = command(*words, "--checkpoint", saved)
    assert told["records"]["dead_letters"] == 2
    assert told["checkpoints"] == 1
    again = command(*words, "--checkpoint", saved)
    assert again["reading"]["records"] == again["records"]["dead_letters"] == 0


def test_epcis_is_read_as_events(command, tmp_path, small_network, capsys):
    path = tmp_path / "events.ndjson"
    path.write_text(
        '{"type": "ObjectEvent", "action": "OBSERVE", "bizStep": "inspecting", '
        '"eventTime": "2030-04-03T20:33:31.116Z", "eventTimeZoneOffset": "+00:00", '
        '"epcList": ["urn:epc:id:sgtin:0614141.107346.2018"], '
        '"example:myField": "x", '
        '"readPoint": {"id": "urn:epc:id:sgln:0614141.00777.0"}}\n{"type": "x"}\n'
    )
    words = ["replay", path, "--network", small_network, "--format", "epcis"]
    capsys.readouterr()
    told = command(*words)
    said = capsys.readouterr().err
    assert "example:myField: is of EPCIS events here, and no event takes it" in said
    assert "map" not in said
    assert sum(told["counts"].values()) >= 1
    assert told["records"]["dead_letters"] == 1


def test_log_lines_are_json(replay, capsys):
    words = [*replay.words, "--quiet", "--log-format", "json", "--log-level", "info"]
    assert run(words) == 0
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["replay begins", "replay ends"]
    assert lines[1]["records"] == 10


def test_a_pipe_gets_nothing_on_the_error_stream(replay, capsys):
    assert run(replay.words) == 0
    assert capsys.readouterr().err == ""
