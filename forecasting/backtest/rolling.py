"""Rolling origin: what would have been forecast then, against what came."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from forecasting.backtest.answers import asked
from forecasting.backtest.scores import scored
from forecasting.backtest.workers import Workers
from forecasting.errors import OptionError
from forecasting.forecaster import Forecaster
from forecasting.intervals import check_quantiles
from forecasting.series import FloatArray, IndexArray, Panel, check_horizon

# A history of one value has no difference to scale an error by.
HISTORY_MIN = 2
SERIAL = Workers()


def _target(measure: str) -> float | None:
    """Return what a measure should be; None if less is better."""
    if measure == "bias":
        return 0.0
    kind, _, level = measure.partition("coverage_")
    return float(level) if not kind and level else None


@dataclass(frozen=True, slots=True, eq=False)
class Backtest:
    """Measures of methods, by cutoff and together.

    Parameters
    ----------
    by_origin : polars.DataFrame
        Columns `method`, `cut` (values that were held back at the end), `n_series`,
        and the measures; a row a method and cutoff.
    """

    by_origin: pl.DataFrame

    @property
    def table(self) -> pl.DataFrame:
        """Means over cutoffs, a row a method; what is not defined is left out."""
        measures = self.by_origin.columns[3:]
        return self.by_origin.group_by("method", maintain_order=True).agg(
            pl.len().alias("n_origins"),
            pl.col("n_series").sum(),
            *(pl.col(name).fill_nan(None).mean() for name in measures),
        )

    def best(self, measure: str) -> str:
        """Return the method with the best mean of a measure.

        The least is best; of "bias" what is nearest to 0, of a coverage what is nearest
        to what it should be.

        Parameters
        ----------
        measure : str
            A column of `table`, such as "owa" or "wql".

        Returns
        -------
        str

        Raises
        ------
        OptionError
            If there is no such measure, or no method has it.
        """
        table = self.table
        measures = table.columns[3:]
        if measure not in measures:
            msg = f"measure must be one of {', '.join(measures)}, was {measure!r}"
            raise OptionError(msg)
        wanted = _target(measure)
        off = pl.col(measure) if wanted is None else (pl.col(measure) - wanted).abs()
        known = table.drop_nulls(measure).sort(off, maintain_order=True)
        if known.height == 0:
            msg = f"measure {measure!r}: not defined for any method"
            raise OptionError(msg)
        return str(known["method"][0])


def backtest(
    panel: Panel,
    forecasters: Mapping[str, Forecaster],
    horizon: int,
    *,
    n_origins: int = 3,
    stride: int | None = None,
    season_length: int = 1,
    quantiles: ArrayLike = (0.1, 0.5, 0.9),
    workers: Workers = SERIAL,
) -> Backtest:
    """Compare methods from one cutoff of the panel after another.

    Parameters
    ----------
    panel : Panel
        Past values. At a cutoff a series takes part if two values are left of it.
    forecasters : mapping of str to callable
        Methods by name, called with a panel and a horizon; see `Forecaster`.
    horizon : int
        Steps ahead, >= 1.
    n_origins : int, default 3
        Number of cutoffs, >= 1; the last is `horizon` values before the end.
    stride : int, optional
        Values between two cutoffs, >= 1. Default: the horizon.
    season_length : int, default 1
        Steps in a season, >= 1; for the measures alone.
    quantiles : array-like of shape (n_quantiles,), default (0.1, 0.5, 0.9)
        Probabilities, each above 0 and below 1; a method that gives quantiles must
        give these.
    workers : Workers, default one thread
        A task is one method at one cutoff: the numbers do not depend on who does it.

    Returns
    -------
    Backtest
        Measures: "owa" (over Naive2), "smape", "mase", "rmsse", "wape", "bias",
        "pinball", "wql"; and of each quantile q "coverage_q" and "cost_q", the
        newsvendor cost of stocking it (a unit left over costs 1, one short
        q / (1 - q)) over demand. Means over series leave out those without a scale.

    Raises
    ------
    OptionError
        If an option is out of range, no series is long enough, or a method answers
        something else than finite numbers of the right shape.

    References
    ----------
    Tashman (2000), International Journal of Forecasting 16(4), 437-450.

    Examples
    --------
    >>> from forecasting.baselines import mean, naive
    >>> panel = Panel.from_arrays({"A": [4, 6, 5, 5, 4, 6, 5, 5], "B": [1, 2, 1, 2]})
    >>> found = backtest(panel, {"naive": naive, "mean": mean}, 1, n_origins=2)
    >>> found.table.select("method", "n_origins", "n_series").rows()
    [('naive', 2, 4), ('mean', 2, 4)]
    >>> found.best("wape")
    'mean'
    """
    steps = check_horizon(horizon)
    apart = steps if stride is None else check_horizon(stride, "stride")
    levels = check_quantiles(quantiles)
    season = check_horizon(season_length, "season_length")
    if not forecasters:
        raise OptionError("forecasters must name at least one method, was empty")
    cuts = [steps + k * apart for k in range(check_horizon(n_origins, "n_origins"))]
    _check_cuts(panel, cuts)
    tasks = [(name, cut) for cut in cuts for name in forecasters]
    work = partial(
        _scored_at,
        panel=panel,
        forecasters=dict(forecasters),
        horizon=steps,
        levels=levels,
        season_length=season,
    )
    rows = workers.map(work, tasks)
    order = list(forecasters)
    rows.sort(key=lambda row: (order.index(str(row["method"])), row["cut"]))
    return Backtest(pl.DataFrame(rows))


def panel_before(
    panel: Panel, cut: int, horizon: int
) -> tuple[Panel, FloatArray, IndexArray]:
    """Return what was known at a cutoff, and what came after it.

    Parameters
    ----------
    panel : Panel
        All values.
    cut : int
        Values at the end of each series that are held back, >= `horizon`.
    horizon : int
        How many of these to return, from the first.

    Returns
    -------
    history : Panel
        Series with two values at least before the cutoff.
    actual : ndarray of shape (n_kept, horizon), float64
        Their next values.
    kept : ndarray of shape (n_kept,), int64
        Their positions in `panel`.

    Raises
    ------
    PanelError
        If no series is long enough.

    Examples
    --------
    >>> panel = Panel.from_arrays({"A": [1, 2, 3, 4], "B": [7]})
    >>> history, actual, kept = panel_before(panel, 2, 1)
    >>> history.values.tolist(), actual.tolist(), kept.tolist()
    ([1.0, 2.0], [[3.0]], [0])
    """
    left = panel.lengths - cut
    kept = np.flatnonzero(left >= HISTORY_MIN)
    ends = panel.offsets[kept] + left[kept]
    actual = panel.values[ends[:, None] + np.arange(horizon)]
    parts = [panel.series(i)[: left[i]] for i in kept.tolist()]
    history = Panel(
        ids=tuple(panel.ids[i] for i in kept.tolist()),
        values=np.concatenate([np.empty(0), *parts]),
        offsets=np.concatenate([[0], left[kept].cumsum()]).astype(np.int64),
        start_us=panel.start_us[kept].copy(),
        step_us=panel.step_us,
    )
    return history, actual, kept


def _scored_at(
    task: tuple[str, int],
    *,
    panel: Panel,
    forecasters: dict[str, Forecaster],
    horizon: int,
    levels: FloatArray,
    season_length: int,
) -> dict[str, str | int | float]:
    """Score one method at one cutoff."""
    method, cut = task
    history, actual, kept = panel_before(panel, cut, horizon)
    name = f"method {method!r}, {cut} values before the end"
    answer = asked(forecasters[method], history, horizon, levels=levels, name=name)
    measures = scored(
        actual, answer, history, levels=levels, season_length=season_length
    )
    return {"method": method, "cut": cut, "n_series": int(kept.size), **measures}


def _check_cuts(panel: Panel, cuts: list[int]) -> None:
    longest = int(panel.lengths.max())
    if longest < cuts[-1] + HISTORY_MIN:
        msg = (
            f"n_origins: {len(cuts)} cutoffs need a series of "
            f"{cuts[-1] + HISTORY_MIN} values, the longest has {longest}"
        )
        raise OptionError(msg)
