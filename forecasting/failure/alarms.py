"""Early warning: when an alarm is raised and cleared, and what its record is.

An alarm is raised by the probability of failing soon and cleared by a lower one, and
stands for some cycles at least, so that a probability that wavers about a threshold
does not ring twice. The threshold is the one at which acting on the first alarm costs
least; its record is taken from units that did not choose it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecasting.errors import OptionError
from forecasting.failure.maintenance import Costs
from forecasting.failure.readings import Readings
from forecasting.series import FloatArray, IndexArray

# Evenly spaced in log odds, from 0.1 to 99.9 %: near 1 a little more is far nearer to
# the end.
_THRESHOLDS = 1.0 / (1.0 + np.exp(-np.linspace(-7.0, 7.0, 141)))
_NEAR = 1.02  # thresholds that cost so much of the least are as good as the best


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRule:
    """When an alarm is raised, and when it is cleared.

    Attributes
    ----------
    raise_at : float
        Probability of failing from which on it is raised, in (0, 1].
    clear_at : float
        Probability below which it is cleared, in [0, `raise_at`].
    hold : float
        Cycles that it stands at least, >= 0.
    confirm : int
        Rows in a row that must reach `raise_at`, >= 1: one alone may be noise.

    Raises
    ------
    OptionError
        If one is out of range.
    """

    raise_at: float
    clear_at: float
    hold: float = 0.0
    confirm: int = 1

    def __post_init__(self) -> None:
        if not 0.0 <= self.clear_at <= self.raise_at <= 1.0 or not self.raise_at > 0.0:
            msg = (
                "alarm: 0 <= clear_at <= raise_at <= 1 and raise_at > 0 must hold, "
                f"were {self.clear_at} and {self.raise_at}"
            )
            raise OptionError(msg)
        if not 0.0 <= self.hold < np.inf or self.confirm < 1:
            msg = (
                "alarm: hold must be >= 0 cycles and confirm >= 1 rows, were "
                f"{self.hold} and {self.confirm}"
            )
            raise OptionError(msg)


@dataclass(frozen=True, slots=True, eq=False)
class Alarms:
    """Alarms of units, unit by unit, oldest first.

    Attributes
    ----------
    unit : ndarray of shape (n_alarms,), int64
        Position of the unit.
    raised : ndarray of shape (n_alarms,), int64
        Row at which it was raised.
    cleared : ndarray of shape (n_alarms,), int64
        Row at which it was cleared, -1 if it stands at the last row of the unit.
    """

    unit: IndexArray
    raised: IndexArray
    cleared: IndexArray

    @property
    def standing(self) -> NDArray[np.bool_]:
        """Whether each was never cleared, shape (n_alarms,)."""
        return self.cleared < 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AlarmRecord:
    """What alarms were worth for units that ran to their failure.

    Attributes
    ----------
    n_units : int
        Units, each of which failed.
    n_cycles : float
        Cycles that they were watched for.
    n_alarms : int
        Alarms raised.
    n_false : int
        Of these, those after which the unit lived longer than the horizon.
    n_caught : int
        Units that failed while an alarm stood that was raised more than a lead before:
        a renewal at the age of the failure comes too late.
    warning : ndarray of shape (n_warned,), float64
        Cycles for which the alarm had stood, of units that failed while one stood;
        shorter than the lead where it came too late.
    spent, lived : float
        Cost, and cycles, of renewing each unit a lead after its first alarm of any
        kind, or at its failure.
    """

    n_units: int
    n_cycles: float
    n_alarms: int
    n_false: int
    n_caught: int
    warning: FloatArray
    spent: float
    lived: float

    @property
    def cost_rate(self) -> float:
        """Cost a cycle of acting on the first alarm."""
        return self.spent / self.lived

    @property
    def rate(self) -> float:
        """Alarms a unit and cycle."""
        return self.n_alarms / self.n_cycles

    @property
    def false_share(self) -> float:
        """Share of the alarms that were false, in [0, 1]; 0 without an alarm."""
        return self.n_false / self.n_alarms if self.n_alarms else 0.0

    @property
    def caught_share(self) -> float:
        """Share of the failures told of in time, in [0, 1]."""
        return self.n_caught / self.n_units


def find_alarms(risk: ArrayLike, readings: Readings, rule: AlarmRule) -> Alarms:
    """Follow the probability of failing of each unit, row by row.

    What comes later changes no alarm raised before.

    Parameters
    ----------
    risk : array-like of shape (n_rows,), float
        Probability of failing soon at each row, in [0, 1].
    readings : Readings
        Whose rows these are.
    rule : AlarmRule
        When to raise and to clear.

    Raises
    ------
    OptionError
        If there is not one probability a row, in [0, 1].

    Examples
    --------
    >>> known = Readings(
    ...     ("m1",), ("s",), np.array([0, 6]), np.arange(6.0), np.zeros((6, 1))
    ... )
    >>> rule = AlarmRule(raise_at=0.5, clear_at=0.3)
    >>> found = find_alarms([0.1, 0.6, 0.4, 0.2, 0.7, 0.9], known, rule)
    >>> found.raised.tolist(), found.cleared.tolist()
    ([1, 4], [3, -1])
    """
    chances = _checked(risk, readings)
    sure = _confirmed(chances, readings, rule.confirm) >= rule.raise_at
    low = chances < rule.clear_at
    unit: list[int] = []
    raised: list[int] = []
    cleared: list[int] = []
    for k in range(readings.n_units):
        begin, end = readings.offsets[k : k + 2].tolist()
        row = begin
        while row < end and (found := _next(sure, row, end)) < end:
            held = readings.cycle[found] + rule.hold
            first = found + int(np.searchsorted(readings.cycle[found:end], held))
            row = _next(low, max(first, found + 1), end)
            unit.append(k)
            raised.append(found)
            cleared.append(row if row < end else -1)
    return Alarms(*(np.array(one, np.int64) for one in (unit, raised, cleared)))


def judge_alarms(
    alarms: Alarms, readings: Readings, costs: Costs, *, within: float
) -> AlarmRecord:
    """Compare alarms with the failures that came.

    Parameters
    ----------
    alarms : Alarms
        From `find_alarms`.
    readings : Readings
        The units, each of which failed after its last row.
    costs : Costs
        Prices, and the lead that an alarm must leave.
    within : float
        Cycles: an alarm after which the unit lived longer was false; > 0.
    """
    end = readings.cycle[readings.last]
    ages = readings.cycle[alarms.raised]
    left = end[alarms.unit] - ages
    first = np.full(readings.n_units, np.inf)
    np.minimum.at(first, alarms.unit, ages)
    warning = left[alarms.standing]
    start = readings.cycle[readings.offsets[:-1]]
    spent, lived = _cost(first + costs.lead, end, costs)
    return AlarmRecord(
        n_units=readings.n_units,
        n_cycles=float((end - start + 1.0).sum()),
        n_alarms=len(left),
        n_false=int((left > within).sum()),
        n_caught=int((warning > costs.lead).sum()),
        warning=warning,
        spent=spent,
        lived=lived,
    )


def choose_alarm(
    risk: ArrayLike,
    readings: Readings,
    costs: Costs,
    *,
    clear_share: float = 0.5,
    hold: float = 5.0,
    confirm: int = 2,
) -> AlarmRule:
    """Choose the threshold at which acting on the first alarm costs least.

    Each unit is renewed a lead after its first alarm, at the planned price, or fails
    before. Of the thresholds that cost within 2 % of the least, the middle one is
    taken: the least alone is an accident of the units.

    Parameters
    ----------
    risk : array-like of shape (n_rows,), float
        Probability of failing soon at each row, by models that have not seen its unit.
    readings : Readings
        Units that failed after their last rows.
    costs : Costs
        Prices and lead.
    clear_share : float
        `clear_at` as a share of `raise_at`, in [0, 1].
    hold, confirm
        See `AlarmRule`.

    Raises
    ------
    OptionError
        If there is not one probability a row, or it or an option is out of range.
    """
    chances = _checked(risk, readings)
    if not 0.0 <= clear_share <= 1.0:
        msg = f"clear_share must be in [0, 1], was {clear_share}"
        raise OptionError(msg)
    sure = _confirmed(chances, readings, confirm)
    first = _first_ages(sure, readings, _THRESHOLDS)
    end = readings.cycle[readings.last]
    told = [_cost(ages + costs.lead, end, costs) for ages in first.T]
    rates = np.array([spent / lived for spent, lived in told])
    good = np.flatnonzero(rates <= _NEAR * rates.min())
    raise_at = float(_THRESHOLDS[good[len(good) // 2]])
    return AlarmRule(
        raise_at=raise_at,
        clear_at=clear_share * raise_at,
        hold=hold,
        confirm=confirm,
    )


def cross_validated_alarms(  # noqa: PLR0913  # the options of `choose_alarm`
    risk: ArrayLike,
    readings: Readings,
    costs: Costs,
    *,
    within: float,
    n_folds: int = 5,
    seed: int = 0,
    clear_share: float = 0.5,
    hold: float = 5.0,
    confirm: int = 2,
) -> AlarmRecord:
    """Judge the alarms of units by thresholds that others chose.

    Parameters
    ----------
    risk, readings, costs, clear_share, hold, confirm
        See `choose_alarm`.
    within : float
        See `judge_alarms`.
    n_folds : int
        Parts of the units, >= 2 and no more than there are units.
    seed : int
        Of the folds.

    Raises
    ------
    OptionError
        If an option is out of range.
    """
    chances = _checked(risk, readings)
    if not 2 <= n_folds <= readings.n_units:  # noqa: PLR2004  # parts of a split
        msg = f"n_folds must be in 2..{readings.n_units} units, was {n_folds}"
        raise OptionError(msg)
    rng = np.random.Generator(np.random.Philox(seed))
    fold = rng.permutation(np.arange(readings.n_units) % n_folds)
    of_row = fold[readings.unit_index]
    records = []
    for k in range(n_folds):
        others = readings.of_units(np.flatnonzero(fold != k))
        own = readings.of_units(np.flatnonzero(fold == k))
        rule = choose_alarm(
            chances[of_row != k],
            others,
            costs,
            clear_share=clear_share,
            hold=hold,
            confirm=confirm,
        )
        found = find_alarms(chances[of_row == k], own, rule)
        records.append(judge_alarms(found, own, costs, within=within))
    return _joined(records)


def _checked(risk: ArrayLike, readings: Readings) -> FloatArray:
    chances = np.asarray(risk, dtype=np.float64)
    if chances.shape != readings.cycle.shape:
        msg = (
            f"risk must have one value a row, shape {readings.cycle.shape}, had "
            f"{chances.shape}"
        )
        raise OptionError(msg)
    wrong = np.flatnonzero(~((chances >= 0.0) & (chances <= 1.0)))
    if wrong.size:
        row = int(wrong[0])
        msg = f"risk, row {row}: must be in 0..1, was {chances[row]:g}"
        raise OptionError(msg)
    return chances


def _confirmed(chances: FloatArray, readings: Readings, confirm: int) -> FloatArray:
    """Return the least of the last rows of each unit; 0 before there are so many."""
    least = chances.copy()
    place = np.arange(len(chances)) - readings.offsets[readings.unit_index]
    for back in range(1, confirm):
        least[back:] = np.minimum(least[back:], chances[:-back])
    return np.where(place >= confirm - 1, least, 0.0)


def _next(flags: NDArray[np.bool_], row: int, end: int) -> int:
    """Return the first row from `row` on that is flagged, or `end`."""
    found = np.flatnonzero(flags[row:end])
    return row + int(found[0]) if found.size else end


def _first_ages(
    sure: FloatArray, readings: Readings, thresholds: FloatArray
) -> FloatArray:
    """Return the age at which each unit first reaches each threshold, inf if never."""
    ages = np.full((readings.n_units, len(thresholds)), np.inf)
    for k in range(readings.n_units):
        begin, end = readings.offsets[k : k + 2]
        highest = np.maximum.accumulate(sure[begin:end])
        first = np.searchsorted(highest, thresholds, side="left")
        known = first < len(highest)
        ages[k, known] = readings.cycle[begin:end][first[known]]
    return ages


def _cost(renewed: FloatArray, life: FloatArray, costs: Costs) -> tuple[float, float]:
    """Return what renewals at these ages, or failures before, cost, and the cycles."""
    spent = np.where(renewed >= life, costs.failure, costs.planned).sum()
    return float(spent), float(np.minimum(renewed, life).sum())


def _joined(records: list[AlarmRecord]) -> AlarmRecord:
    return AlarmRecord(
        n_units=sum(one.n_units for one in records),
        n_cycles=sum(one.n_cycles for one in records),
        n_alarms=sum(one.n_alarms for one in records),
        n_false=sum(one.n_false for one in records),
        n_caught=sum(one.n_caught for one in records),
        warning=np.concatenate([one.warning for one in records]),
        spent=sum(one.spent for one in records),
        lived=sum(one.lived for one in records),
    )
