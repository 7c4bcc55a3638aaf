"""Alarms over a probability of failing: raised, held, cleared, judged."""

import numpy as np
import pytest

from forecasting.errors import OptionError
from forecasting.failure.alarms import (
    AlarmRule,
    choose_alarm,
    cross_validated_alarms,
    find_alarms,
    judge_alarms,
)
from forecasting.failure.maintenance import Costs
from forecasting.failure.readings import Readings

COSTS = Costs(planned=1.0, failure=10.0, lead=4.0)


def units(*lengths):
    """Units whose cycles count from 1."""
    return Readings(
        tuple(f"m{k}" for k in range(len(lengths))),
        ("s",),
        np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        np.concatenate([np.arange(1.0, n + 1.0) for n in lengths]),
        np.zeros((sum(lengths), 1)),
    )


def one_by_one(risk, readings, rule):
    """Alarms of each unit by a loop over its rows: what the arrays must come to."""
    found = []
    for k in range(readings.n_units):
        begin, end = readings.offsets[k : k + 2]
        raised = None
        for row in range(begin, end):
            last = risk[max(begin, row - rule.confirm + 1) : row + 1]
            sure = len(last) == rule.confirm and min(last) >= rule.raise_at
            if raised is None and sure:
                raised = row
            elif (
                raised is not None
                and readings.cycle[row] >= readings.cycle[raised] + rule.hold
                and risk[row] < rule.clear_at
            ):
                found.append((k, raised, row))
                raised = None
        if raised is not None:
            found.append((k, raised, -1))
    return found


@pytest.mark.parametrize("confirm", [1, 3])
@pytest.mark.parametrize("hold", [0.0, 7.0])
def test_alarms_are_those_of_a_loop_over_the_rows(hold, confirm):
    rng = np.random.default_rng(4)
    readings = units(60, 1, 90)
    risk = np.clip(0.5 + np.cumsum(rng.normal(0.0, 0.1, 151)) % 1.0 - 0.5, 0.0, 1.0)
    rule = AlarmRule(raise_at=0.6, clear_at=0.4, hold=hold, confirm=confirm)
    found = find_alarms(risk, readings, rule)
    told = list(
        zip(
            found.unit.tolist(),
            found.raised.tolist(),
            found.cleared.tolist(),
            strict=True,
        )
    )
    assert told == one_by_one(risk, readings, rule)
    assert len(told) > 2


def test_what_wavers_about_a_threshold_rings_once_with_hysteresis():
    readings = units(40)
    risk = np.where(np.arange(40) % 2, 0.62, 0.58)
    plain = find_alarms(risk, readings, AlarmRule(raise_at=0.6, clear_at=0.6))
    calm = find_alarms(risk, readings, AlarmRule(raise_at=0.6, clear_at=0.3))
    assert (len(plain.unit), len(calm.unit)) == (20, 1)
    assert calm.standing.tolist() == [True]


def test_an_alarm_stands_for_its_hold():
    readings, risk = units(10), np.zeros(10)
    risk[2] = 1.0
    for hold, cleared in ((0.0, 3), (4.0, 6), (50.0, -1)):
        rule = AlarmRule(raise_at=0.5, clear_at=0.2, hold=hold)
        found = find_alarms(risk, readings, rule)
        assert (found.raised.tolist(), found.cleared.tolist()) == ([2], [cleared])


def test_alarms_of_the_past_do_not_change_with_the_future():
    rng = np.random.default_rng(2)
    readings, risk = units(50), rng.random(50)
    rule = AlarmRule(raise_at=0.8, clear_at=0.4, hold=2.0, confirm=1)
    whole = find_alarms(risk, readings, rule)
    for n in range(1, 50):
        part = find_alarms(risk[:n], readings.until([n]), rule)
        kept = whole.raised < n
        assert part.raised.tolist() == whole.raised[kept].tolist()
        cleared = np.where(whole.cleared[kept] < n, whole.cleared[kept], -1)
        assert part.cleared.tolist() == cleared.tolist()


