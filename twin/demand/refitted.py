"""Demand paths of filters that follow events, fitted anew only where drift says so."""

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecasting import Panel, cumulative_quantile_path, fit_ets, quantiles_of
from forecasting.handover import hand_over
from forecasting.online import FilterArrays, OnlineForecaster, OnlineOptions
from twin.demand.forecasters import DAILY_GAINS
from twin.errors import OptionError

Array = NDArray[np.float64]
Profile = Callable[[int, int], Array]

VARIANCE_MIN = 1e-6
FALSE_ALARM_MIN = 10.0  # periods, the fewest that drift bounds are known for


@dataclass(frozen=True, slots=True)
class RefitOptions:
    """When filters are fitted anew, and how much of that is done at once.

    Attributes
    ----------
    every : int
        Periods after which a filter is fitted anew though nothing drifts, >= 1.
    n_values_min : int
        Values before a first fit, >= 8: with fewer, gains are guessed.
    n_values_max : int
        Last values that a fit looks at, >= `n_values_min`: more cost time and tell of
        times that are over.
    n_refits_max : int
        Filters fitted anew in a period, at most, >= 1; the others wait for the next.
    updates_a_false_alarm : float
        Periods between two alarms of a demand that does not drift, on average, >= 10.

    Raises
    ------
    OptionError
        If one is out of range.
    """

    every: int = 28
    n_values_min: int = 28
    n_values_max: int = 182
    n_refits_max: int = 16
    updates_a_false_alarm: float = 1000.0

    def __post_init__(self) -> None:
        least = {"every": 1, "n_values_min": 8, "n_refits_max": 1}
        for name, low in {**least, "n_values_max": self.n_values_min}.items():
            if getattr(self, name) < low:
                msg = f"{name} must be >= {low}, was {getattr(self, name)}"
                raise OptionError(msg)
        updates = self.updates_a_false_alarm
        if not FALSE_ALARM_MIN <= updates < math.inf:
            msg = (
                f"updates_a_false_alarm must be finite and >= {FALSE_ALARM_MIN:g}, was "
                f"{updates:g}"
            )
            raise OptionError(msg)


