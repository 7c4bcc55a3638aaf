"""All measures of one method at one cutoff."""

import numpy as np

from forecasting.backtest.answers import Answer
from forecasting.baselines import naive2
from forecasting.competition import rmsse, smape
from forecasting.metrics import (
    bias,
    coverage,
    mase,
    newsvendor_cost,
    pinball,
    wape,
    wql,
)
from forecasting.series import FloatArray, Panel


def scored(
    actual: FloatArray,
    answer: Answer,
    history: Panel,
    *,
    levels: FloatArray,
    season_length: int,
) -> dict[str, float]:
    """Return the measures by name.

    Parameters
    ----------
    actual : ndarray of shape (n_series, horizon), float64
        What came.
    answer : Answer
        What was expected.
    history : Panel
        What it was made from.
    levels : ndarray of shape (n_quantiles,), float64
        Probabilities of the quantiles.
    season_length : int
        Steps in a season.

    Returns
    -------
    dict of str to float
        See `backtest`; NaN where a measure is not defined.
    """
    options = {"season_length": season_length}
    percent = smape(actual, answer.mean)
    scaled = mase(actual, answer.mean, history, season_length=season_length)
    plain = naive2(history, actual.shape[1], season_length=season_length).mean
    plain_percent = smape(actual, plain)
    plain_scaled = mase(actual, plain, history, season_length=season_length)
    ratios = (
        _ratio(_mean(percent), _mean(plain_percent)),
        _ratio(_mean(scaled), _mean(plain_scaled)),
    )
    found = {
        "owa": 0.5 * (ratios[0] + ratios[1]),
        "smape": _mean(percent),
        "mase": _mean(scaled),
        "rmsse": _mean(rmsse(actual, answer.mean, history, **options)),
        "wape": wape(actual, answer.mean),
        "bias": bias(actual, answer.mean),
    }
    return found | _of_quantiles(actual, answer.quantiles, levels)


def _of_quantiles(
    actual: FloatArray, quantiles: FloatArray | None, levels: FloatArray
) -> dict[str, float]:
    names = [f"{level:g}" for level in levels.tolist()]
    if quantiles is None:
        columns = ["pinball", "wql"]
        columns += [f"{kind}_{name}" for name in names for kind in ("coverage", "cost")]
        return dict.fromkeys(columns, float("nan"))
    found = {
        "pinball": float(pinball(actual, quantiles, levels).mean()),
        "wql": wql(actual, quantiles, levels),
    }
    shares = coverage(actual, quantiles, levels).tolist()
    for k, (name, level) in enumerate(zip(names, levels.tolist(), strict=True)):
        cost = newsvendor_cost(actual, quantiles[..., k], level)
        found[f"coverage_{name}"] = shares[k]
        found[f"cost_{name}"] = _ratio(cost, float(np.abs(actual).sum()))
    return found


def _mean(values: FloatArray) -> float:
    """Return the mean of what is defined."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else float("nan")
