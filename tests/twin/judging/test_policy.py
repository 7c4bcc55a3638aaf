"""Candidates judged in the loop."""

import pytest

from twin.demand import MeanForecaster, law_means
from twin.errors import OptionError
from twin.judging import (
    JudgedPolicy,
    JudgeOptions,
    JudgingOptions,
    LevelCandidate,
    PlanCandidate,
)
from twin.simulate.replicate.seeds import replication_seed

QUICK = JudgeOptions(n_futures=3, horizon=6)
CANDIDATES = (PlanCandidate(quantile=0.9), LevelCandidate(service=0.05))


def scarce(tables):
    tables["stock"][0]["on_hand"] = 6
    tables["stock"][1]["on_hand"] = 5


@pytest.fixture
def judged(planner_of):
    def make(network, **options):
        given = {"candidates": CANDIDATES, "every": 4, "judge": QUICK} | options
        return JudgedPolicy(
            planner_of(network),
            MeanForecaster(law_means(network)),
            options=JudgingOptions(**given),
            horizon=lambda: 8,
        )

    return make


def test_best_in_futures_is_followed_and_the_reason_told(two_echelon, judged, run_loop):
    network = two_echelon(scarce)
    policy = judged(network)
    run = run_loop(network, policy, 6, seed=3)
    assert [one.chosen for one in policy.verdicts] == ["plan 0.9", "plan 0.9"]
    day_us = network.settings.review_us
    assert [one.now_us - network.settings.as_of_us for one in policy.verdicts] == [
        0, 4 * day_us
    ]  # fmt: skip
    reasons = [review.decided.reason for review in run.reviews]
    assert reasons[:4] == [policy.verdicts[0].reason] * 4
    assert reasons[4:] == [policy.verdicts[1].reason] * 2
    assert all(review.decided.planned is not None for review in run.reviews)


def test_same_runs_judge_the_same(two_echelon, judged, run_loop):
    network = two_echelon(scarce)
    policies = [judged(network) for _ in range(2)]
    hashes = {
        run_loop(network, one, 5, seed=1).result.state_hash for one in policies
    }  # fmt: skip
    assert len(hashes) == 1
    assert policies[0].verdicts == policies[1].verdicts


def test_futures_know_nothing_of_the_seed_of_the_plant(two_echelon, judged, run_loop):
    network = two_echelon(scarce)
    policies = [judged(network) for _ in range(2)]
    for seed, policy in enumerate(policies):
        run_loop(network, policy, 1, seed=seed)
    assert policies[0].verdicts == policies[1].verdicts


def test_judgement_is_brought_forward_on_demand(two_echelon, judged, run_loop):
    network = two_echelon(scarce)
    policy = judged(network, every=100)
    run_loop(network, policy, 2)
    policy.reconsider()
    assert len(policy.verdicts) == 1
    run_loop(network, policy, 1)
    assert len(policy.verdicts) == 2


def test_seeds_of_futures_differ_by_review(two_echelon, judged):
    policy = judged(two_echelon(), seed=5)
    first = policy._seed()
    policy.observe(0.0)
    assert first == replication_seed(5, 0)
    assert policy._seed() == replication_seed(5, 1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"candidates": ()}, "candidates"),
        ({"candidates": (CANDIDATES[0], CANDIDATES[0])}, "each name once"),
        ({"every": 0}, "every"),
    ],
)
def test_options_out_of_range_are_refused(options, said):
    with pytest.raises(OptionError, match=said):
        JudgingOptions(**options)
