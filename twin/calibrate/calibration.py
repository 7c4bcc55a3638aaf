"""From a log to every parameter of a network that it tells of."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from forecasting.lifetimes import LAWS
from streams.batch import EventBatch
from twin.calibrate.estimates import KEPT, N_MIN, Estimate, estimate
from twin.calibrate.gathering import samples_of
from twin.calibrate.samples import Sample, Window
from twin.errors import OptionError
from twin.model.laws import LAW_NAMES
from twin.model.network import Network
from twin.model.tables import BY_NAME

FAMILIES = tuple(law for law in LAWS if law in LAW_NAMES)
"""Families that a network can state."""

LAW_COLUMNS = {
    "duration_s": ("duration_law", "duration_cv"),
    "lead_time_s": ("lead_time_law", "lead_time_cv"),
    "mttf_s": ("failure_law", "failure_cv"),
    "mttr_s": ("repair_law", "repair_cv"),
}
"""Columns of law and cv beside the column of the mean."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to calibrate.

    Attributes
    ----------
    start_us, end_us : int or None
        Window of time, microseconds UTC; None: the whole log.
    level : float
        Confidence of the intervals, in (0, 1).
    n_replicates : int
        Draws of the test of each law; 0 skips it, and the best family is taken.

    Raises
    ------
    OptionError
        If a number is outside its range, or the window ends before it starts.
    """

    start_us: int | None = None
    end_us: int | None = None
    level: float = 0.95
    n_replicates: int = 199

    def __post_init__(self) -> None:
        if not 0.0 < self.level < 1.0:
            msg = f"level must be above 0 and below 1, was {self.level}"
            raise OptionError(msg)
        if self.n_replicates < 0:
            msg = f"n_replicates must be >= 0, was {self.n_replicates}"
            raise OptionError(msg)
        start_us, end_us = self.start_us, self.end_us
        if start_us is not None and end_us is not None and end_us <= start_us:
            msg = f"end_us must be above start_us ({start_us}), was {end_us}"
            raise OptionError(msg)


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What a log says of a network.

    Attributes
    ----------
    network : Network
        As it was given.
    window : Window
        The time looked at.
    estimates : tuple of Estimate
        Every parameter with enough evidence.
    too_few : tuple of str
        Names of parameters that were seen, with fewer than `estimates.N_MIN` ends.
    left_out : Counter
        What could not be used, by reason.
    """

    network: Network
    window: Window
    estimates: tuple[Estimate, ...]
    too_few: tuple[str, ...]
    left_out: Counter[str] = field(default_factory=Counter)

    def frame(self, table: str) -> pl.DataFrame:
        """Return estimates of a table of the network, for people.

        Parameters
        ----------
        table : str
            Such as ``machines``.

        Returns
        -------
        DataFrame
            Columns ``parameter n censored law p estimate interval cv model differs
            pooled drift``; those that differ from the network come first.
        """
        own = [one for one in self.estimates if one.table == table]
        rows = [self._row(one) for one in own]
        return pl.DataFrame(rows, schema=_SCHEMA).sort(
            pl.col("differs") != "yes", maintain_order=True
        )

    def _row(self, one: Estimate) -> dict[str, object]:
        known = model_value(self.network, one)
        law = model_law(self.network, one)
        return {
            "parameter": " ".join([*map(str, one.key.values()), one.column]),
            "n": one.n,
            "censored": one.n_censored,
            "law": one.law,
            "p": None if math.isnan(one.p_value) else round(one.p_value, 3),
            "estimate": float(f"{one.value:.5g}"),
            "interval": f"{_text(one.interval.low)} to {_text(one.interval.high)}",
            "cv": None if math.isnan(one.cv) else float(f"{one.cv:.3g}"),
            "model": "" if known is None else f"{_text(known)} {law}".strip(),
            "differs": "yes" if differs(self.network, one) else "",
            "pooled": "yes" if one.pooled_over else "",
            "drift": "" if one.drift_us is None else _day(one.drift_us),
        }


_SCHEMA = {
    "parameter": pl.String, "n": pl.Int64, "censored": pl.Int64, "law": pl.String,
    "p": pl.Float64, "estimate": pl.Float64, "interval": pl.String, "cv": pl.Float64,
    "model": pl.String, "differs": pl.String, "pooled": pl.String, "drift": pl.String,
}  # fmt: skip


def _text(value: float) -> str:
    # Five digits without a power of ten.
    return f"{float(f'{value:.5g}'):,.12g}"


def _day(time_us: int) -> str:
    return str(np.datetime64(time_us, "us").astype("datetime64[D]"))


def calibrate(
    network: Network,
    batches: Iterable[EventBatch],
    rng: np.random.Generator,
    settings: Settings | None = None,
) -> Calibration:
    """Estimate every parameter of a network that a log tells of.

    Parameters
    ----------
    network : Network
        Says which rows there are, and what is taken as given: speeds of machines, the
        clock they age by.
    batches : iterable of EventBatch
        The log from its beginning.
    rng : Generator
        Draws for the tests of the laws.
    settings : Settings, optional
        How; the defaults if left out.

    Returns
    -------
    Calibration
    """
    settings = Settings() if settings is None else settings
    samples, window, left_out = samples_of(
        network, batches, start_us=settings.start_us, end_us=settings.end_us
    )
    found: list[Estimate] = []
    for sample in samples:
        found += estimate(
            sample,
            rng if settings.n_replicates else None,
            laws=FAMILIES,
            preferred=_stated_law(network, sample),
            level=settings.level,
            n_replicates=settings.n_replicates,
        )
    few = tuple(sample.name for sample in samples if sample.n_observed < N_MIN)
    return Calibration(network, window, tuple(found), few, left_out)


def _stated_law(network: Network, sample: Sample) -> str | None:
    column = LAW_COLUMNS.get(sample.column, ("", ""))[0]
    law = row_of(network, sample).get(column)
    return law if isinstance(law, str) else None


def row_of(network: Network, one: Estimate | Sample) -> dict[str, object]:
    """Return the row of the network that an estimate is about."""
    frame = network.tables[one.table]
    for name, value in one.key.items():
        frame = frame.filter(pl.col(name) == value)
    return frame.row(0, named=True)


def model_value(network: Network, one: Estimate) -> float | None:
    """Return what the network says of a parameter; None if it says nothing."""
    value = row_of(network, one).get(one.column)
    return float(value) if isinstance(value, int | float) else None


def model_law(network: Network, one: Estimate) -> str:
    """Return the law the network states beside the mean, "" if it states none."""
    column = LAW_COLUMNS.get(one.column, ("", ""))[0]
    return str(row_of(network, one).get(column, ""))


def differs(network: Network, one: Estimate) -> bool:
    """Tell whether the network's value lies outside the interval.

    By as much as a rounding error does not count.
    """
    known = model_value(network, one)
    if known is None or one.law == KEPT:
        return False
    slack = 1e-9 * abs(known)
    return not one.interval.low - slack <= known <= one.interval.high + slack


def has_column(table: str, column: str) -> bool:
    """Tell whether a table of networks has a column."""
    return any(known.name == column for known in BY_NAME[table].columns)
