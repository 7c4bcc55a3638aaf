"""Remaining life of made-up machines."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from forecasting import OptionError
from forecasting.failure.readings import Readings
from forecasting.failure.rul import (
    RulOptions,
    cycles_left,
    failure_probability,
    fit_rul,
    hazard_after,
    held_out_forecast,
    predict_rul,
)

OPTIONS = RulOptions(cap=60.0, n_trees=60, leaf_rows=60)


@pytest.fixture(scope="module")
def model(failed):
    return fit_rul(failed, OPTIONS)


def test_cycles_left_end_at_zero(failed):
    left = cycles_left(failed)
    assert (left[failed.last] == 0.0).all()
    assert left[: failed.lengths[0]].tolist() == list(range(failed.lengths[0]))[::-1]


def test_life_of_new_units_is_predicted_with_its_spread(model, machines):
    others = machines(30, 5)
    left = cycles_left(others)
    found = predict_rul(model, others, levels=(0.05, 0.5, 0.95), every_row=True)
    error = found.mean - np.minimum(left, 60.0)
    assert np.sqrt(np.mean(error**2)) < 0.6 * np.std(np.minimum(left, 60.0))
    assert (np.diff(found.quantiles, axis=1) >= 0.0).all()
    low, high = found.quantiles[:, 0], found.quantiles[:, 2]
    assert 0.82 < np.mean((left >= low) & (left <= high)) < 0.97


def test_last_rows_are_those_of_every_row(model, machines):
    others = machines(4, 6)
    every = predict_rul(model, others, every_row=True)
    last = predict_rul(model, others)
    assert (last.mean == every.mean[others.last]).all()
    assert (last.quantiles == every.quantiles[others.last]).all()


def test_probability_rises_with_the_horizon_and_is_met(model, machines):
    others = machines(30, 7)
    left = cycles_left(others)
    found = predict_rul(model, others, every_row=True)
    risk = failure_probability(model, found, [0.0, 10.0, 20.0, 1e6])
    assert (np.diff(risk, axis=1) >= 0.0).all()
    assert ((risk >= 0.0) & (risk <= 1.0)).all()
    assert (risk[:, 3] == 1.0).all()
    fails = left <= 20.0
    sure = risk[:, 2] > 0.5
    assert fails[sure].mean() == pytest.approx(risk[sure, 2].mean(), abs=0.08)
    assert fails[~sure].mean() == pytest.approx(risk[~sure, 2].mean(), abs=0.05)


def test_hazard_is_that_of_the_distribution(model, machines):
    found = predict_rul(model, machines(5, 8))
    before, after = failure_probability(model, found, [10.0, 15.0]).T
    wanted = (after - before) / (5.0 * np.maximum(1.0 - before, 1e-3))
    assert hazard_after(model, found, 10.0) == pytest.approx(wanted)


def test_held_out_forecasts_are_of_boosters_that_had_not_seen_the_unit(model, failed):
    held_out = held_out_forecast(model, levels=(0.1, 0.9))
    seen = predict_rul(model, failed, every_row=True)
    left = np.minimum(cycles_left(failed), 60.0)
    assert held_out.quantiles.shape == (len(left), 2)
    assert np.mean((held_out.mean - left) ** 2) > np.mean((seen.mean - left) ** 2)


def test_the_same_seed_gives_the_same_model(failed, model):
    again = fit_rul(failed, OPTIONS)
    assert (again.held_out == model.held_out).all()
    assert (again.left == model.left).all()


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"cap": 0.0}, "cap must be > 0 cycles, was 0.0"),
        ({"n_folds": 1}, "n_folds must be >= 2, was 1"),
        ({"learning_rate": 0.0}, r"learning_rate must be in \(0, 1\], was 0.0"),
    ],
)
def test_options_out_of_range_are_refused(option, message):
    with pytest.raises(OptionError, match=message):
        RulOptions(**option)


def test_too_few_units_are_refused(machines):
    with pytest.raises(OptionError, match="at least 5, one a fold, had 4"):
        fit_rul(machines(4, 0))


@pytest.mark.slow
def test_shuffling_the_future_of_engines_changes_nothing_of_today(public_data):
    frame = pl.read_parquet(public_data / "fc" / "cmapss_FD001_train.parquet")
    engines = Readings.from_frame(frame.filter(pl.col("unit") <= 12))
    small = fit_rul(engines, RulOptions(n_trees=5, n_folds=2))
    today = 100
    rng = np.random.default_rng(0)
    values = engines.values.copy()
    early = np.zeros(len(values), bool)
    for first, end in pairwise(engines.offsets.tolist()):
        early[first : first + today] = True
        values[first + today : end] = rng.permutation(values[first + today : end])
    shuffled = replace(engines, values=values)
    before, after = (
        predict_rul(small, readings, every_row=True) for readings in (engines, shuffled)
    )
    assert (before.mean[early] == after.mean[early]).all()
    assert (before.quantiles[early] == after.quantiles[early]).all()
    assert (before.mean[~early] != after.mean[~early]).any()
