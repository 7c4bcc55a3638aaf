"""Remaining life of the C-MAPSS engines of FD001, by engines not seen.

Every row is predicted by a model fitted to the engines of the other folds, which in
turn takes its own spread from folds within those. The official test set is not read.
"""

import itertools
import time
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import brier_score_loss, roc_auc_score

from benchmarks.result import Result
from benchmarks.workloads.demand.data import folder
from forecasting.failure import (
    Costs,
    HazardOptions,
    Readings,
    RulOptions,
    best_age,
    cycles_left,
    failure_probability,
    feature_scale,
    features,
    fit_hazard,
    fit_rul,
    hazard_after,
    predict_hazard,
    predict_rul,
    renewal_rate,
    stopping_rate,
    stopping_times,
    survival,
)
from forecasting.failure.features import used_columns

Floats = NDArray[np.float64]

LEVELS = (0.05, 0.1, 0.5, 0.9, 0.95)
N_DRAWS = 20
HORIZON = 30
CAP = 125.0
LEAST_CYCLES = 30  # an engine is cut no earlier, as in the official test set
COSTS = Costs(planned=1.0, failure=10.0, lead=10.0)
PLAIN = {
    "max_iter": 100, "learning_rate": 0.1, "max_leaf_nodes": 15,
    "min_samples_leaf": 300, "max_features": 0.3, "early_stopping": False,
    "random_state": 0,
}  # fmt: skip
"""Of the booster that predicts quantiles by itself: the settings of ours."""


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """What was said of every row by models that had not seen its engine."""

    readings: Readings
    left: Floats
    mean: Floats
    quantiles: Floats
    raw: Floats
    fails: Floats
    hazard: Floats
    hazard_fails: Floats
    fit_s: float


@cache
def held_out(*, quick: bool) -> HeldOut:
    """Predict each fold of the engines from the others."""
    frame = pl.read_parquet(folder() / "cmapss_FD001_train.parquet")
    readings = Readings.from_frame(frame)
    if quick:
        readings = readings.of_units(range(0, readings.n_units, 4))
    n_folds = 2 if quick else 5
    options = RulOptions(cap=CAP, n_folds=n_folds)
    left, n = cycles_left(readings), readings.cycle.size
    mean, fails, hazard, by_hazard = np.empty((4, n))
    quantiles, raw = np.empty((2, n, len(LEVELS)))
    fold = np.random.default_rng(7).permutation(np.arange(readings.n_units) % n_folds)
    for k in range(n_folds):
        past = readings.of_units(np.flatnonzero(fold != k))
        others = readings.of_units(np.flatnonzero(fold == k))
        rows = np.flatnonzero(fold[readings.unit_index] == k)
        model = fit_rul(past, options)
        found = predict_rul(model, others, levels=LEVELS, every_row=True)
        mean[rows], quantiles[rows] = found.mean, found.quantiles
        fails[rows] = failure_probability(model, found, [HORIZON])[:, 0]
        hazard[rows] = hazard_after(model, found, COSTS.lead)
        raw[rows] = _raw_quantiles(past, others)
        cases = fit_hazard(past, np.ones(past.n_units, bool), HazardOptions())
        alive = survival(
            cases, predict_hazard(cases, others, every_row=True), [float(HORIZON)]
        )
        by_hazard[rows] = 1.0 - alive[:, 0]
    begin = time.perf_counter()
    fit_rul(readings, options)
    return HeldOut(
        readings=readings, left=left, mean=mean, quantiles=quantiles, raw=raw,
        fails=fails, hazard=hazard, hazard_fails=by_hazard,
        fit_s=time.perf_counter() - begin,
    )  # fmt: skip


def _raw_quantiles(past: Readings, others: Readings) -> Floats:
    scale = feature_scale(past)
    columns = used_columns(scale)
    known, asked = (features(r, scale)[:, columns] for r in (past, others))
    target = cycles_left(past)
    boosters = (
        HistGradientBoostingRegressor(loss="quantile", quantile=level, **PLAIN)
        for level in LEVELS
    )
    return np.stack([b.fit(known, target).predict(asked) for b in boosters], axis=1)


def nasa_score(error: Floats) -> float:
    """Sum the penalties of errors in cycles; predicting too late costs more.

    References
    ----------
    Saxena, Goebel, Simon, Eklund (2008), PHM conference, equation 5.
    """
    return float(
        np.where(error < 0.0, np.exp(-error / 13.0), np.exp(error / 10.0)).sum()
        - error.size
    )


def life(*, quick: bool = False) -> list[Result]:
    """Error of the mean at cut engines, and how sure the quantiles are."""
    told = held_out(quick=quick)
    results = [*_errors(told), *_coverage(told, goal=not quick)]
    pinball = [_pinball(told.left, q) for q in (told.quantiles, told.raw)]
    results.append(
        Result(
            name="pinball loss of five quantiles of cycles left",
            value=pinball[0],
            unit="cycles",
            goal=f"<= {pinball[1]:.6g}",
            peer="quantile boosting",
            peer_value=pinball[1],
            checked=True,
        )
    )
    results.append(
        Result(
            name="fit with the spread, boosters of all folds",
            value=told.fit_s,
            unit="s",
            checked=True,
        )
    )
    return [*results, *_risk(told)]


