import numpy as np
import pytest

from forecasting import FilterGains, FilterState, forecast_state, update_state
from forecasting.errors import OptionError
from forecasting.online import FilterArrays, OnlineForecaster, OnlineOptions


@pytest.fixture
def events():
    """Four series, 600 events, some missing, some of steps without stock."""
    rng = np.random.default_rng(3)
    index = rng.integers(0, 4, 600)
    values = rng.poisson(6.0, 600).astype(float)
    values[rng.random(600) < 0.05] = np.nan
    return index, values, rng.random(600) < 0.1


def seasonal():
    return OnlineForecaster(
        FilterArrays(
            level=np.full(4, 6.0), variance=6.0, alpha=0.2, beta=0.02, phi=0.9,
            gamma=0.1, season=np.zeros((4, 7)), count=[0, 3, 64, 500],
        )
    )  # fmt: skip


@pytest.mark.parametrize("size", [1, 7, 100])
def test_update_in_any_batches_gives_the_same_bits(events, size):
    whole, parts = seasonal(), seasonal()
    told = whole.update(*events[:2], censored=events[2])
    means = []
    for start in range(0, 600, size):
        cut = slice(start, start + size)
        index, values, censored = (array[cut] for array in events)
        means.append(parts.update(index, values, censored=censored).mean)
        if start == size:
            parts = OnlineForecaster.restore(parts.snapshot())
    assert np.concatenate(means).tobytes() == told.mean.tobytes()
    assert parts.state_hash() == whole.state_hash()
    assert parts.next_step().quantiles.tolist() == whole.next_step().quantiles.tolist()


def test_update_of_mixed_series_equals_each_series_in_one_go(events):
    index, values, censored = events
    mixed, sorted_ = seasonal(), seasonal()
    mixed.update(index, values, censored=censored)
    order = np.argsort(index, kind="stable")
    sorted_.update(index[order], values[order], censored=censored[order])
    assert mixed.state_hash() == sorted_.state_hash()


def test_update_equals_update_state_bit_by_bit():
    gains = FilterGains(alpha=0.3, beta=0.1, phi=0.9, variance_gain=0.2)
    state = FilterState(level=20.0, trend=1.0, error_variance=9.0)
    online = OnlineForecaster(
        FilterArrays(
            level=[20.0], variance=9.0, alpha=0.3, trend=1.0, beta=0.1, phi=0.9
        ),
        OnlineOptions(variance_gain=0.2),
    )
    values = np.random.default_rng(1).normal(20.0, 4.0, 100)
    online.update(np.zeros(100, dtype=int), values)
    for value in values:
        state = update_state(state, value, gains)
    found = online.filters()
    assert (found.level[0], found.trend[0], found.variance[0]) == (
        state.level, state.trend, state.error_variance,
    )  # fmt: skip
    mean, sum_variance = forecast_state(state, gains, 5)
    means, sum_variances = online.forecast(5)
    assert means[0] == pytest.approx(mean, rel=1e-12)
    assert sum_variances[0] == pytest.approx(sum_variance, rel=1e-12)


def test_forecast_has_the_moments_of_simulated_seasonal_paths():
    f = {"alpha": 0.4, "beta": 0.1, "gamma": 0.3, "phi": 0.9}
    online = OnlineForecaster(
        FilterArrays(level=[10.0], trend=1.0, variance=4.0, season=[[3.0, -3.0]], **f)
    )
    rng, horizon, n = np.random.default_rng(0), 5, 40_000
    level, trend, season = (
        np.full(n, 10.0),
        np.full(n, 1.0),
        np.tile([3.0, -3.0], (n, 1)),
    )
    paths = np.empty((n, horizon))
    for h in range(horizon):
        error = rng.normal(0.0, 2.0, n)
        damped = f["phi"] * trend
        paths[:, h] = level + damped + season[:, h % 2] + error
        level, trend = level + damped + f["alpha"] * error, damped + f["beta"] * error
        season[:, h % 2] += f["gamma"] * error
    mean, sum_variance = online.forecast(horizon)
    sums = paths.cumsum(axis=1)
    assert mean[0] == pytest.approx(paths.mean(axis=0), abs=0.1)
    assert sum_variance[0] == pytest.approx(sums.var(axis=0), rel=0.03)


