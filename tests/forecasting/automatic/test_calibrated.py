"""Quantiles corrected by earlier errors."""

from functools import partial

import numpy as np
import pytest

from forecasting import OptionError, Panel
from forecasting.automatic.answers import Question, answer
from forecasting.automatic.calibrated import N_ERRORS_MIN, correct
from forecasting.combination import forecast_ets_theta
from forecasting.conformal import calibrate, conformal_quantiles

LEVELS = np.array([0.1, 0.9])
ASKED = Question(2, (1,), LEVELS, 3)


@pytest.fixture(scope="module")
def noisy():
    rng = np.random.Generator(np.random.PCG64(8))
    rows = {f"S{k}": 50.0 + 5.0 * rng.standard_t(3, size=60) for k in range(6)}
    return Panel.from_arrays(rows)


def corrected(panel, *, asked=False, question=ASKED):
    made = answer(panel, "ets_theta", question)
    return made, correct(panel, "ets_theta", question, answer=made, asked=asked)


def test_quantiles_are_those_of_ranked_errors(noisy):
    made, found = corrected(noisy)
    forecaster = partial(forecast_ets_theta, season_length=1)
    known = calibrate(noisy, forecaster, 2)
    told = conformal_quantiles(known, LEVELS, minimum=0.0)
    assert found.answer.quantiles == pytest.approx(told)
    sums = conformal_quantiles(calibrate(noisy, forecaster, 3, summed=True), LEVELS)
    assert found.answer.summed == pytest.approx(sums[:, -1])
    assert found.answer.mean.tolist() == made.mean.tolist()
    assert (found.n_errors >= N_ERRORS_MIN).all()


def test_few_errors_correct_nothing_unless_asked(noisy):
    one = Panel.from_arrays({"A": noisy.series(0)[:20]})
    made, found = corrected(one)
    assert found.answer.quantiles.tolist() == made.quantiles.tolist()
    assert found.answer.summed.tolist() == made.summed.tolist()
    assert found.n_errors.tolist() == [0]
    _, found = corrected(one, asked=True)
    assert 0 < found.n_errors[0] < N_ERRORS_MIN
    assert found.answer.quantiles.tolist() != made.quantiles.tolist()


def test_short_series_is_left_alone_unless_asked(noisy):
    rows = {name: noisy.series(i) for i, name in enumerate(noisy.ids)}
    mixed = Panel.from_arrays(rows | {"new": [50.0, 51.0, 49.0]})
    _, found = corrected(mixed)
    assert found.n_errors[-1] == 0
    assert (found.n_errors[:-1] > 0).all()
    _, found = corrected(mixed, asked=True)
    assert found.n_errors[-1] > 0


def test_counts_are_corrected_and_not_below_zero():
    rng = np.random.Generator(np.random.PCG64(1))
    few = {f"C{k}": rng.poisson(2.0, 60).astype(float) for k in range(6)}
    _, found = corrected(Panel.from_arrays(few))
    assert (found.n_errors >= N_ERRORS_MIN).all()
    assert found.answer.quantiles.min() >= 0.0


def test_nothing_long_enough_corrects_nothing():
    tiny = Panel.from_arrays({"A": [5.0, 6.0, 7.0]})
    made, found = corrected(tiny, asked=True, question=Question(9, (1,), LEVELS, 9))
    assert found.n_errors.tolist() == [0]
    assert found.answer.quantiles.tolist() == made.quantiles.tolist()


@pytest.mark.slow
def test_sums_of_a_booster_are_made_of_its_errors(few_trees):
    rng = np.random.Generator(np.random.PCG64(4))
    rows = {f"S{i}": rng.poisson(5.0 + i, 40).astype(float) for i in range(12)}
    panel, question = Panel.from_arrays(rows), Question(2, (1,), LEVELS, 4)
    made = answer(panel, "booster", question)
    found = correct(panel, "booster", question, answer=made, asked=False)
    assert found.answer.quantiles.tolist() == made.quantiles.tolist()
    assert (found.answer.summed[:, 0] < found.answer.summed[:, 1]).all()
    assert found.answer.summed.mean() == pytest.approx(4.0 * 10.5, rel=0.25)
    assert not found.n_errors.any()
    far = Question(2, (1,), LEVELS, 30)
    with pytest.raises(OptionError, match="need a series of 60 values"):
        correct(panel, "booster", far, answer=made, asked=False)
