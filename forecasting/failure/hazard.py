"""Hazard by stretches of time to come, from units of which some have not failed yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from forecasting.errors import OptionError
from forecasting.failure.features import FeatureScale, feature_scale
from forecasting.failure.fusion import Fusion, fit_fusion, fused_features, threads
from forecasting.failure.readings import Readings
from forecasting.series import FloatArray, IndexArray


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardOptions:
    """How a hazard is learned.

    Attributes
    ----------
    stretch : float
        Cycles of each stretch of time to come, > 0.
    n_stretches : int
        How many, >= 1: the hazard is known so far ahead.
    every : int
        One row in so many is learned from: neighbours say nearly the same, >= 1.
    n_trees, n_leaves, leaf_rows : int
        Of the booster, all >= 1, leaves >= 2.
    learning_rate : float
        In (0, 1].
    seed : int
        Of the booster.

    Raises
    ------
    OptionError
        If one is out of range.
    """

    stretch: float = 10.0
    n_stretches: int = 12
    every: int = 5
    n_trees: int = 160
    n_leaves: int = 15
    leaf_rows: int = 100
    learning_rate: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        least = {"n_stretches": 1, "every": 1, "n_trees": 1,
                 "n_leaves": 2, "leaf_rows": 1}  # fmt: skip
        for name, low in least.items():
            value = getattr(self, name)
            if not value >= low:
                msg = f"{name} must be >= {low}, was {value}"
                raise OptionError(msg)
        if not self.stretch > 0.0:
            msg = f"stretch must be > 0 cycles, was {self.stretch}"
            raise OptionError(msg)
        if not 0.0 < self.learning_rate <= 1.0:
            msg = f"learning_rate must be in (0, 1], was {self.learning_rate}"
            raise OptionError(msg)


@dataclass(frozen=True, slots=True, eq=False)
class HazardModel:
    """What was learned of the hazard.

    Attributes
    ----------
    scale : FeatureScale
        Sensors and their units.
    fusion : Fusion
        Sensors to the signals whose features the booster sees.
    booster : sklearn.ensemble.HistGradientBoostingClassifier
        Features and number of the stretch to the chance of failing in it.
    stretch, n_stretches
        See `HazardOptions`.
    """

    scale: FeatureScale
    fusion: Fusion
    booster: Any
    stretch: float
    n_stretches: int


def fit_hazard(
    readings: Readings, failed: ArrayLike, options: HazardOptions | None = None
) -> HazardModel:
    """Learn the chance of failing in each stretch of time, for who has come so far.

    Each row of a unit is taken as a start, with all that is known of the unit then, and
    the time to come is cut into stretches. For each stretch that the unit was seen to
    the end of, or failed in, there is one case: it failed in it, or not. A booster
    learns these cases, so that units which have not failed yet count for as long as
    they were seen.

    Parameters
    ----------
    readings : Readings
        Units as far as they were seen.
    failed : array-like of shape (n_units,), bool
        Whether each failed after its last row.
    options : HazardOptions or None
        None takes the defaults.

    Returns
    -------
    HazardModel

    Raises
    ------
    OptionError
        If there is not a mark for each unit, none failed, or none was seen for a
        stretch.

    References
    ----------
    Cox (1972), JRSS B 34, 187-220, sect. 6: the discrete-time hazard as a binary model.
    Allison (1982), Sociological Methodology 13, 61-98: a case a person and period.
    van Houwelingen (2007), Scandinavian J. of Statistics 34, 70-85: each row a start
    ("landmark"), with what is known then.
    """
    chosen = HazardOptions() if options is None else options
    marks = np.asarray(failed, dtype=np.bool_)
    if marks.shape != (readings.n_units,) or not marks.any():
        msg = (
            f"failed: must have a mark for each of {readings.n_units} units, one true "
            f"at least; had shape {marks.shape}, {int(marks.sum())} true"
        )
        raise OptionError(msg)
    scale = feature_scale(readings)
    left = readings.cycle[readings.last][readings.unit_index] - readings.cycle
    ahead = np.minimum(left, chosen.stretch * chosen.n_stretches)
    fusion = fit_fusion(readings, scale, ahead, marks[readings.unit_index])
    inputs = fused_features(readings, fusion)
    row, stretch, fails = _cases(readings, marks, chosen)
    if not fails.any() or fails.all():
        msg = (
            f"stretch of {chosen.stretch:g} cycles: some cases must have failed and "
            f"some not, {int(fails.sum())} of {len(fails)} had"
        )
        raise OptionError(msg)
    booster = HistGradientBoostingClassifier(
        max_iter=chosen.n_trees,
        learning_rate=chosen.learning_rate,
        max_leaf_nodes=chosen.n_leaves,
        min_samples_leaf=chosen.leaf_rows,
        l2_regularization=2.0,
        early_stopping=False,
        random_state=chosen.seed,
    )
    cases = np.column_stack((inputs[row], stretch))
    with threads(cases.size):
        booster.fit(cases, fails)
    return HazardModel(scale, fusion, booster, chosen.stretch, chosen.n_stretches)


def predict_hazard(
    model: HazardModel, readings: Readings, *, every_row: bool = False
) -> FloatArray:
    """Return the chance of failing in each stretch to come, for who has come to it.

    Parameters
    ----------
    model : HazardModel
        From `fit_hazard`.
    readings : Readings
        With the sensors the model knows.
    every_row : bool
        Whether all rows are asked for, and not only the last of each unit.

    Returns
    -------
    ndarray of shape (n, n_stretches), float64
        In [0, 1].

    Raises
    ------
    OptionError
        If a sensor is missing.
    """
    inputs = fused_features(readings, model.fusion)
    if not every_row:
        inputs = inputs[readings.last]
    n = len(inputs)
    stretches = np.tile(np.arange(model.n_stretches), n)
    cases = np.column_stack((np.repeat(inputs, model.n_stretches, axis=0), stretches))
    with threads(cases.size):
        found: FloatArray = model.booster.predict_proba(cases)[:, 1]
    return found.reshape(n, model.n_stretches)


def survival(
    model: HazardModel, hazard: FloatArray, cycles: Sequence[float] | FloatArray
) -> FloatArray:
    """Return the probability of living longer than some cycles from now.

    Within a stretch the hazard rate is taken as constant; beyond the last it stays as
    it is there.

    Parameters
    ----------
    model : HazardModel
        Which made the hazard.
    hazard : ndarray of shape (n, n_stretches), float64
        From `predict_hazard`.
    cycles : sequence of float
        Cycles from now, >= 0.

    Returns
    -------
    ndarray of shape (n, n_cycles), float64
        In [0, 1], falling along the cycles.

    Raises
    ------
    OptionError
        If a number of cycles is below 0 or not finite.
    """
    rate = -np.log1p(-np.clip(hazard, 0.0, 1.0 - 1e-12)) / model.stretch
    total = np.column_stack(
        (np.zeros(len(rate)), np.cumsum(rate * model.stretch, axis=1))
    )
    times = np.asarray(cycles, dtype=np.float64)
    if not ((times >= 0.0) & np.isfinite(times)).all():
        msg = f"cycles must be >= 0 and finite, were {times}"
        raise OptionError(msg)
    stretch = np.minimum(times // model.stretch, model.n_stretches - 1).astype(np.int64)
    beyond = times - stretch * model.stretch
    found: FloatArray = np.exp(-(total[:, stretch] + rate[:, stretch] * beyond))
    return found


def _cases(
    readings: Readings, failed: NDArray[np.bool_], options: HazardOptions
) -> tuple[IndexArray, IndexArray, NDArray[np.bool_]]:
    """Return row, number of the stretch and outcome of every case."""
    unit = readings.unit_index
    left = readings.cycle[readings.last][unit] - readings.cycle
    starts = np.flatnonzero(
        (np.arange(len(left)) - readings.offsets[unit]) % options.every == 0
    )
    rows, stretches, fails = [], [], []
    for j in range(options.n_stretches):
        begin, end = j * options.stretch, (j + 1) * options.stretch
        # Alive at its begin, and either seen to its end or failed in it.
        alive = left[starts] >= begin
        fell = alive & failed[unit[starts]] & (left[starts] < end)
        kept = fell | (left[starts] >= end)
        rows.append(starts[kept])
        stretches.append(np.full(int(kept.sum()), j))
        fails.append(fell[kept])
    return np.concatenate(rows), np.concatenate(stretches), np.concatenate(fails)
