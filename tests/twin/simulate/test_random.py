import numpy as np
import pytest

from twin.model.laws import CONSTANT, EXPONENTIAL, EmpiricalLaws
from twin.simulate.random import DURATION, LEAD_TIME, DurationLaw, Sampler

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