class RefittedForecaster:
    """Knows nothing but the past: online filters, one for each demand row.

    Each period updates all filters in constant time. A filter is fitted anew where its
    drift detector says so, or on the schedule, never more than so many a period: those
    that drift first, the farthest before the others, then those that waited longest.
    Fits are of exponential smoothing on the last values, over the calendar's factors.

    Parameters
    ----------
    first_level : ndarray of shape (n_demands,), float64
        Level believed before the first period, units a period.
    profile : callable, optional
        ``profile(period, horizon)`` returns factors of a known calendar pattern, shape
        (n_demands, horizon) or (1, horizon); demand is divided by them before
        filtering.
    options : RefitOptions, optional
        When filters are fitted anew.

    References
    ----------
    See `forecasting.online.OnlineForecaster` and `forecasting.handover.hand_over`.
    """

    information = "history only"

    def __init__(
        self,
        first_level: Array,
        *,
        profile: Profile | None = None,
        options: RefitOptions | None = None,
    ) -> None:
        self._options = options or RefitOptions()
        self._profile = profile or (lambda _, horizon: np.ones((1, horizon)))
        level = np.asarray(first_level, dtype=np.float64)
        start = FilterArrays(
            level=level,
            variance=np.maximum(level, VARIANCE_MIN),
            alpha=DAILY_GAINS.alpha,
            beta=DAILY_GAINS.beta,
            phi=DAILY_GAINS.phi,
        )
        learn = OnlineOptions(
            quantiles=(0.5,),
            variance_gain=DAILY_GAINS.variance_gain,
            minimum=0.0,
            updates_a_false_alarm=self._options.updates_a_false_alarm,
        )
        self._online = OnlineForecaster(start, learn)
        n = level.size
        # The last values of each row, the newest at the end of what is filled.
        self._values = np.zeros((n, self._options.n_values_max))
        self._n_values = np.zeros(n, dtype=np.int64)
        self._fitted_in = np.zeros(n, dtype=np.int64)
        self._period = 0
        self.n_refits = 0

    def observe(self, asked: Array) -> None:
        """Update every filter with the period that just ended, and refit some.

        A period in which the profile expects nothing, such as a closed Sunday, says
        nothing of the level and is passed over.
        """
        factors = self._factors(1)[:, 0]
        rows = np.flatnonzero(factors > 0.0)
        values = np.asarray(asked, dtype=np.float64)[rows] / factors[rows]
        self._online.update(rows, values)
        self._keep(rows, values)
        self._period += 1
        due = self._due()
        if due.size:
            self._refit(due)

    def means(self, horizon: int) -> Array:
        """Return the forecasts of the filters times the profile."""
        mean, _ = self._moments(horizon)
        return mean

    def paths(self, horizon: int, quantile: float) -> Array:
        """Return cumulative quantiles about the forecasts."""
        mean, variance = self._moments(horizon)
        paths = [
            cumulative_quantile_path(row, quantile, sum_variance=spread)
            for row, spread in zip(mean, variance, strict=True)
        ]
        return np.reshape(paths, mean.shape)

    def quantiles(self, horizon: int, levels: Sequence[float]) -> Array:
        """Return quantiles of each period about the forecasts."""
        mean = self.means(horizon)
        variance = np.asarray(self._online.filters().variance)[:, None]
        found = quantiles_of(mean, variance * self._factors(horizon) ** 2, list(levels))
        result: Array = np.moveaxis(found, -1, 1)
        return result

    def state_hash(self) -> str:
        """Return the BLAKE2b hash of filters, kept values and times of fits."""
        told = hashlib.blake2b(self._online.snapshot(), digest_size=32)
        for array in (self._values, self._n_values, self._fitted_in):
            told.update(array.tobytes())
        told.update(self._period.to_bytes(8, "little"))
        return told.hexdigest()

    def _factors(self, horizon: int) -> Array:
        shape = (self._values.shape[0], horizon)
        return np.broadcast_to(self._profile(self._period, horizon), shape)

    def _moments(self, horizon: int) -> tuple[Array, Array]:
        mean, variance = self._online.forecast(horizon)
        scaled = mean * self._factors(horizon)
        # The variance of a running sum scales with the square of its mean.
        ratio = scaled.cumsum(axis=1) / np.maximum(mean.cumsum(axis=1), 1e-9)
        return scaled, variance * ratio**2

    def _keep(self, rows: NDArray[np.int64], values: Array) -> None:
        full = rows[self._n_values[rows] == self._values.shape[1]]
        self._values[full, :-1] = self._values[full, 1:]
        self._n_values[full] -= 1
        self._values[rows, self._n_values[rows]] = values
        self._n_values[rows] += 1

    def _due(self) -> NDArray[np.int64]:
        """Return rows to fit anew, in the order of their need."""
        drift = np.zeros(self._n_values.size)
        drifted = self._online.drifted
        drift[drifted] = self._online.drift[drifted].max(axis=1)
        age = self._period - self._fitted_in
        known = self._n_values >= self._options.n_values_min
        waiting = np.flatnonzero(known & ((drift > 0.0) | (age >= self._options.every)))
        order = np.lexsort((waiting, -age[waiting], -drift[waiting]))
        return waiting[order][: self._options.n_refits_max]

    def _refit(self, rows: NDArray[np.int64]) -> None:
        last: dict[str, ArrayLike] = {
            str(k): self._values[k, : self._n_values[k]] for k in rows.tolist()
        }
        fit = fit_ets(Panel.from_arrays(last))
        self._online.refit(rows, hand_over(fit).filters)
        self._fitted_in[rows] = self._period
        self.n_refits += int(rows.size)
