"""Demand behind sales that stock-outs cut off."""

import numpy as np
import pytest

from forecasting import OptionError, Panel, PanelError, unconstrained


@pytest.mark.parametrize("season_length", [1, 7])
def test_mean_demand_is_found_behind_cut_sales(season_length):
    rng = np.random.default_rng(2)
    swing = 20.0 * (season_length > 1)
    means = 60.0 + swing * np.sin(2.0 * np.pi * np.arange(150) / 7)
    demand = rng.normal(means, 10.0, (60, 150))
    stock = rng.normal(means + 5.0, 10.0, (60, 150))
    sales, cut = np.minimum(demand, stock), demand > stock
    panel = Panel.from_arrays({str(k): row for k, row in enumerate(sales)})
    full = unconstrained(panel, cut.ravel(), season_length=season_length)
    assert sales.mean() < 0.95 * demand.mean()
    assert full.values.mean() == pytest.approx(demand.mean(), rel=0.01)
    assert (full.values >= panel.values).all()
    assert (full.values == panel.values)[~cut.ravel()].all()


@pytest.mark.parametrize("mark", [False, True])
def test_nothing_changes_without_or_with_nothing_but_stock_outs(mark):
    panel = Panel.from_arrays({"A": [3.0, 0.0, 5.0]})
    assert unconstrained(panel, [mark] * 3).values.tolist() == [3.0, 0.0, 5.0]


@pytest.mark.parametrize("values", [[0, 0, 0, 0], [7, 7, 7, 7], [0, 0, 0, 9]])
def test_flat_series_stay_finite(values):
    panel = Panel.from_arrays({"A": values})
    full = unconstrained(panel, [False, True, False, False], season_length=2).values
    assert np.isfinite(full).all()
    assert full[1] >= values[1]


def test_marks_and_seasons_that_do_not_fit_are_refused():
    panel = Panel.from_arrays({"A": [1.0, 2.0]})
    with pytest.raises(PanelError, match=r"panel of 2 values: .* had shape \(1,\)"):
        unconstrained(panel, [True])
    with pytest.raises(OptionError, match="season_length must be"):
        unconstrained(panel, [True, False], season_length=0)
