import math

import numpy as np
import pytest
from scipy.stats import norm

from forecasting.errors import OptionError
from forecasting.online.options import OnlineOptions, drift_bound, score_steps


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantiles", (0.9, 0.5)),
        ("quantiles", (1.0,)),
        ("variance_gain", -0.1),
        ("score_step", math.inf),
        ("minimum", math.inf),
        ("minimum", math.nan),
        ("updates_a_false_alarm", 5.0),
        ("updates_a_false_alarm", math.nan),
    ],
)
def test_options_out_of_range_are_refused(field, value):
    with pytest.raises(OptionError):
        OnlineOptions(**{field: value})


@pytest.mark.parametrize(("run_length", "bound"), [(168, 4), (465, 5)])
def test_drift_bound_has_the_published_run_lengths(run_length, bound):
    """Montgomery (2013), table 9.3 for an allowance of 1/2."""
    assert drift_bound(run_length) == pytest.approx(bound, abs=0.02)


def test_score_steps_balance_at_their_quantile():
    levels = np.array([0.1, 0.5, 0.99])
    rise, fall = score_steps(levels, 0.05).T
    assert (1.0 - levels) * rise == pytest.approx(levels * fall)
    assert rise + fall == pytest.approx(
        0.05 * norm.pdf(0.0) / norm.pdf(norm.ppf(levels))
    )
