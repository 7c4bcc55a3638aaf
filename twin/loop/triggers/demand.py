"""Demand that is no longer what it was, and forecasts that err to one side."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch
from streams.events import TYPE_CODES
from twin.demand.shifts import learn_level, shift_bound, surprising, tracking_signal
from twin.errors import OptionError
from twin.loop.occasions import Occasion, Situation
from twin.loop.triggers.expected import PointDemand, PointDemands

DEMAND_SHIFT = "demand_shift"
FORECAST_DRIFT = "forecast_drift"

_RECEIVED = TYPE_CODES["OrderReceived"]
_LONG_AGO = np.iinfo(np.int64).min // 2


class DemandShift:
    """Fires when customers ask for more or less than they used to.

    At once when more is asked for in a period than hardly ever is; else at the first
    order after a period, when surprises to one side have added up. Each stock point is
    judged by the demand since it fired last.

    Parameters
    ----------
    periods_a_false_alarm : float
        Of one point whose demand is steady, on average, >= 10.
    chance : float
        That as much is asked for in one period though nothing changed, in (0, 1).

    References
    ----------
    See `twin.demand.shifts.learn_level` and `surprising`.
    """

    name = DEMAND_SHIFT

    def __init__(
        self, *, periods_a_false_alarm: float = 5000.0, chance: float = 1e-5
    ) -> None:
        if not 0.0 < chance < 1.0:
            msg = f"demand_shift: chance must be in (0, 1), was {chance}"
            raise OptionError(msg)
        self._bound = shift_bound(periods_a_false_alarm)
        self._chance = chance
        self._demands = PointDemands()

    def looks(self, events: EventBatch) -> NDArray[np.bool_]:
        """Look at orders of customers."""
        wanted: NDArray[np.bool_] = events.type_code == _RECEIVED
        return wanted

    def fired(self, situation: Situation) -> Sequence[Occasion]:
        """Name the points whose demand has shifted, and was not said to since."""
        demand = self._demands.of(situation)
        if not len(demand.points):
            return ()
        review_us = situation.network.settings.review_us
        told_us = _fired_us(situation, self.name, demand)
        first = demand.first_after(told_us, review_us)
        level = learn_level(
            demand.asked[:, :-1], demand.given[:, :-1], demand.dispersion, first=first
        )
        mean = level.ratio * demand.given[:, -1]
        limit = surprising(
            demand.asked[:, -1], mean, mean * level.dispersion, self._chance
        )
        begin_us = demand.begin_us + (demand.asked.shape[1] - 1) * review_us
        limit[told_us >= begin_us] = np.nan
        found = []
        for row, name in enumerate(demand.names):
            what = None
            if not np.isnan(limit[row]):
                what = (
                    f"{demand.asked[row, -1]:g} were asked for, {mean[row]:.3g} were "
                    f"expected and hardly ever more than {limit[row]:g}"
                )
            elif max(level.up[row], level.down[row]) > self._bound:
                more = "more" if level.up[row] > level.down[row] else "less"
                what = f"customers ask for {more} than they did"
            if what is not None:
                found.append(
                    Occasion(situation.now_us, self.name, name, f"{name}: {what}")
                )
        return found


class ForecastDrift:
    """Fires when forecasts of a stock point err to one side again and again.

    Judged are forecasts one period ahead by the mean of the periods before, over the
    calendar of the network.

    Parameters
    ----------
    signal_max : float
        Smoothed error over smoothed absolute error from which on it fires, in (0, 1).
        Without a bias one series in a hundred is beyond .7 at a time, one in a
        thousand beyond .8.
    n_periods_min : int
        Periods before it may fire, and between two times, >= 2.

    References
    ----------
    See `twin.demand.shifts.tracking_signal`.
    """

    name = FORECAST_DRIFT

    def __init__(self, *, signal_max: float = 0.8, n_periods_min: int = 14) -> None:
        if not 0.0 < signal_max < 1.0:
            msg = f"forecast_drift: signal_max must be in (0, 1), was {signal_max}"
            raise OptionError(msg)
        if n_periods_min < 2:  # noqa: PLR2004
            msg = f"forecast_drift: n_periods_min must be >= 2, was {n_periods_min}"
            raise OptionError(msg)
        self._signal_max = signal_max
        self._n_periods_min = n_periods_min
        self._demands = PointDemands()

    def looks(self, events: EventBatch) -> NDArray[np.bool_]:
        """Look at orders of customers."""
        wanted: NDArray[np.bool_] = events.type_code == _RECEIVED
        return wanted

    def fired(self, situation: Situation) -> Sequence[Occasion]:
        """Name the points whose forecasts are off, and were not said to be since."""
        demand = self._demands.of(situation)
        told_us = _fired_us(situation, self.name, demand)
        first = demand.first_after(told_us, situation.network.settings.review_us)
        n_closed = demand.asked.shape[1] - 1
        ready = n_closed - first >= self._n_periods_min
        if not ready.any():
            return ()
        asked, given = demand.asked[:, :-1], demand.given[:, :-1]
        counts = np.arange(n_closed) >= first[:, None]
        signal = tracking_signal(
            np.where(counts, asked, 0.0), np.where(counts, _ahead(asked, given), 0.0)
        )
        return [
            Occasion(
                situation.now_us, self.name, demand.names[row],
                f"{demand.names[row]}: forecasts are too "
                f"{'low' if signal[row] > 0.0 else 'high'} again and again",
            )
            for row in np.flatnonzero(ready & (np.abs(signal) > self._signal_max))
        ]  # fmt: skip


def _ahead(asked: NDArray[np.float64], given: NDArray[np.float64]) -> np.ndarray:
    """Forecast each period by the level of all before it, over what was given."""
    got = np.cumsum(asked, axis=1) - asked + given[:, :1]
    wanted = np.cumsum(given, axis=1) - given + given[:, :1]
    ratio = np.divide(got, wanted, out=np.ones_like(got), where=wanted > 0.0)
    ahead: NDArray[np.float64] = ratio * given
    return ahead


def _fired_us(
    situation: Situation, kind: str, demand: PointDemand
) -> NDArray[np.int64]:
    known = situation.fired_us
    times = [known.get(f"{kind}/{name}", _LONG_AGO) for name in demand.names]
    return np.array(times, np.int64)
