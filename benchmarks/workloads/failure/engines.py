"""Remaining life of the C-MAPSS engines of FD001, by engines not seen.

Every row is predicted by a model fitted to the engines of the other folds, which in
turn takes its own spread from folds within those. The official test set is not read.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import mean_pinball_loss

from benchmarks.result import Result
from benchmarks.workloads.demand.data import folder
from forecasting.failure import (
    Costs,
    HazardOptions,
    Readings,
    RulForecast,
    RulModel,
    RulOptions,
    cycles_left,
    failure_probability,
    feature_scale,
    fit_fusion,
    fit_hazard,
    fit_rul,
    fused_features,
    hazard_after,
    predict_hazard,
    predict_rul,
    survival,
)

Floats = NDArray[np.float64]

LEVELS = (0.05, 0.1, 0.5, 0.9, 0.95)
N_DRAWS = 20
HORIZON = 30
CAP = 125.0
LEAST_CYCLES = 30  # an engine is cut no earlier, as in the official test set
OFFICIAL = (7, 145)
"""Cycles left that engines of the official test set have, least and most."""

COSTS = Costs(planned=1.0, failure=10.0, lead=10.0)
N_FITS = 3


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """What was said of every row by models that had not seen its engine.

    `sound` tells whether each row was predicted once, within bounds, and no other than
    from the readings up to it alone.
    """

    readings: Readings
    left: Floats
    mean: Floats
    quantiles: Floats
    raw: Floats
    fails: Floats
    hazard: Floats
    hazard_fails: Floats
    fit_s: float
    sound: bool


def engines(*, quick: bool) -> Readings:
    """Read the engines, for a quick run one in four."""
    frame = pl.read_parquet(folder() / "cmapss_FD001_train.parquet")
    readings = Readings.from_frame(frame)
    return readings.of_units(range(0, readings.n_units, 4)) if quick else readings


def parted(
    readings: Readings, *, quick: bool
) -> Iterator[tuple[Readings, Readings, NDArray[np.int64]]]:
    """Yield engines to learn from, the others, and the rows of those, by folds."""
    n_folds = 2 if quick else 5
    fold = np.random.default_rng(7).permutation(np.arange(readings.n_units) % n_folds)
    for k in range(n_folds):
        yield (
            readings.of_units(np.flatnonzero(fold != k)),
            readings.of_units(np.flatnonzero(fold == k)),
            np.flatnonzero(fold[readings.unit_index] == k),
        )


@cache
def held_out(*, quick: bool) -> HeldOut:
    """Predict each fold of the engines from the others."""
    readings = engines(quick=quick)
    options = RulOptions(cap=CAP, n_folds=2 if quick else 5)
    n = readings.cycle.size
    mean, fails, hazard, by_hazard = np.full((4, n), np.nan)
    quantiles, raw = np.full((2, n, len(LEVELS)), np.nan)
    sound = True
    for past, others, rows in parted(readings, quick=quick):
        model = fit_rul(past, options)
        found = predict_rul(model, others, levels=LEVELS, every_row=True)
        sound &= bool(np.isnan(mean[rows]).all()) and _is_causal(model, others, found)
        mean[rows], quantiles[rows] = found.mean, found.quantiles
        fails[rows] = failure_probability(model, found, [HORIZON])[:, 0]
        hazard[rows] = hazard_after(model, found, COSTS.lead)
        raw[rows] = _raw_quantiles(past, others)
        cases = fit_hazard(past, np.ones(past.n_units, bool), HazardOptions())
        chances = predict_hazard(cases, others, every_row=True)
        by_hazard[rows] = 1.0 - survival(cases, chances, [float(HORIZON)])[:, 0]
    sound &= bool(((mean >= 0.0) & (mean <= CAP)).all())
    sound &= bool((np.diff(quantiles, axis=1) >= 0.0).all())
    for chance in (fails, by_hazard):
        sound &= bool(((chance >= 0.0) & (chance <= 1.0)).all())
    return HeldOut(
        readings=readings, left=cycles_left(readings), mean=mean, quantiles=quantiles,
        raw=raw, fails=fails, hazard=hazard, hazard_fails=by_hazard,
        fit_s=min(_fit_s(readings, options) for _ in range(N_FITS)), sound=sound,
    )  # fmt: skip


def _fit_s(readings: Readings, options: RulOptions) -> float:
    begin = time.perf_counter()
    fit_rul(readings, options)
    return time.perf_counter() - begin


def _is_causal(model: RulModel, others: Readings, found: RulForecast) -> bool:
    """Compare with engines of which nothing is known after a row."""
    rng = np.random.default_rng(2)
    seen = rng.integers(1, others.lengths + 1)
    alone = predict_rul(model, others.until(seen), levels=LEVELS)
    rows = others.offsets[:-1] + seen - 1
    return np.allclose(alone.mean, found.mean[rows]) and np.allclose(
        alone.quantiles, found.quantiles[rows]
    )


def _raw_quantiles(past: Readings, others: Readings) -> Floats:
    """Boosters that predict quantiles by themselves, as ours is set and fed."""
    own, target = RulOptions(), cycles_left(past)
    fusion = fit_fusion(
        past, feature_scale(past), np.minimum(target, CAP), target >= 0.0
    )
    known, asked = (fused_features(r, fusion) for r in (past, others))
    boosters = (
        HistGradientBoostingRegressor(
            loss="quantile", quantile=level, max_iter=own.n_trees,
            learning_rate=own.learning_rate, max_leaf_nodes=own.n_leaves,
            min_samples_leaf=own.leaf_rows, max_features=own.feature_share,
            l2_regularization=2.0, early_stopping=False, random_state=0,
        ).fit(known[:: own.every], target[:: own.every])
        for level in LEVELS
    )  # fmt: skip
    return np.stack([booster.predict(asked) for booster in boosters], axis=1)


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
    pinball = [_pinball(told.left, q) for q in (told.quantiles, told.raw)]
    by_sklearn = np.mean(
        [mean_pinball_loss(told.left, told.quantiles[:, k], alpha=level)
         for k, level in enumerate(LEVELS)]
    )  # fmt: skip
    return [
        *_errors(told, goals=not quick),
        *_coverage(told, goal=not quick),
        Result(name="pinball loss of five quantiles of cycles left", value=pinball[0],
               unit="cycles", goal=f"<= {pinball[1]:.6g}", peer="quantile boosting",
               peer_value=pinball[1],
               checked=told.sound and bool(np.isclose(by_sklearn, pinball[0]))),
        Result(name="fit with the spread, boosters of all folds", value=told.fit_s,
               unit="s", goal=None if quick else "<= 1.5", checked=told.sound),
    ]  # fmt: skip


def _errors(told: HeldOut, *, goals: bool) -> list[Result]:
    readings = told.readings
    lengths, first = readings.lengths, readings.offsets[:-1]
    least, most = OFFICIAL
    rng = np.random.default_rng(0)
    anywhere = first + rng.integers(
        LEAST_CYCLES - 1, lengths - 1, (N_DRAWS, len(lengths))
    )
    furthest = np.minimum(most + 1, lengths - LEAST_CYCLES)
    likely = readings.last - rng.integers(least, furthest, (N_DRAWS, len(lengths)))
    draws = {
        "": (anywhere, told.left),
        f", truth cut at {CAP:g}": (anywhere, np.minimum(told.left, CAP)),
        f", {least} to {most} cycles left": (likely, told.left),
    }
    results = []
    for name, (rows, truth) in draws.items():
        errors = told.mean[rows] - truth[rows]
        rmse = np.sqrt(np.mean(errors**2, axis=1)).mean()
        score = np.mean([100.0 * nasa_score(e) / e.size for e in errors])
        asked = goals and rows is likely
        results += [
            Result(name=f"root mean square error{name}", value=float(rmse),
                   unit="cycles", goal="<= 12.5" if asked else None,
                   stretch="<= 11.5" if asked else None, checked=told.sound),
            Result(name=f"NASA score of 100 engines{name}", value=float(score),
                   unit="1", goal="<= 210" if asked else None,
                   stretch="<= 196" if asked else None, checked=told.sound),
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
                       checked=told.sound),
                Result(name=f"coverage of {nominal:g}{name}: 1 if within chance",
                       value=float(least <= nominal <= most), unit="1",
                       goal=">= 1" if goal and not name else None, checked=told.sound),
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
