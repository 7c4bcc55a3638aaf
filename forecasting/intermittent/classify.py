"""Whether demand is smooth, erratic, intermittent or lumpy."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from forecasting.errors import OptionError, PanelError
from forecasting.series import FloatArray, Panel

Kind = Literal["smooth", "erratic", "intermittent", "lumpy", "none"]

# Cut-offs of Syntetos, Boylan, Croston (2005): steps between demands, and squared
# coefficient of variation of their sizes.
INTERVAL_CUT = 1.32
VARIATION_CUT = 0.49


@dataclass(frozen=True, slots=True, eq=False)
class DemandClasses:
    """How sporadic and how uneven the demand of each series is.

    Parameters
    ----------
    ids : tuple of str
        One name a series.
    interval : ndarray of shape (n_series,), float64
        Steps over demands (ADI), >= 1; infinity without demand.
    squared_variation : ndarray of shape (n_series,), float64
        Squared coefficient of variation of the sizes of demands, >= 0.
    kinds : tuple of str
        "smooth", "erratic" (uneven sizes), "intermittent" (long intervals), "lumpy"
        (both) or "none" (no demand at all).
    """

    ids: tuple[str, ...]
    interval: FloatArray
    squared_variation: FloatArray
    kinds: tuple[Kind, ...]


def classify_demand(panel: Panel) -> DemandClasses:
    """Say of each series whether its demand is smooth, erratic, intermittent or lumpy.

    Parameters
    ----------
    panel : Panel
        Past demand, >= 0.

    Returns
    -------
    DemandClasses

    Raises
    ------
    PanelError
        If a value is below 0.

    References
    ----------
    Syntetos, Boylan, Croston (2005), Journal of the Operational Research Society 56(5),
    495-503: cut-offs 1.32 and 0.49.

    Examples
    --------
    >>> panel = Panel.from_arrays({"A": [5, 6, 5, 6], "B": [0, 9, 0, 1], "C": [0]})
    >>> classify_demand(panel).kinds
    ('smooth', 'lumpy', 'none')
    """
    check_demand(panel)
    index, n = panel.series_index, panel.n_series
    asked = panel.values > 0.0
    count = np.bincount(index[asked], minlength=n)
    some = count > 0
    at_least_one = np.maximum(count, 1)
    interval = np.where(some, panel.lengths / at_least_one, np.inf)
    size = np.bincount(index, panel.values, n) / at_least_one
    squares = np.bincount(index[asked], (panel.values - size[index])[asked] ** 2, n)
    variation = np.divide(squares / at_least_one, size**2, out=np.zeros(n), where=some)
    kinds: list[Kind] = [
        _kind(bool(s), bool(a), bool(v))
        for s, a, v in zip(
            some, interval > INTERVAL_CUT, variation > VARIATION_CUT, strict=True
        )
    ]
    return DemandClasses(
        ids=panel.ids,
        interval=interval,
        squared_variation=variation,
        kinds=tuple(kinds),
    )


def check_demand(panel: Panel) -> None:
    """Refuse demand below 0.

    Parameters
    ----------
    panel : Panel
        Past demand.

    Raises
    ------
    PanelError
        If a value is below 0: the message names series and place.

    Examples
    --------
    >>> check_demand(Panel.from_arrays({"A": [1, -2]}))
    Traceback (most recent call last):
    ...
    forecasting.errors.PanelError: series 'A', value 1: demand must be >= 0, was -2.0
    """
    wrong = np.flatnonzero(panel.values < 0.0)
    if wrong.size:
        index = int(panel.series_index[wrong[0]])
        row = int(wrong[0] - panel.offsets[index])
        msg = (
            f"series {panel.ids[index]!r}, value {row}: demand must be >= 0, "
            f"was {panel.values[wrong[0]]}"
        )
        raise PanelError(msg)


def check_gain(name: str, gain: float) -> float:
    """Return `gain` if it is above 0 and up to 1.

    Parameters
    ----------
    name : str
        What the message calls it.
    gain : float
        Weight of what is newest.

    Returns
    -------
    float

    Raises
    ------
    OptionError
        If it is out of range.

    Examples
    --------
    >>> check_gain("gain", 0.0)
    Traceback (most recent call last):
    ...
    forecasting.errors.OptionError: gain must be > 0 and <= 1, was 0.0
    """
    if not 0.0 < gain <= 1.0:
        msg = f"{name} must be > 0 and <= 1, was {gain}"
        raise OptionError(msg)
    return float(gain)


def _kind(demand: bool, sporadic: bool, uneven: bool) -> Kind:  # noqa: FBT001
    if not demand:
        return "none"
    if sporadic:
        return "lumpy" if uneven else "intermittent"
    return "erratic" if uneven else "smooth"
