"""Windows of renewals, and policies compared."""

import numpy as np
import pytest
from scipy import optimize

from forecasting import OptionError
from forecasting.failure.maintenance import (
    Costs,
    best_age,
    maintenance_window,
    renewal_rate,
    stopping_rate,
    stopping_times,
)

COSTS = Costs(planned=1.0, failure=10.0)


def weibull_survival(times, *, shape=3.0, scale=100.0):
    return np.exp(-((times / scale) ** shape))


def exact_age_rate(age, *, shape=3.0, scale=100.0):
    times = np.linspace(0.0, age, 4001)
    alive = weibull_survival(times, shape=shape, scale=scale)
    length = np.sum(0.5 * (alive[1:] + alive[:-1]) * np.diff(times))
    return (COSTS.planned * alive[-1] + COSTS.failure * (1.0 - alive[-1])) / length


def test_window_of_a_new_unit_is_at_the_best_age_of_its_law():
    best = optimize.minimize_scalar(
        exact_age_rate, bounds=(5.0, 150.0), method="bounded"
    )
    times = np.arange(0.0, 151.0, 0.5)
    window = maintenance_window(
        weibull_survival(times), times, COSTS, rate=best.fun, slack=0.05
    )
    assert window.best == pytest.approx(best.x, abs=1.0)
    assert window.earliest < window.best < window.latest
    assert window.cost[window.cycles == window.best] == 0.0
    inside = (window.cycles >= window.earliest) & (window.cycles <= window.latest)
    assert (window.cost[inside] <= 0.05).all()
    before = window.cycles == window.earliest - 0.5
    assert window.cost[before] > 0.05


def test_latest_time_keeps_the_risk_and_nothing_is_offered_before_the_lead():
    times = np.arange(0.0, 151.0)
    alive = weibull_survival(times)
    free = maintenance_window(alive, times, COSTS, rate=0.03, slack=5.0, risk_max=1.0)
    kept = maintenance_window(alive, times, COSTS, rate=0.03, slack=5.0, risk_max=0.2)
    assert kept.latest < free.latest
    assert kept.risk[kept.cycles == kept.latest] <= 0.2
    late = maintenance_window(
        alive, times, Costs(planned=1.0, failure=10.0, lead=90.0), rate=0.03
    )
    assert late.cycles[0] == late.earliest == late.best == late.latest == 90.0


def test_best_age_is_the_least_of_all_ages():
    lives = np.random.default_rng(0).weibull(3.0, 200) * 100.0
    age, rate = best_age(lives, COSTS)
    grid = np.linspace(1.0, 300.0, 3000)
    rates = [renewal_rate(np.full(200, a), lives, COSTS) for a in grid]
    assert rate <= min(rates)
    assert renewal_rate(np.full(200, age), lives, COSTS) == rate
    assert age == pytest.approx(grid[np.argmin(rates)], abs=2.0)


def test_units_that_all_last_the_same_are_renewed_just_before():
    age, rate = best_age([50.0, 50.0], COSTS)
    assert age == np.nextafter(50.0, 0.0)
    assert rate == pytest.approx(0.02)


def test_hazard_rule_stops_at_the_level_of_the_rate(machines):
    readings = machines(2, 0)
    hazard = np.zeros(readings.cycle.size)
    hazard[readings.offsets[1] - 8] = 0.02  # of the first unit, seven cycles before
    costs = Costs(planned=1.0, failure=10.0, lead=3.0)
    stops = stopping_times(hazard, readings, costs, rate=0.1)
    life = readings.cycle[readings.last]
    assert stops.tolist() == [life[0] - 4.0, np.inf]
    assert stopping_times(hazard, readings, costs, rate=0.2).tolist() == [np.inf] * 2


def test_rate_of_the_rule_is_about_what_the_rule_then_costs(failed):
    left = failed.cycle[failed.last][failed.unit_index] - failed.cycle
    life = failed.cycle[failed.last]

    def cost(hazard, rate):
        stops = stopping_times(hazard, failed, COSTS, rate=rate)
        return renewal_rate(stops, life, COSTS)

    sharp = np.where(left < 6.0, 1.0 / 6.0, 0.0)
    rate = stopping_rate(sharp, failed, COSTS)
    assert cost(sharp, rate) == rate == pytest.approx(1.0 / np.mean(life - 5.0))
    # A blurred one goes in a circle, of which the least counts.
    blurred = 1.0 / (1.0 + left) ** 2
    met = [renewal_rate(np.full(40, np.inf), life, COSTS)]
    while len(met) < 30:
        met.append(cost(blurred, met[-1]))
    rate = stopping_rate(blurred, failed, COSTS)
    assert rate == min(met)
    assert cost(blurred, rate) < 0.2 * met[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"planned": 0.0}, "planned must be > 0 and below failure"),
        ({"planned": 11.0}, "planned must be > 0 and below failure"),
        ({"lead": -1.0}, "lead must be >= 0 cycles and finite, was -1.0"),
    ],
)
def test_costs_out_of_range_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        Costs(**options)


@pytest.mark.parametrize(
    ("survival", "cycles", "rate", "message"),
    [
        ([1.0], [0.0, 1.0], 1.0, "must have one shape"),
        ([1.0, 0.5], [1.0, 1.0], 1.0, "cycles must rise"),
        ([0.5, 0.6], [0.0, 1.0], 1.0, "survival must fall"),
        ([1.5, 0.6], [0.0, 1.0], 1.0, "survival must fall"),
        ([1.0, 0.5], [0.0, 1.0], 0.0, "rate must be > 0 a cycle, was 0.0"),
    ],
)
def test_curves_that_are_none_are_refused(survival, cycles, rate, message):
    with pytest.raises(OptionError, match=message):
        maintenance_window(survival, cycles, COSTS, rate=rate)


def test_times_that_all_come_before_the_lead_are_refused():
    with pytest.raises(OptionError, match="after the lead of 5, the last was 1"):
        maintenance_window([1.0, 0.5], [0.0, 1.0], Costs(lead=5.0), rate=1.0)


def test_arrays_that_do_not_fit_are_refused(machines):
    readings = machines(2, 0)
    with pytest.raises(OptionError, match=r"one value a row, shape .*, had \(2,\)"):
        stopping_times([0.1, 0.1], readings, COSTS, rate=1.0)
    with pytest.raises(OptionError, match="lives must be > 0"):
        renewal_rate([], [], COSTS)
    with pytest.raises(OptionError, match="slack must be >= 0"):
        maintenance_window([1.0, 0.5], [0.0, 1.0], COSTS, rate=1.0, slack=-1.0)
