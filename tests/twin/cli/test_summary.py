import json
from contextlib import ExitStack

import pytest

from twin.cli.console import Console
from twin.cli.replaying import carry_out, prepare
from twin.cli.requested import Request
from twin.cli.sources import SourceSpec, open_records
from twin.cli.summary import Summary
from twin.model import load


def summary_of(log, network, *, end="6", refused=(), **options):
    """Replay the log up to an offset and sum it up."""
    spec = SourceSpec(name=str(log))
    request = Request(source=spec, network=network, end=end, **options)
    with ExitStack() as stack:
        opened = open_records(spec)
        stack.enter_context(opened.records)
        run = prepare(request, opened, stack)
        carry_out(run, Console(None, quiet=True))
    run.refused.update(refused)
    return Summary.of(run, run.twin.provisional_state())


def test_counts_add_up(small_log, small_network):
    summary = summary_of(small_log, small_network)
    assert summary.counts == {"OrderReceived": 3, "StockCounted": 3}
    assert summary.time_us == 5_000_000
    assert summary.n_skipped == summary.n_corrections == 0
    told = json.loads(json.dumps(summary.to_json()))
    assert told["position"] == {"log/0": 6}
    assert told["records"]["read"] == told["reading"]["records"] == 6
    assert sum(told["counts"].values()) == 6
    assert told["network_hash"] == load(small_network).hash


def test_reading_tells_how_fast_and_how_records_were_decoded(small_log, small_network):
    told = summary_of(small_log, small_network).to_json()
    reading, decoded = told["reading"], told["decoded"]
    assert reading["transport"] is None
    assert reading["rate_per_s"] == 6 / reading["seconds"]
    assert decoded["by_layout"] + decoded["exactly"] == 6 + decoded["layouts"]
    assert decoded["differences"] == 0


def test_checkpoints_and_names_are_counted(small_log, small_network, tmp_path):
    saved = tmp_path / "saved"
    first = summary_of(small_log, small_network, checkpoint=saved).to_json()
    assert first["checkpoints"] >= 1
    assert first["names"] > 0
    rest = summary_of(small_log, small_network, end=None, checkpoint=saved).to_json()
    assert (rest["records"]["read"], rest["reading"]["records"]) == (10, 4)


def test_what_a_map_refused_is_a_dead_letter(small_log, small_network, capsys):
    refused = ["no number", "no number", "no time"]
    summary = summary_of(small_log, small_network, refused=refused)
    assert summary.n_dead_letters == 3
    assert summary.reasons == {"no number": 2, "no time": 1}
    summary.show(Console(None, quiet=False))
    assert "dead letters  3 (2 no number, 1 no time)" in capsys.readouterr().out


def test_skipped_events_are_told(small_log, small_network, tmp_path, capsys):
    late = tmp_path / "late"
    late.mkdir()
    for path in small_network.iterdir():
        text = path.read_text().replace("1970-01-01T00:00:00Z", "1970-01-01T00:00:02Z")
        (late / path.name).write_text(text)
    summary = summary_of(small_log, late)
    summary.show(Console(None, quiet=False))
    assert "skipped       2 events before as_of" in capsys.readouterr().out
    assert summary.to_json()["skipped_before_as_of"] == 2


@pytest.mark.parametrize(
    ("n_late", "told"),
    [
        (3, "order         3 late: 2 taken all the same, 1 dead letters; 0 applied"),
        (0, "order         0 late; 0 applied behind a later one"),
    ],
)
def test_late_events_are_told(small_log, small_network, capsys, *, n_late, told):
    summary = summary_of(small_log, small_network)
    summary.counters.late = n_late
    summary.counters.reasons["late"] = min(n_late, 1)
    summary.show(Console(None, quiet=False))
    assert told in capsys.readouterr().out


def test_empty_replay_has_no_time(small_log, small_network):
    summary = summary_of(small_log, small_network, end="0")
    assert summary.to_json()["time"] is summary.to_json()["watermark"] is None
    assert summary.counts == {}