def test_quantiles_cover_skewed_values_in_the_long_run():
    """Of exponential demand the normal 0.9 quantile covers 0.92 and the median 0.63."""
    n = 20_000
    online = OnlineForecaster.cold(1, alpha=0.05, options=OnlineOptions((0.5, 0.9)))
    values = np.random.default_rng(2).exponential(10.0, n)
    told = online.update(np.zeros(n, dtype=int), values)
    covered = (values[1:, None] <= told.quantiles[:-1]).mean(axis=0)
    assert covered == pytest.approx([0.5, 0.9], abs=0.01)


def test_censored_values_below_the_mean_teach_nothing():
    online = seasonal()
    online.update([3] * 20, np.arange(20.0))
    before = online.filters()
    scores = online.next_step().quantiles[3] - online.next_step().mean[3]
    online.update([3], [0.0], censored=[True])
    after = online.filters()
    damped = before.phi[3] * before.trend[3]
    assert after.level[3] == before.level[3] + damped
    assert after.variance[3] == before.variance[3]
    assert after.season[3].tolist() == before.season[3].tolist()
    assert after.position[3] == (before.position[3] + 1) % 7
    found = online.next_step().quantiles[3] - online.next_step().mean[3]
    assert found == pytest.approx(scores)


def test_censored_values_above_the_mean_raise_the_level_but_lower_nothing():
    online = OnlineForecaster(FilterArrays(level=[5.0], variance=100.0, alpha=0.5))
    low = online.next_step()
    told = online.update([0], [9.0], censored=[True])
    assert told.mean.tolist() == [7.0]
    assert online.filters().variance.tolist() == [100.0]
    spread = told.quantiles - told.mean[:, None]
    assert (spread >= low.quantiles - low.mean[:, None]).all()


def test_stock_outs_do_not_pull_the_level_down():
    """Demand of 10 a step is seen as 0 whenever the stock is out, every other step."""
    n = 400
    values = np.where(np.arange(n) % 2 == 0, 10.0, 0.0)
    online = OnlineForecaster.cold(2, alpha=0.1)
    online.update(np.zeros(n, dtype=int), values, censored=values == 0.0)
    online.update(np.ones(n, dtype=int), values)
    assert online.next_step().mean == pytest.approx([10.0, 5.0], abs=0.5)


def test_drift_is_rare_in_steady_series_and_found_after_a_shift():
    n_series, n = 400, 500
    rng = np.random.default_rng(7)
    online = OnlineForecaster(
        FilterArrays(level=np.zeros(n_series), variance=1.0, alpha=0.05)
    )
    index = np.tile(np.arange(n_series), n)
    online.update(index, rng.normal(size=index.size))
    # One series in 20 has a false alarm in 500 updates, if one comes in 10,000.
    assert online.drifted.size < 40
    fresh = np.setdiff1d(np.arange(n_series), online.drifted)
    online.update(np.tile(fresh, 20), 3.0 + rng.normal(size=20 * fresh.size))
    assert np.isin(fresh, online.drifted).mean() > 0.95


def test_refit_replaces_filters_and_their_drift_alone():
    online = seasonal()
    online.update([2] * 30, [60.0] * 30)
    assert online.drifted.tolist() == [2]
    others = online.filters().level[[0, 1, 3]].tolist()
    online.refit(
        [2], FilterArrays(level=60.0, variance=1.0, alpha=0.1, season=np.zeros((1, 7)))
    )
    assert online.drifted.size == 0
    assert online.drift[2].tolist() == [0.0, 0.0]
    assert online.next_step().mean[2] == 60.0
    assert online.filters().level[[0, 1, 3]].tolist() == others


@pytest.mark.parametrize(
    ("index", "filters", "words"),
    [
        ([0, 0], {}, "must come once"),
        ([9], {}, "series_index must be 0 to 3"),
        ([0], {"season": None}, "season must have 7 steps"),
        ([0], {"alpha": 2.0}, "alpha"),
    ],
)
def test_refit_refuses_what_does_not_fit(index, filters, words):
    season = np.zeros((len(index), 7))
    given = {"level": 1.0, "variance": 1.0, "alpha": 0.1, "season": season} | filters
    with pytest.raises(OptionError, match=words):
        seasonal().refit(index, FilterArrays(**given))


