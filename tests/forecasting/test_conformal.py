from dataclasses import replace

import numpy as np
import pytest

from forecasting import PointForecast, naive
from forecasting.conformal import (
    OWN_ERRORS,
    Calibration,
    calibrate,
    conformal_intervals,
    conformal_quantiles,
)
from forecasting.errors import OptionError
from forecasting.series import Panel

COVERAGES = np.array([0.8, 0.9, 0.95, 0.99])


def last_value(panel, horizon):
    return np.repeat(panel.values[panel.offsets[1:] - 1][:, None], horizon, axis=1)


def level_of_ten(panel, horizon):
    """Say ten, and be sure of it: right on average, in a unit of its own."""
    shape = (panel.n_series, horizon)
    small = np.full(shape, 1e-4)
    return PointForecast(panel.ids, np.full(shape, 10.0), small, small)


def walks(rng, n, length):
    scales = rng.lognormal(0.0, 1.0, n)[:, None]
    return rng.standard_t(4, (n, length)).cumsum(axis=1) * scales + 50.0


def panel_of(rows):
    return Panel.from_arrays({f"S{i}": row for i, row in enumerate(rows)})


@pytest.mark.parametrize("summed", [False, True])
def test_intervals_cover_as_often_as_asked_at_each_step(summed):
    """Heavy tails and scales of their own: the deviations of no model are right."""
    rows = walks(np.random.default_rng(1), 5000, 66)
    calibration = calibrate(panel_of(rows[:, :60]), last_value, 6, summed=summed)
    lower, upper = conformal_intervals(calibration, COVERAGES)
    actual = rows[:, 60:].cumsum(axis=1) if summed else rows[:, 60:]
    inside = (lower <= actual[..., None]) & (actual[..., None] <= upper)
    assert inside.mean(axis=0) == pytest.approx(np.tile(COVERAGES, (6, 1)), abs=0.02)


def test_quantiles_of_a_single_rank_are_those_of_split_conformal():
    """Lei et al. (2018), theorem 2.2: coverage is between q and q + 1 / (n + 1)."""
    rng = np.random.default_rng(5)
    n, covered = 19, 0
    for _ in range(4000):
        errors = rng.exponential(1.0, (n, 1, 1))
        found = Calibration(("A",), np.zeros((1, 1)), np.ones((1, 1)), errors, 0.0)
        covered += rng.exponential(1.0) <= conformal_quantiles(found, [0.9])[0, 0, 0]
    assert covered / 4000 == pytest.approx(0.9, abs=0.015)


def test_beyond_the_last_error_quantiles_go_on_like_a_normal_tail():
    errors = np.array([-1.0, 0.0, 1.0]).reshape(3, 1, 1)
    found = Calibration(("A",), np.zeros((1, 1)), np.ones((1, 1)), errors, 0.0)
    low, inner, high = conformal_quantiles(found, [0.01, 0.75, 0.99])[0, 0]
    assert inner == 1.0
    assert high > 2.0
    assert low == pytest.approx(-high)


def test_a_long_series_is_ranked_by_its_own_errors():
    rng = np.random.default_rng(3)
    calm, wild = rng.normal(0.0, 1.0, 400), rng.laplace(0.0, 1.0, 400)
    panel = Panel.from_arrays({"calm": calm + 10.0, "wild": wild + 10.0})
    many = calibrate(panel, level_of_ten, 1, n_origins=150)
    assert np.isfinite(many.errors).sum() == 300 > 2 * OWN_ERRORS
    alone = calibrate(
        Panel.from_arrays({"wild": wild + 10.0}), level_of_ten, 1, n_origins=150
    )
    both = conformal_quantiles(many, [0.5, 0.95])[1]
    assert both == pytest.approx(conformal_quantiles(alone, [0.5, 0.95])[0], rel=0.05)


def test_deviations_of_the_forecaster_are_used_where_they_tell_series_apart():
    rng = np.random.default_rng(7)
    spread = np.repeat([1.0, 5.0], 200)[:, None]
    rows = 100.0 + rng.normal(0.0, 1.0, (400, 41)) * spread
    rows[:, 1:20] += rng.normal(0.0, 30.0, (400, 1)) * (rng.random((400, 19)) < 0.2)

    def knows(panel, horizon):
        by_name = {f"S{i}": s for i, s in enumerate(spread[:, 0])}
        sd = np.array([[by_name[name]] * horizon for name in panel.ids])
        return PointForecast(panel.ids, np.full(sd.shape, 100.0), sd**2, sd**2)

    found = calibrate(panel_of(rows[:, :40]), knows, 1)
    assert found.model_share == 1.0
    plain = calibrate(panel_of(rows), lambda p, h: knows(p, h).mean, 1)
    assert plain.model_share == 0.0


def test_a_series_that_was_hard_to_forecast_has_wider_intervals():
    """Both alternate alike, but one jumps at times that differences do not tell."""
    rng = np.random.default_rng(8)
    rows = 50.0 + rng.normal(0.0, 1.0, (300, 120))
    hard = np.arange(300) < 150
    rows[hard] += np.repeat(rng.normal(0.0, 6.0, (150, 12)), 10, axis=1)
    rows[~hard] += rng.choice([-1.5, 1.5], (150, 120))
    found = calibrate(panel_of(rows), last_value, 10)
    lower, upper = conformal_intervals(found, [0.9])
    width = (upper - lower)[:, -1, 0]
    assert found.own_share > 0.0
    assert np.median(width[hard]) > 1.5 * np.median(width[~hard])


