"""Early warning: the rule of the alarms of a fleet, and what it was worth."""

from dataclasses import dataclass

import numpy as np

from forecasting.failure.alarms import (
    AlarmRecord,
    AlarmRule,
    choose_alarm,
    cross_validated_alarms,
    find_alarms,
    judge_alarms,
)
from forecasting.failure.maintenance import Costs
from forecasting.failure.readings import Readings
from forecasting.series import FloatArray
from twin.errors import OptionError

_FOLDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningOptions:
    """How alarms are raised; None leaves the choice to the costs.

    Attributes
    ----------
    raise_at : float or None
        Probability of failing within the horizon that raises an alarm, in (0, 1].
    clear_at : float or None
        The one below which it is cleared; None: half of `raise_at`.
    hold : float
        Cycles that an alarm stands at least, >= 0.
    confirm : int
        Cycles in a row that must speak for it, >= 1.

    Raises
    ------
    OptionError
        If `clear_at` is above `raise_at`, or comes without it.
    """

    raise_at: float | None = None
    clear_at: float | None = None
    hold: float = 5.0
    confirm: int = 2

    def __post_init__(self) -> None:
        if self.clear_at is not None and (
            self.raise_at is None or self.clear_at > self.raise_at
        ):
            msg = (
                "clear_at must come with raise_at, and not be above it; were "
                f"{self.clear_at} and {self.raise_at}"
            )
            raise OptionError(msg)


@dataclass(frozen=True, slots=True, eq=False)
class EarlyWarning:
    """A rule of alarms, and what it was worth on units that did not choose it.

    Attributes
    ----------
    rule : AlarmRule
        When alarms of the fleet are raised and cleared.
    record : AlarmRecord
        Of the units learned from, each by predictions of models that had not seen it,
        and by a threshold that others chose.
    within : float
        Cycles: an alarm after which a unit lived longer was false.
    """

    rule: AlarmRule
    record: AlarmRecord
    within: float

    def lead_quantiles(self) -> tuple[float, float, float] | None:
        """Return the 10, 50 and 90 % quantiles of warning before failures, cycles.

        None if there never was a warning.
        """
        warning = self.record.warning
        if not warning.size:
            return None
        low, middle, high = np.quantile(warning, [0.1, 0.5, 0.9]).tolist()
        return low, middle, high


def early_warning(
    risk: FloatArray,
    past: Readings,
    costs: Costs,
    *,
    within: float,
    options: WarningOptions | None = None,
) -> EarlyWarning:
    """Choose when to raise alarms by what they cost, and judge them.

    Parameters
    ----------
    risk : ndarray of shape (n_rows,), float64
        Probability of failing within the horizon, by models that have not seen the unit
        of the row.
    past : Readings
        Units that failed after their last rows.
    costs : Costs
        Prices and lead.
    within : float
        The horizon, cycles.
    options : WarningOptions or None
        None: all is chosen.

    Returns
    -------
    EarlyWarning
    """
    chosen = WarningOptions() if options is None else options
    if chosen.raise_at is not None:
        clear_at = chosen.raise_at / 2 if chosen.clear_at is None else chosen.clear_at
        rule = AlarmRule(
            raise_at=chosen.raise_at,
            clear_at=clear_at,
            hold=chosen.hold,
            confirm=chosen.confirm,
        )
        found = find_alarms(risk, past, rule)
        return EarlyWarning(
            rule, judge_alarms(found, past, costs, within=within), within
        )
    rule = choose_alarm(risk, past, costs, hold=chosen.hold, confirm=chosen.confirm)
    record = cross_validated_alarms(
        risk,
        past,
        costs,
        within=within,
        n_folds=min(_FOLDS, past.n_units),
        hold=chosen.hold,
        confirm=chosen.confirm,
    )
    return EarlyWarning(rule, record, within)
