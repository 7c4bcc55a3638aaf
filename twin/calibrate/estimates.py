"""A sample to an estimate: the law chosen, its interval, the test and the drift."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecasting.lifetimes import (
    LAWS,
    Choice,
    Drift,
    Interval,
    Lifetimes,
    ObservedLaw,
    choose_law,
    duration_drift,
    estimate_share,
    share_drift,
    split_fixed_part,
)
from twin.calibrate.samples import Sample

N_MIN = 8
"""Ends seen that an estimate takes; below, the network's own value stands."""

FIXED_LEVEL = 0.999
"""Set-up of the network is kept unless it is outside this interval. At 0.95 one in
twenty right ones would be replaced, and its process time with it."""

SHARE = "share"
KEPT = "kept"
OBSERVED = "observed"


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """A parameter as it was estimated, with its evidence.

    Attributes
    ----------
    table, key, column : str, mapping, str
        As in `Sample`.
    n, n_censored : int
        Durations (or orders, for a share), and how many of them were not over.
    law : str
        A family, ``constant``, ``observed`` or ``share``; ``kept`` for a set-up of the
        network that nothing speaks against.
    value, interval : float, Interval
        Mean in seconds, or share; the interval at the level asked for.
    cv, cv_interval : float, Interval
        Of the law; NaN for a share.
    p_value : float
        Of the test of the best family (Anderson-Darling, bootstrap); NaN for a share.
    drift : Drift
        Whether it changed within the window.
    drift_us : int or None
        When, if it is flagged.
    pooled_over : str
        As in `Sample`.
    observed : ObservedLaw or None
        Points of an observed law.
    """

    table: str
    key: Mapping[str, str | int]
    column: str
    n: int
    n_censored: int
    law: str
    value: float
    interval: Interval
    cv: float
    cv_interval: Interval
    p_value: float
    drift: Drift
    drift_us: int | None
    pooled_over: str = ""
    observed: ObservedLaw | None = None

    @property
    def name(self) -> str:
        """The row and the column in words, such as ``machines M1 mttf_s``."""
        key = " ".join(str(part) for part in self.key.values())
        return f"{self.table} {key} {self.column}"


def estimate(
    sample: Sample,
    rng: np.random.Generator | None,
    *,
    laws: Sequence[str] = LAWS,
    preferred: str | None = None,
    level: float = 0.95,
    n_replicates: int = 199,
) -> list[Estimate]:
    """Estimate the parameter of a sample.

    Parameters
    ----------
    sample : Sample
        What was seen.
    rng : Generator or None
        Draws for the test of the law; None skips it.
    laws : sequence of str
        Families to choose from.
    preferred : str or None
        Family that the network states: kept unless the evidence is strong.
    level : float
        Confidence of the intervals, in (0, 1).
    n_replicates : int
        Draws of the test; 0 skips it.

    Returns
    -------
    list of Estimate
        Empty if fewer than `N_MIN` ends were seen. Process times may bring one of the
        set-up along.
    """
    if sample.n_observed < N_MIN:
        return []
    if sample.lifetimes is None:
        return [_share(sample, level=level)]
    found: list[Estimate] = []
    if sample.quantity.size:
        setup, sample = _without_setup(sample, level=level)
        found += setup
    assert sample.lifetimes is not None, "process times stay durations"
    choice = choose_law(
        sample.lifetimes,
        rng,
        laws=laws,
        preferred=preferred,
        level=level,
        n_replicates=n_replicates,
    )
    return [*found, _duration(sample, sample.lifetimes, choice)]


def _duration(sample: Sample, lifetimes: Lifetimes, choice: Choice) -> Estimate:
    drift = duration_drift(lifetimes)
    return Estimate(
        table=sample.table,
        key=sample.key,
        column=sample.column,
        n=lifetimes.n,
        n_censored=lifetimes.n_censored,
        law=choice.law,
        value=choice.mean,
        interval=choice.mean_interval,
        cv=choice.cv,
        cv_interval=choice.cv_interval,
        p_value=choice.p_value,
        drift=drift,
        drift_us=_when(sample, drift),
        pooled_over=sample.pooled_over,
        observed=choice.observed,
    )


def _share(sample: Sample, *, level: float) -> Estimate:
    share = estimate_share(sample.good, sample.total, level=level)
    drift = share_drift(sample.good, sample.total)
    scaled = [
        min(part / sample.scale, 1.0)
        for part in (share.rate, share.interval.low, share.interval.high)
    ]
    return Estimate(
        table=sample.table,
        key=sample.key,
        column=sample.column,
        n=share.n,
        n_censored=0,
        law=SHARE,
        value=scaled[0],
        interval=Interval(scaled[1], scaled[2]),
        cv=math.nan,
        cv_interval=Interval(math.nan, math.nan),
        p_value=math.nan,
        drift=drift,
        drift_us=_when(sample, drift),
    )


def _when(sample: Sample, drift: Drift) -> int | None:
    return int(sample.began_us[drift.change]) if drift.is_flagged else None


def _without_setup(sample: Sample, *, level: float) -> tuple[list[Estimate], Sample]:
    """Estimate the set-up where quantities tell it apart from the process time.

    The line through durations over quantities gives both. The network's set-up is kept
    where it is within a wide interval, as the process time is then known better.
    """
    lives = sample.lifetimes
    assert lives is not None, "set-up is part of a duration"
    if math.isnan(sample.fixed_s):
        return [], sample  # set-ups were told by themselves, and taken off
    over = lives.is_observed
    whole = lives.duration * sample.quantity + sample.fixed_s
    quantity = sample.quantity[over]
    parts = split_fixed_part(whole[over], quantity, level=level)
    wide = split_fixed_part(whole[over], quantity, level=FIXED_LEVEL)
    if parts is None or wide is None:
        return [], sample
    is_kept = wide.fixed_interval.holds(sample.fixed_s)
    found = Estimate(
        table=sample.table,
        key=sample.key,
        column="setup_s",
        n=int(over.sum()),
        n_censored=0,
        law=KEPT if is_kept else "constant",
        value=sample.fixed_s if is_kept else parts.fixed,
        interval=parts.fixed_interval,
        cv=0.0,
        cv_interval=Interval(0.0, 0.0),
        p_value=math.nan,
        drift=Drift(0.0, 1.0, 0, parts.fixed, parts.fixed),
        drift_us=None,
    )
    if is_kept:
        return [found], sample
    each = np.maximum(whole - parts.fixed, 0.0) / sample.quantity
    kept = over | (each > 0.0)
    return [found], replace(
        sample,
        began_us=sample.began_us[kept],
        lifetimes=Lifetimes.of(each[kept], over[kept]),
        quantity=sample.quantity[kept],
        fixed_s=parts.fixed,
    )
