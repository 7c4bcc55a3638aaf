"""Kinds of demand, and phases that are closed."""

import numpy as np
import pytest

from forecasting import OptionError, Panel
from forecasting.automatic import describe_demand
from forecasting.intermittent import classify_demand


def test_kinds_are_those_of_syntetos_and_boylan_without_a_season(panel):
    shape = describe_demand(panel)
    known = classify_demand(
        Panel.from_arrays({n: np.abs(panel.series(i)) for i, n in enumerate(panel.ids)})
    )
    assert shape.interval.tolist() == known.interval.tolist()
    assert shape.squared_variation.tolist() == known.squared_variation.tolist()
    expected = [
        k if n != "signed" else n for n, k in zip(panel.ids, known.kinds, strict=True)
    ]
    assert list(shape.kinds) == expected
    assert not shape.closed.any()


def test_days_that_are_always_closed_make_no_demand_seldom(panel):
    shape = describe_demand(panel, season_length=7)
    shop = panel.ids.index("shop")
    assert shape.kinds[shop] == "smooth"
    assert shape.interval[shop] == 1.0
    assert shape.closed[shop].tolist() == [False] * 5 + [True] * 2
    assert shape.closed.sum() == 2
    named = dict(zip(panel.ids, shape.kinds, strict=True))
    assert named["intermittent"] == "intermittent"
    assert named["lumpy"] == "lumpy"
    assert named["none"] == "none"


def test_phase_of_seldom_demand_is_not_closed_by_chance():
    # One demand in four steps: of five weeks many a weekday has none.
    rng = np.random.Generator(np.random.PCG64(0))
    rows = {f"S{k}": (rng.random(35) < 0.25) * 2.0 for k in range(40)}
    shape = describe_demand(Panel.from_arrays(rows), season_length=7)
    assert shape.closed.sum() == 0


def test_steps_ahead_are_closed_in_their_phases(panel):
    shape = describe_demand(panel, season_length=7)
    ahead = shape.closed_ahead(panel.lengths + 3, 5)
    shop = panel.ids.index("shop")
    assert ahead[shop].tolist() == [False, False, True, True, False]


def test_season_of_nothing_is_refused(panel):
    with pytest.raises(OptionError, match="season_length"):
        describe_demand(panel, season_length=0)


def test_values_of_open_phases_are_kept_in_their_order(panel):
    shape = describe_demand(panel, season_length=7)
    opened = shape.without_closed(panel)
    shop = panel.ids.index("shop")
    weeks = panel.series(shop).reshape(12, 7)
    assert opened.series(shop).tolist() == weeks[:, :5].ravel().tolist()
    assert opened.series(0).tolist() == panel.series(0).tolist()
    assert opened.ids == panel.ids