def test_a_record_tells_false_late_and_missed_alarms_apart():
    readings = units(30, 30, 30, 30)
    risk = np.zeros(120)
    risk[4] = 1.0  # of the first: 25 cycles before its end, too early to be true
    risk[20:30] = 1.0  # and 9 before
    risk[57:60] = 1.0  # of the second: 2 before, less than the lead
    risk[80:90] = 1.0  # of the third: 9 before
    rule = AlarmRule(raise_at=0.5, clear_at=0.5)
    record = judge_alarms(
        find_alarms(risk, readings, rule), readings, COSTS, within=10.0
    )
    assert (record.n_alarms, record.n_false, record.n_caught) == (4, 1, 2)
    assert sorted(record.warning.tolist()) == [2.0, 9.0, 9.0]
    assert record.false_share == pytest.approx(0.25)
    assert record.rate == pytest.approx(4 / 120)
    assert record.caught_share == pytest.approx(0.5)
    # Renewed at 5 + 4 and at 21 + 4; failed at 30 twice.
    assert record.cost_rate == pytest.approx((1 + 10 + 1 + 10) / (9 + 30 + 25 + 30))


def rising(n_units, seed, *, noise):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(60, 140, n_units).tolist()
    readings = units(*lengths)
    left = np.concatenate([np.arange(n)[::-1] for n in lengths])
    risk = 1.0 / (1.0 + np.exp((left - 15.0) / 3.0)) + rng.normal(0, noise, left.size)
    return np.clip(risk, 0.0, 1.0), readings


def test_the_threshold_leaves_the_lead_and_little_more():
    risk, readings = rising(30, 0, noise=0.02)
    rule = choose_alarm(risk, readings, COSTS)
    assert rule.clear_at == pytest.approx(rule.raise_at / 2)
    record = judge_alarms(
        find_alarms(risk, readings, rule), readings, COSTS, within=30.0
    )
    assert record.n_caught == 30
    assert record.n_false == 0
    assert COSTS.lead < np.median(record.warning) < 20.0
    dearer = choose_alarm(risk, readings, Costs(planned=1.0, failure=1.5, lead=4.0))
    assert dearer.raise_at >= rule.raise_at


def test_a_cross_validated_record_is_that_of_units_that_did_not_choose():
    risk, readings = rising(20, 1, noise=0.1)
    record = cross_validated_alarms(risk, readings, COSTS, within=30.0)
    assert record.n_units == 20
    assert record.n_cycles == readings.cycle.size
    assert record.n_caught >= 18
    rule = choose_alarm(risk, readings, COSTS)
    seen = judge_alarms(find_alarms(risk, readings, rule), readings, COSTS, within=30.0)
    # The one rule of all saw these units and cannot cost much more.
    assert seen.cost_rate <= 1.05 * record.cost_rate


@pytest.mark.parametrize(
    "wrong",
    [
        {"raise_at": 0.0, "clear_at": 0.0},
        {"raise_at": 0.5, "clear_at": 0.6},
        {"raise_at": 0.5, "clear_at": 0.1, "hold": -1.0},
        {"raise_at": 0.5, "clear_at": 0.1, "confirm": 0},
    ],
)
def test_rules_that_cannot_be_are_refused(wrong):
    with pytest.raises(OptionError, match="alarm"):
        AlarmRule(**wrong)


def test_a_risk_for_each_row_is_needed():
    with pytest.raises(OptionError, match=r"shape \(5,\), had \(4,\)"):
        find_alarms([0.1] * 4, units(5), AlarmRule(raise_at=0.5, clear_at=0.1))
    with pytest.raises(OptionError, match="n_folds"):
        cross_validated_alarms([0.1] * 5, units(5), COSTS, within=9.0)


@pytest.mark.parametrize("wrong", [np.nan, -0.1, 1.5])
def test_a_risk_that_is_no_probability_is_refused_by_its_row(wrong):
    risk = [0.1, 0.2, wrong, 0.4, 0.5]
    with pytest.raises(OptionError, match=rf"risk, row 2: .* was {wrong:g}"):
        find_alarms(risk, units(5), AlarmRule(raise_at=0.5, clear_at=0.1))
    with pytest.raises(OptionError, match="risk, row 2"):
        choose_alarm(risk, units(5), COSTS)
