"""Laws of durations from samples of which some were not seen to their end.

Process, repair and lead times, times to failure: what is fitted here is what a model of
a plant states as a law, a mean and a coefficient of variation.
"""

from forecasting.lifetimes.choice import Choice, choose_law
from forecasting.lifetimes.drift import Drift, duration_drift, share_drift
from forecasting.lifetimes.fit import (
    LAWS,
    Interval,
    LawFit,
    fit_law,
    law_interval,
    law_quantiles,
)
from forecasting.lifetimes.fitness import fit_probability
from forecasting.lifetimes.observed import ObservedLaw, observed_law
from forecasting.lifetimes.sample import Lifetimes
from forecasting.lifetimes.shares import Share, estimate_share
from forecasting.lifetimes.two_part import TwoPart, split_fixed_part

__all__ = [
    "LAWS",
    "Choice",
    "Drift",
    "Interval",
    "LawFit",
    "Lifetimes",
    "ObservedLaw",
    "Share",
    "TwoPart",
    "choose_law",
    "duration_drift",
    "estimate_share",
    "fit_law",
    "fit_probability",
    "law_interval",
    "law_quantiles",
    "observed_law",
    "share_drift",
    "split_fixed_part",
]