def test_cold_start_finds_level_and_season_of_a_regular_series():
    pattern = np.array([0.0, 5.0, 10.0, 5.0])
    online = OnlineForecaster.cold(1, alpha=0.1, gamma=0.1, season_length=4)
    values = 20.0 + np.tile(pattern, 12)
    told = online.update(np.zeros(48, dtype=int), values)
    late = np.abs(told.mean[23:-1] - values[24:]).mean()
    assert late < 0.5 < np.abs(values[24:] - values.mean()).mean()


@pytest.mark.parametrize("value", [0.0, 5.0, -3.0])
def test_constant_series_are_forecast_without_spread(value):
    online = OnlineForecaster.cold(1, alpha=0.3, beta=0.1, phi=0.9)
    told = online.update(np.zeros(300, dtype=int), np.full(300, value))
    assert told.mean.tolist() == [value] * 300
    assert told.quantiles[-1] == pytest.approx([value] * 3, abs=0.01)
    assert online.drifted.size == 0


def test_first_value_is_the_level_with_the_spread_of_poisson_demand():
    online = OnlineForecaster.cold(2, alpha=0.3, options=OnlineOptions((0.5, 0.9)))
    told = online.update([1], [4.0])
    assert told.mean.tolist() == [4.0]
    assert told.quantiles[0] == pytest.approx([4.0, 4.0 + 2.0 * 1.2815515655])
    assert online.next_step().mean.tolist() == [0.0, 4.0]


def test_missing_values_let_time_pass():
    online = OnlineForecaster(
        FilterArrays(level=[8.0], trend=4.0, phi=0.5, variance=1.0, alpha=0.2)
    )
    told = online.update([0, 0], [np.nan, np.nan])
    assert told.mean.tolist() == [11.0, 11.5]
    cold = OnlineForecaster.cold(1, alpha=0.2)
    assert cold.update([0], [np.nan]).mean.tolist() == [0.0]
    assert np.asarray(cold.filters().count).tolist() == [0]


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e200])
def test_update_refuses_a_batch_whole(value):
    online = seasonal()
    before = online.state_hash()
    with pytest.raises(OptionError, match="event 1 of series 2: the value must be"):
        online.update([0, 2], [1.0, value])
    with pytest.raises(OptionError, match="series_index must be 0 to 3, was 4"):
        online.update([0, 4], [1.0, 1.0])
    with pytest.raises(OptionError, match="one length"):
        online.update([0, 1], [1.0])
    with pytest.raises(OptionError, match="one length"):
        online.update([0, 1], [1.0, 1.0], censored=[True])
    assert online.state_hash() == before


def test_update_of_no_event_tells_nothing():
    assert seasonal().update([], []).quantiles.shape == (0, 3)


def test_huge_values_stay_finite():
    online = OnlineForecaster.cold(1, alpha=0.5)
    told = online.update([0, 0, 0], [1e150, -1e150, 1e150])
    assert np.isfinite(told.quantiles).all()


def test_minimum_bounds_means_and_quantiles():
    options = OnlineOptions((0.05, 0.5), minimum=0.0)
    online = OnlineForecaster(FilterArrays([1.0], 100.0, 0.5), options)
    assert (online.update([0], [-50.0]).quantiles == 0.0).all()
    assert (online.forecast(3)[0] >= 0.0).all()


def test_restore_refuses_damaged_bytes():
    snapshot = seasonal().snapshot()
    damaged = snapshot[:100] + b"x" + snapshot[101:]
    for wrong in (damaged, snapshot[:-1], b"", b"nothing"):
        with pytest.raises(OptionError, match="damaged"):
            OnlineForecaster.restore(wrong)


def test_filters_make_a_forecaster_with_the_same_means():
    online = seasonal()
    online.update([0, 1, 2, 3, 2], [9.0, 1.0, 4.0, 7.0, 2.0])
    again = OnlineForecaster(online.filters())
    assert again.next_step().mean.tolist() == online.next_step().mean.tolist()
