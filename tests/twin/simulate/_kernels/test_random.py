import hashlib
import math

import numpy as np
import pytest
from numba import njit
from scipy import special, stats

from twin.model import laws
from twin.model.laws import LAW_NAMES
from twin.simulate._kernels import random as r

ONES = 0xFFFFFFFF
MEAN = 6.0
DIGEST = "ce6da76e7f8d0bd7d62f11b1fb6d91e4"
CASES = [
    (laws.EXPONENTIAL, 1.0), (laws.LOGNORMAL, 0.3), (laws.LOGNORMAL, 1.5),
    (laws.GAMMA, 0.02), (laws.GAMMA, 0.3), (laws.GAMMA, 1.0), (laws.GAMMA, 1.7),
    (laws.TRIANGULAR, 0.3), (laws.UNIFORM, 0.5), (laws.WEIBULL, 0.1),
    (laws.WEIBULL, 0.5), (laws.WEIBULL, 1.0), (laws.WEIBULL, 2.0),
]  # fmt: skip
NAMES = [f"{LAW_NAMES[law]} {cv}" for law, cv in CASES]
NO_STARTS, NO_FACTORS = np.zeros(1, np.int32), np.zeros(0)


@njit
def uniforms(seed, stream, entity, n, step):
    # `step` tells which of the three arguments the draws count along.
    found = np.empty(n)
    for k in range(n):
        found[k] = r.u01(
            seed,
            stream + (k if step == 0 else 0),
            entity + (k if step == 1 else 0),
            k if step == 2 else 0,
        )
    return found


@njit
def draws(n, law, mean, p0, p1, start, factor, cumulative):
    found = np.empty(n)
    for k in range(n):
        found[k] = r.drawn(11, 2, 5, k, law, mean, p0, p1, start, factor, cumulative)
    return found


def sample(law, cv, n, *, observed=(NO_STARTS, NO_FACTORS, NO_FACTORS)):
    return draws(n, law, MEAN, *r.law_parameters(law, cv), *observed)


def observed_law():
    start = np.array([0, 2, 6], np.int32)
    factor = np.array([0.5, 1.5, 0.2, 0.6, 1.0, 1.8])
    weight = np.array([0.5, 0.5, 0.1, 0.3, 0.3, 0.3])
    return start, factor, weight


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


def test_u01_is_made_of_the_first_two_words():
    words = r.philox4x32((3, 4, 5, 6), (7, 8))
    bits = (int(words[0]) << 32 | int(words[1])) >> 12
    wanted = (bits + 0.5) / 2**52
    assert r.u01(7 + (8 << 32), 6, 5, 3 + (4 << 32)) == wanted


def test_u01_each_argument_gives_another_number():
    base = (5, 1, 2, 3)
    others = [tuple(a + (i == k) for i, a in enumerate(base)) for k in range(4)]
    assert len({r.u01(*arguments) for arguments in [base, *others]}) == 5
    assert r.u01(5 + 2**32, 1, 2, 3) != r.u01(*base)
    assert r.u01(5, 1, 2, 3 + 2**32) != r.u01(*base)


