import json

from streams.records import Position
from twin.cli.console import Console
from twin.cli.summary import Summary
from twin.model import load
from twin.replay import Twin, open_source, read


def summary_of(log, network):
    with open_source(str(log)) as source:
        twin = Twin(load(network), source.partitions())
        for batch in read(source, Position({"log/0": 6})):
            twin.push(batch)
    return Summary.of(twin, twin.provisional_state(), network_hash="n")


def test_counts_add_up(small_log, small_network):
    summary = summary_of(small_log, small_network)
    assert summary.counts == {"OrderReceived": 3, "StockCounted": 3}
    assert summary.time_us == 5_000_000
    assert summary.n_skipped == summary.n_corrections == 0
    assert json.loads(json.dumps(summary.to_json()))["position"] == {"log/0": 6}


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


def test_empty_replay_has_no_time(small_network):
    twin = Twin(load(small_network), ["p"])
    summary = Summary.of(twin, twin.provisional_state(), network_hash="n")
    assert summary.to_json()["time"] is None
    assert summary.counts == {}
