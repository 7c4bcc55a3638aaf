from functools import partial

import numpy as np
import pytest

from forecasting import Panel, forecast_panel
from forecasting.backtest import Workers, backtest, panel_before
from forecasting.baselines import mean, naive
from forecasting.errors import OptionError

METHODS = {
    "naive": naive,
    "panel": partial(forecast_panel, quantiles=(0.5, 0.9), method="ses"),
    "zeros": lambda panel, horizon: np.zeros((panel.n_series, horizon)),
}


@pytest.fixture
def panel():
    rng = np.random.default_rng(2)
    series = {f"S{n}": rng.poisson(6.0, n) for n in (1, 7, 12, 20)}
    return Panel.from_arrays(series, start_us=[0, 1, 2, 3])


def test_panel_before_knows_nothing_of_what_came_after(panel):
    history, actual, kept = panel_before(panel, 6, 4)
    assert kept.tolist() == [2, 3]
    assert history.ids == ("S12", "S20")
    assert history.start_us.tolist() == [2, 3]
    assert history.series(0).tolist() == panel.series(2)[:6].tolist()
    assert actual[0].tolist() == panel.series(2)[6:10].tolist()
    assert actual[1].tolist() == panel.series(3)[14:18].tolist()


def test_methods_see_each_cutoff_once(panel):
    seen = []

    def spying(history, horizon):
        seen.append((history.n_series, int(history.lengths.max()), horizon))
        return naive(history, horizon)

    found = backtest(panel, {"it": spying}, 2, n_origins=3, stride=4)
    assert seen == [(3, 18, 2), (2, 14, 2), (2, 10, 2)]
    assert found.by_origin["cut"].to_list() == [2, 6, 10]
    assert found.table["n_series"].to_list() == [7]
    whole = found.by_origin["smape"].mean()
    assert found.table["smape"].to_list() == [pytest.approx(whole)]


def test_table_has_a_row_a_method_and_nulls_where_nothing_is_known(panel):
    found = backtest(panel, METHODS, 2, quantiles=(0.5, 0.9)).table
    assert found["method"].to_list() == ["naive", "panel", "zeros"]
    assert found["wql"].is_null().to_list() == [False, False, True]
    assert found["wape"].to_list()[2] == pytest.approx(1.0)
    assert found["bias"].to_list()[2] == pytest.approx(-1.0)


def test_best_has_the_least_measure(panel):
    found = backtest(panel, METHODS | {"mean": mean}, 2, quantiles=(0.5, 0.9))
    for measure in ("wape", "wql"):
        least = found.table[measure].min()
        row = found.table.filter(method=found.best(measure))
        assert row[measure].to_list() == [least]


def test_best_names_what_it_cannot_compare(panel):
    found = backtest(panel, {"zeros": METHODS["zeros"]}, 2)
    with pytest.raises(OptionError, match="measure must be one of owa, smape"):
        found.best("speed")
    with pytest.raises(OptionError, match="measure 'wql': not defined for any method"):
        found.best("wql")


def test_threads_give_the_same_numbers(panel):
    alone = backtest(panel, METHODS, 2, quantiles=(0.5, 0.9))
    threads = backtest(
        panel, METHODS, 2, quantiles=(0.5, 0.9), workers=Workers("threads", n_workers=3)
    )
    assert alone.by_origin.equals(threads.by_origin)


@pytest.mark.slow
def test_ray_gives_the_same_numbers(panel):
    pytest.importorskip("ray", reason="millstream[ray] is not installed")
    methods = {"naive": naive, "panel": METHODS["panel"]}
    alone = backtest(panel, methods, 2, quantiles=(0.5, 0.9))
    ray = backtest(
        panel, methods, 2, quantiles=(0.5, 0.9), workers=Workers("ray", n_workers=1)
    )
    assert alone.by_origin.equals(ray.by_origin)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"forecasters": {}}, "at least one method"),
        ({"horizon": 0}, "horizon must be"),
        ({"horizon": 19}, "need a series of 59 values, the longest has 20"),
        ({"n_origins": 0}, "n_origins must be"),
        ({"stride": 0}, "stride must be"),
        ({"quantiles": [1.5]}, "quantile must be"),
    ],
)
def test_backtest_refuses_what_it_cannot_do(panel, options, words):
    given = {"forecasters": METHODS, "horizon": 2} | options
    with pytest.raises(OptionError, match=words):
        backtest(panel, given.pop("forecasters"), given.pop("horizon"), **given)


def test_a_method_that_fails_is_named(panel):
    def wrong(history, horizon):
        return np.full((history.n_series, horizon), np.inf)

    with pytest.raises(OptionError, match="method 'wrong', 2 values before the end"):
        backtest(panel, {"wrong": wrong}, 2)
