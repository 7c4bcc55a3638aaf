import statistics

import numpy as np
import pytest
from scipy import stats

from twin.model import laws
from twin.model.laws import LAW_NAMES
from twin.simulate._kernels import random as r

TAILS = (1e-12, 1e-8, 0.001, 0.07, 0.3, 0.5, 0.77, 0.99, 0.99999)
ONES = 0xFFFFFFFF


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        (
            (ONES, ONES, ONES, ONES),
            (ONES, ONES),
            (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
        ),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_published_words(counter, key, words):
    # Known-answer vectors of Random123, the code of Salmon et al. (2011).
    assert r.philox4x32(counter, key) == words


def test_u01_is_uniform_and_uncorrelated():
    draws = np.array([r.u01(7, 1, 2, n) for n in range(20_000)])
    assert 0.0 < draws.min() < draws.max() < 1.0
    assert stats.kstest(draws, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(draws[1:], draws[:-1])[0, 1]) < 0.03


def test_u01_each_argument_gives_another_number():
    base = (5, 1, 2, 3)
    others = [tuple(a + (i == k) for i, a in enumerate(base)) for k in range(4)]
    assert len({r.u01(*arguments) for arguments in [base, *others]}) == 5
    assert r.u01(5 + 2**32, 1, 2, 3) != r.u01(*base)
    assert r.u01(5, 1, 2, 3 + 2**32) != r.u01(*base)


@pytest.mark.parametrize("u", [1e-300, *TAILS])
def test_normal_quantile_equals_the_standard_library(u):
    assert r.normal_quantile(u) == pytest.approx(
        statistics.NormalDist().inv_cdf(u), rel=1e-13, abs=1e-15
    )


@pytest.mark.parametrize("shape", [0.1, 0.5, 1.0, 1.3, 4.0, 50.0, 2000.0])
def test_gamma_quantile_equals_scipy(shape):
    ours = [r.gamma_quantile(shape, u) for u in TAILS]
    assert ours == pytest.approx(stats.gamma.ppf(TAILS, shape), rel=1e-9)


@pytest.mark.parametrize("dispersion", [0.0, 0.01, 0.3, 1.0, 3.0])
@pytest.mark.parametrize("mean", [0.01, 0.5, 3.0, 20.0, 500.0, 5000.0])
def test_count_quantile_equals_scipy(mean, dispersion):
    us = (1e-9, 0.01, 0.2, 0.5, 0.8, 0.99, 0.999999)
    size = np.inf if dispersion == 0.0 else 1 / dispersion
    law = (
        stats.poisson(mean)
        if dispersion == 0.0
        else stats.nbinom(size, size / (mean + size))
    )
    assert [r.count_quantile(mean, dispersion, u) for u in us] == law.ppf(us).tolist()


@pytest.mark.parametrize("law", range(len(LAW_NAMES)), ids=LAW_NAMES)
def test_formula_quantile_has_the_mean_and_cv_of_its_law(law):
    cv = {laws.CONSTANT: 0.0, laws.EXPONENTIAL: 1.0}.get(law, 0.3)
    us = (np.arange(20_000) + 0.5) / 20_000
    values = np.array([r.formula_quantile(law, 6.0, cv, u) for u in us])
    assert values.mean() == pytest.approx(6.0, rel=1e-3)
    assert values.std() / 6.0 == pytest.approx(cv, rel=5e-3)
    assert (np.diff(values) >= 0).all() or law == laws.EXPONENTIAL


def test_law_quantile_of_an_observed_law_scales_its_factors():
    start = np.array([0, 2, 4], np.int32)
    factor = np.array([0.5, 1.5, 0.8, 1.6])
    weight = np.array([0.5, 0.5, 0.75, 0.25])
    code = len(LAW_NAMES) + 1
    drawn = [
        r.law_quantile(code, 10.0, 0.0, start, factor, weight, u)
        for u in (0.1, 0.75, 0.76, 0.999)
    ]
    assert drawn == [8.0, 8.0, 16.0, 16.0]


def test_count_draws_follow_the_law_of_each_entity():
    law = np.array([0, 1, 2], np.int8)
    mean, dispersion = np.full(3, 7.5), np.full(3, 0.5)
    drawn = np.array(
        [r.count_draws(3, 0, n, law, mean, dispersion) for n in range(5000)]
    )
    assert (drawn[:, 0] == 7.5).all()
    assert drawn.mean(axis=0) == pytest.approx(7.5, rel=0.05)
    assert drawn[:, 1].var() == pytest.approx(7.5, rel=0.1)
    assert drawn[:, 2].var() == pytest.approx(7.5 + 0.5 * 7.5**2, rel=0.1)
