"""Readings that do not fit: machines that left their state, and sensors that lie."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import chdtr, chdtri

from forecasting._kernels import sensors as kernel
from forecasting.errors import OptionError
from forecasting.failure.features import (
    FeatureScale,
    feature_scale,
    readings_scaled,
)
from forecasting.failure.readings import Readings
from forecasting.series import FloatArray, IndexArray

FINDINGS = ("none", "machine", "bias", "noise", "stuck")
"""What a reading may show; the position is the code in `Watched.finding`."""

_NONE, _MACHINE, _BIAS, _NOISE, _STUCK = range(len(FINDINGS))
_N_UNITS_MIN, _N_START_MIN = 2, 2
_SUPPORT_MIN, _FALSE_ALARM_MAX = 0.5, 0.5
_N_ROUNDS = 30  # of the search for the readings that agree; it rests long before
_RIDGE = 1e-6  # of the variance: sensors that repeat each other have no inverse
_N_TESTS = kernel.N_TOLD + kernel.N_EACH
_USUAL = 0.99  # quantile of a sensor's statistics that these are measured in


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorOptions:
    """How sensors are watched.

    Attributes
    ----------
    n_start : int
        Readings of each unit that its own level is learned from, >= 2.
    false_alarm : float
        Share of readings without a fault of which something is told, in (0, 0.5).
    weight : float
        Of the newest reading in what is smoothed, in (0, 1]: half of it finds biases
        half as large in more time.
    support : float
        Share of readings that the covariance is taken from, those that agree best, in
        [0.5, 1]. Below 1 some of them may be wrong; 1 also learns how sensors move
        together as machines wear, from units seen to their end.

    Raises
    ------
    OptionError
        If one is out of range.
    """

    n_start: int = 30
    false_alarm: float = 0.001
    weight: float = 0.1
    support: float = 0.9

    def __post_init__(self) -> None:
        inside = {
            "n_start must be >= 2": self.n_start >= _N_START_MIN,
            "false_alarm must be in (0, 0.5)": (
                0.0 < self.false_alarm < _FALSE_ALARM_MAX
            ),
            "weight must be in (0, 1]": 0.0 < self.weight <= 1.0,
            "support must be in [0.5, 1]": _SUPPORT_MIN <= self.support <= 1.0,
        }
        for told, holds in inside.items():
            if not holds:
                msg = f"{told}, was {getattr(self, told.split()[0])}"
                raise OptionError(msg)


@dataclass(frozen=True, slots=True, eq=False)
class SensorModel:
    """How sensors move together while nothing is wrong.

    Attributes
    ----------
    scale : FeatureScale
        Sensors and their units.
    precision : ndarray of shape (n_sensors, n_sensors), float64
        Inverse covariance about the beginning of each unit.
    steps : ndarray of shape (n_sensors,), float64
        Mean square of the change from one reading to the next.
    usual : ndarray of shape (3, n_sensors), float64
        What the statistics of every sensor are measured in, as each sensor has tails of
        its own: bias, noise, stuck.
    limits : ndarray of shape (5,), float64
        Above which a statistic alarms: distance, smoothed distance, then the largest
        of the sensors.
    options : SensorOptions
        As it was learned.
    """

    scale: FeatureScale
    precision: FloatArray
    steps: FloatArray
    usual: FloatArray
    limits: FloatArray
    options: SensorOptions


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """What each row of readings shows.

    Attributes
    ----------
    finding : ndarray of shape (n_rows,), int64
        Position in `FINDINGS`: the machine left its state, or one sensor has a bias,
        too much noise, or stands still. "none" while the beginning of a unit is
        learned.
    sensor : ndarray of shape (n_rows,), int64
        Position in the sensors of the scale; -1 for "none" and "machine".
    distance : ndarray of shape (n_rows,), float64
        Squared Mahalanobis distance from the beginning of the unit; NaN while that is
        learned.
    """

    finding: IndexArray
    sensor: IndexArray
    distance: FloatArray


def fit_sensors(
    readings: Readings, options: SensorOptions | None = None
) -> SensorModel:
    """Learn how sensors move together, and how far readings stray without a fault.

    Each unit is compared with its own beginning. The covariance comes from the readings
    that agree best; the limits are quantiles of the statistics of each half of the
    units by a model of the other half, and no law is assumed. So the share of readings
    that alarm without a fault is the one asked for, on average over samples, as long as
    units to come are like these. Readings of a unit are much alike: it takes tens of
    units to know the share well.

    Parameters
    ----------
    readings : Readings
        Of units with nothing wrong: new ones, or the first part of lives. To find
        sensors that lie while machines wear: whole lives, with `support` 1.
    options : SensorOptions or None
        None takes the defaults.

    Returns
    -------
    SensorModel

    Raises
    ------
    OptionError
        If there are too few units or readings for the false alarms asked for, or no
        sensor varies.

    References
    ----------
    Rousseeuw, Van Driessen (1999), Technometrics 41, 212-223, theorem 1: covariance of
    the readings that agree, here from one start. Croux, Haesbroeck (1999), J. of
    Multivariate Analysis 71, 161-190: its factor. Lowry, Woodall, Champ, Rigdon
    (1992), Technometrics 34, 46-53: the smoothed vector. Mason, Tracy, Young (1995),
    J. of Quality Technology 27, 99-108: what one variable adds to the distance. Vovk,
    Gammerman, Shafer (2005), Algorithmic Learning in a Random World, sect. 4.4: limits
    from folds.
    """
    chosen = SensorOptions() if options is None else options
    long = np.flatnonzero(readings.lengths > chosen.n_start)
    if len(long) < _N_UNITS_MIN:
        msg = (
            f"units: two at least must have more than n_start = {chosen.n_start} "
            f"readings, {len(long)} had"
        )
        raise OptionError(msg)
    part = readings.of_units(long)
    scale = feature_scale(part)
    halves = [part.of_units(np.arange(k, part.n_units, 2)) for k in (0, 1)]
    tests = np.concatenate(
        [
            _statistics(_without_limits(known, scale, chosen), others)[0]
            for known, others in (halves, halves[::-1])
        ]
    )
    tests = tests[np.isfinite(tests[:, 0])]
    model = _without_limits(part, scale, chosen)
    return replace(model, limits=_limits(tests, chosen))


def watch_sensors(model: SensorModel, readings: Readings) -> Watched:
    """Tell of each row whether the machine left its state, or a sensor lies.

    A bias is the sensor's if the others are, without it, as they were at the beginning;
    if not, it is the machine that moved.

    Parameters
    ----------
    model : SensorModel
        From `fit_sensors`.
    readings : Readings
        With the sensors the model knows, each unit from its beginning.

    Returns
    -------
    Watched

    Raises
    ------
    OptionError
        If a sensor is missing.
    """
    tests, each, told = _statistics(model, readings)
    excess = tests / model.limits  # NaN while the beginning is learned: no alarm
    high = excess > 1.0
    sensor = each.argmax(axis=2) if each.size else each[:, :, 0].astype(np.int64)
    bias, noise, stuck = range(2, _N_TESTS)
    # Without the sensor that explains most, the smoothed distance is this.
    of_bias = np.take_along_axis(
        each[:, kernel.BIAS] * model.usual[kernel.BIAS],
        sensor[:, kernel.BIAS, None], axis=1,
    )[:, 0]  # fmt: skip
    alone = told[:, kernel.LEVEL] - of_bias <= model.limits[kernel.LEVEL]
    noisier = excess[:, noise] > excess[:, bias]
    finding = np.full(len(tests), _NONE)
    finding[high[:, kernel.DISTANCE] | high[:, kernel.LEVEL]] = _MACHINE
    finding[high[:, bias] & alone] = _BIAS
    finding[high[:, noise] & noisier] = _NOISE
    finding[high[:, stuck]] = _STUCK
    speaks = np.full(len(tests), -1)
    for code, kind in (
        (_BIAS, kernel.BIAS), (_NOISE, kernel.NOISE), (_STUCK, kernel.STUCK)
    ):  # fmt: skip
        rows = finding == code
        speaks[rows] = sensor[rows, kind]
    return Watched(finding, speaks, told[:, kernel.DISTANCE])


def _covariance(off: FloatArray, support: float) -> FloatArray:
    """Return the covariance about 0 of the share of rows nearest to it.

    Distance and nearest rows take turns, from distances by medians: the determinant
    falls with each turn.
    """
    n_rows, n_sensors = off.shape
    spread = np.median(np.abs(off), axis=0)
    distance = (off**2 / np.where(spread > 0.0, spread, 1.0) ** 2).sum(axis=1)
    n_kept, kept = int(np.ceil(support * n_rows)), np.arange(0)
    for _ in range(_N_ROUNDS):
        nearest = np.sort(np.argsort(distance, kind="stable")[:n_kept])
        if np.array_equal(nearest, kept):
            break
        kept = nearest
        covariance = off[kept].T @ off[kept] / n_kept
        ridge = _RIDGE * np.diag(np.maximum(np.diag(covariance), 1e-12))
        precision = np.linalg.inv(covariance + ridge)
        distance = (off @ precision * off).sum(axis=1)
    # What the nearest rows of a normal law have too little.
    edge = chdtri(n_sensors, 1.0 - support) if support < 1.0 else np.inf
    factor = support / float(chdtr(n_sensors + 2, edge))
    return np.asarray(covariance * factor, dtype=np.float64)


def _without_limits(
    readings: Readings, scale: FeatureScale, options: SensorOptions
) -> SensorModel:
    """Learn how sensors move together, and in what to measure their statistics."""
    precision, steps = _shape(readings, scale, options)
    ones = np.ones((kernel.N_EACH, len(steps)))
    model = SensorModel(scale, precision, steps, ones, np.zeros(_N_TESTS), options)
    usual = np.nanquantile(_statistics(model, readings)[1], _USUAL, axis=0)
    return replace(model, usual=np.where(usual > 0.0, usual, 1.0))


def _limits(tests: FloatArray, options: SensorOptions) -> FloatArray:
    """Return quantiles of one level that all tests together exceed as seldom as asked.

    A row exceeds none of them up to the largest of its ranks.
    """
    n = len(tests)
    place = int(np.ceil((n + 1) * (1.0 - options.false_alarm))) - 1
    if place >= n:
        msg = (
            f"readings: a share of {options.false_alarm:g} false alarms takes "
            f"{int(np.ceil(1.0 / options.false_alarm))} readings without a fault, "
            f"after the first {options.n_start} of each unit; had {n}"
        )
        raise OptionError(msg)
    ranks = tests.argsort(axis=0).argsort(axis=0).max(axis=1)
    level = int(np.sort(ranks)[place])
    limits: FloatArray = np.sort(tests, axis=0)[level]
    return limits


def _shape(
    readings: Readings, scale: FeatureScale, options: SensorOptions
) -> tuple[FloatArray, FloatArray]:
    """Return the precision about each unit's beginning, and mean squares of steps."""
    values = readings_scaled(readings, scale)
    first = readings.offsets[:-1]
    starts = np.stack(
        [values[k : k + options.n_start].mean(axis=0) for k in first.tolist()]
    )
    off = values - starts[readings.unit_index]
    covariance = _covariance(off, options.support)
    ridge = _RIDGE * np.diag(np.maximum(np.diag(covariance), 1e-12))
    inside = np.ones(len(values), dtype=np.bool_)
    inside[first] = False
    squares = np.diff(values, axis=0)[inside[1:]] ** 2
    steps = np.asarray(np.maximum(squares.mean(axis=0), 1e-12), np.float64)
    return np.asarray(np.linalg.inv(covariance + ridge), np.float64), steps


def _statistics(
    model: SensorModel, readings: Readings
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return what is tested, what each sensor adds to it, and what is not scaled."""
    options = np.array([model.options.n_start, model.options.weight])
    told, each = kernel.watch_panel(
        readings_scaled(readings, model.scale), readings.offsets, model.precision,
        model.steps, options,
    )  # fmt: skip
    each /= model.usual
    return np.column_stack((told, each.max(axis=2))), each, told
