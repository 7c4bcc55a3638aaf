import numpy as np
import pytest

from benchmarks.workloads import factory
from streams.batch import REFERENCE_COLUMNS, canonical_order
from streams.codec import decode
from streams.names import Names
from streams.records import RecordBatch

JOBS = 30


@pytest.mark.parametrize("beats_at_once", [37, 500, 5_000])
def test_parts_are_the_stream_in_canonical_order(beats_at_once):
    whole = factory.events(JOBS, Names(), ordered=True).batch
    parts = list(factory.parts(JOBS, beats_at_once=beats_at_once))
    assert (canonical_order(whole) == np.arange(len(whole))).all()
    joined = np.concatenate([part.id_hash for part in parts])
    assert joined.tolist() == whole.id_hash.tolist()
    values = np.concatenate([part.value0 for part in parts])
    assert np.array_equal(values, whole.value0, equal_nan=True)


def test_every_event_of_a_job_comes_once():
    batch = factory.events(JOBS, Names(), first_job=5).batch
    first = 5 * factory.EVENTS_PER_JOB
    wanted = range(first, first + JOBS * factory.EVENTS_PER_JOB)
    assert sorted(batch.sequence.tolist()) == list(wanted)


def test_events_arrive_near_their_order():
    batch = factory.events(JOBS, Names()).batch
    behind = np.maximum.accumulate(batch.time_us) - batch.time_us
    assert 0 < behind.max() <= factory.DISORDER_US


def test_json_decodes_to_the_columns():
    names = Names()
    events = factory.events(3, names)
    decoded = decode(RecordBatch.of("log/0", events.json()), names)
    assert not decoded.rejected
    for name in ("time_us", "rank", "id_hash", "sequence", "code", *REFERENCE_COLUMNS):
        ours, theirs = getattr(events.batch, name), getattr(decoded.events, name)
        assert ours.tolist() == theirs.tolist(), name


def test_keys_are_machines_and_orders():
    events = factory.events(2, Names())
    assert set(events.keys()) == {b"machine-00", b"machine-01", b"orders"}


def test_names_of_a_part_do_not_grow_with_the_stream():
    sizes = [len(part.names) for part in factory.parts(4_000, beats_at_once=500)]
    assert max(sizes) == sizes[3]  # from the third on all jobs have neighbours
