"""Tables of a fold grow and are copied."""

import numpy as np

from streams.batch import NO_TIME
from twin.kpi import tables as k

SHAPE = k.Shape(
    n_machines=2, n_points=3, n_lanes=4, n_demands=5, n_sites=6, n_buckets=7
)


def test_empty_tables_have_the_shape_of_the_network():
    fold = k.empty_fold(SHAPE, 42)
    assert fold.on_hand["since_us"].tolist() == [42] * 3
    assert fold.time_in_state_us.shape == (2, 8)
    assert (fold.wip.shape, len(fold.backlog)) == ((7, 2), 6)
    assert (fold.asked.shape, fold.placed.shape) == ((6, 7), (7, 7))


def test_tables_grow_and_keep_what_they_hold():
    fold = k.empty_fold(SHAPE, 0, capacity=2)
    fold.lines["quantity"] = [1.0, 2.0]
    fold.counts[k.LINES] = 2
    fold.memo[k.ORDER_MEMO, 1] = 1
    more = dict.fromkeys(k.GROWING, 0) | {"lines": 3}
    grown = k.with_room(fold, more, 5)
    assert len(grown.lines) == 5
    assert k.used(grown, "lines")["quantity"].tolist() == [1.0, 2.0]
    assert grown.shipments is fold.shipments
    assert grown.memo[k.ORDER_MEMO].tolist() == [-1, 1, -1, -1, -1]
    assert k.with_room(grown, more, 5) is grown


def test_copy_is_independent_and_without_room():
    fold = k.empty_fold(SHAPE, 0)
    fold.counts[k.LINES] = 1
    copy = k.copied(fold)
    assert len(copy.lines) == 1
    copy.on_hand["level"] = 5
    assert not fold.on_hand["level"].any()


def test_no_time_did_not_happen():
    assert k.happened(np.array([NO_TIME, 0])).tolist() == [False, True]
