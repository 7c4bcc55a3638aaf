import decimal
import hashlib
import math
from decimal import Decimal

import numpy as np
import pytest
from numba import njit

from twin.simulate._kernels import elementary as e

N = 100_000
NAN, INF = math.nan, math.inf
SUBNORMAL, LARGEST = 5e-324, 1.7976931348623157e308
DIGEST = "32e92a0d07acc5c12fe04fb414313ffd"


@njit
def map_log(x):
    return np.array([e.log(a) for a in x])


@njit
def map_exp(x):
    return np.array([e.exp(a) for a in x])


@njit
def map_log1p(x):
    return np.array([e.log1p(a) for a in x])


@njit
def map_expm1(x):
    return np.array([e.expm1(a) for a in x])


@njit
def map_pow(x, y):
    powers = np.empty(len(x))
    for k in range(len(x)):
        powers[k] = e.pow(x[k], y[k])
    return powers


@njit
def map_lgamma(x):
    return np.array([e.lgamma(a) for a in x])


def around(seed, low, high):
    return low + (high - low) * np.random.default_rng(seed).random(N // 2)


def wide(seed):
    """Numbers of every size, made without a function that this module replaces."""
    rng = np.random.default_rng(seed)
    return np.ldexp(1.0 + rng.random(N // 2), rng.integers(-1074, 1023, N // 2))


ARGUMENTS = {
    "log": np.concatenate([wide(1), around(2, 0.0, 3.0), around(3, 0.0, 1e-307)]),
    "exp": np.concatenate([around(4, -745.0, 709.7), around(5, -1.0, 1.0)]),
    "log1p": np.concatenate([wide(6), around(7, -1.0, 2.0), around(8, -1e-8, 1e-8)]),
    "expm1": np.concatenate([around(9, -40.0, 709.7), around(10, -1.0, 1.0)]),
}
MAPS = {"log": map_log, "exp": map_exp, "log1p": map_log1p, "expm1": map_expm1}
POWERS = {
    "small base": (around(11, 0.0, 1.0), around(12, 0.0, 30.0)),
    "any base": (wide(13), around(14, -1.0, 1.0)),
    "large exponent": (1.0 + around(15, -1e-9, 1e-9), around(16, -1e11, 1e11)),
    "results from 0 to inf": (wide(17), around(18, -4.0, 4.0)),
}


def units(found, wanted):
    """Difference in units of the last place of what is wanted; equal infinities: 0."""
    with np.errstate(invalid="ignore", over="ignore"):
        distance = np.abs(found - wanted) / np.spacing(np.abs(wanted))
    return np.where(found == wanted, 0.0, distance)


def python_power(x, y):
    try:
        return math.pow(x, y)
    except OverflowError:
        return INF


@pytest.mark.parametrize("name", MAPS)
def test_function_is_within_one_unit_of_the_c_library(name):
    x = ARGUMENTS[name]
    wanted = np.array([getattr(math, name)(a) for a in x.tolist()])
    distance = units(MAPS[name](x), wanted)
    # The C library's own last bit of log1p and expm1 is a little less sure.
    assert distance.max() <= (1.0 if name in {"log", "exp"} else 2.0)
    assert (distance == 0.0).mean() > 0.8


@pytest.mark.parametrize("case", POWERS)
def test_pow_is_within_one_unit_of_the_c_library(case):
    x, y = POWERS[case]
    wanted = np.array([*map(python_power, x.tolist(), y.tolist())])
    assert units(map_pow(x, y), wanted).max() <= 1.0


EXACT = {
    "log": lambda a: a.ln(),
    "exp": lambda a: a.exp(),
    "log1p": lambda a: (1 + a).ln() if abs(a) > Decimal("1e-20") else a - a * a / 2,
    "expm1": lambda a: a.exp() - 1,
}


@pytest.mark.parametrize("name", MAPS)
def test_function_errs_by_less_than_a_unit(name):
    x = ARGUMENTS[name][:: N // 1000]
    with decimal.localcontext(prec=60, Emax=9999, Emin=-9999):
        exact = [EXACT[name](Decimal(a)) for a in x.tolist()]
        distance = [
            abs(Decimal(a) - b) / Decimal(math.ulp(float(b)))
            for a, b in zip(MAPS[name](x).tolist(), exact, strict=True)
        ]
    assert len(distance) >= 1000
    assert max(distance) < 0.9


@pytest.mark.parametrize(
    ("function", "pairs"),
    [
        (e.log, [(0.0, -INF), (-0.0, -INF), (1.0, 0.0), (INF, INF), (-1.0, NAN),
                 (-INF, NAN), (NAN, NAN), (SUBNORMAL, -744.4400719213812),
                 (LARGEST, 709.782712893384)]),
        (e.exp, [(0.0, 1.0), (-INF, 0.0), (INF, INF), (NAN, NAN), (709.79, INF),
                 (-745.2, 0.0), (-745.13, SUBNORMAL), (1.0, math.e),
                 (709.782712893384, LARGEST)]),
        (e.log1p, [(0.0, 0.0), (-1.0, -INF), (-1.1, NAN), (INF, INF), (NAN, NAN),
                   (SUBNORMAL, SUBNORMAL), (-INF, NAN)]),
        (e.expm1, [(0.0, 0.0), (-INF, -1.0), (INF, INF), (NAN, NAN), (710.0, INF),
                   (-50.0, -1.0), (SUBNORMAL, SUBNORMAL)]),
        (e.lgamma, [(0.0, INF), (-1.0, NAN), (NAN, NAN), (INF, INF)]),
    ],
    ids=["log", "exp", "log1p", "expm1", "lgamma"],
)  # fmt: skip
def test_function_at_the_ends_of_its_domain(function, pairs):
    for x, wanted in pairs:
        found = function(x)
        if math.isnan(wanted):
            assert math.isnan(found), x
        else:
            assert found == pytest.approx(wanted, rel=1e-12, abs=0.0), x


SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 1e300, -1e300, INF,
           -INF, NAN, SUBNORMAL, -SUBNORMAL, LARGEST, 2.0**53 + 2.0, 2.5]  # fmt: skip


@pytest.mark.parametrize("x", SPECIAL)
def test_pow_of_special_numbers_equals_the_c_library(x):
    y = np.array(SPECIAL)
    with np.errstate(all="ignore"):
        wanted = np.power(np.full(len(y), x), y)
    found = map_pow(np.full(len(y), x), y)
    assert np.isnan(found).tolist() == np.isnan(wanted).tolist()
    known = ~np.isnan(wanted)
    assert units(found, wanted)[known].max() <= 1.0
    assert np.signbit(found[known]).tolist() == np.signbit(wanted[known]).tolist()


def test_lgamma_equals_the_c_library():
    x = np.exp(np.random.default_rng(19).uniform(-20.0, 20.0, N))
    wanted = np.array([*map(math.lgamma, x.tolist())])
    distance = np.abs(map_lgamma(x) - wanted)
    assert (distance / np.maximum(1.0, np.abs(wanted))).max() < 2e-14


def test_parts_of_a_number_can_be_taken_apart_and_joined():
    assert e.number_of(e.bits_of(-1.5)) == -1.5
    assert e.bits_of(1.0) == 0x3FF << 52
    assert e.leading(1.0 + 2.0**-20 + 2.0**-21) == 1.0 + 2.0**-20


def digest_of_a_million():
    found = [MAPS[name](ARGUMENTS[name]) for name in MAPS]
    found += [map_pow(x, y) for x, y in POWERS.values()]
    found.append(map_lgamma(wide(20)))
    rng = np.random.default_rng(21)
    found += [map_log(rng.random(N * 2)), map_exp(rng.uniform(-30.0, 30.0, N * 2))]
    assert sum(map(len, found)) >= 1_000_000
    together = np.concatenate(found)
    assert not np.isnan(together).any()
    return hashlib.blake2b(together.tobytes(), digest_size=16).hexdigest()


def test_a_million_values_have_the_bits_they_always_had():
    assert digest_of_a_million() == DIGEST


@pytest.mark.slow
def test_another_processor_gives_the_same_bits(digest_elsewhere):
    assert digest_elsewhere(__file__) == DIGEST
