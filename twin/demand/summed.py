"""Quantiles of demand summed over what stock must cover, of many series at once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forecasting import Panel
from forecasting.automatic import forecast_automatically

__all__ = ["summed_quantiles"]

Array = NDArray[np.float64]


def summed_quantiles(
    asked: Array,
    lengths: Sequence[int],
    levels: Sequence[float],
    *,
    season_length: int = 1,
) -> Array:
    """Forecast the sums of the next periods, each series by the method that fits it.

    Parameters
    ----------
    asked : ndarray of shape (n_series, n_periods), float64
        What was asked for, units, >= 0.
    lengths : sequence of int
        Periods that are summed, each >= 1.
    levels : sequence of float
        Probabilities, rising, in (0, 1).
    season_length : int
        Periods in a season, >= 1.

    Returns
    -------
    ndarray of shape (n_series, n_lengths, n_levels), float64
        Units, >= 0, not falling along levels; a series that never had demand has 0.

    Raises
    ------
    OptionError
        If a length or a level is not allowed.

    Examples
    --------
    >>> steady = np.full((1, 40), 5.0)
    >>> summed_quantiles(steady, [1, 4], [0.5])[0, :, 0].round(6).tolist()
    [5.0, 20.0]
    """
    found = np.zeros((len(asked), len(lengths), len(levels)))
    rows = np.flatnonzero(asked.sum(axis=1) > 0.0)
    if not rows.size:
        return found
    panel = Panel.from_arrays({str(row): asked[row] for row in rows.tolist()})
    for at, length in enumerate(lengths):
        made = forecast_automatically(
            panel,
            1,
            season_length=season_length,
            quantiles=levels,
            protection=length,
        )
        sums = made.forecast.summed_quantiles
        assert sums is not None, "a protection interval was asked for"
        found[rows, at] = sums
    return np.maximum.accumulate(np.maximum(found, 0.0), axis=2)
