"""Where the warm-up of a long run ends."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.errors import OptionError

BATCH = 5  # observations; MSER-5 is named after it
N_BATCHES_MIN = 4  # half of them may go, and two must stay


@dataclass(frozen=True, slots=True)
class WarmUp:
    """How much of a series is warm-up.

    Attributes
    ----------
    n_truncated : int
        Observations to leave out at the start, a multiple of 5; at most half of them.
    mean : float
        Of the whole batches that stay.
    is_reliable : bool
        Whether less than half is left out. If not, the best start lies at the limit:
        the series is too short, or has no steady state, so run longer.
    """

    n_truncated: int
    mean: float
    is_reliable: bool


def mser_5(series: ArrayLike) -> WarmUp:
    """Truncate a series where the mean of the rest is estimated best.

    Of all starts within the first half, the one is taken where the squared standard
    error of the rest, as if its values were independent, is smallest; values are first
    averaged by fives.

    Parameters
    ----------
    series : array_like of shape (n,), float64
        Observations of one run in their order, at least 20, finite; the last n modulo
        5 are not used.

    Returns
    -------
    WarmUp

    Raises
    ------
    OptionError
        If the series is too short or not finite.

    References
    ----------
    White (1997), An effective truncation heuristic for bias reduction in simulation
    output, Simulation 69(6); White, Cobb, Spratt (2000), A comparison of five
    steady-state truncation heuristics for simulation, Winter Simulation Conference,
    equation 3 with batches of five.

    Examples
    --------
    >>> mser_5([9.0] * 10 + [1.0, 2.0] * 20)
    WarmUp(n_truncated=10, mean=1.5, is_reliable=True)
    """
    batches = _batched(series)
    squares = _squared_errors(batches)
    # A few values at the end are alike by chance and would look precise.
    half = len(batches) // 2
    start = int(np.argmin(squares[: half + 1]))
    return WarmUp(BATCH * start, float(batches[start:].mean()), start < half)


def _batched(series: ArrayLike) -> NDArray[np.float64]:
    values = np.asarray(series, np.float64)
    least = BATCH * N_BATCHES_MIN
    if values.ndim != 1 or len(values) < least or not np.isfinite(values).all():
        msg = (
            f"series must be at least {least} finite values in one row, was "
            f"{values.size} in shape {values.shape}, "
            f"{int((~np.isfinite(values)).sum())} not finite"
        )
        raise OptionError(msg)
    n = len(values) // BATCH
    batches: NDArray[np.float64] = values[: n * BATCH].reshape(n, BATCH).mean(axis=1)
    return batches


def _squared_errors(batches: NDArray[np.float64]) -> NDArray[np.float64]:
    # Sum of squares about the own mean over the squared number, for every start.
    # Centred before it is summed, so that a large mean does not eat the digits.
    backwards = (batches - batches.mean())[::-1]
    n = np.arange(1, len(batches) + 1)
    sums = np.cumsum(backwards**2) - np.cumsum(backwards) ** 2 / n
    squares: NDArray[np.float64] = (np.maximum(sums, 0.0) / n**2)[::-1]
    return squares
