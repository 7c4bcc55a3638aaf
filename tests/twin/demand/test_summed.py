import numpy as np
import pytest

from twin.demand import summed_quantiles


def test_sums_of_noise_spread_with_their_length():
    rng = np.random.default_rng(0)
    asked = rng.poisson(50.0, (2, 120)).astype(float)
    found = summed_quantiles(asked, [1, 4], [0.1, 0.5, 0.9])
    assert found.shape == (2, 2, 3)
    assert found[:, :, 1] == pytest.approx(np.array([[50.0, 200.0]] * 2), rel=0.1)
    width = found[:, :, 2] - found[:, :, 0]
    assert (width[:, 1] > 1.5 * width[:, 0]).all()
    assert (width[:, 1] < 4.0 * width[:, 0]).all()


def test_demand_that_grows_is_expected_to_stay_grown():
    asked = 20.0 + np.arange(60.0)[None, :]
    (found,) = summed_quantiles(asked, [3], [0.5])
    assert found[0, 0] > 3 * 70.0


def test_what_was_never_asked_for_is_not_expected():
    asked = np.array([[0.0] * 20, [4.0, 5.0] * 10])
    found = summed_quantiles(asked, [2], [0.5, 0.9])
    assert not found[0].any()
    assert found[1].all()
