import numpy as np
import pytest

from twin.calibrate import Window
from twin.calibrate.picking import picked
from twin.calibrate.stoppages import Spans, spans_of, stoppages_of, union_of
from twin.model.draft.collect import collect


def array(*values):
    return np.array(values, np.int64)


@pytest.fixture
def spans():
    return Spans(array(10, 30), array(20, 50), np.ones(2, bool))


def test_covered_counts_whole_and_partial_spans(spans):
    assert spans.covered_us(array(0, 10, 15, 25, 30, 40, 60)).tolist() == [
        0, 0, 5, 10, 10, 20, 30,
    ]  # fmt: skip
    assert spans.between_us(array(15, 0), array(35, 60)).tolist() == [10, 30]


def test_span_that_still_holds_ends_with_the_window():
    found = spans_of(array(0, 4, 9), np.array([True, False, True]), 12)
    assert (found.start_us.tolist(), found.end_us.tolist()) == ([0, 9], [4, 12])
    assert found.is_over.tolist() == [True, False]


def test_flag_told_twice_is_one_span():
    found = spans_of(array(1, 3, 5), np.array([True, True, False]), 9)
    assert (found.start_us.tolist(), found.end_us.tolist()) == ([1], [5])


def test_union_joins_what_overlaps_or_touches():
    found = union_of(array(5, 0, 7, 20), array(7, 6, 9, 21))
    assert (found.start_us.tolist(), found.end_us.tolist()) == ([0, 20], [9, 21])
    assert union_of(array(), array()).start_us.size == 0


def test_states_of_machines_become_spans(log):
    for second, state in (
        (0, "idle"), (5, "down"), (8, "busy"), (9, "off"), (12, "maintenance"),
        (14, "idle"),
    ):  # fmt: skip
        log.state(second, "F1", state)
    log.state(3, "F2", "idle")
    start_us = int(log.batch().time_us.min())
    seen = collect(picked([log.batch()]))
    found = stoppages_of(seen, Window(start_us, start_us + 20_000_000))
    seconds = [
        [(found_us - start_us) // 1_000_000 for found_us in ends.tolist()]
        for spans in (found.stopped["F1"], found.down["F1"], found.maintained["F1"])
        for ends in (spans.start_us, spans.end_us)
    ]
    assert seconds == [[5, 9], [8, 14], [5], [8], [12], [14]]
    assert found.stopped["F2"].start_us.size == 0
    assert found.first_seen_us["F2"] == start_us + 3_000_000
