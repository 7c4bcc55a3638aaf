import numpy as np
import pytest

from optimizer.procurement._kernels.risk import stock_costs


def test_a_late_order_costs_what_waits_for_it():
    money, missing = stock_costs(
        np.array([1.0, -2.0, -5.0]), np.array([0.5, 2.0, 0.25, 3.0]), 0.1,
        np.array([1]), np.array([6.0]), np.array([[0], [1], [2]]),
    )  # fmt: skip
    on_time = (0.5 * 1 + 0.25 * 2) + 0.5 * 4 + (0.5 * 1 + 0.25 * 2) - 0.1
    late = (0.5 * 1 + 0.25 * 2) + (2 * 2.0 + 0.25 * 3) + (0.5 * 1 + 0.25 * 2) - 0.1
    never = (0.5 * 1 + 0.25 * 2) + (2 * 2.0 + 0.25 * 3) + (2 * 5.0 + 0.25 * 3)
    assert money.tolist() == pytest.approx([on_time, late, never])
    assert missing.tolist() == [0.0, 2.0, 7.0]
