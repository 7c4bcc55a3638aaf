"""Demand that comes now and then: rates, classes and quantiles of its sums.

A rate alone says nothing of what stock must cover, so that each method here stands on a
model that gives the distribution of demand *summed* over the protection interval:

- `croston`, `sba`, `tsb`: demands come with a probability a step and have a size; sums
  are counts with the mean and variance that follow, errors of the rate included;
- `ses`: a smoothed level; sums are counts, errors of the level are common to all steps;
- `empirical`: past sums over overlapping windows, recent ones weighing more;
- `levels`, the default: a mixture of slow and fast levels. A long spell without demand
  is either an end of demand or shelves that were empty, and the mixture covers both.
"""

from forecasting.intermittent.classify import DemandClasses, classify_demand
from forecasting.intermittent.decayed import choose_decay, decayed_quantiles
from forecasting.intermittent.rates import DemandRates, fit_croston, fit_tsb
from forecasting.intermittent.sums import IntermittentForecast, forecast_intermittent

__all__ = [
    "DemandClasses",
    "DemandRates",
    "IntermittentForecast",
    "choose_decay",
    "classify_demand",
    "decayed_quantiles",
    "fit_croston",
    "fit_tsb",
    "forecast_intermittent",
]