@pytest.mark.parametrize("step", range(3), ids=["stream", "entity", "n"])
@pytest.mark.parametrize("n", [20_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_u01_is_uniform_and_uncorrelated_along(step, n):
    found = uniforms(7, 1, 2, n, step)
    assert 0.0 < found.min() < found.max() < 1.0
    assert stats.kstest(found, "uniform").pvalue > 1e-4
    centred = (found - 0.5) * math.sqrt(12.0)
    for lag in range(1, 9):
        correlation = (centred[lag:] * centred[:-lag]).mean()
        assert abs(correlation) < 4.0 / math.sqrt(n), lag
    bits = (found * 2.0**52).astype(np.int64)[:, None] >> np.arange(52) & 1
    assert np.abs(bits.mean(axis=0) - 0.5).max() < 2.5 / math.sqrt(n)


@pytest.mark.slow
@pytest.mark.parametrize("step", range(3), ids=["stream", "entity", "n"])
def test_u01_neighbours_are_uncorrelated(step):
    n = 1_000_000
    base = uniforms(7, 1, 2, n, step) - 0.5
    others = [(8, 1, 2), (7, 2, 2), (7, 1, 3), (7 + 2**32, 1, 2)]
    for k, arguments in enumerate(others):
        if k == step + 1:
            continue  # The same numbers, moved by one.
        other = uniforms(*arguments, n, step) - 0.5
        correlation = 12.0 * (base * other).mean()
        assert abs(correlation) < 4.0 / math.sqrt(n), arguments


def distribution(law, cv):
    if law == laws.GAMMA:
        return stats.gamma(1 / cv**2, scale=MEAN * cv**2)
    if law == laws.LOGNORMAL:
        mu, sigma = laws.lognormal_parameters(MEAN, cv)
        return stats.lognorm(sigma, scale=math.exp(mu))
    if law == laws.WEIBULL:
        inverse_shape, scale = r.law_parameters(law, cv)
        return stats.weibull_min(1 / inverse_shape, scale=MEAN * scale)
    if law == laws.EXPONENTIAL:
        return stats.expon(scale=MEAN)
    half = laws.half_width(law, MEAN, cv)
    if law == laws.TRIANGULAR:
        return stats.triang(0.5, MEAN - half, 2 * half)
    return stats.uniform(MEAN - half, 2 * half)


@pytest.mark.parametrize(("law", "cv"), CASES, ids=NAMES)
def test_draws_follow_their_law(law, cv):
    n = 100_000
    found, wanted = sample(law, cv, n), distribution(law, cv)
    assert stats.kstest(found, wanted.cdf).pvalue > 1e-3
    assert wanted.mean() == pytest.approx(MEAN, rel=1e-9)
    assert wanted.std() == pytest.approx(MEAN * cv, rel=1e-9)
    assert found.mean() == pytest.approx(MEAN, abs=4.0 * MEAN * cv / math.sqrt(n))
    # The error of a variance follows from the fourth moment.
    kurtosis = float(wanted.stats("k")) + 2.0
    allowed = 5.0 * cv**2 * math.sqrt(kurtosis / n)
    assert found.var() / MEAN**2 == pytest.approx(cv**2, abs=allowed)


@pytest.mark.parametrize(("law", "cv"), CASES, ids=NAMES)
def test_formula_quantile_inverts_the_distribution(law, cv):
    us = np.array([1e-9, 1e-4, 0.03, 0.3, 0.5, 0.8, 0.99, 0.99999])
    p0, p1 = r.law_parameters(law, cv)
    found = np.array([r.formula_quantile(law, MEAN, p0, p1, u) for u in us])
    falls = law in {laws.EXPONENTIAL, laws.WEIBULL}
    wanted = distribution(law, cv)
    assert found == pytest.approx(wanted.isf(us) if falls else wanted.ppf(us), rel=1e-9)


@pytest.mark.parametrize("law", range(len(LAW_NAMES)), ids=LAW_NAMES)
def test_a_law_without_spread_is_constant(law):
    p0, p1 = r.law_parameters(law, 0.0)
    found = {r.formula_quantile(law, MEAN, p0, p1, u) for u in (0.01, 0.5, 0.9)}
    if law == laws.EXPONENTIAL:
        assert len(found) == 3, "its spread is its mean"
    else:
        assert found == {MEAN}
    if law != laws.CONSTANT:
        p0, p1 = r.law_parameters(law, 0.3)
        assert r.formula_quantile(law, 0.0, p0, p1, 0.3) == 0.0


@pytest.mark.parametrize("cv", [0.001, 0.05, 0.3, 1.0, 3.0, 100.0])
def test_weibull_parameters_give_back_mean_and_cv(cv):
    q, scale = r.law_parameters(laws.WEIBULL, cv)
    assert scale * special.gamma(1 + q) == pytest.approx(1.0, rel=1e-12)
    ratio = special.gammaln(1 + 2 * q) - 2 * special.gammaln(1 + q)
    assert math.sqrt(math.expm1(ratio)) == pytest.approx(cv, rel=1e-7)


def test_weibull_with_the_cv_of_an_exponential_law_is_one():
    p0, p1 = r.law_parameters(laws.WEIBULL, 1.0)
    for u in (0.001, 0.4, 0.999):
        assert r.formula_quantile(laws.WEIBULL, MEAN, p0, p1, u) == pytest.approx(
            -MEAN * math.log(u), rel=1e-12
        )


def test_prepared_quantile_of_an_observed_law_scales_its_factors():
    start, factor, weight = observed_law()
    cumulative = r.cumulative_weights(start, weight)
    assert cumulative.tolist() == [0.5, 1.0, 0.1, 0.4, 0.7, 1.0]
    code = len(LAW_NAMES)
    us = (0.05, 0.1, 0.11, 0.4, 0.41, 0.7, 0.71, 1.0 - 2**-53)
    drawn = [
        r.prepared_quantile(code + 1, 10.0, 0.0, 0.0, start, factor, cumulative, u)
        for u in us
    ]
    assert drawn == [2.0, 2.0, 6.0, 6.0, 10.0, 10.0, 18.0, 18.0]
    first = [
        r.prepared_quantile(code, 10.0, 0.0, 0.0, start, factor, cumulative, u)
        for u in (0.5, 0.51)
    ]
    assert first == [5.0, 15.0]


def test_cumulative_weights_end_at_one_and_skip_laws_without_rows():
    start = np.array([0, 0, 3], np.int32)
    assert r.cumulative_weights(start, np.full(3, 0.1))[-1] == 1.0
    assert r.cumulative_weights(np.zeros(1, np.int32), np.zeros(0)).tolist() == []


def test_empirical_draws_have_their_weights():
    start, factor, weight = observed_law()
    observed = (start, factor, r.cumulative_weights(start, weight))
    found = sample(len(LAW_NAMES) + 1, 0.0, 100_000, observed=observed) / MEAN
    shares = [np.isclose(found, f).mean() for f in factor[2:]]
    assert shares == pytest.approx(weight[2:], abs=0.007)


def test_formula_draw_equals_the_draw_of_a_kernel():
    for law, cv in CASES:
        p0, p1 = r.law_parameters(law, cv)
        found = [r.formula_draw(11, 2, 5, k, law, MEAN, p0, p1) for k in range(20)]
        assert found == sample(law, cv, 20).tolist()
    assert sample(laws.CONSTANT, 0.0, 2).tolist() == [MEAN, MEAN]


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


def digest_of_a_million():
    found = [sample(law, cv, 75_000) for law, cv in CASES]
    start, factor, weight = observed_law()
    observed = (start, factor, r.cumulative_weights(start, weight))
    found.append(sample(len(LAW_NAMES), 0.0, 25_000, observed=observed))
    law = np.repeat(np.array([0, 1, 2], np.int8), 200)
    mean, dispersion = np.linspace(0.1, 90.0, 600), np.linspace(0.01, 2.0, 600)
    found += [r.count_draws(3, 0, n, law, mean, dispersion) for n in range(10)]
    together = np.concatenate(found)
    assert len(together) >= 1_000_000
    assert np.isfinite(together).all()
    return hashlib.blake2b(together.tobytes(), digest_size=16).hexdigest()


def test_a_million_draws_have_the_bits_they_always_had():
    assert digest_of_a_million() == DIGEST


@pytest.mark.slow
def test_another_processor_draws_the_same_bits(digest_elsewhere):
    assert digest_elsewhere(__file__) == DIGEST
