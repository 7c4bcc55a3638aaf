"""Turns the futures of a what-if into what its page shows."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.cli.branching import Compared
from twin.cli.console import time_text
from twin.cli.units import unit_of
from twin.report.comparison import (
    Band,
    BandPanel,
    BranchText,
    ComparisonData,
    Estimate,
    MeasureData,
)
from twin.whatif import Branch, Cell, Comparison
from twin.whatif.measures import MEASURES

BAND = (0.1, 0.9)
"""Quantiles over replications between which a band lies."""

# Name of the series, what it is called, its unit (None is money), factor
SERIES = (
    ("stock_value", "Stock on hand", None, 1.0),
    ("backorder", "Units customers wait for", "units", 1.0),
    ("fill_rate", "Fill rate of the period", "%", 100.0),
)


def comparison_page(compared: Compared, cells: Sequence[Cell]) -> ComparisonData:
    """Describe a comparison for `twin.report.comparison.write`.

    Parameters
    ----------
    compared : Compared
        Futures of all branches.
    cells : sequence of Cell
        Of its comparison.

    Returns
    -------
    ComparisonData
    """
    comparison, spec = compared.comparison, compared.spec
    network = comparison.branches[0].network
    as_of = time_text(network.settings.as_of_us)
    others = "; ".join(branch.name for branch in comparison.branches[1:])
    return ComparisonData(
        title=f"What if: {others}",
        subtitle=(
            f"{network.settings.name}: {comparison.replications.n} futures of "
            f"{spec.horizon_days:g} days from {as_of}, each with the same luck in "
            "every branch."
        ),
        branches=tuple(
            BranchText(branch.name, branch.description, branch.lines)
            for branch in comparison.branches
        ),
        measures=_measures(comparison, cells),
        panels=_panels(comparison),
        band_percent=100.0 * (BAND[1] - BAND[0]),
        created_from=_origin(compared),
    )


def _origin(compared: Compared) -> dict[str, str]:
    network = compared.comparison.branches[0].network
    told = {
        "network": network.settings.name,
        "network hash": network.hash,
        "policy": compared.spec.policy,
        "seed": str(compared.spec.seed),
    }
    if compared.start:
        told["begins with"] = str(compared.start["source"])
        told["state hash"] = str(compared.start["state_hash"])
    return told


def _measures(comparison: Comparison, cells: Sequence[Cell]) -> tuple[MeasureData, ...]:
    network = comparison.branches[0].network
    found = []
    for measure in MEASURES:
        own = [cell for cell in cells if cell.measure is measure]
        if not any(cell.n for cell in own):
            continue  # nothing of it in this network, such as machines
        found.append(
            MeasureData(
                name=measure.name,
                unit=unit_of(measure, network),
                better=measure.better,
                note=measure.note,
                estimates=tuple(
                    Estimate(
                        cell.mean,
                        cell.half_width,
                        cell.difference,
                        cell.difference_half_width,
                        cell.verdict,
                    )
                    for cell in own
                ),
                values=tuple(
                    comparison.values(measure, branch.name)
                    for branch in comparison.branches
                ),
            )
        )
    return tuple(found)


def _panels(comparison: Comparison) -> tuple[BandPanel, ...]:
    currency = comparison.branches[0].network.settings.currency
    return tuple(
        BandPanel(
            name,
            currency if unit is None else unit,
            tuple(_band(comparison, key, one, factor) for one in comparison.branches),
        )
        for key, name, unit, factor in SERIES
    )


def _band(comparison: Comparison, key: str, branch: Branch, factor: float) -> Band:
    values = comparison.series(key, branch) * factor
    return band_of(comparison.times_us(branch), values)


def band_of(times_us: NDArray[np.int64], values: NDArray[np.float64]) -> Band:
    """Return the mean of a series over replications, and where most of them lie.

    Parameters
    ----------
    times_us : ndarray of shape (n_periods,), int64
        Microseconds UTC.
    values : ndarray of shape (n_replications, n_periods), float64
        NaN where a replication has no value.

    Returns
    -------
    Band
        Between the quantiles `BAND`; NaN where no replication has a value.
    """
    mean = np.full(values.shape[1], np.nan)
    low, high = mean.copy(), mean.copy()
    known = np.isfinite(values).any(axis=0)
    mean[known] = np.nanmean(values[:, known], axis=0)
    low[known], high[known] = np.nanquantile(values[:, known], BAND, axis=0)
    return Band(times_us, low, mean, high)
