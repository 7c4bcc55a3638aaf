import gc

import pytest

from benchmarks.timing import Timing, interleave


def clock(durations):
    """A clock that a call of the n-th timed run moves by its duration."""
    now, reads = 0.0, []
    for duration in durations:
        reads += [now, now + duration]
        now += duration
    return iter(reads).__next__


def test_interleave_takes_turns_after_one_warm_run():
    calls = []
    interleave({"ours": lambda: calls.append("o"), "peer": lambda: calls.append("p")})
    assert "".join(calls) == "op" * 6


def test_interleave_keeps_least_median_and_answer():
    timings = interleave({"ours": lambda: 42}, clock_s=clock([4.0, 2.0, 3.0, 2.5, 9.0]))
    timing = timings["ours"]
    assert timing.answer == 42
    assert timing.least_s == 2.0
    assert timing.spread == pytest.approx(0.5)


def test_ratio_is_peers_time_over_ours():
    ours, peer = Timing((2.0, 3.0), None), Timing((10.0, 8.0), None)
    assert ours.ratio_over(peer) == 4.0


def test_interleave_leaves_the_collector_as_it_was():
    seen = []
    interleave({"ours": lambda: seen.append(gc.isenabled())})
    assert seen == [True] + [False] * 5
    assert gc.isenabled()


def test_interleave_refuses_fewer_than_five_repeats():
    with pytest.raises(ValueError, match=r"repeats must be >= 5, was 4"):
        interleave({"ours": lambda: None}, repeats=4)


def test_interleave_without_subjects_is_refused():
    with pytest.raises(ValueError, match=r"at least one call"):
        interleave({})
