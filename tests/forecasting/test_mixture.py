import math

import numpy as np
import pytest

from forecasting.errors import OptionError
from forecasting.intervals import cumulative_quantile_path
from forecasting.mixture import mixture_quantile_path, posterior_weights

FLAT = np.full(30, 20.0)
T = np.arange(30)
SEASON = FLAT * (1 + 0.05 * T) * (1 + 0.5 * np.sin(2 * np.pi / 30 * T))
SHOCK = np.where(T >= 15, 2 * SEASON, SEASON)
FAMILIES = np.array([FLAT, SEASON, SHOCK])


def test_weights_equal_bayes_rule_on_poisson_probabilities():
    history, prior = [3, 7], [0.2, 0.8]
    means = [[4.0, 5.0], [2.0, 9.0]]

    def likelihood(row):
        terms = zip(history, row, strict=True)
        return math.prod(math.exp(-m) * m**y / math.factorial(y) for y, m in terms)

    products = [p * likelihood(row) for p, row in zip(prior, means, strict=True)]
    found = posterior_weights(history, means, prior)
    assert found.weights == pytest.approx(np.array(products) / sum(products))


def test_weights_find_the_family_that_made_the_demand():
    rng = np.random.default_rng(10)
    for truth in range(3):
        history = rng.poisson(FAMILIES[truth])
        found = posterior_weights(history, FAMILIES)
        assert found.weights.argmax() == truth
        assert found.weights[truth] > 0.99
        assert abs(found.discrepancy) < 4


def test_families_that_agree_so_far_share_the_weight():
    rng = np.random.default_rng(12)
    found = posterior_weights(rng.poisson(SEASON[:12]), FAMILIES)
    assert found.weights[1] == pytest.approx(found.weights[2])


def test_no_history_leaves_the_prior():
    found = posterior_weights([], FAMILIES, [1.0, 1.0, 2.0])
    assert found.weights.tolist() == [0.25, 0.25, 0.5]
    assert (found.discrepancy, found.level_ratio) == (0.0, 1.0)


def test_discrepancy_shows_that_no_family_fits():
    rng = np.random.default_rng(13)
    found = posterior_weights(rng.poisson(3 * FLAT[:10]), FAMILIES[:1])
    assert found.discrepancy > 10
    assert found.level_ratio == pytest.approx(3.0, rel=0.2)
    # Four steps of 20 expected, 100 seen: 20 over a deviation of sqrt(80).
    exact = posterior_weights([25.0] * 4, FAMILIES[:1])
    assert exact.discrepancy == pytest.approx(20 / 80**0.5)
    assert exact.level_ratio == 1.25


def test_dispersion_makes_the_weights_slower_to_move():
    history = [26, 29, 31]
    poisson = posterior_weights(history, FAMILIES[:2])
    spread = posterior_weights(history, FAMILIES[:2], dispersion=5.0)
    assert poisson.weights[1] > spread.weights[1] > 0.5


def test_a_family_with_zero_mean_is_not_ruled_out_for_ever():
    found = posterior_weights([1.0], [[0.0], [1.0]])
    assert 0.0 < found.weights[0] < 1e-6


def test_a_sure_family_gives_its_own_path():
    path = mixture_quantile_path([0.0, 1.0, 0.0], FAMILIES, 0.85)
    assert path.tolist() == cumulative_quantile_path(SEASON, 0.85).tolist()


def test_mixture_covers_running_demand_as_often_as_asked():
    rng = np.random.default_rng(14)
    weights = np.array([0.5, 0.3, 0.2])
    running = rng.poisson(FAMILIES[rng.choice(3, size=20_000, p=weights)]).cumsum(
        axis=1
    )
    path = mixture_quantile_path(weights, FAMILIES, 0.8)
    covered = (running <= path.cumsum()).mean(axis=0)
    assert (covered > 0.79).all()
    # Exact for a discrete law: at most one value's probability above what was asked.
    assert (covered < 0.8 + 0.05).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: posterior_weights([-1], [[1.0]]), "history must be finite and >= 0"),
        (lambda: posterior_weights([1, 2], [[1.0]]), "not longer than"),
        (lambda: posterior_weights([1], [1.0]), "n_families, n_steps"),
        (lambda: posterior_weights([1], [[-1.0]]), "candidate_means must be finite"),
        (lambda: posterior_weights([1], [[1.0]], [0.0]), "not all 0"),
        (lambda: mixture_quantile_path([0.5], [[1.0]], 0.5), "add up to 1"),
        (lambda: mixture_quantile_path([1.0], [[1.0]], 0.0), "quantile must be"),
    ],
)
def test_arguments_out_of_range_are_named(call, message):
    with pytest.raises(OptionError, match=message):
        call()
