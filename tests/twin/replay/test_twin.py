"""The twin on a handful of records; whole logs are replayed in tests/system."""

import pytest

from streams.codec import encode
from streams.errors import CheckpointMismatchError, PositionError
from streams.events import MachineReading, StockCounted, StockMoved
from streams.ingest import IngestOptions
from streams.memory import MemoryLog, MemorySink, MemorySource
from streams.records import Position, RecordBatch
from twin.errors import OptionError
from twin.model import build
from twin.replay import ReplayOptions, Twin, end_read, state_at
from twin.state import views

SECOND_US = 1_000_000


def network_named(name):
    tables = {
        "sites": [{"site": "dc", "kind": "store"}],
        "items": [{"item": "pump", "unit_cost": 1.0}],
        "suppliers": [{"supplier": "acme"}],
        "lanes": [
            {
                "lane": "in",
                "from_place": "acme",
                "to_place": "dc",
                "item": "*",
                "lead_time_s": 0,
            }
        ],
    }
    return build(tables, {"name": name, "as_of": "1970-01-01T00:00:00Z"})


NETWORK = network_named("plant")


def counted(second, quantity):
    event = StockCounted(item="pump", site="dc", quantity=quantity)
    ids = {"event_id": f"c{second}", "source": "wms"}
    return encode(event, time_us=second * SECOND_US, **ids)


def moved(second):
    event = StockMoved(item="pump", quantity=1.0, to_site="dc")
    ids = {"event_id": f"m{second}", "source": "wms"}
    return encode(event, time_us=second * SECOND_US, **ids)


def twin_with(lateness_us=0, **options):
    ingest = IngestOptions(lateness_us=lateness_us)
    return Twin(NETWORK, ["p"], ReplayOptions(ingest=ingest, **options))


def on_hand(state):
    return views.stock(state)["on_hand"].sum()


def test_committed_state_waits_for_the_watermark_provisional_does_not():
    twin = twin_with(lateness_us=5 * SECOND_US)
    rejected = twin.push(RecordBatch.of("p", [counted(1, 3), counted(4, 8), b"?"]))
    assert [one.offset for one in rejected] == [2]
    assert (on_hand(twin.state), on_hand(twin.provisional_state())) == (0, 8)
    assert twin.waiting == 2
    twin.push(RecordBatch.of("p", [counted(7, 9)], first_offset=3))
    assert (on_hand(twin.state), on_hand(twin.provisional_state())) == (3, 9)
    assert twin.position == Position({"p": 4})
    assert twin.latest_us == 7 * SECOND_US
    assert twin.watermark_us == 2 * SECOND_US


def test_events_out_of_order_are_put_in_order():
    twin = twin_with(lateness_us=10 * SECOND_US)
    twin.push(RecordBatch.of("p", [moved(5), counted(3, 10), moved(2)]))
    assert on_hand(twin.provisional_state()) == 11
    assert on_hand(twin.finish()) == 11


def test_partition_that_was_read_to_its_end_is_not_waited_for():
    log = MemoryLog(["empty", "p"])
    MemorySink(log, "p").append([counted(1, 3), moved(9)])
    source = MemorySource(log)
    ingest = IngestOptions(lateness_us=0)
    twin = Twin(NETWORK, source.partitions(), ReplayOptions(ingest=ingest))
    twin.push(source.poll(0, 1))
    twin.push(source.poll(0, 1))
    assert (twin.waiting, on_hand(twin.state)) == (2, 0)
    end_read(twin, source, Position({"empty": 0, "p": 5}))
    assert twin.ended == {"empty"}
    assert (twin.waiting, on_hand(twin.state)) == (1, 3)


def test_records_read_twice_count_once():
    twin = twin_with()
    batch = RecordBatch.of("p", [counted(1, 3), moved(2)])
    twin.push(batch)
    twin.push(batch)
    assert twin.counters.duplicates == 2
    assert on_hand(twin.finish()) == 4


def test_types_and_times_choose_what_is_folded():
    records = RecordBatch.of("p", [counted(1, 3), moved(2), moved(9)])
    for options, expected in (
        ({"types": ("StockMoved",)}, 2),
        ({"until_us": 2 * SECOND_US}, 4),
    ):
        twin = twin_with(**options)
        twin.push(records)
        assert on_hand(twin.finish()) == expected


