"""Gathers from the reviews of a run what its report shows beside the measures."""

from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from streams.batch import NO_TIME, EventBatch
from streams.events import TYPE_CODES
from streams.layout import LAYOUTS
from streams.names import Names
from twin.cli.exceptions import facts_of
from twin.cycle import ForecastingPolicy, Policy
from twin.demand import DemandForecaster
from twin.loop import Review
from twin.planning import Planned
from twin.report import GanttBar

FAN_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
FAN_PERIODS = 14
FANS = 6
EXECUTED_DAYS = 7
DAY_US = 86_400_000_000

_COMPLETED = TYPE_CODES["OperationCompleted"]
_CHANGED = TYPE_CODES["MachineStateChanged"]
_STATES = next(f.choices for f in LAYOUTS[_CHANGED] if f.name == "state")
_DOWN = _STATES.index("down")


@dataclass(slots=True)
class Gathered:
    """What a run showed.

    Attributes
    ----------
    fan_rows : ndarray of shape (n_fans,), intp
        Demands whose forecasts are shown: those asked for most.
    fan_index : int
        Review at which those forecasts were made, -1 before.
    fan_quantiles : ndarray of shape (n_fans, n_levels, FAN_PERIODS)
        Forecast of each period.
    bars : list of GanttBar
        What machines did in the last days.
    planned : Planned or None
        The last plan.
    planned_us : int
        When it was made.
    facts : polars.DataFrame
        What `twin.cli.exceptions` reads, of the whole run.
    names : Names
        What the numbers in `facts` mean.
    """

    fan_rows: NDArray[np.intp]
    fan_index: int = -1
    fan_quantiles: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    bars: list[GanttBar] = field(default_factory=list)
    planned: Planned | None = None
    planned_us: int = 0
    facts: pl.DataFrame = field(default_factory=pl.DataFrame)
    names: Names = field(default_factory=Names)


class Gatherer:
    """Looks at each review of a run of known length.

    Parameters
    ----------
    n_periods : int
        Reviews of the run.
    mean_demand : ndarray of shape (n_demands,), float64
        Which demands are the largest.
    """

    def __init__(self, n_periods: int, mean_demand: NDArray[np.float64]) -> None:
        self._fan_at = max(1, n_periods - FAN_PERIODS)
        self._down_since: dict[str, int] = {}
        self._facts: list[pl.DataFrame] = []
        largest = np.argsort(-mean_demand, kind="stable")[:FANS]
        self.gathered = Gathered(largest)

    def look(self, review: Review, policy: Policy) -> None:
        """Take from a review what will be shown."""
        gathered = self.gathered
        if review.decided.planned is not None:
            gathered.planned = review.decided.planned
            gathered.planned_us = review.now_us
        if isinstance(policy, ForecastingPolicy) and review.index + 1 == self._fan_at:
            self._take_fans(policy.forecaster, review.index + 1)
        self._take_work(review.events)
        self._take_downs(review.events)
        self._forget(review.measures.time_us)
        self._facts.append(facts_of(review.events))
        gathered.names = review.events.names

    def _take_fans(self, forecaster: DemandForecaster, index: int) -> None:
        quantiles = forecaster.quantiles(FAN_PERIODS, FAN_LEVELS)
        self.gathered.fan_index = index
        self.gathered.fan_quantiles = quantiles[self.gathered.fan_rows]

    def _take_work(self, events: EventBatch) -> None:
        rows = np.flatnonzero(events.type_code == _COMPLETED)
        for row in rows[events.time0[rows] != NO_TIME].tolist():
            order = events.names[events.subject[row]]
            item = events.item[row]
            label = order if item < 0 else f"{events.names[item]} ({order})"
            self.gathered.bars.append(
                GanttBar(
                    resource=events.names[events.place[row]],
                    label=label,
                    start_us=int(events.time0[row]),
                    end_us=int(events.time_us[row]),
                    kind="production",
                )
            )

    def _take_downs(self, events: EventBatch) -> None:
        for row in np.flatnonzero(events.type_code == _CHANGED).tolist():
            machine = events.names[events.place[row]]
            now_us = int(events.time_us[row])
            if events.code[row] == _DOWN:
                self._down_since.setdefault(machine, now_us)
                continue
            since_us = self._down_since.pop(machine, None)
            if since_us is not None:
                bar = GanttBar(machine, "down", since_us, now_us, "down")
                self.gathered.bars.append(bar)

    def _forget(self, end_us: int) -> None:
        """Keep the bars of the last days, each from their begin on."""
        first_us = end_us - EXECUTED_DAYS * DAY_US
        self.gathered.bars = [
            replace(bar, start_us=max(bar.start_us, first_us))
            for bar in self.gathered.bars
            if bar.end_us > first_us
        ]

    def finished(self, end_us: int) -> Gathered:
        """Return what was gathered of a run that ended at `end_us`."""
        for machine, since_us in self._down_since.items():
            bar = GanttBar(machine, "down", since_us, end_us, "down")
            self.gathered.bars.append(bar)
        self._forget(end_us)
        if self._facts:
            self.gathered.facts = pl.concat(self._facts)
        return self.gathered
