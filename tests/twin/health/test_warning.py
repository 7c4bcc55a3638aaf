"""The rule of alarms of a fleet."""

import numpy as np
import pytest

from forecasting.failure.maintenance import Costs
from forecasting.failure.readings import Readings
from twin.errors import OptionError
from twin.health.warning import WarningOptions, early_warning

LENGTHS = [60, 80, 70, 90, 65, 75]
PAST = Readings(
    tuple(f"m{k}" for k in range(6)),
    ("s",),
    np.concatenate(([0], np.cumsum(LENGTHS))).astype(np.int64),
    np.concatenate([np.arange(1.0, n + 1.0) for n in LENGTHS]),
    np.zeros((sum(LENGTHS), 1)),
)
LEFT = np.concatenate([np.arange(n)[::-1] for n in LENGTHS])
RISK = 1.0 / (1.0 + np.exp((LEFT - 15.0) / 3.0))


def test_a_warning_says_how_long_before_failures_it_came():
    found = early_warning(RISK, PAST, Costs(lead=4.0), within=30.0)
    low, middle, high = found.lead_quantiles()
    assert 4.0 <= low <= middle <= high <= 30.0
    assert found.record.n_caught == 6
    assert found.rule.confirm == 2


def test_a_threshold_that_is_given_is_kept():
    options = WarningOptions(raise_at=0.8, clear_at=0.1, hold=9.0, confirm=1)
    found = early_warning(RISK, PAST, Costs(), within=30.0, options=options)
    rule = found.rule
    told = (rule.raise_at, rule.clear_at, rule.hold, rule.confirm)
    assert told == (0.8, 0.1, 9.0, 1)
    silent = early_warning(0.0 * RISK, PAST, Costs(), within=30.0, options=options)
    assert silent.lead_quantiles() is None


@pytest.mark.parametrize(
    "wrong", [{"clear_at": 0.2}, {"raise_at": 0.2, "clear_at": 0.3}]
)
def test_a_clearing_above_the_raising_is_refused(wrong):
    with pytest.raises(OptionError, match="clear_at must come with raise_at"):
        WarningOptions(**wrong)
