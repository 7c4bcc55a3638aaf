"""What a forecaster may answer, brought into one form."""

from dataclasses import dataclass

import numpy as np

from forecasting.errors import OptionError
from forecasting.forecaster import Forecaster, QuantileForecast
from forecasting.intervals import Family, quantiles_of
from forecasting.series import FloatArray, Panel, PointForecast


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Means of one method, and its quantiles if it gives any.

    Parameters
    ----------
    mean : ndarray of shape (n_series, horizon), float64
        Finite.
    quantiles : ndarray of shape (n_series, horizon, n_quantiles), float64, or None
        Finite.
    """

    mean: FloatArray
    quantiles: FloatArray | None


def asked(
    forecaster: Forecaster, panel: Panel, horizon: int, *, levels: FloatArray, name: str
) -> Answer:
    """Run a forecaster, and check what it answers.

    Parameters
    ----------
    forecaster : callable
        What to run. Of means and variances the quantiles are made as those of counts
        if all values of the panel are whole and not negative, else as normal ones.
    panel : Panel
        What it may know.
    horizon : int
        Steps ahead.
    levels : ndarray of shape (n_quantiles,), float64
        Probabilities of the quantiles.
    name : str
        What messages call it.

    Returns
    -------
    Answer

    Raises
    ------
    OptionError
        If shapes do not fit, a number is not finite, or a quantile is missing.
    """
    told = forecaster(panel, horizon)
    shape = (panel.n_series, horizon)
    if isinstance(told, PointForecast):
        mean = _checked(told.mean, shape, f"{name}: mean")
        variance = _checked(told.variance, shape, f"{name}: variance")
        return Answer(mean, _from_moments(panel, mean, variance, levels))
    if isinstance(told, QuantileForecast):
        mean = _checked(told.mean, shape, f"{name}: mean")
        known = np.asarray(told.quantile_levels, np.float64)
        place = np.abs(known[None, :] - levels[:, None]).argmin(axis=1)
        if not np.allclose(known[place], levels, rtol=0.0, atol=1e-9):
            msg = (
                f"{name}: quantiles must have the levels {levels.tolist()}, had "
                f"{known.tolist()}"
            )
            raise OptionError(msg)
        full = _checked(told.quantiles, (*shape, known.size), f"{name}: quantiles")
        return Answer(mean, full[..., place])
    return Answer(_checked(told, shape, f"{name}: mean"), None)


def _checked(numbers: FloatArray, shape: tuple[int, ...], name: str) -> FloatArray:
    array = np.asarray(numbers, dtype=np.float64)
    if array.shape != shape:
        msg = f"{name} must have the shape {shape}, had {array.shape}"
        raise OptionError(msg)
    if not bool(np.isfinite(array).all()):
        row = int(np.flatnonzero(~np.isfinite(array.reshape(shape[0], -1)).all(1))[0])
        msg = f"{name} must be finite, was not for the series at {row}"
        raise OptionError(msg)
    return array


def _from_moments(
    panel: Panel, mean: FloatArray, variance: FloatArray, levels: FloatArray
) -> FloatArray:
    non_negative = bool((panel.values >= 0.0).all())
    whole = non_negative and bool((panel.values == np.floor(panel.values)).all())
    family: Family = "count" if whole else "normal"
    minimum = 0.0 if non_negative else -np.inf
    return quantiles_of(mean, variance, levels, family=family, minimum=minimum)
