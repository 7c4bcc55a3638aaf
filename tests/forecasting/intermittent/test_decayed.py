import numpy as np
import pytest

from forecasting.errors import OptionError
from forecasting.intermittent import choose_decay, decayed_quantiles
from forecasting.intervals import empirical_summed_quantiles
from forecasting.series import Panel


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(8)
    return Panel.from_arrays(
        {f"S{i}": rng.poisson(0.7, n) for i, n in enumerate((3, 20, 90))}
    )


def test_without_decay_they_are_the_plain_quantiles_of_sums(panel):
    levels = [0.9, 0.1, 0.5]
    found = decayed_quantiles(panel, levels, 4, decay=1.0)
    assert found.tolist() == empirical_summed_quantiles(panel, levels, 4).tolist()


def test_steady_demand_is_weighed_evenly_and_moving_demand_is_not():
    rng = np.random.default_rng(3)
    steady = {f"S{i}": rng.poisson(2.0, 80) for i in range(40)}
    walk = np.cumsum(rng.normal(0.0, 3.0, (40, 80)), axis=1) + 50.0
    moving = {f"S{i}": np.maximum(row, 0.0) for i, row in enumerate(walk)}
    levels = [0.2, 0.5, 0.8]
    assert choose_decay(Panel.from_arrays(steady), levels, 1) >= 0.97
    assert choose_decay(Panel.from_arrays(moving), levels, 1) == 0.8


def test_decay_is_chosen_when_none_is_given(panel):
    chosen = choose_decay(panel, [0.5, 0.9], 2)
    given = decayed_quantiles(panel, [0.5, 0.9], 2, decay=chosen)
    assert decayed_quantiles(panel, [0.5, 0.9], 2).tolist() == given.tolist()


def test_too_short_series_choose_the_even_weights():
    assert choose_decay(Panel.from_arrays({"A": [1, 2]}), [0.5], 6) == 1.0


def test_constant_zero_and_single_values_are_their_own_quantiles():
    panel = Panel.from_arrays({"same": [4] * 9, "none": [0] * 5, "one": [3]})
    found = decayed_quantiles(panel, [0.01, 0.99], 2)
    assert found.tolist() == [[8.0, 8.0], [0.0, 0.0], [6.0, 6.0]]


@pytest.mark.parametrize("decay", [0.0, 1.5, -1.0])
def test_decay_out_of_range_is_refused(panel, decay):
    with pytest.raises(OptionError, match="decay must be > 0 and <= 1"):
        decayed_quantiles(panel, [0.5], 1, decay=decay)
    with pytest.raises(OptionError, match="decay must be > 0 and <= 1"):
        choose_decay(panel, [0.5], 1, decays=[decay])
