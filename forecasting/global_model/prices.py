"""The constant elasticity that a booster starts from.

Trees draw every effect towards none, and know nothing beyond what they saw. A price is
therefore given a constant elasticity first, and trees learn what is left.
"""

import numpy as np

from forecasting.global_model.drivers import Drivers
from forecasting.global_model.rows import LOG_EFFECT_MAX, Rows
from forecasting.series import FloatArray

N_STEPS = 25  # of Newton's method; some six reach the last digit
# Most of a step, in logarithms; a start far off would overflow.
STEP_MAX = 1.0
# Of the information, so that a price that hardly moved keeps an effect of about 0.
RIDGE = 1e-6


def fit_price_effect(rows: Rows, drivers: Drivers) -> dict[str, float]:
    """Return the elasticity of each price, other drivers being held.

    Parameters
    ----------
    rows : Rows
        Of `rows_at`, without any effect.
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