def test_unknown_type_is_refused():
    with pytest.raises(OptionError, match="'StockLost' is no type of event"):
        ReplayOptions(types=("StockLost",))


def test_unknown_partition_is_refused():
    with pytest.raises(PositionError, match="'q'"):
        twin_with().push(RecordBatch.of("q", [moved(1)]))


def test_restored_twin_keeps_what_waits(tmp_path):
    twin = twin_with(lateness_us=60 * SECOND_US)
    assert not twin.restore(tmp_path)
    twin.push(RecordBatch.of("p", [counted(5, 3), moved(6)]))
    twin.checkpoint(tmp_path, start=None)
    again = twin_with(lateness_us=60 * SECOND_US)
    assert again.restore(tmp_path, start=None)
    assert (again.position, again.waiting) == (twin.position, 2)
    assert again.finish().digest() == twin.finish().digest()


def test_restored_twin_knows_the_latest_time(tmp_path):
    twin = twin_with(lateness_us=2 * SECOND_US)
    twin.checkpoint(tmp_path / "none")
    twin.push(RecordBatch.of("p", [counted(5, 3), moved(9), moved(8)]))
    twin.checkpoint(tmp_path / "waits")
    twin.finish()
    twin.checkpoint(tmp_path / "folded")
    for folder in ("none", "waits", "folded"):
        again = twin_with(lateness_us=2 * SECOND_US)
        again.restore(tmp_path / folder)
        assert again.latest_us == (None if folder == "none" else twin.latest_us)


def test_checkpoint_of_another_network_names_both(tmp_path):
    twin_with().checkpoint(tmp_path)
    other = network_named("other")
    with pytest.raises(CheckpointMismatchError) as refused:
        Twin(other, ["p"]).restore(tmp_path)
    assert other.hash in str(refused.value)
    assert NETWORK.hash in str(refused.value)


def test_checkpoint_of_another_choice_of_events_is_refused(tmp_path):
    twin_with(types=("StockMoved",)).checkpoint(tmp_path, start="5")
    with pytest.raises(CheckpointMismatchError, match="types"):
        twin_with().restore(tmp_path, start="5")
    with pytest.raises(CheckpointMismatchError, match="start"):
        twin_with(types=("StockMoved",)).restore(tmp_path, start=None)


@pytest.mark.parametrize(
    ("place", "expected"),
    [({}, 5), ({"position": Position({"p": 2})}, 4), ({"time_us": SECOND_US}, 3)],
)
def test_state_at_a_place(place, expected):
    log = MemoryLog(["p"])
    MemorySink(log).append([counted(1, 3), moved(2), moved(9)])
    assert on_hand(state_at(MemorySource(log), NETWORK, **place)) == expected


def read_at(minute, value, *, machine="press"):
    event = MachineReading(machine=machine, sensor="heat", value=value)
    ids = {"event_id": f"{machine}-{minute}", "source": "plc"}
    return encode(event, time_us=minute * 60 * SECOND_US, **ids)


def test_health_is_the_same_live_replayed_and_after_a_restart(tmp_path):
    """Readings out of order, cut anywhere, saved on the way: one digest."""
    values = [read_at(m, float(m % 7)) for m in range(0, 600, 7)]
    values += [read_at(m, 1.0, machine="saw") for m in range(3, 600, 11)]
    values = sorted(values, key=lambda value: value[::-1])  # in no order of time
    day_us = 86_400 * SECOND_US
    whole = twin_with(lateness_us=day_us)
    whole.push(RecordBatch.of("p", values))
    whole.finish()
    wanted = whole.projections["health"].digest()
    twin = twin_with(lateness_us=day_us)
    for first in range(0, len(values), 20):
        twin.push(RecordBatch.of("p", values[first : first + 20], first_offset=first))
        assert twin.provisional()["health"].digest()
        twin.checkpoint(tmp_path / "saved")
        twin = twin_with(lateness_us=day_us)
        assert twin.restore(tmp_path / "saved")
    assert twin.provisional()["health"].digest() == wanted
    twin.finish()
    health = twin.projections["health"]
    assert health.digest() == wanted
    assert health.frame().equals(whole.projections["health"].frame())
    assert health.counts["readings"] == len(values)
