import math

import numpy as np
import pytest

from forecasting.errors import OptionError
from forecasting.lifetimes import LAWS, Lifetimes, choose_law


@pytest.mark.parametrize("law", LAWS)
def test_law_is_found_in_a_large_sample(law, drawn):
    rng = np.random.default_rng(1)
    choice = choose_law(drawn(3, law, n=600, censoring=8.0), rng)
    assert choice.law == law
    assert choice.mean_interval.holds(choice.mean)
    assert choice.p_value > 0.01
    assert [fit.bic for fit in choice.fits] == sorted(fit.bic for fit in choice.fits)


def test_what_no_family_fits_is_taken_as_observed():
    rng = np.random.default_rng(2)
    humps = np.concatenate([rng.normal(1.0, 0.05, 80), rng.normal(5.0, 0.2, 40)])
    choice = choose_law(Lifetimes.of(humps), rng)
    assert choice.law == "observed"
    assert choice.mean == pytest.approx(humps.mean())
    assert choice.observed.quantile(0.5) < 1.3
    assert choice.p_value <= 0.01


def test_equal_durations_are_constant_and_draw_nothing():
    choice = choose_law(Lifetimes.of([3.0, 3.0, 1.0], [True, True, False]), None)
    assert (choice.law, choice.mean, choice.cv) == ("constant", 3.0, 0.0)


def test_durations_of_zero_leave_the_exponential_and_the_observed_law():
    rng = np.random.default_rng(3)
    sample = Lifetimes.of(np.concatenate([np.zeros(4), rng.exponential(2.0, 40)]))
    choice = choose_law(sample, rng)
    assert [fit.law for fit in choice.fits] == ["exponential"]
    assert choice.law in {"exponential", "observed"}


def test_without_draws_the_least_bic_decides(drawn):
    choice = choose_law(drawn(5, "lognormal", n=200), None, n_replicates=0)
    assert choice.law == choice.fits[0].law
    assert not math.isnan(choice.p_value)


def test_known_family_is_kept_unless_the_evidence_is_strong(drawn):
    few, many = drawn(5, "gamma", n=25), drawn(5, "gamma", n=600)
    chosen = [
        choose_law(sample, None, preferred=law).law
        for sample in (few, many)
        for law in ("weibull", "exponential")
    ]
    assert chosen == ["weibull", "gamma", "gamma", "gamma"]


def test_fewer_than_two_ends_are_refused():
    with pytest.raises(OptionError, match="2 ends"):
        choose_law(Lifetimes.of([]), None)
