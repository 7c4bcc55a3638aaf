"""Croston's method and its heirs: the rate of demand, and how well it is known."""

from dataclasses import dataclass

from forecasting._kernels.intermittent import filter_croston, filter_tsb
from forecasting.intermittent.classify import check_demand, check_gain
from forecasting.series import FloatArray, Panel


@dataclass(frozen=True, slots=True, eq=False)
class DemandRates:
    """Smoothed demand a step, and how it varies.

    Parameters
    ----------
    ids : tuple of str
        One name a series.
    mean : ndarray of shape (n_series,), float64
        Expected demand of a step.
    size : ndarray of shape (n_series,), float64
        Smoothed size of a demand.
    probability : ndarray of shape (n_series,), float64
        Of a demand in a step, 0 to 1.
    variance : ndarray of shape (n_series,), float64
        Of the demand of a step, were the rate known.
    rate_variance : ndarray of shape (n_series,), float64
        Of the error of the rate, which is common to all steps to come.
    """

    ids: tuple[str, ...]
    mean: FloatArray
    size: FloatArray
    probability: FloatArray
    variance: FloatArray
    rate_variance: FloatArray


def fit_croston(
    panel: Panel,
    *,
    gain: float = 0.1,
    interval_gain: float | None = None,
    unbiased: bool = True,
) -> DemandRates:
    """Smooth size and interval of demands apart, by Croston's method.

    Parameters
    ----------
    panel : Panel
        Past demand, >= 0.
    gain, interval_gain : float, default 0.1 and the same
        Gains of size and interval, above 0 and up to 1.
    unbiased : bool, default True
        Multiply the rate by 1 - interval_gain / 2, as Syntetos and Boylan do.

    Returns
    -------
    DemandRates
        The rate is the same however long the last demand is ago.

    Raises
    ------
    PanelError
        If a value is below 0.
    OptionError
        If a gain is out of range.

    References
    ----------
    Croston (1972), Operational Research Quarterly 23(3), 289-303.
    Syntetos, Boylan (2005), International Journal of Forecasting 21(2), 303-314: eq. 5
    (the estimator) and 6 (variance of the rate).

    Examples
    --------
    A demand of 4 after 2 steps, then one of 6 after 4:

    >>> panel = Panel.from_arrays({"A": [0, 4, 0, 0, 0, 6]})
    >>> rates = fit_croston(panel, gain=0.5, unbiased=False)
    >>> float(rates.size[0]), round(float(rates.mean[0]), 4)
    (5.0, 1.6667)
    """
    check_demand(panel)
    a = check_gain("gain", gain)
    b = a if interval_gain is None else check_gain("interval_gain", interval_gain)
    size, interval, size_variance = filter_croston(panel.values, panel.offsets, a, b).T
    bias = 1.0 - b / 2.0 if unbiased else 1.0
    probability = 1.0 / interval
    spread = a / (2.0 - a) * size_variance
    rate_variance = bias**2 * (
        b / (2.0 - b) * (1.0 - probability) * probability**2 * (size**2 + spread)
        + spread * probability**2
    )
    return _rates(panel, size, bias * probability, (size_variance, rate_variance))


def fit_tsb(
    panel: Panel, *, gain: float = 0.1, probability_gain: float = 0.1
) -> DemandRates:
    """Smooth the size of demands and the probability of one, by the TSB method.

    Parameters
    ----------
    panel : Panel
        Past demand, >= 0.
    gain, probability_gain : float, default 0.1
        Gains of the size, at each demand, and of the probability, at each step; above
        0 and up to 1.

    Returns
    -------
    DemandRates
        The rate falls at each step without demand.

    Raises
    ------
    PanelError
        If a value is below 0.
    OptionError
        If a gain is out of range.

    References
    ----------
    Teunter, Syntetos, Babai (2011), European Journal of Operational Research 214(3),
    606-615, eq. 1.

    Examples
    --------
    The mean size is 5 and half of the steps had a demand; then 4 and a step without:

    >>> panel = Panel.from_arrays({"A": [4, 6, 0, 0]})
    >>> rates = fit_tsb(panel, gain=0.5, probability_gain=0.5)
    >>> float(rates.size[0]), float(rates.probability[0])
    (5.25, 0.21875)
    """
    check_demand(panel)
    a = check_gain("gain", gain)
    b = check_gain("probability_gain", probability_gain)
    size, probability, size_variance = filter_tsb(panel.values, panel.offsets, a, b).T
    spread = a / (2.0 - a) * size_variance
    chance = b / (2.0 - b) * probability * (1.0 - probability)
    rate_variance = chance * size**2 + (probability**2 + chance) * spread
    return _rates(panel, size, probability, (size_variance, rate_variance))


def _rates(
    panel: Panel,
    size: FloatArray,
    probability: FloatArray,
    variances: tuple[FloatArray, FloatArray],
) -> DemandRates:
    size_variance, rate_variance = variances
    return DemandRates(
        ids=panel.ids,
        mean=probability * size,
        size=size,
        probability=probability,
        variance=probability * (size_variance + (1.0 - probability) * size**2),
        rate_variance=rate_variance,
    )
