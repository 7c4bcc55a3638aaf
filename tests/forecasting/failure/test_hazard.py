"""Hazards learned from units of which some still run."""

import numpy as np
import pytest

from forecasting import OptionError
from forecasting.failure.hazard import (
    HazardOptions,
    fit_hazard,
    predict_hazard,
    survival,
)
from forecasting.failure.rul import cycles_left

OPTIONS = HazardOptions(stretch=10.0, n_stretches=5, n_trees=40, leaf_rows=30)


@pytest.fixture(scope="module")
def cut(failed):
    """Half of the units are seen up to a while before their end."""
    rng = np.random.default_rng(3)
    runs = np.arange(failed.n_units) % 2 == 0
    seen = np.where(
        runs, failed.lengths - rng.integers(5, 50, len(runs)), failed.lengths
    )
    return failed.until(seen), ~runs


def test_censored_units_teach_for_as_long_as_they_were_seen(cut, machines):
    model = fit_hazard(*cut, OPTIONS)
    others = machines(30, 9)
    left = cycles_left(others)
    hazard = predict_hazard(model, others, every_row=True)
    assert hazard.shape == (len(left), 5)
    dies = 1.0 - survival(model, hazard, [20.0])[:, 0]
    assert dies.mean() == pytest.approx((left < 20.0).mean(), abs=0.03)
    # A constant guess has the variance of the label as its Brier score.
    fails = left < 20.0
    assert np.mean((dies - fails) ** 2) < 0.5 * fails.var()


def test_survival_follows_the_hazard(cut):
    model = fit_hazard(*cut, OPTIONS)
    hazard = np.array([[0.1, 0.2, 0.0, 0.5, 0.5]])
    found = survival(model, hazard, [0.0, 10.0, 20.0, 30.0, 50.0, 60.0])
    wanted = [1.0, 0.9, 0.72, 0.72, 0.18, 0.09]
    assert found[0] == pytest.approx(wanted)
    assert survival(model, hazard, [5.0])[0, 0] == pytest.approx(0.9**0.5)


def test_last_rows_are_those_of_every_row(cut, machines):
    model, others = fit_hazard(*cut, OPTIONS), machines(3, 2)
    every = predict_hazard(model, others, every_row=True)
    assert (predict_hazard(model, others) == every[others.last]).all()


def test_marks_that_do_not_fit_are_refused(failed):
    with pytest.raises(OptionError, match="a mark for each of 40 units"):
        fit_hazard(failed, [True])
    with pytest.raises(OptionError, match="0 true"):
        fit_hazard(failed, np.zeros(40, bool))


@pytest.mark.parametrize(
    "option", [{"stretch": 0.0}, {"every": 0}, {"n_leaves": 1}, {"learning_rate": 2.0}]
)
def test_options_out_of_range_are_refused(option):
    (name,) = option
    with pytest.raises(OptionError, match=f"{name} must be"):
        HazardOptions(**option)


def test_cases_without_any_failure_in_sight_are_refused(machines):
    early = machines(6, 1).until([5] * 6)
    with pytest.raises(OptionError, match="some cases must have failed"):
        fit_hazard(early, np.ones(6, bool))
