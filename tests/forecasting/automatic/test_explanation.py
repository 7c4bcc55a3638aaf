"""Why each series was forecast so."""

import json

import numpy as np
import pytest

from forecasting import Panel
from forecasting.automatic import explain, forecast_automatically
from forecasting.automatic.trial import YARDSTICK


def test_every_series_is_explained_and_is_json(panel):
    made = forecast_automatically(panel, 7, season_length=7)
    told = explain(panel, made)
    assert tuple(one.series for one in told.series) == panel.ids
    assert tuple(one.method for one in told.series) == made.forecast.methods
    assert told.drivers == {}
    text = json.dumps([one.to_dict() for one in told.series], allow_nan=False)
    named = {one["series"]: one for one in json.loads(text)}
    assert named["none"]["interval"] is None
    assert named["smooth"]["components"]["season"] == pytest.approx(
        [0.0, -1, -2, -3, -1, 3, 4], abs=1.5
    )
    assert named["short"]["n_cutoffs"] == 0
    assert named["short"]["skill"] is None


def test_skill_is_the_share_of_seasonal_naives_loss_that_is_saved(panel):
    made = forecast_automatically(panel, 7, season_length=7)
    smooth = explain(panel, made).series[0]
    assert set(smooth.losses) == {"ets_theta", YARDSTICK}
    ratio = smooth.losses["ets_theta"] / smooth.losses[YARDSTICK]
    assert smooth.skill == pytest.approx(1.0 - ratio)
    assert 0.0 < smooth.skill < 1.0
    assert smooth.n_cutoffs == 3


def test_trial_that_chose_is_told_of(panel):
    made = forecast_automatically(panel, 7, season_length=7, method="select")
    told = explain(panel, made).series
    trial = made.choice.trial
    for row, one in enumerate(told):
        loss = trial.loss[:, row]
        assert list(one.losses.values()) == loss[~np.isnan(loss)].tolist()


@pytest.mark.slow
def test_booster_names_its_drivers(few_trees):
    rng = np.random.Generator(np.random.PCG64(4))
    week = np.array([1.0, 1, 1, 1, 1, 5, 5])
    rows = {f"S{i}": rng.poisson((5.0 + i) * np.tile(week, 9)) for i in range(12)}
    panel = Panel.from_arrays(rows)
    made = forecast_automatically(panel, 3, season_length=7, method="booster")
    told = explain(panel, made)
    assert told.series[0].method == "booster"
    assert told.series[0].components is None
    assert told.series[0].n_cutoffs == 1
    shares = list(told.drivers.values())
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.1
