"""Screening and the watermark, against the same written event by event."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from streams._kernels.order import COPY, FUTURE, LATE, READ_BEFORE, TAKEN
from streams._kernels.progress import advance_marks, screen


def test_offset_comes_before_time_and_an_unknown_time_judges_nothing():
    verdict = np.zeros(5, np.uint8)
    time_us = np.array([9, 99, 99, 99, 15])
    appended_us = np.array([5, 0, 5])
    offset, rows = np.array([3, 3, 4, 5, 5]), np.array([0, 0, 1, 2, 2])
    n_out = screen(verdict, (time_us, appended_us), offset, rows, (4, 10))
    assert verdict.tolist() == [READ_BEFORE, READ_BEFORE, TAKEN, FUTURE, TAKEN]
    assert n_out == 3


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(0, 9), st.booleans()), max_size=30
    ),
    st.integers(0, 60),
    st.booleans(),
)
def test_marks_are_those_of_a_recount(events, others_us, one_lateness):
    time_us = np.array([time for time, _, _ in events], np.int64)
    lateness = np.array([3 if one_lateness else late for _, late, _ in events])
    verdict = np.array([TAKEN if taken else COPY for *_, taken in events], np.uint8)
    state = np.array([-100, 0, -100, -100])
    expected, judged = [], verdict.tolist()
    latest, largest, own, overall = state.tolist()
    for row, (time, _, taken) in enumerate(events):
        if taken:
            judged[row] = LATE if time < max(own, overall) else TAKEN
            latest, largest = max(latest, time), max(largest, int(lateness[row]))
            own = max(own, latest - largest)
            overall = max(overall, min(own, others_us))
        expected.append(max(own, overall))
    given_lateness = np.array([3]) if one_lateness else lateness.astype(np.int64)
    marks = advance_marks(verdict, time_us, given_lateness, state, others_us)
    assert marks.tolist() == expected
    assert verdict.tolist() == judged
    assert state.tolist() == [latest, largest, own, overall]
