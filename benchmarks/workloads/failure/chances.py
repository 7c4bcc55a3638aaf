"""Failure of FD001's engines within 30 cycles, beside lifelines and scikit-learn.

`python -m benchmarks.workloads.failure.chances FILE.html` draws how often what was told
came true.
"""

import itertools
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.result import Result
from benchmarks.workloads.failure.engines import (
    HORIZON,
    HeldOut,
    engines,
    held_out,
    parted,
)
from forecasting.failure import Readings, cycles_left, feature_scale
from forecasting.failure.features import readings_scaled

if TYPE_CHECKING:
    from collections.abc import Callable

Floats = NDArray[np.float64]

EVERY = 5  # rows of an engine that lifelines learns from: one in so many
PENALTY = 0.1
EDGES = (0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 1.0)


def chances(*, quick: bool = False) -> list[Result]:
    """Brier score and area under ROC out of fold, and whether what is told happens."""
    told = held_out(quick=quick)
    truth = told.left <= HORIZON
    peers = _peers(quick=quick)
    results = []
    for name, found in (
        ("cycles left", told.fails), ("discrete-time hazard", told.hazard_fails)
    ):  # fmt: skip
        for peer, theirs in peers.items():
            results += [
                Result(name=f"failure within {HORIZON} cycles by {name}, {what}, "
                       f"beside {peer}", value=float(measure(truth, found)), unit="1",
                       peer=peer, peer_value=float(measure(truth, theirs)),
                       checked=told.sound and bool(np.isfinite(theirs).all()))
                for what, measure in (
                    ("Brier score", brier_score_loss),
                    ("area under ROC", roc_auc_score),
                )
            ]  # fmt: skip
    return [*results, *_reliability(told, truth)]


def _reliability(told: HeldOut, truth: NDArray[np.bool_]) -> list[Result]:
    results = []
    for name, found in (
        ("cycles left", told.fails), ("discrete-time hazard", told.hazard_fails)
    ):  # fmt: skip
        for low, high in itertools.pairwise(EDGES):
            rows = (found >= low) & ((found < high) | (high == 1.0))
            if rows.any():
                results.append(
                    Result(name=f"of rows told {low:g} to {high:g} by {name}, failed",
                           value=float(truth[rows].mean()), unit="1", peer="as told",
                           peer_value=float(found[rows].mean()), checked=told.sound)
                )  # fmt: skip
    return results


def draw(path: Path) -> None:
    """Write the calibration plot of the full run as a page.

    Parameters
    ----------
    path : Path
        HTML file to write.
    """
    import plotly.graph_objects as go  # noqa: PLC0415 - heavy, and seldom asked for

    told = held_out(quick=False)
    truth = told.left <= HORIZON
    figure = go.Figure()
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", name="as told",
                       line={"dash": "dot"})  # fmt: skip
    for name, found in (
        ("cycles left", told.fails), ("discrete-time hazard", told.hazard_fails)
    ):  # fmt: skip
        table = (
            pl.DataFrame({"told": found, "failed": truth})
            .with_columns(bin=(pl.col("told") * 20).floor().clip(0, 19))
            .group_by("bin")
            .agg(pl.mean("told"), pl.mean("failed"), n=pl.len())
            .sort("bin")
        )
        figure.add_scatter(x=table["told"].to_list(), y=table["failed"].to_list(),
                           text=table["n"].to_list(), mode="lines+markers",
                           name=name)  # fmt: skip
    figure.update_layout(
        title=f"FD001, out of fold: failure within {HORIZON} cycles",
        xaxis_title="told", yaxis_title="failed",
    )  # fmt: skip
    figure.write_html(path, include_plotlyjs=True)


def _peers(*, quick: bool) -> dict[str, Floats]:
    import lifelines  # noqa: PLC0415 - a peer, and not needed to list benchmarks

    readings = engines(quick=quick)
    version = f"lifelines {lifelines.__version__}"
    ways: dict[str, Callable[[Readings, Readings], Floats]] = {
        f"Cox with time-varying covariates, {version}": _cox,
        f"Weibull regression, {version}": _weibull,
        "logistic of the last readings": lambda past, others: _classified(
            make_pipeline(StandardScaler(), LogisticRegression(max_iter=1_000)),
            past,
            others,
        ),
        "booster of the last readings": lambda past, others: _classified(
            HistGradientBoostingClassifier(random_state=0), past, others
        ),
    }
    found = {name: np.full(readings.cycle.size, np.nan) for name in ways}
    for past, others, rows in parted(readings, quick=quick):
        for name, way in ways.items():
            found[name][rows] = way(past, others)
    return found


def _inputs(past: Readings, others: Readings) -> tuple[Floats, Floats]:
    """Return age and last readings of every row of both."""
    scale = feature_scale(past)
    known, asked = (
        np.column_stack((r.cycle, readings_scaled(r, scale))) for r in (past, others)
    )
    return known, asked


def _classified(
    model: HistGradientBoostingClassifier, past: Readings, others: Readings
) -> Floats:
    known, asked = _inputs(past, others)
    model.fit(known, cycles_left(past) <= HORIZON)
    chance: Floats = model.predict_proba(asked)[:, 1]
    return chance


def _cox(past: Readings, others: Readings) -> Floats:
    """Let readings change, and the hazard of the age have any shape.

    Readings stay as they are over the horizon, as nothing says how they will change.
    """
    from lifelines import CoxTimeVaryingFitter  # noqa: PLC0415 - a peer

    known, asked = _inputs(past, others)
    names = [f"x{k}" for k in range(1, known.shape[1])]
    begin = past.cycle - 1.0
    last = np.zeros(begin.size, dtype=np.bool_)
    last[past.last] = True
    frame = pl.DataFrame(known[:, 1:], schema=names).with_columns(
        unit=past.unit_index, start=begin, stop=past.cycle, failed=last
    )
    model = CoxTimeVaryingFitter(penalizer=PENALTY)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(frame.to_pandas(), id_col="unit", event_col="failed",
                  start_col="start", stop_col="stop")  # fmt: skip
    hazard = model.baseline_cumulative_hazard_.iloc[:, 0]
    times, total = hazard.index.to_numpy(float), hazard.to_numpy()
    age = asked[:, 0]
    ahead = np.interp(age + HORIZON, times, total) - np.interp(age, times, total)
    factor = model.predict_partial_hazard(
        pl.DataFrame(asked[:, 1:], schema=names).to_pandas()
    ).to_numpy()
    chance: Floats = 1.0 - np.exp(-ahead * factor)
    return chance


def _weibull(past: Readings, others: Readings) -> Floats:
    """Take each row as a start, its cycles left a life by age and readings."""
    from lifelines import WeibullAFTFitter  # noqa: PLC0415 - a peer

    known, asked = _inputs(past, others)
    names = [f"x{k}" for k in range(known.shape[1])]
    mean, spread = known.mean(axis=0), known.std(axis=0)
    known, asked = (known - mean) / spread, (asked - mean) / spread
    frame = pl.DataFrame(known[::EVERY], schema=names).with_columns(
        left=cycles_left(past)[::EVERY] + 0.5
    )
    model = WeibullAFTFitter(penalizer=PENALTY)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(frame.to_pandas(), duration_col="left")
        alive = model.predict_survival_function(
            pl.DataFrame(asked, schema=names).to_pandas(), times=[HORIZON + 0.5]
        )
    chance: Floats = 1.0 - alive.to_numpy()[0]
    return chance


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
