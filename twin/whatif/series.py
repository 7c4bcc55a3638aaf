"""What a future measures period by period, beside its KPIs."""

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SERIES = ("stock_value", "backorder", "fill_rate")
"""What is kept by period: value on hand and units customers wait for at its end, and
share of its demand served at once."""


def series_key(name: str, period: int) -> str:
    """Name a period of a series among measures.

    Examples
    --------
    >>> series_key("backorder", 3)
    'backorder@3'
    """
    return f"{name}@{period}"


def series_of(
    stock_value: Array, backorder: Array, *, demanded: Array, served: Array
) -> dict[str, float]:
    """Return every period of `SERIES` under its key.

    Parameters
    ----------
    stock_value, backorder : ndarray of shape (n_periods,), float64
        At the ends of periods.
    demanded, served : ndarray of shape (n_periods,), float64
        Units of each period.

    Returns
    -------
    dict of str to float
        NaN for the fill rate of a period without demand.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        fill_rate = np.where(demanded > 0.0, served / demanded, np.nan)
    columns = (stock_value, backorder, fill_rate)
    return {
        series_key(name, period): defined(value)
        for name, column in zip(SERIES, columns, strict=True)
        for period, value in enumerate(column.tolist())
    }


def defined(value: float) -> float:
    """Return a value, NaN in place of one that is infinite."""
    return value if math.isfinite(value) else math.nan
