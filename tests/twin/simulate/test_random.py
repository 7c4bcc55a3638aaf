from itertools import islice

import numpy as np
import pytest

from twin.model.laws import (
    CONSTANT,
    EXPONENTIAL,
    GAMMA,
    LAW_NAMES,
    LOGNORMAL,
    UNIFORM,
    WEIBULL,
    EmpiricalLaws,
    empirical_laws,
    gamma_parameters,
    weibull_parameters,
)
from twin.simulate import random
from twin.simulate._kernels.random import cumulative_weights, prepared_quantile
from twin.simulate.random import (
    DURATION,
    LEAD_TIME,
    Draws,
    DurationLaw,
    Sampler,
    prepared,
)

NO_LAWS = EmpiricalLaws((), np.zeros(1, np.int32), np.zeros(0), np.zeros(0))


def test_a_constant_duration_is_its_mean_in_whole_microseconds():
    law = DurationLaw(CONSTANT, 0.1234567)
    assert Sampler(1, NO_LAWS).duration_us(law, DURATION, 0, 0) == 123_457


def test_a_draw_depends_on_seed_stream_entity_and_number_alone():
    law, sampler = DurationLaw(EXPONENTIAL, 60.0), Sampler(1, NO_LAWS)
    first = sampler.duration_us(law, DURATION, 4, 9)
    others = {
        sampler.duration_us(law, LEAD_TIME, 4, 9),
        sampler.duration_us(law, DURATION, 5, 9),
        sampler.duration_us(law, DURATION, 4, 10),
        Sampler(2, NO_LAWS).duration_us(law, DURATION, 4, 9),
    }
    assert len(others | {first}) == 5
    assert sampler.duration_us(law, DURATION, 4, 9) == first


def test_draws_scale_with_the_mean():
    sampler = Sampler(1, NO_LAWS)
    one = sampler.duration_s(DurationLaw(EXPONENTIAL, 1.0), DURATION, 0, 0)
    ten = sampler.duration_s(DurationLaw(EXPONENTIAL, 10.0), DURATION, 0, 0)
    assert ten == pytest.approx(10 * one)
    assert sampler.uniform(DURATION, 0, 0) == pytest.approx(np.exp(-one))


def test_streams_keep_their_numbers():
    for k, name in enumerate(random.STREAMS):
        assert getattr(random, name.upper()) == k
    assert random.STREAMS[7:] == (
        "arrival", "mix", "sampling", "rework", "supplier_failure", "supplier_repair",
        "wear",
    )  # fmt: skip


@pytest.mark.parametrize("law", [LOGNORMAL, GAMMA, UNIFORM, WEIBULL, len(LAW_NAMES)])
def test_a_draw_is_the_quantile_at_its_uniform_number(law):
    laws = empirical_laws(["seen"] * 3, np.array([1.0, 2.0, 4.0]), np.ones(3))
    sampler = Sampler(3, laws)
    observed = (laws.start, laws.factor, cumulative_weights(laws.start, laws.weight))
    for n in range(20):
        u = sampler.uniform(DURATION, 5, n)
        wanted = prepared_quantile(law, 60.0, *prepared(law, 0.4), *observed, u)
        found = sampler.duration_s(DurationLaw(law, 60.0, 0.4), DURATION, 5, n)
        assert found == wanted


def test_prepared_parameters_are_those_of_the_model():
    assert prepared(GAMMA, 0.5)[0] == gamma_parameters(1.0, 0.5)[0]
    shape, scale = weibull_parameters(1.0, 0.7)
    assert prepared(WEIBULL, 0.7) == pytest.approx((1 / shape, scale), rel=1e-12)
    assert prepared(CONSTANT, 0.0) == prepared(EXPONENTIAL, 1.0) == (0.0, 0.0)


def test_samplers_are_equal_if_seed_and_laws_are():
    assert Sampler(1, NO_LAWS) == Sampler(1, NO_LAWS)
    assert Sampler(1, NO_LAWS) != Sampler(2, NO_LAWS)


@pytest.mark.parametrize("law", [CONSTANT, EXPONENTIAL, GAMMA])
def test_durations_in_a_row_are_those_of_each_number(law):
    sampler, law = Sampler(5, NO_LAWS), DurationLaw(law, 30.0, 0.5)
    found = list(islice(sampler.durations_us(law, LEAD_TIME, 2), 600))
    assert found == [sampler.duration_us(law, LEAD_TIME, 2, n) for n in range(600)]


def test_uniforms_in_a_row_are_those_of_each_number():
    sampler = Sampler(5, NO_LAWS)
    found = list(islice(sampler.uniforms(DURATION, 2), 600))
    assert found == [sampler.uniform(DURATION, 2, n) for n in range(600)]


@pytest.mark.parametrize("law", [CONSTANT, EXPONENTIAL, GAMMA])
def test_draws_are_those_of_each_number_in_any_order(law):
    sampler, law = Sampler(5, NO_LAWS), DurationLaw(law, 30.0, 0.5)
    draws = Draws(sampler, law, DURATION, 2)
    numbers = [3, 9, *range(10, 600), 5, 2**32 + 5, 2**32 + 6, 7, *range(300)]
    found = [draws.at(n) for n in numbers]
    assert found == [sampler.duration_s(law, DURATION, 2, n) for n in numbers]


@pytest.mark.parametrize("law", range(len(LAW_NAMES)))
def test_what_is_left_is_drawn_with_the_same_number(law):
    sampler = Sampler(3, NO_LAWS)
    duration = DurationLaw(law, 50.0, 0.4)
    whole_s = sampler.duration_s(duration, DURATION, 2, 9)
    fresh_s = sampler.residual_s(duration, DURATION, 2, 9, age_s=0.0)
    assert fresh_s == pytest.approx(whole_s, rel=1e-9)
    left_s = sampler.residual_s(duration, DURATION, 2, 9, age_s=40.0)
    assert left_s >= 0.0
    if law == CONSTANT:
        assert left_s == 10.0
    if law == EXPONENTIAL:
        assert left_s == whole_s
