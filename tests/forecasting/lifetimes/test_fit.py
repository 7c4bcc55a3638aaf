import math

import pytest
from scipy import stats

from forecasting._kernels.lifetimes import log_survival
from forecasting.errors import OptionError
from forecasting.lifetimes import (
    LAWS,
    Lifetimes,
    fit_law,
    law_interval,
    law_quantiles,
)
from forecasting.lifetimes.fit import cv_of

TRUE_CV = {"exponential": 1.0, "lognormal": 0.5, "gamma": 0.5, "weibull": 0.5}


def test_fit_equals_scipy_without_censoring(drawn):
    x = drawn(1, "gamma", n=200)
    shape, _, scale = stats.gamma.fit(x.duration, floc=0)
    fit = fit_law(x, "gamma")
    assert fit.shape == pytest.approx(shape, rel=1e-5)
    assert fit.mean == pytest.approx(shape * scale, rel=1e-5)
    shape, _, scale = stats.weibull_min.fit(x.duration, floc=0)
    fit = fit_law(x, "weibull")
    assert fit.shape == pytest.approx(shape, rel=1e-4)
    assert fit.mean == pytest.approx(scale * math.gamma(1 + 1 / shape), rel=1e-4)


@pytest.mark.parametrize("law", LAWS)
def test_fit_equals_scipy_with_censoring(law, drawn):
    x = drawn(2, law, n=150, censoring=3.0)
    data = stats.CensoredData.right_censored(x.duration, ~x.is_observed)
    theirs = {"exponential": stats.expon, "lognormal": stats.lognorm,
              "gamma": stats.gamma, "weibull": stats.weibull_min}[law]  # fmt: skip
    parameters = theirs.fit(data, floc=0)
    assert fit_law(x, law).mean == pytest.approx(theirs(*parameters).mean(), rel=1e-3)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("censoring", [math.inf, 4.0])
def test_intervals_hold_the_truth_in_95_of_100_samples(law, censoring, drawn):
    held = []
    for seed in range(10_000, 10_300):
        sample = drawn(seed, law, n=40, censoring=censoring)
        mean, cv = law_interval(sample, fit_law(sample, law))
        held.append((mean.holds(2.0), cv.holds(TRUE_CV[law])))
    n = len(held)
    for k in range(1 if law == "exponential" else 2):
        # 3.3 standard errors of 300 samples: one such test in a thousand fails.
        assert sum(pair[k] for pair in held) / n == pytest.approx(0.95, abs=0.042)


def test_exponential_interval_without_censoring_is_the_exact_one():
    sample = Lifetimes.of([1.0, 4.0, 2.0, 9.0, 3.0])
    mean, cv = law_interval(sample, fit_law(sample, "exponential"))
    assert mean.low == pytest.approx(2 * 19 / stats.chi2.ppf(0.975, 10))
    assert mean.high == pytest.approx(2 * 19 / stats.chi2.ppf(0.025, 10))
    assert (cv.low, cv.high) == (1, 1)


def test_entry_takes_out_the_time_nobody_watched():
    sample = Lifetimes.of([5.0, 7.0], None, [2.0, 3.0])
    assert fit_law(sample, "exponential").mean == 3.5


def test_wider_level_gives_wider_interval(drawn):
    sample = drawn(4, "weibull")
    fit = fit_law(sample, "weibull")
    (narrow, _), (wide, _) = (
        law_interval(sample, fit, level=level) for level in (0.8, 0.99)
    )
    assert wide.low < narrow.low < fit.mean < narrow.high < wide.high


def test_cv_of_a_shape_equals_scipy():
    assert cv_of("weibull", 2.0) == pytest.approx(
        stats.weibull_min(2.0).std() / stats.weibull_min(2.0).mean()
    )
    assert cv_of("lognormal", 0.7) == pytest.approx(
        stats.lognorm(0.7).std() / stats.lognorm(0.7).mean()
    )


@pytest.mark.parametrize("law", LAWS)
def test_quantiles_of_a_law_invert_its_survival(law, drawn):
    fit = fit_law(drawn(6, law), law)
    levels = [1e-4, 0.3, 0.5, 0.99]
    found = [
        1 - math.exp(log_survival(LAWS.index(law), fit.mean, fit.shape, x))
        for x in law_quantiles(fit, levels).tolist()
    ]
    assert found == pytest.approx(levels, rel=1e-7)
    assert math.isfinite(law_quantiles(fit, 1.0))


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(OptionError, match="needs 3"):
        fit_law(Lifetimes.of([1.0, 2.0]), "gamma")
    with pytest.raises(OptionError, match="duration of 0"):
        fit_law(Lifetimes.of([0.0, 2.0, 3.0]), "gamma")
    with pytest.raises(OptionError, match="one of exponential"):
        fit_law(Lifetimes.of([1.0, 2.0]), "pareto")
    sample = Lifetimes.of([1.0, 2.0])
    with pytest.raises(OptionError, match=r"was 1\.0"):
        law_interval(sample, fit_law(sample, "exponential"), level=1.0)
