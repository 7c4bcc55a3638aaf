import numpy as np

from twin.model.laws import EXPONENTIAL, EmpiricalLaws
from twin.simulate._kernels.ahead import draws_ahead, uniforms_ahead
from twin.simulate._kernels.random import formula_draw, u01
from twin.simulate.random import ARRIVAL

LAWS = EmpiricalLaws((), np.zeros(1, np.int32), np.zeros(0), np.zeros(0))
FOUND = np.zeros(5)


def test_uniforms_are_those_of_each_number():
    uniforms_ahead(7, ARRIVAL, 3, 10, FOUND)
    assert FOUND.tolist() == [u01(7, ARRIVAL, 3, n) for n in range(10, 15)]


def test_draws_are_those_of_each_number():
    draws_ahead(
        7, ARRIVAL, 3, 10, EXPONENTIAL, 60.0, 0.0, 0.0,
        LAWS.start, LAWS.factor, LAWS.weight, FOUND,
    )  # fmt: skip
    assert FOUND.tolist() == [
        formula_draw(7, ARRIVAL, 3, n, EXPONENTIAL, 60.0, 0.0, 0.0)
        for n in range(10, 15)
    ]
