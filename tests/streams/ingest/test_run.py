"""A run grows at its end, without moving what stands far before it."""

import numpy as np
import pytest

from streams.batch import EventBatch, concatenate, empty_columns, in_canonical_order
from streams.ingest.run import BLOCK_ROWS_MAX, VIEW_ROWS_MIN, Run, renamed
from streams.names import Names
from streams.picked import Picked, whole

NAMES = Names()
SOURCE = NAMES.index("s")


def batch(times) -> EventBatch:
    columns = empty_columns(len(times))
    columns["time_us"][:] = times
    columns["id_hash"][:] = times
    columns["source"][:] = SOURCE
    return EventBatch(names=NAMES, detail=b"", **columns)


def times_of(parts) -> list[int]:
    return [time for part in parts for time in part.time_us.tolist()]


def test_small_batches_share_blocks_and_large_ones_are_parts():
    run = Run(NAMES)
    for start in range(0, 3 * BLOCK_ROWS_MAX, 500):
        run.add(batch(np.arange(start, start + 500)), None)
    n_small = len(list(run.parts()))
    assert n_small <= 12  # the first blocks are small
    start = len(run)
    run.add(batch(np.arange(start, start + VIEW_ROWS_MIN)), None)
    assert len(list(run.parts())) == n_small + 1
    assert times_of(run.parts()) == list(range(len(run)))
    assert run.last_us == len(run) - 1


@pytest.mark.parametrize("size", [10, VIEW_ROWS_MIN])
def test_batch_that_overlaps_the_end_is_merged(size):
    run = Run(NAMES)
    run.add(batch(np.arange(0, 2 * VIEW_ROWS_MIN, 2)), None)
    first = 2 * VIEW_ROWS_MIN - 9
    assert run.count_from(first, 100) == 4
    run.add(batch(np.arange(first, first + 2 * size, 2)), None)
    got = times_of(run.parts())
    assert got == sorted(got)
    assert len(got) == len(run) == VIEW_ROWS_MIN + size


def test_released_rows_are_counted_no_more():
    run = Run(NAMES)
    run.add(batch(np.arange(VIEW_ROWS_MIN)), None)
    run.add(batch(np.arange(VIEW_ROWS_MIN, VIEW_ROWS_MIN + 10)), None)
    assert times_of(run.release(100)) == list(range(100))
    assert times_of(run.release(100)) == []
    assert run.count_from(0, 10**6) == len(run) == VIEW_ROWS_MIN - 90
    assert run.first_part_last_us == VIEW_ROWS_MIN - 1
    assert times_of(run.look()) == list(range(100, VIEW_ROWS_MIN + 10))
    run.add(batch([100, 101]), None)  # reopens all that is left of the first part
    assert times_of(run.release(103)) == [100, 100, 101, 101, 102]
    rest = concatenate(run.release(10**9), NAMES)
    assert in_canonical_order(rest) is rest
    assert len(run) == 0


def test_renamed_batch_leaves_the_old_one_alone():
    old = batch([1, 2])
    new = renamed(old, np.array([5, -1], np.int32))
    assert (old.source.tolist(), new.source.tolist()) == ([SOURCE] * 2, [5, 5])
    assert new.subject.tolist() == [-1, -1]


def test_what_lies_between_sorted_batches_holds_no_spare_memory():
    """Each record of an ordered log may begin at the instant the last one ended at."""
    run, n_batches, length, n_shared = Run(NAMES), 10, 2 * VIEW_ROWS_MIN, 5
    for start in range(0, n_batches * length, length):
        times = np.arange(start, start + length + n_shared)
        one = batch(np.minimum(times, start + length))
        one.id_hash[0] = 0  # before those of its instant in the last batch
        run.add(one, None)
    between = [part for part in run.parts() if len(part) < VIEW_ROWS_MIN]
    assert len(between) == n_batches - 1
    assert all(part.time_us.base.size < 200 for part in between)
    assert len(run) == n_batches * (length + n_shared)


def test_large_batches_out_of_order_are_held_by_their_rows():
    rng = np.random.default_rng(3)
    run, expected = Run(NAMES), []
    for start in range(0, 60_000, 10_000):
        times = np.arange(start, start + 10_000)
        arrived = times[np.argsort(times + rng.integers(0, 50, len(times)))]
        one = batch(arrived)
        run.add(one, np.argsort(arrived))
        expected += times.tolist()
    assert any(isinstance(part, Picked) for part in run.parts())
    assert times_of(run.look()) == expected
    got = []
    for before in (5, 9_990, 10_000, 25_000, 59_999, 70_000):
        got += [whole(part) for part in run.release(before)]
        assert all(np.diff(part.time_us).min(initial=0) >= 0 for part in got)
        assert times_of(got) == list(range(min(before, 60_000)))
        assert len(run) == 60_000 - min(before, 60_000)


def test_little_that_is_left_of_a_large_batch_is_copied():
    times = np.arange(10_000)[::-1].copy()
    run = Run(NAMES)
    run.add(batch(times), np.argsort(times))
    run.release(5_000)
    (half,) = run.parts()
    assert isinstance(half, Picked)
    run.release(9_900)
    (rest,) = run.parts()
    assert isinstance(rest, EventBatch)
    assert rest.time_us.tolist() == list(range(9_900, 10_000))
    assert times_of(run.release(20_000)) == list(range(9_900, 10_000))


def test_rows_of_large_batches_are_renamed():
    times = np.arange(10_000)[::-1].copy()
    run = Run(NAMES)
    run.add(batch(times), np.argsort(times))
    mapping = np.full(len(NAMES) + 1, -1, np.int32)
    mapping[SOURCE] = 7
    run.rename(mapping)
    (part,) = run.look()
    assert set(part.source.tolist()) == {7}
    assert part.time_us.tolist() == list(range(10_000))