def test_history_before_a_cutoff_is_all_that_the_forecaster_sees():
    seen = []

    def watch(panel, horizon):
        seen.append((panel.lengths.tolist(), panel.values[-1]))
        return last_value(panel, horizon)

    panel = Panel.from_arrays({"A": np.arange(20.0), "B": np.arange(7.0)})
    found = calibrate(panel, watch, 3)
    assert [lengths for lengths, _ in seen] == [[17, 4], [14], [11], [20, 7]]
    assert found.n_errors == 4


def test_odd_series_have_finite_quantiles_in_their_place():
    panel = Panel.from_arrays(
        {"none": [0] * 12, "same": [5] * 12, "one": [3], "some": [1, 4] * 6}
    )
    found = calibrate(panel, naive, 2, season_length=4)
    quantiles = conformal_quantiles(found, [0.001, 0.5, 0.999], minimum=0.0)
    assert np.isfinite(quantiles).all()
    assert (np.diff(quantiles, axis=2) >= 0.0).all()
    assert (quantiles >= 0.0).all()


def test_what_cannot_be_calibrated_is_refused():
    short = Panel.from_arrays({"A": [1, 2, 3], "B": [1]})
    with pytest.raises(OptionError, match="no series has the 4 values"):
        calibrate(short, last_value, 2)
    with pytest.raises(OptionError, match="must answer 2 x 1 finite numbers"):
        calibrate(short, lambda p, h: np.zeros((1, 1)), 1)
    with pytest.raises(OptionError, match="finite numbers"):
        calibrate(short, lambda p, h: np.full((p.n_series, h), np.nan), 1)
    with pytest.raises(OptionError, match="stride must be a whole number >= 1"):
        calibrate(short, last_value, 1, stride=0)
    with pytest.raises(OptionError, match="quantile must be > 0 and < 1"):
        conformal_quantiles(calibrate(short, last_value, 1), [0.0])


def test_quantiles_of_a_series_with_errors_of_its_own_do_not_cross():
    rng = np.random.default_rng(0)
    errors = rng.normal(size=(45, 50, 1))
    errors[:, 0] *= 100.0
    made = Calibration(
        tuple(map(str, range(50))), np.zeros((50, 1)), np.ones((50, 1)), errors, 0.0
    )
    levels = [0.01, 0.03, 0.05, 0.5, 0.95, 0.97, 0.99, 0.999]
    found = conformal_quantiles(made, levels)
    assert (np.diff(found, axis=-1) >= 0.0).all()
    assert found[0, 0, -1] > 100.0


def recent_mean(panel, horizon):
    """Mean that forgets, with the Poisson deviation of the whole history."""
    rows = panel.values.reshape(panel.n_series, -1)
    weights = 0.85 ** np.arange(rows.shape[1])[::-1]
    mean = np.repeat((rows @ weights / weights.sum())[:, None], horizon, axis=1)
    variance = np.broadcast_to(rows.mean(axis=1)[:, None], mean.shape)
    return PointForecast(panel.ids, mean, variance, variance * horizon)


def test_sparse_counts_are_covered_at_every_level_and_after_it_has_moved():
    rng = np.random.default_rng(8)
    rates = rng.lognormal(-0.5, 1.0, 3000)[:, None]
    moved = np.where(np.arange(84) < 60, 1.0, 2.0)
    rows = rng.poisson(rates * moved).astype(float)
    found = calibrate(panel_of(rows[:, :76]), recent_mean, 4, n_origins=9)
    pooled = replace(found, group=None, error_groups=None)
    thirds = np.array_split(np.argsort(found.mean[:, 0]), 3)
    off = []
    for calibration in (found, pooled):
        lower, upper = conformal_intervals(calibration, [0.8, 0.95], minimum=0.0)
        actual = rows[:, 76:80, None]
        inside = (lower <= actual) & (actual <= upper)
        shares = np.array([inside[third].mean(axis=(0, 1)) for third in thirds])
        off.append(np.abs(shares - [0.8, 0.95]).max())
    assert off[0] < 0.04
    assert off[1] > 0.08


def test_values_that_are_no_sparse_counts_are_ranked_together():
    rng = np.random.default_rng(9)
    for rows in (rng.normal(9.0, 1.0, (300, 40)), rng.poisson(9.0, (300, 40))):
        found = calibrate(panel_of(rows.astype(float)), last_value, 2)
        assert found.group is None
    sparse = rng.poisson(0.3, (300, 40)).astype(float)
    found = calibrate(panel_of(sparse), last_value, 2)
    assert np.bincount(found.error_groups.ravel()).min() >= 500
    assert set(found.group.tolist()) <= set(found.error_groups.ravel().tolist())


@pytest.mark.parametrize("top", [1.0, 2.0])
def test_forecast_above_all_earlier_ones_is_ranked_among_the_highest(top):
    """Most forecasts are 1, the highest yet, so that groups end there."""
    rng = np.random.Generator(np.random.PCG64(4))
    rows = (rng.random((500, 60)) < 0.8).astype(float)
    rows[0, -1] = top
    found = calibrate(panel_of(rows), last_value, 1)
    assert np.unique(found.error_groups).size == 2
    made = conformal_quantiles(found, [0.1, 0.5, 0.9])
    assert np.isfinite(made).all()
    assert (np.diff(made, axis=2) >= 0.0).all()
