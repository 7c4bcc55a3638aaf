"""Methods tried at earlier cutoffs."""

import numpy as np
import pytest

from forecasting import Panel
from forecasting.automatic.answers import Question, answer
from forecasting.automatic.trial import LEVELS, YARDSTICK, try_methods
from forecasting.backtest import panel_before

QUESTION = Question(4, (7,), np.array([0.5]), 9)


def test_losses_are_those_of_quantiles_against_what_came(panel):
    every = np.ones(panel.n_series, dtype=bool)
    trial = try_methods(panel, {YARDSTICK: every}, QUESTION, n_cutoffs=2)
    history, actual, kept = panel_before(panel, 8, 4)
    told = answer(history, YARDSTICK, Question(4, (7,), LEVELS)).quantiles
    error = actual[..., None] - told
    loss = np.where(error > 0.0, LEVELS * error, (LEVELS - 1.0) * error).mean((1, 2))
    long = panel.lengths[kept] >= 16
    assert trial.by_cutoff[1, 0, kept[long]] == pytest.approx(loss[long])
    assert trial.loss[0, 0] == pytest.approx(trial.by_cutoff[:, 0, 0].mean())


def test_short_series_are_tried_at_fewer_cutoffs_or_none(panel):
    every = np.ones(panel.n_series, dtype=bool)
    trial = try_methods(panel, {YARDSTICK: every}, QUESTION)
    named = dict(zip(panel.ids, trial.n_cutoffs.tolist(), strict=True))
    assert named == {
        "smooth": 3, "shop": 3, "intermittent": 3, "lumpy": 3, "none": 3, "signed": 3,
        "short": 1,
    }  # fmt: skip
    none = try_methods(
        Panel.from_arrays({"A": [1.0, 2]}), {"auto": every[:1]}, QUESTION
    )
    assert none.n_cutoffs.tolist() == [0]
    assert np.isnan(none.loss).all()


def test_method_is_tried_on_its_series_alone(panel):
    above = np.array([name != "signed" for name in panel.ids])
    trial = try_methods(panel, {"intermittent": above, YARDSTICK: ~above}, QUESTION)
    assert np.isnan(trial.loss[0]).tolist() == (~above).tolist()
    assert np.isnan(trial.loss[1]).tolist() == above.tolist()


def test_perfect_method_loses_nothing():
    week = Panel.from_arrays({"A": [4.5, 5, 6] * 8})
    trial = try_methods(week, {YARDSTICK: np.array([True])}, Question(3, (3,), LEVELS))
    assert trial.loss.tolist() == [[0.0]]
