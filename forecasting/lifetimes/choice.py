"""Which law: the likeliest family that fits, else what was observed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.lifetimes.fit import (
    LAWS,
    N_OBSERVED_MIN,
    Interval,
    LawFit,
    fit_law,
    law_interval,
)
from forecasting.lifetimes.fitness import N_REPLICATES, fit_probability
from forecasting.lifetimes.observed import ObservedLaw, observed_law
from forecasting.lifetimes.sample import Lifetimes

FIT_LEVEL = 0.01
"""A family is refused below this p-value: a good one in one of a hundred cases."""

STRONG = 6.0
"""Difference of BIC that is strong evidence: above it a family known from before gives
way. At 0, twenty durations would often do away with it by chance."""

CONSTANT_SPREAD = 1e-6  # range over mean up to which durations are all the same


@dataclass(frozen=True, slots=True)
class Choice:
    """The law chosen for a sample.

    Attributes
    ----------
    law : str
        One of `LAWS`, ``constant`` or ``observed``.
    mean, cv : float
        Of the law.
    mean_interval, cv_interval : Interval
        At the level asked for; the cv of an observed law has none and is a point.
    p_value : float
        Of the best family; 1 for a constant, NaN where none could be fitted.
    fits : tuple of LawFit
        Every family that was fitted: the one tested first, then by BIC.
    observed : ObservedLaw or None
        The law itself where it was chosen.
    """

    law: str
    mean: float
    cv: float
    mean_interval: Interval
    cv_interval: Interval
    p_value: float
    fits: tuple[LawFit, ...]
    observed: ObservedLaw | None = None


def choose_law(
    sample: Lifetimes,
    rng: np.random.Generator | None,
    *,
    laws: Sequence[str] = LAWS,
    preferred: str | None = None,
    level: float = 0.95,
    n_replicates: int = N_REPLICATES,
) -> Choice:
    """Choose and fit the law of a sample.

    The family of the least BIC, or the preferred one if it is within `STRONG` of it,
    unless the Anderson-Darling test refuses it at `FIT_LEVEL`; then the observed law.
    Durations that are all the same are constant.

    Parameters
    ----------
    sample : Lifetimes
        With at least 2 ends seen.
    rng : Generator or None
        Draws for the test; None skips it, and the family of the least BIC is taken.
    laws : sequence of str
        Families to choose from.
    preferred : str or None
        Family that is known from before.
    level : float
        Confidence of the intervals, in (0, 1).
    n_replicates : int
        Draws of the test; 0 skips it, too.

    Returns
    -------
    Choice

    Raises
    ------
    OptionError
        If fewer than 2 ends were seen.

    References
    ----------
    Schwarz (1978), Annals of Statistics 6, 461-464 (BIC); Kass, Raftery (1995), JASA
    90, 773-795 (strong evidence); see `fit_probability`.

    Examples
    --------
    >>> choose_law(Lifetimes.of([5.0, 5.0, 5.0]), None).law
    'constant'
    """
    seen = sample.duration[sample.is_observed]
    if len(seen) >= 2 and np.ptp(seen) <= CONSTANT_SPREAD * seen.mean():  # noqa: PLR2004
        return _constant(sample)
    fits = _preferring(_fits(sample, laws), preferred)
    p_value = float("nan")
    if fits:
        best = fits[0]
        p_value = 1.0
        if rng is not None and n_replicates:
            p_value = fit_probability(sample, best, rng, n_replicates=n_replicates)
        if p_value > FIT_LEVEL:
            mean, cv = law_interval(sample, best, level=level)
            return Choice(best.law, best.mean, best.cv, mean, cv, p_value, fits)
    law = observed_law(sample, level=level)
    own = Interval(law.cv, law.cv)
    return Choice(
        "observed", law.mean, law.cv, law.mean_interval, own, p_value, fits, law
    )


def _constant(sample: Lifetimes) -> Choice:
    seen = sample.duration[sample.is_observed]
    mean = float(np.median(seen))
    around = Interval(float(seen.min()), float(seen.max()))
    return Choice("constant", mean, 0.0, around, Interval(0.0, 0.0), 1.0, ())


def _preferring(fits: tuple[LawFit, ...], preferred: str | None) -> tuple[LawFit, ...]:
    known = [fit for fit in fits if fit.law == preferred]
    if not known or known[0].bic - fits[0].bic > STRONG:
        return fits
    return (known[0], *(fit for fit in fits if fit is not known[0]))


def _fits(sample: Lifetimes, laws: Sequence[str]) -> tuple[LawFit, ...]:
    seen = sample.duration[sample.is_observed]
    wide = len(seen) >= N_OBSERVED_MIN and bool((seen > 0.0).all())
    known = [law for law in laws if wide or (law == "exponential" and len(seen))]
    # Equal durations but for censored ones give an endless likelihood.
    fits = [fit_law(sample, law) for law in known]
    finite = [fit for fit in fits if np.isfinite(fit.bic) and fit.mean > 0.0]
    return tuple(sorted(finite, key=lambda fit: (fit.bic, fit.law)))
