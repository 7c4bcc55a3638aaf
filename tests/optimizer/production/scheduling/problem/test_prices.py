"""Tariffs, start costs and baselines."""

import numpy as np
import pytest

from optimizer.errors import ProblemError
from optimizer.production.scheduling.problem import Baseline, StartCosts, Tariff


def test_power_is_paid_price_by_price():
    tariff = Tariff(start=[0, 10, 30], price=[2, 5, 1])
    at = np.array([0, 4, 10, 11, 30, 40])
    assert tariff.paid(at).tolist() == [0, 8, 20, 25, 120, 130]
    assert Tariff().paid(at).tolist() == [0] * 6


def test_start_costs_are_a_line_rounded_up():
    costs = StartCosts(operation=[1, 1, 1, 3], time=[10, 13, 20, 5], cost=[7, 0, 3, 4])
    assert [costs.cost_at(1, at) for at in (0, 10, 11, 12, 13, 14, 20, 99)] == [
        7, 7, 5, 3, 0, 1, 3, 3,
    ]  # fmt: skip
    assert costs.cost_at(3, 0) == costs.cost_at(3, 9) == 4
    assert costs.cost_at(2, 12) == 0


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Tariff(start=[5], price=[1]), "must hold from 0 on, was from 5"),
        (lambda: Tariff(start=[0, 9, 9], price=[1, 2, 3]), r"two were from \[9, 9\]"),
        (lambda: Tariff(start=[0, 2**40], price=[2**20, 0]), "too large"),
        (lambda: Tariff(start=[0], price=[-1]), "price must be in 0"),
        (
            lambda: StartCosts(operation=[1, 0], time=[0, 0], cost=[0, 0]),
            "row 1 was operation 0 at 0",
        ),
        (
            lambda: StartCosts(operation=[1, 1], time=[4, 4], cost=[0, 0]),
            "row 1 was operation 1 at 4",
        ),
        (
            lambda: Baseline(operation=[2, 2], machine=[0, 0], start=[0, 0]),
            "in the baseline twice",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make, said):
    with pytest.raises(ProblemError, match=said):
        make()
