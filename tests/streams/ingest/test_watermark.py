"""The watermark is the least of the partitions that hold it, and never goes back."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streams._kernels.order import COPY, LATE, TAKEN
from streams.ingest.watermark import BEGINNING_US, Watermark


def advance(watermark, partition, times, lateness=0):
    times = np.array(times, np.int64)
    verdict = np.zeros(len(times), np.uint8)
    return watermark.advance(partition, times, np.full(len(times), lateness), verdict)


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 50), st.integers(0, 9)), max_size=30
    )
)
def test_watermark_equals_a_recount_event_by_event(events):
    watermark = Watermark(3, idle_s=1)
    latest, largest = [BEGINNING_US] * 3, [0] * 3
    marks, overall = [BEGINNING_US] * 3, BEGINNING_US
    for partition, time, lateness in events:
        latest[partition] = max(latest[partition], time)
        largest[partition] = max(largest[partition], lateness)
        own = latest[partition] - largest[partition]
        marks[partition] = max(marks[partition], own)
        overall = max(overall, min(marks))
        behind = max(overall, marks[partition])
        assert advance(watermark, partition, [time], lateness).tolist() == [behind]
        assert watermark.mark_us == overall


def test_partition_without_data_holds_until_idle_and_holds_again_when_it_speaks():
    watermark = Watermark(2, idle_s=10)
    watermark.tick(100.0)
    advance(watermark, 0, [50])
    assert watermark.mark_us == BEGINNING_US
    assert watermark.tick(110.0) == BEGINNING_US
    advance(watermark, 0, [60])
    assert watermark.tick(110.1) == 60
    advance(watermark, 1, [55])
    advance(watermark, 0, [90])
    assert watermark.mark_us == 60


def test_all_idle_keeps_the_watermark():
    watermark = Watermark(1, idle_s=1)
    watermark.tick(0.0)
    advance(watermark, 0, [7])
    assert watermark.tick(99.0) == 7


def test_snapshot_puts_partitions_under_their_new_indices():
    watermark = Watermark(2, idle_s=1)
    advance(watermark, 0, [30], 5)
    advance(watermark, 1, [40])
    other = Watermark(3, idle_s=1)
    other.restore(watermark.snapshot(), [2, 0])
    assert other.mark_us == 25
    other.end(1)
    advance(other, 2, [35])
    assert other.mark_us == 30


def test_forced_mark_only_rises():
    watermark = Watermark(1, idle_s=1)
    watermark.force(10)
    watermark.force(5)
    assert watermark.mark_us == 10


def test_event_behind_the_watermark_is_marked_and_one_not_taken_does_not_count():
    watermark = Watermark(1, idle_s=1)
    times, lateness = np.array([50, 30, 90, 51, 60]), np.full(5, 10)
    verdict = np.array([TAKEN, TAKEN, COPY, TAKEN, TAKEN], np.uint8)
    marks = watermark.advance(0, times, lateness, verdict)
    assert marks.tolist() == [40, 40, 40, 41, 50]
    assert verdict.tolist() == [TAKEN, LATE, COPY, TAKEN, TAKEN]
