import numpy as np
import pytest

from forecasting.anomaly import detect_changes
from forecasting.errors import OptionError, PanelError
from forecasting.series import DAY_US, Panel

N = 3000
WINDOW = 12


def panel_of(rows, **options):
    return Panel.from_arrays({f"S{i}": row for i, row in enumerate(rows)}, **options)


@pytest.mark.parametrize("length", [24, 60])
@pytest.mark.parametrize("asked", [0.01, 0.1])
def test_false_alarms_are_as_seldom_as_asked(length, asked):
    """Three standard errors of the share wide."""
    rows = np.random.default_rng(11).normal(10.0, 2.0, (N, length))
    share = (detect_changes(panel_of(rows)).probability <= asked).mean()
    assert share == pytest.approx(asked, abs=3.0 * np.sqrt(asked * (1.0 - asked) / N))


@pytest.mark.parametrize("mean", [1.0, 5.0, 60.0])
@pytest.mark.parametrize("dispersion", [1.0, 4.0])
def test_counts_give_no_more_false_alarms_than_asked(mean, dispersion):
    rng = np.random.default_rng(12)
    rate = np.full((N, 80), mean)
    if dispersion > 1.0:
        rate = rng.gamma(mean / (dispersion - 1.0), dispersion - 1.0, (N, 80))
    found = detect_changes(panel_of(rng.poisson(rate)), false_alarm=0.05)
    assert (found.probability <= 0.05).mean() <= 0.06
    assert (np.array(found.kinds) != "none").mean() <= 0.06


def test_a_season_is_no_change():
    rng = np.random.default_rng(13)
    wave = 5.0 * np.sin(2.0 * np.pi * np.arange(84) / 7.0)
    found = detect_changes(
        panel_of(rng.normal(10.0, 2.0, (N, 84)) + wave), season_length=7
    )
    assert (found.probability <= 0.01).mean() <= 0.016


CHANGES = {
    "shock": np.eye(WINDOW)[5] * 7.0,
    "shift": (np.arange(WINDOW) >= 5) * -4.0,
    "trend": np.maximum(np.arange(WINDOW) - 4, 0) * 0.7,
}


@pytest.mark.parametrize("kind", [*CHANGES])
def test_changes_are_found_named_dated_and_sized(kind):
    rows = np.random.default_rng(14).normal(10.0, 1.0, (300, 72))
    rows[:, -WINDOW:] += CHANGES[kind]
    panel = panel_of(rows, start_us=DAY_US)
    found = detect_changes(panel)
    assert found.kinds.count(kind) > 0.75 * 300
    assert np.median(found.index) == 65
    assert np.median(found.time_us) == DAY_US + 65 * DAY_US
    size = {"shock": 7.0, "shift": -4.0, "trend": 0.7}[kind]
    assert np.median(found.size) == pytest.approx(size, rel=0.15)
    assert (np.sign(found.statistic) == np.sign(size)).mean() > 0.95
    frame = found.to_frame()
    assert frame.height == 300 - found.kinds.count("none")
    assert frame["probability"].is_sorted()


def test_demand_that_awakes_is_a_change():
    rows = {"asleep": [0] * 40, "awake": [0] * 38 + [3, 4]}
    found = detect_changes(Panel.from_arrays(rows))
    assert found.kinds[0] == "none"
    assert found.kinds[1] != "none"
    assert found.index[1] >= 38


def test_series_too_short_or_without_any_move_are_told_apart():
    rows = {"one": [3.5], "short": [1.5] * 19, "same": [4.5] * 40, "gone": [4.5] * 39}
    rows["gone"] = [*rows["gone"], 9.5]
    found = detect_changes(Panel.from_arrays(rows))
    assert found.kinds == ("none", "none", "none", "shock")
    assert found.index[:2].tolist() == [-1, -1]
    assert np.isnan(found.statistic[:2]).all()
    assert found.probability[:3].tolist() == [1.0, 1.0, 1.0]
    assert found.to_frame()["id"].to_list() == ["gone"]


def test_answers_do_not_depend_on_the_other_series():
    rows = np.random.default_rng(15).normal(0.0, 1.0, (20, 50))
    together = detect_changes(panel_of(rows))
    alone = detect_changes(Panel.from_arrays({"S7": rows[7]}))
    assert alone.probability[0] == together.probability[7]
    assert alone.statistic[0] == together.statistic[7]


@pytest.mark.parametrize("season_length", [1, 7])
def test_series_of_unequal_lengths_are_answered_as_each_alone(season_length):
    rng = np.random.default_rng(16)
    lengths = [5, 19, 20, 33, 47, 33, 90, 20, 180]
    rows = [rng.normal(10.0, 1.0, n) for n in lengths]
    rows[4][-4:] += 6.0
    rows[8][-7:] += 9.0
    # Counts beside values that are none.
    rows[5] = np.floor(rows[5])
    starts = [DAY_US * k for k in range(9)]
    together = detect_changes(
        panel_of(rows, start_us=starts), season_length=season_length
    )
    for i, row in enumerate(rows):
        panel = Panel.from_arrays({"A": row}, start_us=starts[i])
        alone = detect_changes(panel, season_length=season_length)
        for name in ("index", "time_us", "statistic", "size", "level", "probability"):
            both = getattr(alone, name)[0], getattr(together, name)[i]
            assert both[0] == both[1] or np.isnan(both).all()
        assert alone.kinds[0] == together.kinds[i]
    assert [together.kinds[i] for i in (0, 1, 4, 8)] == ["none", "none"] + ["shift"] * 2
    assert together.index[[0, 1, 4, 8]].tolist() == [-1, -1, 43, 173]
    assert together.time_us[4] == DAY_US * (4 + 43)


def test_false_alarms_are_as_seldom_as_asked_at_each_length():
    rng = np.random.default_rng(17)
    lengths = np.repeat([22, 31, 57, 90], 700)
    rows = [rng.normal(10.0, 2.0, n) for n in rng.permutation(lengths)]
    panel = panel_of(rows)
    hit = detect_changes(panel).probability <= 0.1
    for length in (22, 31, 57, 90):
        share = hit[panel.lengths == length].mean()
        assert share == pytest.approx(0.1, abs=3.0 * np.sqrt(0.09 / 700))


def test_what_cannot_be_looked_at_is_refused():
    panel = Panel.from_arrays({"A": [1.0] * 30})
    with pytest.raises(OptionError, match="false_alarm must be > 0 and < 1, was 1"):
        detect_changes(panel, false_alarm=1.0)
    with pytest.raises(OptionError, match="window must be a whole number >= 1"):
        detect_changes(panel, window=0)
    with pytest.raises(PanelError, match="must be finite"):
        detect_changes(Panel.from_arrays({"A": [1.0, np.nan]}))
