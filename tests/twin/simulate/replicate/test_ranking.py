import numpy as np
import pytest
from scipy.stats import ttest_rel

from twin.errors import OptionError
from twin.simulate.replicate import rank

NAN = float("nan")


def table(seed=1, *, shift=(0.0, 0.3, 0.6), n=20):
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n)
    return {f"s{k}": common + s + 0.5 * rng.normal(size=n) for k, s in enumerate(shift)}


def test_certainty_is_what_paired_tests_leave():
    values = table()
    best = rank(values)[0]
    others = [name for name in values if name != best.scenario]
    p = [
        ttest_rel(values[best.scenario], values[name], alternative="less").pvalue
        for name in others
    ]
    assert best.certainty == pytest.approx(1 - sum(p))


def test_more_is_better_when_asked():
    values = table()
    down = [each.scenario for each in rank(values)]
    up = [each.scenario for each in rank(values, largest=True)]
    assert up == down[::-1]
    mirrored = rank({name: -column for name, column in values.items()})
    assert rank(values, largest=True)[0].certainty == mirrored[0].certainty


def test_best_is_among_contenders_at_least_as_often_as_said():
    kept = wrong = 0
    for seed in range(1000):
        ranked = rank(table(seed, shift=(0.0, 0.01, 0.2, 0.4)))
        kept += "s0" in {each.scenario for each in ranked if each.is_contender}
        wrong += ranked[0].certainty >= 0.95 and ranked[0].scenario != "s0"
    assert kept >= 950
    assert wrong <= 50


def test_first_share_counts_futures_and_shares_ties():
    ranked = rank({"a": [1, 1, 1, 9], "b": [2, 1, 0, 0]})
    assert {each.scenario: each.first_share for each in ranked} == {
        "a": 0.375, "b": 0.625
    }  # fmt: skip


def test_scenarios_that_never_differ_are_tied():
    ranked = rank({"a": [1.0, 2.0], "b": [1.0, 2.0]})
    assert [each.certainty for each in ranked] == [0.5, 0.5]
    assert all(each.is_contender for each in ranked)


def test_a_difference_that_never_varies_is_certain():
    ranked = rank({"a": [1.0, 2.0], "b": [2.0, 3.0]})
    assert [each.certainty for each in ranked] == [1.0, 0.0]
    assert [each.is_contender for each in ranked] == [True, False]


def test_replication_without_a_value_is_left_out_for_all():
    short = rank({"a": [1.0, 2.0, 9.0], "b": [3.0, 5.0, NAN]})
    assert short == rank({"a": [1.0, 2.0], "b": [3.0, 5.0]})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"a": [1.0, 2.0]}, "at least two scenarios, had 1"),
        ({"a": [1.0, 2.0], "b": [1.0]}, "same replications"),
        ({"a": [1.0, NAN], "b": [1.0, 2.0]}, "two complete replications, had 1"),
    ],
)
def test_too_little_to_rank_is_refused(values, words):
    with pytest.raises(OptionError, match=words):
        rank(values)
