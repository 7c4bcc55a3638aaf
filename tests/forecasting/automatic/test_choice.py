"""Which method each series gets, and why."""

from dataclasses import replace

import numpy as np
import pytest

from forecasting import OptionError, Panel
from forecasting.automatic.answers import Question
from forecasting.automatic.choice import choose

WEEKLY = Question(7, (7,), np.array([0.5]))


def test_default_goes_by_kind_of_demand_and_length(panel):
    choice = choose(panel, "default", WEEKLY)
    assert dict(zip(panel.ids, choice.methods.tolist(), strict=True)) == {
        "smooth": "ets_theta", "shop": "ets_theta", "intermittent": "intermittent",
        "lumpy": "intermittent", "none": "intermittent", "signed": "ets_theta",
        "short": "auto",
    }  # fmt: skip
    why = dict(zip(panel.ids, choice.reasons, strict=True))
    assert why["smooth"].startswith(
        "smooth demand: some in every step, sizes with CV² 0.0"
    )
    assert why["smooth"].endswith(
        "84 values, 12 seasons of 7: mean of exponential smoothing and theta"
    )
    assert "2 closed phases left out" in why["shop"]
    assert "(above 1.32)" in why["lumpy"]
    assert "(above 0.49)" in why["lumpy"]
    assert why["none"] == "no demand in 30 values: 0, until there is some"
    assert "fewer than 21" in why["short"]


def test_long_season_seen_twice_takes_both(panel):
    both = replace(WEEKLY, seasons=(7, 28))
    found = dict(zip(panel.ids, choose(panel, "default", both).methods, strict=True))
    assert found["smooth"] == "seasons"
    assert found["short"] == "auto"
    longer = replace(WEEKLY, seasons=(7, 50))
    assert choose(panel, "default", longer).methods[0] == "ets_theta"


def test_sparse_values_below_zero_are_no_counts():
    panel = Panel.from_arrays({"A": [0.0, 0, -3, 0, 0, 4] * 6})
    choice = choose(panel, "default", WEEKLY)
    assert choice.methods.tolist() == ["auto"]
    assert "seldom other than 0" in choice.reasons[0]


def test_method_that_is_asked_for_is_for_all(panel):
    choice = choose(panel, "theta", WEEKLY)
    assert set(choice.methods.tolist()) == {"theta"}
    assert choice.reasons[0] == "asked for: dynamic optimised theta"
    with pytest.raises(OptionError, match="method must be one of default, ets, theta"):
        choose(panel, "arima", WEEKLY)


def test_backtest_replaces_the_default_where_another_is_better_each_time():
    # A random level a week that no smoothing foresees, but last week's shape repeats.
    rng = np.random.Generator(np.random.PCG64(2))
    shapes = np.repeat(rng.permutation(10.0 * np.arange(1, 8))[None], 6, axis=0)
    flips = np.concatenate([shapes[:, ::-1], shapes]).ravel()
    steady = np.tile([5.0, 6, 7, 8, 9, 8, 7], 12) + rng.normal(0.0, 0.1, 84)
    panel = Panel.from_arrays({"flips": flips, "steady": steady, "new": [5.0, 6, 7]})
    choice = choose(panel, "select", WEEKLY)
    assert choice.methods[0] != "ets_theta"
    assert choice.reasons[0].startswith("backtest of 3 cutoffs, loss ")
    assert choice.methods[2] == "auto"
    assert choice.reasons[2].startswith("too short for a backtest; ")
    trial = choice.trial
    chosen = trial.names.index(str(choice.methods[0]))
    default = trial.names.index("ets_theta")
    each = trial.by_cutoff[:, :, 0]
    assert (each[:, chosen] <= each[:, default]).all()
    assert trial.loss[chosen, 0] < 0.95 * trial.loss[default, 0]


def test_default_that_is_kept_is_told_with_its_usual_reason():
    rng = np.random.Generator(np.random.PCG64(5))
    rows = {"steady": 50.0 + rng.normal(size=84), "once": 50.0 + rng.normal(size=21)}
    panel = Panel.from_arrays(rows)
    choice = choose(panel, "select", WEEKLY)
    usual = choose(panel, "default", WEEKLY)
    assert choice.methods.tolist() == usual.methods.tolist()
    steady, once = choice.reasons
    assert steady.startswith("backtest of 3 cutoffs, loss 0.")
    assert "default kept, nothing 5% better and never worse; " in steady
    assert steady.endswith(usual.reasons[0])
    assert once.startswith("backtest of 1 cutoff, ")
    assert "default kept, another needs 2 cutoffs; " in once


def test_own_loss_is_told_where_that_of_seasonal_naive_is_nothing():
    week = [1.5, 2, 3, 4, 5, 6, 60]
    panel = Panel.from_arrays({"A": week * 3})
    choice = choose(panel, "select", WEEKLY)
    trial = choice.trial
    row = trial.names.index(str(choice.methods[0]))
    assert trial.loss[trial.names.index("seasonal_naive"), 0] == 0.0
    told = f"loss {trial.loss[row, 0]:.3g}, seasonal naive's 0"
    assert told in choice.reasons[0]
