import numpy as np
import pytest

from twin.errors import OptionError
from twin.loop.tuning import TuningOptions, tune

TARGET = np.array([1.5, -2.0])


def bowl(values, seed):
    # The luck of a seed is the same for all.
    luck = np.random.default_rng(seed).normal(0.0, 10.0)
    return float(((values - TARGET) ** 2).sum()) + luck


def search(evaluate, *, seed=0, **changed):
    options = TuningOptions(**{"seeds": (1, 2, 3), "n_rounds": 10} | changed)
    return tune(
        evaluate, np.zeros(2), np.full(2, 2.0), options=options,
        rng=np.random.default_rng(seed), low=-5.0, high=5.0,
    )  # fmt: skip


def test_tune_bowl_with_luck_finds_its_bottom():
    found = search(bowl, n_candidates=24)
    np.testing.assert_allclose(found.values, TARGET, atol=0.2)
    luck = np.mean([bowl(TARGET, seed) for seed in (1, 2, 3)])
    assert found.cost == pytest.approx(luck, abs=0.05)


def test_tune_same_rng_repeats_to_the_bit():
    one, other = search(bowl), search(bowl)
    assert one.values.tobytes() == other.values.tobytes()
    assert one.rounds == other.rounds


def test_tune_start_at_the_bottom_is_kept():
    found = search(lambda values, seed: float(np.abs(values).sum()) + seed)
    assert found.values.tolist() == [0.0, 0.0]


def test_tune_start_with_bad_luck_on_the_first_seed_is_kept():
    def evaluate(values, seed):
        is_start = not values.any()
        if seed == 1:
            return 5.0 if is_start else 0.0
        return 0.0 if is_start else 50.0

    found = search(evaluate, n_elite=1, n_rounds=2)
    assert found.values.tolist() == [0.0, 0.0]
    assert found.cost == pytest.approx(5.0 / 3.0)
    assert found.rounds == (found.cost, found.cost)


def test_tune_start_outside_is_brought_within_the_bounds():
    found = tune(
        lambda values, seed: -float(values.sum()), np.array([9.0, 9.0]), np.ones(2),
        options=TuningOptions((1, 2), n_rounds=1), rng=np.random.default_rng(0),
        low=-5.0, high=np.array([5.0, 4.0]),
    )  # fmt: skip
    assert found.values.tolist() == [5.0, 4.0]


def test_tune_costs_never_rise_from_round_to_round():
    rounds = np.array(search(bowl).rounds)
    assert (np.diff(rounds) <= 0.0).all()


def test_tune_plays_each_candidate_once_a_seed_and_within_its_budget():
    played = []

    def evaluate(values, seed):
        played.append((values.tobytes(), seed))
        return bowl(values, seed)

    options = TuningOptions(seeds=(1, 2, 3), n_rounds=3)
    found = tune(
        evaluate, np.zeros(2), np.ones(2), options=options,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    assert len(played) == len(set(played)) == found.n_plays <= options.n_plays


def test_tune_keeps_to_its_bounds():
    seen = []

    def evaluate(values, seed):
        seen.append(values)
        return bowl(values, seed)

    search(evaluate)
    assert np.abs(seen).max() <= 5.0


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"seeds": ()}, r"seeds must be one at least, were \(\)"),
        ({"n_first": 4}, "n_first must be in 1..3, was 4"),
        ({"n_rounds": 0}, "n_rounds must be >= 1, was 0"),
        ({"n_candidates": 1}, "n_candidates must be >= 2, was 1"),
        ({"n_elite": 13}, "n_elite must be in 1..12, was 13"),
        ({"keep": 1.0}, r"keep must be in \[0, 1\), was 1.0"),
    ],
)
def test_options_out_of_range_are_refused(changed, told):
    with pytest.raises(OptionError, match=told):
        TuningOptions(**{"seeds": (1, 2, 3)} | changed)
