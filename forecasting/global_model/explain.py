"""What a booster has learned: elasticities of prices, and which drivers matter."""

from dataclasses import replace

import numpy as np

from forecasting.errors import OptionError
from forecasting.global_model.booster import GlobalModel, forecast_booster, threads
from forecasting.global_model.drivers import Drivers
from forecasting.series import FloatArray, Panel, check_horizon

N_PRICES = 9
# Share of the past changes of a price that lie below and above those tried: trees know
# nothing of prices that were never asked.
PRICE_TAIL = 0.1


def price_elasticity(
    model: GlobalModel,
    panel: Panel,
    drivers: Drivers,
    *,
    price: str = "price",
    changes: FloatArray | None = None,
) -> FloatArray:
    """Return the percentage that demand changes by for a percent more of a price.

    The forecast is made at several prices, all else being equal, and the logarithm of
    demand over the horizon is regressed on that of the price.

    Parameters
    ----------
    model : GlobalModel
        Of `fit_booster`.
    panel, drivers
        As for `forecast_booster`.
    price : str, default "price"
        Which driver.
    changes : ndarray of shape (n_changes,), float64, optional
        Factors on the planned price to try, > 0. Default: nine from the 10 % to the
        90 % quantile of the prices seen over their mean in their series.

    Returns
    -------
    ndarray of shape (n_series + 1,), float64
        Of each series, then of the whole panel's demand; mostly below 0. NaN where
        the forecast is 0.

    Raises
    ------
    OptionError
        If there is no such price, or its past does not vary.

    References
    ----------
    Friedman (2001), Annals of Statistics 29(5), sect. 8.2 (partial dependence).
    """
    if price not in drivers.prices:
        msg = f"price must be one of {drivers.prices}, was {price!r}"
        raise OptionError(msg)
    column = drivers.names.index(price)
    factors = _usual_changes(panel, drivers, column) if changes is None else changes
    x = np.log(factors)
    if factors.size < 2 or not np.ptp(x) > 0.0:  # noqa: PLR2004 - of a line
        msg = f"price {price!r}: must vary for an elasticity, was the same throughout"
        raise OptionError(msg)
    demand = []
    for factor in factors.tolist():
        future = drivers.future.copy()
        future[..., column] *= factor
        asked = replace(drivers, future=future)
        each = forecast_booster(model, panel, asked).mean.sum(axis=1)
        demand.append(np.append(each, each.sum()))
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(np.array(demand))
        slope = (x - x.mean()) @ (y - y.mean(axis=0))
    found: FloatArray = slope / ((x - x.mean()) ** 2).sum()
    return found


def driver_importance(
    model: GlobalModel, *, n_repeats: int = 5, seed: int = 0
) -> dict[str, float]:
    """Return how much worse the mean gets when a feature is shuffled.

    Parameters
    ----------
    model : GlobalModel
        Of `fit_booster`; its latest cutoff is what is looked at.
    n_repeats : int, default 5
        Shuffles of each feature, >= 1.
    seed : int, default 0
        Of the shuffles.

    Returns
    -------
    dict of str to float
        Increase of the mean squared error over the variance of the target, most first;
        about 0 for what does not matter.

    Raises
    ------
    OptionError
        If `n_repeats` is out of range.

    References
    ----------
    Breiman (2001), Machine Learning 45(1), sect. 10; Fisher, Rudin, Dominici (2019),
    Journal of Machine Learning Research 20(177).
    """
    n = check_horizon(n_repeats, "n_repeats")
    rows, rng = model.rows, np.random.Generator(np.random.PCG64(seed))
    centre = rows.value.sum() / rows.unit.sum() * rows.unit
    variance = float(((rows.value - centre) ** 2 / rows.unit).sum())
    prices = tuple(model.price_slopes)
    found = {}
    with threads(model.options.n_threads):
        least = _squares(model, rows.features, rows.effects)
        for column, name in enumerate(rows.names):
            features, effects, total = rows.features.copy(), rows.effects.copy(), 0.0
            for _ in range(n):
                order = rng.permutation(rows.value.size)
                features[:, column] = rows.features[order, column]
                if name in prices:
                    effects[:, prices.index(name)] = rows.effects[
                        order, prices.index(name)
                    ]
                total += _squares(model, features, effects) - least
            found[name] = total / n / variance if variance > 0.0 else 0.0
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def _squares(model: GlobalModel, features: FloatArray, effects: FloatArray) -> float:
    rows = model.rows
    unit = rows.level * effects.prod(axis=1)
    error = rows.value - unit * model.mean_model.predict(features)
    return float((error**2 / rows.unit).sum())


def _usual_changes(panel: Panel, drivers: Drivers, column: int) -> FloatArray:
    known = np.log(drivers.past[:, column])
    index = panel.series_index
    seen = np.isfinite(known)
    count = np.maximum(np.bincount(index[seen], minlength=panel.n_series), 1)
    mean = np.bincount(index[seen], known[seen], panel.n_series) / count
    change = (known - mean[index])[seen]
    low, high = np.quantile(change, [PRICE_TAIL, 1.0 - PRICE_TAIL]).tolist()
    factors: FloatArray = np.exp(np.linspace(low, high, N_PRICES))
    return factors
