import json

import pytest

from benchmarks.workloads import reference
from benchmarks.workloads.expected import END_US, folded_at
from benchmarks.workloads.factory import events
from benchmarks.workloads.jobs import START_US
from streams.codec.envelope import parse_time
from streams.names import Names

JOBS, SEED = 150, 4


@pytest.fixture(scope="module")
def in_order() -> list[dict]:
    values = events(JOBS, Names(), seed=SEED, ordered=True).json()
    return [json.loads(value) for value in values]


@pytest.mark.parametrize("after_s", [0, 1, 5.2, 30.4, 70.000001, 401, None])
def test_sums_are_the_fold_of_the_events(in_order, after_s):
    time_us = END_US if after_s is None else START_US + int(after_s * 1e6)
    folded = reference.empty()
    for event in in_order:
        if after_s is None or parse_time(event["time"]) <= time_us:
            reference.fold(folded, event)
    for known in folded["machines"].values():
        known[2] = ""
    assert folded_at(JOBS, time_us=time_us, seed=SEED) == folded
