"""Forecasts as the events that issue them."""

from streams.events import ForecastIssued
from twin.demand.forecasters import DemandForecaster
from twin.model.network import Network

LEVELS = (0.1, 0.5, 0.9)
"""Quantiles of every period that an issued forecast carries."""


def forecasts_issued(
    network: Network, forecaster: DemandForecaster, *, now_us: int, horizon: int
) -> tuple[ForecastIssued, ...]:
    """Write the forecast of every demand as an event.

    Parameters
    ----------
    network : Network
        Whose demands are forecast.
    forecaster : DemandForecaster
        What it expects now.
    now_us : int
        Time of the review; the first bucket begins then.
    horizon : int
        Buckets of one review each, >= 1.

    Returns
    -------
    tuple of ForecastIssued
        One a demand, rounded to a thousandth of a unit.
    """
    means = forecaster.means(horizon)
    quantiles = forecaster.quantiles(horizon, LEVELS)
    demands = network.demands
    return tuple(
        ForecastIssued(
            forecast=f"{now_us}/{row}",
            item=network.items.ids[demands.item_index[row]],
            site=network.places.ids[demands.site_index[row]],
            start_us=now_us,
            bucket_us=network.settings.review_us,
            mean=tuple(means[row].round(3).tolist()),
            levels=LEVELS,
            quantiles=tuple(tuple(q.round(3).tolist()) for q in quantiles[row]),
            method=forecaster.information,
        )
        for row in range(len(demands.item_index))
    )
