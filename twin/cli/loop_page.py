"""Turns runs of several policies and seeds into a page that compares them."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twin.cli.comparing import BAND, band_of
from twin.cli.intervals import interval
from twin.cli.playing import Played
from twin.cli.reporting import KPIS
from twin.loop import LoopResult
from twin.model.network import Network
from twin.report.comparison import (
    BandPanel,
    BranchText,
    ComparisonData,
    Estimate,
    MeasureData,
    Words,
    write,
)
from twin.whatif.compare import judged

Array = NDArray[np.float64]
WORDS = Words("policy", "policies", "seed", "seeds", "Who decides", "What it goes by")


def write_comparison(network: Network, runs: Sequence[Played], path: Path) -> None:
    """Write the page of a comparison, whole or not at all."""
    write(comparison_of(network, runs), path)


def comparison_of(network: Network, runs: Sequence[Played]) -> ComparisonData:
    """Describe runs for `twin.report.comparison.write`.

    Parameters
    ----------
    network : Network
        What was played.
    runs : sequence of Played
        At least two seeds of the same policies, the first of which is the base.

    Returns
    -------
    ComparisonData
    """
    results = [
        [played.results[k] for played in runs] for k in range(len(runs[0].results))
    ]
    names = [of_policy[0].policy for of_policy in results]
    n_reviews = len(results[0][0].table.periods)
    return ComparisonData(
        title=f"{network.settings.name}: {', '.join(names)}",
        subtitle=(
            f"{len(runs)} seeds of {n_reviews} reviews; a seed is the same demand, "
            "lead times and failures for every policy."
        ),
        branches=tuple(
            BranchText(one[0].policy, lines=(one[0].information,)) for one in results
        ),
        measures=(*_measures(network, results), *_adherence(results)),
        panels=_panels(network, results),
        band_percent=100.0 * (BAND[1] - BAND[0]),
        created_from={
            "network": network.settings.name,
            "network hash": network.hash,
            "policies": ", ".join(names),
            "seeds": f"{runs[0].spec.seed}..{runs[-1].spec.seed}",
            "reviews": str(n_reviews),
        },
        words=WORDS,
    )


def _measures(
    network: Network, results: Sequence[Sequence[LoopResult]]
) -> list[MeasureData]:
    totals = [[one.table.totals() for one in of_policy] for of_policy in results]
    return [
        measure_data(
            name,
            [[one[key] * factor for one in of_policy] for of_policy in totals],
            unit=network.settings.currency if unit is None else unit,
            better=better,
            note=note,
        )
        for key, name, unit, factor, better, note in KPIS
    ]


def _adherence(results: Sequence[Sequence[LoopResult]]) -> list[MeasureData]:
    shares = [[_kept(one) for one in of_policy] for of_policy in results]
    if not np.isfinite(shares).any():
        return []
    note = "Released orders that were due or done: on time and in full."
    return [measure_data("Plan adherence", shares, unit="%", better="high", note=note)]


def _kept(result: LoopResult) -> float:
    totals = {} if result.adherence is None else result.adherence.totals()
    share = totals.get("adherence")
    return math.nan if share is None else 100.0 * share


def measure_data(
    name: str, values: Sequence[Sequence[float]], *, unit: str, better: str, note: str
) -> MeasureData:
    """Describe a measure of all policies.

    Parameters
    ----------
    name, unit, better, note : str
        What the reader sees.
    values : sequence of sequences of float
        By policy, then by seed; the first policy is the base.

    Returns
    -------
    MeasureData
        Differences are paired by seed; their intervals are Student's, 95 %.
    """
    columns = [np.array(one, np.float64) for one in values]
    return MeasureData(
        name=name,
        unit=unit,
        better=better,  # type: ignore[arg-type]  # high or low
        note=note,
        estimates=tuple(
            _estimate(one, columns[0], better=better, is_base=k == 0)
            for k, one in enumerate(columns)
        ),
        values=tuple(columns),
    )


def _estimate(own: Array, base: Array, *, better: str, is_base: bool) -> Estimate:
    mean, half_width = _interval(own)
    if is_base:
        return Estimate(mean, half_width)
    difference, reach = _interval(own - base)
    scale = max(1.0, abs(mean)) if math.isfinite(mean) else 1.0
    return Estimate(
        mean,
        half_width,
        difference,
        reach,
        judged(difference, reach, better, scale=scale),  # type: ignore[arg-type]
    )


def _interval(values: Array) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    if len(known) < 2:  # noqa: PLR2004 - one has no spread
        return (float(known[0]) if len(known) else math.nan), math.nan
    return interval(known.tolist())


def _fill(result: LoopResult) -> Array:
    demanded, served = result.table.series("demanded"), result.table.series("served")
    share = np.full(len(demanded), np.nan)
    np.divide(100.0 * served, demanded, out=share, where=demanded > 0.0)
    return share


# What it is called, its unit (None is money), and how it is found
_SERIES: tuple[tuple[str, str | None, Callable[[LoopResult], Array]], ...] = (
    ("Stock on hand", None, lambda one: one.table.series("stock_value")),
    ("Units customers wait for", "units", lambda one: one.table.series("backorder")),
    ("Fill rate of the period", "%", _fill),
    ("Profit so far", None, lambda one: one.table.series("profit").cumsum()),
)


def _panels(
    network: Network, results: Sequence[Sequence[LoopResult]]
) -> tuple[BandPanel, ...]:
    times_us = np.array(
        [period.time_us for period in results[0][0].table.periods], np.int64
    )
    return tuple(
        BandPanel(
            name,
            network.settings.currency if unit is None else unit,
            tuple(
                band_of(times_us, np.stack([found(one) for one in of_policy]))
                for of_policy in results
            ),
        )
        for name, unit, found in _SERIES
    )
