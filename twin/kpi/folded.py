"""A finished fold, and the arithmetic that its measures share."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.kpi.tables import DAY_US, F8, I8, FoldTables, Records
from twin.kpi.terms import Window
from twin.model.network import Network

SECOND_US = 1_000_000
Groups = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Folded:
    """Events folded and carried on to the end of the window.

    Attributes
    ----------
    network : Network
        What was measured.
    window : Window
        When.
    tables : FoldTables
        Levels and states carried on to the end.
    """

    network: Network
    window: Window
    tables: FoldTables

    @property
    def span_us(self) -> int:
        """Length of the window, microseconds."""
        return self.window.end_us - self.window.start_us

    @property
    def days(self) -> float:
        """Length of the window in days of 24 hours."""
        return self.span_us / DAY_US

    def inside(self, times_us: I8) -> NDArray[np.bool_]:
        """Return which times lie in the window; `NO_TIME` does not."""
        after: NDArray[np.bool_] = times_us >= self.window.start_us
        return after & (times_us < self.window.end_us)

    def mean_level(self, levels: Records) -> F8:
        """Return the time average of levels over the window, of their shape."""
        mean: F8 = levels["integral"] / self.span_us
        return mean


def ratio(part: float, whole: float) -> float:
    """Divide; NaN if there is nothing to divide by.

    Examples
    --------
    >>> ratio(1.0, 4.0), ratio(0.0, 0.0)
    (0.25, nan)
    """
    return float(part / whole) if whole else float("nan")


def ratios(part: NDArray[np.generic], whole: NDArray[np.generic]) -> F8:
    """Divide arrays; NaN where there is nothing to divide by."""
    parts, wholes = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    quotients = np.full(parts.shape, np.nan)
    np.divide(parts, wholes, out=quotients, where=wholes != 0.0)
    return quotients


def sum_by(groups: Groups, values: NDArray[np.generic], n_groups: int) -> F8:
    """Sum values by group, those of group -1 left out.

    Examples
    --------
    >>> sum_by(np.array([1, -1, 1], np.int32), np.array([2, 3, 4]), 2)
    array([0., 6.])
    """
    kept = groups >= 0
    numbers = np.asarray(values[kept], np.float64)
    sums: F8 = np.bincount(groups[kept], numbers, n_groups).astype(np.float64)
    return sums


def spread(name: str, durations_us: I8) -> dict[str, float]:
    """Return mean, median and 95 % quantile of durations.

    Parameters
    ----------
    name : str
        What the names of the measures begin with.
    durations_us : ndarray of shape (n,), int64
        Microseconds.

    Returns
    -------
    dict of str to float
        ``<name>_mean_s``, ``<name>_p50_s``, ``<name>_p95_s``, NaN for no durations.
        Quantiles are interpolated.

    References
    ----------
    Hyndman, Fan (1996), "Sample quantiles in statistical packages", The American
    Statistician 50(4), definition 7.

    Examples
    --------
    >>> spread("wait", np.array([1_000_000, 3_000_000]))
    {'wait_mean_s': 2.0, 'wait_p50_s': 2.0, 'wait_p95_s': 2.9}
    """
    if not len(durations_us):
        nothing = float("nan")
        return {f"{name}_{kind}_s": nothing for kind in ("mean", "p50", "p95")}
    seconds = durations_us / SECOND_US
    middle, high = np.quantile(seconds, (0.5, 0.95))
    return {
        f"{name}_mean_s": float(seconds.mean()),
        f"{name}_p50_s": float(middle),
        f"{name}_p95_s": float(high),
    }


def lateness(name: str, late_us: I8, *, count: str) -> dict[str, float]:
    """Return the measures of tardiness.

    Parameters
    ----------
    name : str
        What the names of the measures begin with.
    late_us : ndarray of shape (n,), int64
        End minus due date, microseconds; below zero is early, and counts as zero.
    count : str
        Name of the number of late ones.

    Returns
    -------
    dict of str to float
        ``<name>_mean_s`` (NaN for none), ``<name>_total_s``, ``<name>_max_s`` and the
        count.

    References
    ----------
    Pinedo (2016), Scheduling, 5th ed., section 2.1: T = max(C - d, 0).
    """
    tardy_s = np.maximum(late_us, 0) / SECOND_US
    return {
        f"{name}_mean_s": float(tardy_s.mean()) if len(tardy_s) else float("nan"),
        f"{name}_total_s": float(tardy_s.sum()),
        f"{name}_max_s": float(tardy_s.max(initial=0.0)),
        count: float((late_us > 0).sum()),
    }
