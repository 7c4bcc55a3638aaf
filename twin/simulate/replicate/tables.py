"""Tables of replications as polars frames."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twin.simulate.replicate.intervals import (
    N_VALUES_MIN,
    mean_interval,
    quantile_interval,
)
from twin.simulate.replicate.options import ReplicateOptions
from twin.simulate.replicate.stopping import Stopping

Values = Mapping[str, Mapping[str, NDArray[np.float64]]]
Row = dict[str, str | float | int | bool | None]

_NAMED = {"scenario": pl.String, "measure": pl.String}
_COUNTED = {"n": pl.Int64, "n_missing": pl.Int64}
MEANS = {
    **_NAMED,
    **dict.fromkeys(("mean", "half_width", "std", "min", "max"), pl.Float64),
    **_COUNTED,
}
DIFFERENCES = {
    **_NAMED,
    **dict.fromkeys(
        ("difference", "half_width", "median", "median_low", "median_high",
         "correlation", "variance_ratio"),
        pl.Float64,
    ),
    **_COUNTED,
}  # fmt: skip
QUANTILES = {
    **_NAMED,
    **dict.fromkeys(("probability", "quantile", "low", "high", "coverage"), pl.Float64),
    **_COUNTED,
}
PRECISION = {
    "measure": pl.String,
    "scenario": pl.String,
    "baseline": pl.String,
    **dict.fromkeys(("mean", "half_width", "allowed"), pl.Float64),
    "n": pl.Int64,
    "met": pl.Boolean,
}


def means(values: Values, confidence: float, *, simultaneous: bool) -> pl.DataFrame:
    """Return a row for each scenario and measure; see `Replications.table`."""
    n_statements = sum(map(len, values.values())) if simultaneous else 1
    rows: list[Row] = []
    for scenario, measures in values.items():
        for name, column in measures.items():
            found = mean_interval(
                column, confidence=confidence, n_statements=n_statements
            )
            rows.append(
                {
                    "scenario": scenario,
                    "measure": name,
                    "mean": found.mean,
                    "half_width": found.half_width,
                    "std": found.std,
                    "min": float(np.nanmin(column)) if found.n else None,
                    "max": float(np.nanmax(column)) if found.n else None,
                    "n": found.n,
                    "n_missing": found.n_missing,
                }
            )
    return _frame(rows, MEANS)


def differences(
    values: Values, baseline: str, *, confidence: float, simultaneous: bool
) -> pl.DataFrame:
    """Return a row for each other scenario and measure both have."""
    pairs = [
        (scenario, name, column, values[baseline][name])
        for scenario, measures in values.items()
        if scenario != baseline
        for name, column in measures.items()
        if name in values[baseline]
    ]
    n_statements = len(pairs) if simultaneous else 1
    rows = []
    for scenario, name, own, other in pairs:
        paired = _paired(own, other, confidence, n_statements)
        rows.append({"scenario": scenario, "measure": name, **paired})
    return _frame(rows, DIFFERENCES)


def _paired(
    own: NDArray[np.float64],
    other: NDArray[np.float64],
    confidence: float,
    n_statements: int,
) -> Row:
    difference = own - other
    known = ~np.isnan(difference)
    interval = mean_interval(
        difference, confidence=confidence, n_statements=n_statements
    )
    row: Row = {
        "difference": interval.mean,
        "half_width": interval.half_width,
        "n": interval.n,
        "n_missing": interval.n_missing,
    }
    if interval.n:
        each = 1.0 - (1.0 - confidence) / n_statements
        median = quantile_interval(difference, 0.5, confidence=each)
        row["median"] = median.quantile
        row["median_low"] = _finite(median.low)
        row["median_high"] = _finite(median.high)
    if interval.n >= N_VALUES_MIN:
        row |= _coupling(own[known], other[known])
    return row


def _coupling(own: NDArray[np.float64], other: NDArray[np.float64]) -> Row:
    # How much common random numbers helped.
    variances = float(own.var(ddof=1)), float(other.var(ddof=1))
    variance = float((own - other).var(ddof=1))
    spread = math.sqrt(variances[0] * variances[1])
    covariance = (sum(variances) - variance) / 2
    return {
        "correlation": covariance / spread if spread > 0.0 else None,
        "variance_ratio": sum(variances) / variance if variance > 0.0 else None,
    }


def quantiles(
    values: Values, probabilities: Sequence[float], confidence: float
) -> pl.DataFrame:
    """Return a row for each scenario, measure and probability."""
    rows: list[Row] = []
    for scenario, measures in values.items():
        for name, column in measures.items():
            for probability in probabilities:
                row: Row = {
                    "scenario": scenario,
                    "measure": name,
                    "probability": probability,
                    "n": int((~np.isnan(column)).sum()),
                    "n_missing": int(np.isnan(column).sum()),
                }
                if row["n"]:
                    found = quantile_interval(
                        column, probability, confidence=confidence
                    )
                    row["quantile"] = found.quantile
                    row["low"], row["high"] = _finite(found.low), _finite(found.high)
                    row["coverage"] = found.coverage
                rows.append(row)
    return _frame(rows, QUANTILES)


def precision(values: Values, options: ReplicateOptions) -> pl.DataFrame:
    """Return a row for each target and scenario; see `Replications.precision`."""
    stopping = Stopping(options, tuple(values))
    n = max(
        (len(c) for measures in values.values() for c in measures.values()), default=0
    )
    for k in range(n):
        stopping.add(
            {
                scenario: {name: float(column[k]) for name, column in measures.items()}
                for scenario, measures in values.items()
            }
        )
    rows: list[Row] = [
        {
            "measure": statement.target.measure,
            "scenario": statement.scenario,
            "baseline": statement.target.baseline,
            "mean": statement.mean if statement.n else None,
            "half_width": _finite(stopping.half_width(statement)),
            "allowed": statement.allowed() if statement.n else None,
            "n": statement.n,
            "met": stopping.holds(statement),
        }
        for statement in stopping.statements
    ]
    return _frame(rows, PRECISION)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _frame(
    rows: Sequence[Row], schema: Mapping[str, type[pl.DataType]]
) -> pl.DataFrame:
    # A missing key is null; NaN, which only says "too few", becomes null too.
    full = [{name: row.get(name) for name in schema} for row in rows]
    return pl.DataFrame(full, schema=dict(schema)).fill_nan(None)
