"""What judging came to: figures of every candidate, the chosen one and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a candidate came to in its futures.

    Attributes
    ----------
    name : str
        Of the candidate.
    n_futures : int
        That it was played on; fewer than others if it was given up early.
    cost_p50, cost_p90 : float
        Quantiles of cost over futures, money; less is better.
    cost_mean : float
        Mean of cost, money.
    cost_cvar : float or None
        Mean of the dearest share of futures, on request.
    service_p50, service_p10 : float
        Quantiles of service: half, and nine in ten futures are at least as good.
    dearer : float
        Mean of cost less that of the chosen one on the same futures, money.
    is_contender : bool
        Whether it was not given up: none was surely better in the mean, or candidates
        are compared by something else, for which none is given up.
    """

    name: str
    n_futures: int
    cost_p50: float
    cost_p90: float
    cost_mean: float
    cost_cvar: float | None
    service_p50: float
    service_p10: float
    dearer: float
    is_contender: bool

    def to_json(self) -> dict[str, Any]:
        """Return all attributes."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Which candidate is followed and why.

    Attributes
    ----------
    now_us : int
        Time of the review at which it was judged, microseconds UTC.
    chosen : str
        Name of the candidate.
    figures : tuple of Figures
        Of all candidates, in their order.
    criterion : str
        What was compared, see `JudgeOptions`.
    horizon : int
        Reviews of a future.
    reason : str
        In words.
    """

    now_us: int
    chosen: str
    figures: tuple[Figures, ...]
    criterion: str
    horizon: int
    reason: str

    def of(self, name: str) -> Figures:
        """Return the figures of a candidate."""
        return next(each for each in self.figures if each.name == name)

    def to_json(self) -> dict[str, Any]:
        """Return the verdict for a result in JSON."""
        return {
            "time_us": self.now_us,
            "chosen": self.chosen,
            "criterion": self.criterion,
            "horizon": self.horizon,
            "reason": self.reason,
            "candidates": [each.to_json() for each in self.figures],
        }


def cvar(cost: Array, level: float) -> float:
    """Return the mean of the dearest futures.

    Parameters
    ----------
    cost : ndarray of shape (n_futures,), float64
        At least one.
    level : float
        Share of futures that are cheaper, in [0, 1).

    Returns
    -------
    float
        With weights where the level falls within a future.

    References
    ----------
    Rockafellar, Uryasev (2002), "Conditional value-at-risk for general loss
    distributions", Journal of Banking and Finance 26(7), proposition 8.

    Examples
    --------
    >>> cvar(np.array([1.0, 2.0, 3.0, 4.0]), 0.5)
    3.5
    >>> cvar(np.array([1.0, 2.0, 3.0, 4.0]), 0.9)
    4.0
    """
    n = len(cost)
    above = np.arange(1, n + 1) / n - level
    weight = np.clip(above, 0.0, 1.0 / n)
    return float(np.sort(cost) @ weight / weight.sum())


def reason_of(
    chosen: Figures,
    figures: Mapping[str, Figures],
    *,
    criterion: str,
    incumbent: str | None,
    is_short: bool,
) -> str:
    """Say in words why a candidate is followed.

    Parameters
    ----------
    chosen : Figures
        Of the one that is followed.
    figures : mapping of str to Figures
        Of all.
    criterion : str
        What was compared, see `JudgeOptions`.
    incumbent : str or None
        Which was followed until now.
    is_short : bool
        Whether none reaches the service asked for.

    Returns
    -------
    str
        One sentence or two.
    """
    n = max(each.n_futures for each in figures.values())
    head = (
        f"{chosen.name}: cost P50 {chosen.cost_p50:,.0f}, P90 {chosen.cost_p90:,.0f}, "
        f"service P50 {100 * chosen.service_p50:.1f} % in {n} futures"
    )
    others = [each for name, each in figures.items() if name != chosen.name]
    if not others:
        return f"{head}."
    beyond = {each.name: _beyond(each, chosen, criterion) for each in others}
    second = min(beyond, key=beyond.__getitem__)
    less, of_what = -beyond[second], "" if criterion == "mean" else f" ({criterion})"
    if is_short:
        why = "no candidate reaches the service asked for, this one comes nearest"
    elif chosen.name == incumbent and less > 0.0:
        why = f"{second} looks better{of_what}, and not surely enough to change"
    elif less > 0.0:
        why = f"{second} costs {less:,.0f} less in the {criterion}"
    else:
        why = f"{second} costs {-less:,.0f} more on the same futures{of_what}"
    return f"{head}; {why}."


def _beyond(figures: Figures, chosen: Figures, criterion: str) -> float:
    """Return by how much a candidate is dearer than the chosen one."""
    if criterion == "mean":
        return figures.dearer
    name = f"cost_{criterion}"
    return float(getattr(figures, name) - getattr(chosen, name))
