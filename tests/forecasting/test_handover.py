"""Filters that go on where a fit of exponential smoothing ended."""

from dataclasses import replace

import numpy as np
import pytest

from forecasting import Panel, fit_ets
from forecasting._kernels.decomposition import ADDITIVE, NO_SEASON
from forecasting._kernels.ets_filters import (
    ALPHA,
    BETA,
    GAMMA,
    LEVEL,
    N_ROWS,
    PHI,
    SEASON,
    TREND,
    run,
)
from forecasting._kernels.ets_fit import first_states
from forecasting._kernels.lanes import N_LANES
from forecasting.ets import MODELS
from forecasting.handover import hand_over
from forecasting.online import OnlineForecaster, OnlineOptions

M = 4
CUT = 40
LONG = 64
DEMAND = OnlineOptions(minimum=0.0)


@pytest.fixture(scope="module")
def values():
    """A trend and a season each, and noise, above 0."""
    rng = np.random.Generator(np.random.PCG64(5))
    season = np.tile([3.0, -1.0, -4.0, 2.0], LONG // M)
    rises = np.outer([0.0, 0.2, 0.5], np.arange(LONG))
    return 30.0 + rises + np.outer([0.0, 1.0, 2.0], season) + rng.normal(size=(3, LONG))


def panel_of(values, n):
    return Panel.from_arrays({f"S{k}": row[:n] for k, row in enumerate(values)})


def filtered(y, start, numbers):
    """Run the filter of the fit over all values: level, trend, season, next first."""
    w = np.zeros((N_ROWS + 2 * M) * N_LANES)
    for place, value in zip((ALPHA, BETA, GAMMA, PHI), numbers, strict=True):
        w[place : place + N_LANES] = value
    w[LEVEL : LEVEL + N_LANES], w[TREND : TREND + N_LANES] = start[:2]
    for phase in range(M):
        at = SEASON + phase * N_LANES
        w[at : at + N_LANES] = start[2 + phase]
    run(np.ascontiguousarray(y), M, ADDITIVE, False, w)
    season = [w[SEASON + (y.size + j) % M * N_LANES] for j in range(M)]
    return w[LEVEL], w[TREND], season


@pytest.mark.parametrize("model", MODELS[:12])
def test_filter_goes_on_as_that_of_the_fit_on_the_longer_series(values, model):
    fit = fit_ets(panel_of(values, CUT), season_length=M)
    k = MODELS.index(model)
    only = np.full_like(fit.criterion, np.inf)
    only[:, k] = 0.0
    made = hand_over(replace(fit, criterion=only))
    assert made.models == (model,) * 3
    online = OnlineForecaster(made.filters)
    for t in range(CUT, LONG):
        online.update(np.arange(3), values[:, t])
    after = online.filters()
    for i, row in enumerate(values):
        # The first states and the scale of the shorter series, as they were fitted.
        scale = np.abs(row[:CUT]).mean()
        start = np.zeros(3 + 2 * M)
        season = ADDITIVE if model[-1] == "A" else NO_SEASON
        first_states(row[:CUT] / scale, M, season, start)
        if model[1] == "N":
            start[0], start[1] = start[-1], 0.0
        gains = [column[i, k] for column in (fit.alpha, fit.beta, fit.gamma, fit.phi)]
        level, trend, seasons = filtered(row / scale, start, gains)
        place = int(after.position[i])
        assert after.level[i] == pytest.approx(level * scale, rel=1e-12)
        assert after.trend[i] == pytest.approx(trend * scale, rel=1e-9, abs=1e-12)
        assert np.roll(after.season[i], -place) == pytest.approx(
            np.array(seasons) * scale, rel=1e-9, abs=1e-12
        )


def test_filter_goes_on_bit_by_bit_where_arithmetic_is_exact(values):
    # Of quarters and whole values no sum is rounded, in whichever order it is taken.
    fit = fit_ets(panel_of(values, CUT), season_length=M)
    whole, k = values.round(), MODELS.index("AAA")
    only = np.full_like(fit.criterion, np.inf)
    only[:, k] = 0.0
    start = np.array([30.0, 0.5, 2.0, -1.0, -3.0, 2.0])
    gains = (0.5, 0.25, 0.25, 1.0)
    filters = [filtered(row[:6], start, gains) for row in whole]
    level, trend, season = (np.array(column) for column in zip(*filters, strict=True))
    at = {"level": level, "trend": trend}
    for name, gain in zip(("alpha", "beta", "gamma", "phi"), gains, strict=True):
        at[name] = np.full(3, gain)
    exact = {n: np.repeat(column[:, None], 15, axis=1) for n, column in at.items()}
    seasons = np.repeat(season[:, None, :], 9, axis=1)
    given = replace(fit, criterion=only, season=seasons, **exact)
    online = OnlineForecaster(hand_over(given).filters)
    online.update(np.tile(np.arange(3), 8), whole[:, 6:14].T.ravel())
    after, place = online.filters(), 8 % M
    for i, row in enumerate(whole):
        told = filtered(row[:14], start, gains)
        assert (after.level[i], after.trend[i]) == told[:2]
        assert np.roll(after.season[i], -place).tolist() == told[2]


def test_batches_and_a_snapshot_change_no_bit(values):
    made = hand_over(fit_ets(panel_of(values, CUT), season_length=M))
    index = np.tile(np.arange(3), LONG - CUT)
    events = values[:, CUT:].T.ravel()
    one, other = (OnlineForecaster(made.filters, DEMAND) for _ in range(2))
    one.update(index, events)
    other.update(index[:7], events[:7])
    other = OnlineForecaster.restore(other.snapshot())
    other.update(index[7:], events[7:])
    assert one.state_hash() == other.state_hash()


def test_model_with_a_multiplicative_season_is_passed_over(values):
    fit = fit_ets(panel_of(values, CUT), season_length=M)
    criterion = fit.criterion.copy()
    criterion[:, 12] = -1e9
    made = hand_over(replace(fit, criterion=criterion))
    assert all(model in MODELS[:12] for model in made.models)


def test_relative_variance_is_taken_to_the_unit_of_the_series(values):
    fit = fit_ets(panel_of(values, CUT))
    only = np.full_like(fit.criterion, np.inf)
    only[:, 3] = 0.0  # MNN
    made = hand_over(replace(fit, criterion=only))
    deviation = np.sqrt(made.filters.variance)
    errors = np.diff(values[:, :CUT], axis=1).std(axis=1)
    assert (deviation < 2.0 * errors).all()
    assert (deviation > 0.5 * errors).all()
    assert made.filters.season is None


def test_short_and_constant_series_go_on():
    panel = Panel.from_arrays({"A": [3.0, 5.0], "B": [7.0] * 20, "C": [0.0] * 9})
    online = OnlineForecaster(hand_over(fit_ets(panel)).filters)
    assert online.next_step().mean == pytest.approx([4.0, 7.0, 0.0])