def _errors(told: HeldOut) -> list[Result]:
    rng = np.random.default_rng(0)
    lengths, first = told.readings.lengths, told.readings.offsets[:-1]
    errors: dict[str, list[tuple[float, float]]] = {
        "": [],
        f", truth cut at {CAP:g}": [],
    }
    for _ in range(N_DRAWS):
        rows = first + rng.integers(LEAST_CYCLES - 1, lengths - 1)
        for name, truth in zip(
            errors, (told.left[rows], np.minimum(told.left[rows], CAP)), strict=True
        ):
            error = told.mean[rows] - truth
            score = 100.0 * nasa_score(error) / len(rows)
            errors[name].append((float(np.sqrt(np.mean(error**2))), score))
    results = []
    for name, found in errors.items():
        rmse, score = np.mean(found, axis=0)
        results += [
            Result(name=f"root mean square error{name}", value=rmse, unit="cycles",
                   checked=True),
            Result(name=f"NASA score of 100 engines{name}", value=score, unit="1",
                   checked=True),
        ]  # fmt: skip
    return results


def _coverage(told: HeldOut, *, goal: bool) -> list[Result]:
    results = []
    for low, high, nominal in ((1, 3, 0.8), (0, 4, 0.9)):
        for name, q in (("", told.quantiles), (", quantile boosting", told.raw)):
            inside = (told.left >= q[:, low]) & (told.left <= q[:, high])
            share, (least, most) = float(inside.mean()), _by_engine(told, inside)
            results += [
                Result(name=f"coverage of {nominal:g}{name}", value=share, unit="1",
                       checked=True),
                Result(name=f"coverage of {nominal:g}{name}: 1 if within chance",
                       value=float(least <= nominal <= most), unit="1",
                       goal=">= 1" if goal and not name else None, checked=True),
            ]  # fmt: skip
    return results


def _by_engine(told: HeldOut, inside: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the middle 95 % of the share over engines drawn anew."""
    starts = told.readings.offsets[:-1]
    hits = np.add.reduceat(inside.astype(float), starts)
    rng, n = np.random.default_rng(1), told.readings.n_units
    drawn = rng.integers(0, n, (2_000, n))
    shares = hits[drawn].sum(axis=1) / told.readings.lengths[drawn].sum(axis=1)
    least, most = np.quantile(shares, (0.025, 0.975))
    return float(least), float(most)


def _pinball(left: Floats, quantiles: Floats) -> float:
    off = left[:, None] - quantiles
    levels = np.array(LEVELS)
    return float(np.maximum(levels * off, (levels - 1.0) * off).mean())


def _risk(told: HeldOut) -> list[Result]:
    truth = told.left <= HORIZON
    results = []
    for name, found in (
        ("cycles left", told.fails), ("discrete-time hazard", told.hazard_fails)
    ):  # fmt: skip
        results += [
            Result(name=f"failure within {HORIZON} cycles by {name}, Brier score",
                   value=brier_score_loss(truth, found), unit="1", checked=True),
            Result(name=f"failure within {HORIZON} cycles by {name}, area under ROC",
                   value=roc_auc_score(truth, found), unit="1", checked=True),
        ]  # fmt: skip
    edges = np.array([0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 1.0 + 1e-9])
    for low, high in itertools.pairwise(edges):
        rows = (told.fails >= low) & (told.fails < high)
        if rows.any():
            results.append(
                Result(
                    name=f"of rows told {low:g} to {min(high, 1):.3g}, failed",
                    value=float(truth[rows].mean()),
                    unit="1",
                    peer="as told",
                    peer_value=float(told.fails[rows].mean()),
                    checked=True,
                )
            )
    return results


def maintenance(*, quick: bool = False) -> list[Result]:
    """Cost of renewals by the hazard rule, as a multiple of knowing the future.

    The rate of each half of the engines is found on the other half.
    """
    told = held_out(quick=quick)
    readings, lives = told.readings, told.readings.cycle[told.readings.last]
    stops = np.full(readings.n_units, np.inf)
    halves = np.arange(readings.n_units) % 2 == 0
    for half in (halves, ~halves):
        other, own = np.flatnonzero(~half), np.flatnonzero(half)
        rows = np.isin(readings.unit_index, other)
        rate = stopping_rate(told.hazard[rows], readings.of_units(other), COSTS)
        rows = np.isin(readings.unit_index, own)
        stops[own] = stopping_times(
            told.hazard[rows], readings.of_units(own), COSTS, rate=rate
        )
    known = renewal_rate(lives - 1.0, lives, COSTS)
    ours = renewal_rate(stops, lives, COSTS) / known
    age = best_age(lives, COSTS)[1] / known
    to_failure = renewal_rate(np.full(len(lives), np.inf), lives, COSTS) / known
    goals = not quick
    return [
        Result(name="cost rate over perfect knowledge", value=ours, unit="1",
               goal="<= 1.15" if goals else None, peer="best fixed age, in hindsight",
               peer_value=age, ratio=age / ours, checked=True),
        Result(name="cost below the best fixed age", value=1.0 - ours / age, unit="1",
               goal=">= 0.25" if goals else None, checked=True),
        Result(name="engines that failed before their renewal", unit="1",
               value=float(np.mean(stops >= lives)), checked=True),
        Result(name="run to failure over perfect knowledge", value=to_failure,
               unit="1", checked=True),
    ]  # fmt: skip
