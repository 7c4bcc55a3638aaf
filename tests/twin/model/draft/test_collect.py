from streams.events import EVENT_TYPES, MachineReading, MachineStateChanged
from streams.names import Names
from twin.model.draft.collect import collect


def test_collect_gives_a_table_for_every_type():
    seen = collect([])
    assert set(seen) == {event.__name__ for event in EVENT_TYPES}
    assert all(frame.height == 0 for frame in seen.values())


def test_collect_writes_out_references_codes_and_gaps(batch_of):
    events = [
        (1, MachineStateChanged(machine="M7", state="down", reason="jam")),
        (2, MachineReading(machine="M7", sensor="heat", value=4.0)),
        (3, MachineReading(machine="M7", sensor="heat", value=5.0)),
    ]
    seen = collect([batch_of(events)])
    (row,) = seen["MachineStateChanged"].rows(named=True)
    assert row == {"time_us": 1_000_000, "machine": "M7", "state": "down"}
    assert seen["MachineReading"].rows(named=True) == [{"machine": "M7"}]


def test_collect_has_the_types_of_empty_tables(batch_of, timed_events):
    seen, empty = collect([batch_of(timed_events)]), collect([])
    for name in ("OrderReceived", "OperationCompleted", "ShipmentReceived"):
        assert seen[name].schema == empty[name].schema


def test_collect_joins_batches_with_names_of_their_own(batch_of, timed_events):
    names = Names()
    names.index("somebody else")
    half = len(timed_events) // 2
    parts = [batch_of(timed_events[:half], names), batch_of(timed_events[half:])]
    whole = collect([batch_of(timed_events)])
    for name, frame in collect(parts).items():
        assert frame.equals(whole[name]), name
