from dataclasses import replace

import numpy as np
import pytest

from benchmarks.workloads.closing import seeds
from benchmarks.workloads.closing.engine import LEVERS, KnownDemand
from benchmarks.workloads.closing.frozen import BASELINES

JOB = seeds.Job(10_000, (BASELINES[0].name, BASELINES[2].name), n_days=3)


@pytest.mark.slow
def test_episode_of_a_job_is_that_of_its_seed_or_of_a_drawn_network():
    assert JOB.episode().seed == 10_000
    assert JOB.episode().n_days == 3
    drawn = replace(JOB, number=4).episode()
    assert drawn.known.hash != JOB.episode().known.hash
    assert drawn.n_days == seeds.DRAWN_DAYS


@pytest.mark.slow
def test_job_tells_of_each_policy_and_repeats():
    first, again = (seeds.outcomes_of(JOB) for _ in range(2))
    assert tuple(first) == JOB.policies
    for name, found in first.items():
        assert found.measures == again[name].measures
        assert len(found.cycle_s) == 3


def test_policy_nobody_knows_is_refused():
    with pytest.raises(StopIteration):
        seeds.outcomes_of(replace(JOB, policies=("nobody",)))


def test_levers_and_baselines_have_names_of_their_own():
    names = [seeds.OURS, seeds.CLAIRVOYANT, *LEVERS, *(one.name for one in BASELINES)]
    assert len(set(names)) == len(names)


def test_known_demand_is_told_and_ends():
    demand = np.arange(6.0).reshape(2, 3)
    told = KnownDemand(demand)
    told.observe(demand[:, 0])
    assert told.means(2).tolist() == [[1.0, 2.0], [4.0, 5.0]]
    assert told.paths(3, 0.9).tolist() == [[1.0, 2.0, 0.0], [4.0, 5.0, 0.0]]
    assert told.quantiles(2, [0.1, 0.9]).shape == (2, 2, 2)
