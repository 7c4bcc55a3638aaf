"""The constant elasticity that a booster starts from, and whether trees correct it.

Trees draw every effect towards none, and know nothing beyond what they saw. A price is
therefore given a constant elasticity first, and trees learn what is left, if there is
more left than noise.
"""

from collections.abc import Callable

import numpy as np

from forecasting.global_model.drivers import Drivers
from forecasting.global_model.rows import LOG_EFFECT_MAX, Rows
from forecasting.series import FloatArray

N_STEPS = 25  # of Newton's method; some six reach the last digit
# Most of a step, in logarithms; a start far off would overflow.
STEP_MAX = 1.0
# Of the information, so that a price that hardly moved keeps an effect of about 0.
RIDGE = 1e-6


# Times that levels are taken anew at the mean price by the elasticities last found. One
# alone leans by 1 to 2 %: a level in which prices moved is not the one at their mean.
N_PASSES = 3
# Standard errors that the mean gain of trees must be above 0. Where one elasticity is
# all there is, 1 is passed by chance in one fit of six; forecasts then lean some 5 %.
GAIN_ERRORS = 2.0


def fit_price_effects(
    rows_of: Callable[[dict[str, float]], Rows], drivers: Drivers
) -> dict[str, float]:
    """Return the elasticity of each price, other drivers being held.

    Parameters
    ----------
    rows_of : callable
        Gives rows, see `rows_at`, for elasticities.
    drivers : Drivers
        Which features are prices and which are other drivers.

    Returns
    -------
    dict of str to float
        By name of the price.
    """
    slopes: dict[str, float] = {}
    for _ in range(N_PASSES if drivers.prices else 0):
        slopes = fit_price_effect(rows_of(slopes), drivers)
    return slopes


def trees_gain(
    rows: Rows, seeing: FloatArray, blind: FloatArray, *, horizon: int
) -> bool:
    """Tell whether rows not learned from are told better by trees that see prices.

    Parameters
    ----------
    rows : Rows
        Of one cutoff, later than those learned from.
    seeing, blind : ndarray of shape (n_rows,), float64
        Expected ratio of value to unit, with prices as features and without, > 0.
    horizon : int
        Rows of a series.

    Returns
    -------
    bool
        Whether the mean loss of deviance over series is significant.

    References
    ----------
    Diebold, Mariano (1995), Journal of Business and Economic Statistics 13(3), 253-263
    (test of the difference of losses, here over series).
    """
    gain = rows.value * np.log(seeing / blind) - rows.unit * (seeing - blind)
    each = gain.reshape(-1, horizon).sum(axis=1)
    if each.size < 2:  # noqa: PLR2004 - of a deviation
        return False
    error = each.std(ddof=1) / each.size**0.5
    return bool(each.mean() > GAIN_ERRORS * error)


def fit_price_effect(rows: Rows, drivers: Drivers) -> dict[str, float]:
    """Return the elasticity of each price in rows.

    Parameters
    ----------
    rows : Rows
        Of `rows_at`. Without slopes, their levels are at the prices of the window that
        they were taken from; else at the mean price.
    drivers : Drivers
        Which features are prices and which are other drivers.

    Returns
    -------
    dict of str to float
        By name of the price.

    References
    ----------
    McCullagh, Nelder (1989), Generalized Linear Models, sect. 2.5 and 6.2 (iteratively
    reweighted); Cameron, Trivedi (2013), Regression Analysis of Count Data, sect. 3.3
    (negative binomial weights).
    """
    ratio, level = rows.value / rows.level, rows.level
    if not bool((ratio > 0.0).any()):
        return dict.fromkeys(drivers.prices, 0.0)
    order = [*drivers.prices, *(n for n in drivers.names if n not in drivers.prices)]
    features = rows.features[:, [rows.names.index(name) for name in order]]
    ones = np.ones((ratio.size, 1))
    design = np.concatenate([np.nan_to_num(features), ones], axis=1)
    if rows.effects.shape[1] > 0:
        design[:, : len(drivers.prices)] = rows.changes
    dispersion = 0.0
    slopes = np.zeros(design.shape[1])
    slopes[-1] = np.log(np.average(ratio, weights=level))
    for _ in range(N_STEPS):
        mean = np.exp(np.clip(design @ slopes, -LOG_EFFECT_MAX, LOG_EFFECT_MAX))
        weight = level / (1.0 + dispersion * level * mean)
        weighed = design * weight[:, None]
        information = (weighed * mean[:, None]).T @ design
        ridge = RIDGE * np.trace(information) * np.eye(slopes.size)
        step = np.linalg.solve(information + ridge, weighed.T @ (ratio - mean))
        slopes += np.clip(step, -STEP_MAX, STEP_MAX)
        dispersion = _dispersion(ratio * level, mean * level)
    found = slopes[: len(drivers.prices)].tolist()
    return dict(zip(drivers.prices, found, strict=True))


def _dispersion(demand: FloatArray, mean: FloatArray) -> float:
    """Return by how much the variance exceeds the mean, over the squared mean."""
    beyond = float(((demand - mean) ** 2 - mean).sum())
    return max(0.0, beyond / float((mean**2).sum()))
