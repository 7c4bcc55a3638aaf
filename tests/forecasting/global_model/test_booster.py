from dataclasses import replace

import numpy as np
import pytest

from forecasting.errors import OptionError, PanelError
from forecasting.global_model import (
    BoosterOptions,
    Drivers,
    fit_booster,
    forecast_booster,
    price_elasticity,
)
from forecasting.global_model.booster import thinned
from forecasting.series import Panel


def test_means_follow_prices_promotions_and_weekdays(shop, fitted):
    panel, drivers, mean = shop
    found = forecast_booster(fitted, panel, drivers).mean
    assert np.abs(found - mean).sum() / mean.sum() < 0.1


def test_quantiles_rise_and_cover(shop, fitted):
    panel, drivers, mean = shop
    answer = forecast_booster(fitted, panel, drivers)
    assert answer.quantile_levels.tolist() == [0.5, 0.9]
    assert (np.diff(answer.quantiles, axis=-1) >= 0.0).all()
    drawn = np.random.default_rng(1).poisson(mean)
    shares = (drawn[..., None] <= answer.quantiles).mean(axis=(0, 1))
    assert shares == pytest.approx([0.5, 0.9], abs=0.08)


def test_series_never_seen_are_forecast_by_their_level(shop, fitted):
    panel, drivers, mean = shop
    scaled = Panel.from_arrays(
        {name: 10.0 * panel.series(i) for i, name in enumerate(panel.ids)}
    )
    found = forecast_booster(fitted, scaled, drivers).mean
    assert np.abs(found / 10.0 - mean).sum() / mean.sum() < 0.12


def test_trees_correct_prices_only_where_items_differ(shop, fitted, few_trees):
    panel, drivers, _ = shop
    assert not fitted.trees_see_prices
    kind = np.arange(60.0)[:, None] % 2
    past = drivers.past[:, 0].reshape(60, -1) / 3.0
    # Elasticity -2 + 1.5 of one kind, -2 - 1.5 of the other.
    values = panel.values.reshape(60, -1) * past ** (1.5 - 3.0 * kind)
    apart = Panel.from_arrays(dict(zip(panel.ids, values, strict=True)))
    kinds = replace(drivers, static=kind, static_names=("kind",))
    model = fit_booster(apart, 7, kinds, season_length=7, options=few_trees)
    assert model.trees_see_prices
    found = price_elasticity(model, apart, kinds)[:-1]
    assert np.median(found[::2]) > -1.1
    assert np.median(found[1::2]) < -2.9


def test_odd_series_are_forecast(few_trees):
    panel = Panel.from_arrays(
        {"none": [0.0] * 40, "one": [3.0], "same": [5.0] * 40, "some": [0.0, 9.0] * 20}
    )
    few = replace(few_trees, n_in_leaf=5)
    model = fit_booster(panel, 2, season_length=2, quantiles=[0.5], options=few)
    answer = forecast_booster(model, panel)
    assert np.isfinite(answer.mean).all()
    assert (answer.quantiles >= 0.0).all()
    assert answer.mean[0] == pytest.approx(0.0, abs=0.1)
    nothing = Panel.from_arrays({"A": [0.0] * 20})
    model = fit_booster(nothing, 2, options=few)
    assert forecast_booster(model, nothing).mean.tolist() == [[0.0, 0.0]]


def test_rows_are_thinned_evenly():
    kept = thinned(1000, 100)
    assert kept.size == 100
    assert np.diff(kept).max() < 20


def test_what_cannot_be_fitted_is_refused(shop, fitted):
    panel, drivers, _ = shop
    with pytest.raises(OptionError, match="no series is longer than the horizon of 9"):
        fit_booster(Panel.from_arrays({"A": [1, 2]}), 9)
    with pytest.raises(PanelError, match="demand must be >= 0, was -1"):
        fit_booster(Panel.from_arrays({"A": [1, -1, 3]}), 1)
    with pytest.raises(OptionError, match="was fitted with the prices"):
        forecast_booster(fitted, panel)
    with pytest.raises(OptionError, match="future must have the shape"):
        forecast_booster(fitted, panel, replace(drivers, future=np.ones((60, 3, 2))))
    with pytest.raises(OptionError, match="learning_rate must be > 0 and <= 1"):
        BoosterOptions(learning_rate=2.0)
    with pytest.raises(OptionError, match="drivers: past must have"):
        fit_booster(panel, 7, Drivers(("x",), np.ones((3, 1)), np.ones((60, 7, 1))))
