"""What the seams of searches share: their limits, and what answers begin with."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

from optimizer import SolveOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optimizer import Progress, SolveStatus

__all__ = [
    "Found",
    "SolveOptions",
    "finite",
    "history_rows",
    "outcome",
    "search_options",
]


class Found(Protocol):
    """What every search finds, whatever it plans."""

    @property
    def status(self) -> SolveStatus:
        """What is known of the plan."""

    @property
    def objective(self) -> float:
        """Cost of the plan; infinite without one."""

    @property
    def bound(self) -> float:
        """Cost that no plan beats."""

    @property
    def gap(self) -> float:
        """Between the two, as a share of the cost."""

    @property
    def seconds(self) -> float:
        """Time that the search took."""


def search_options(
    monotonic_s: Callable[[], float],
    seconds: float,
    *,
    work: int | None = None,
    seed: int = 0,
) -> SolveOptions:
    """Return the limits of a search: a budget of work, or else a time.

    Parameters
    ----------
    monotonic_s
        A clock in seconds.
    seconds
        Time limit, > 0; counts only without a budget.
    work
        Budget in the method's own units, >= 1: the same answer each time.
    seed
        Seed of the method, >= 0.

    Raises
    ------
    OptionsError
        If one of them is out of range.

    Examples
    --------
    >>> search_options(lambda: 0.0, 20.0).time_limit_s
    20.0
    >>> search_options(lambda: 0.0, 20.0, work=100).time_limit_s
    inf
    """
    return SolveOptions(
        monotonic_s=monotonic_s,
        time_limit_s=seconds if work is None else math.inf,
        work_limit=work,
        seed=seed,
    )


def finite(value: float) -> float | None:
    """Return a number, or None for what JSON cannot tell.

    Parameters
    ----------
    value
        Any number.

    Examples
    --------
    >>> finite(2.5), finite(math.inf)
    (2.5, None)
    """
    return value if math.isfinite(value) else None


def outcome(found: Found) -> dict[str, Any]:
    """Return what a document of JSON tells of every search first.

    Parameters
    ----------
    found
        A plan, or the reason why there is none.

    Returns
    -------
    dict
        `status`, `objective`, `bound`, `gap` and `seconds` (to the microsecond); what
        is infinite is None.
    """
    return {
        "status": found.status,
        "objective": finite(found.objective),
        "bound": finite(found.bound),
        "gap": finite(found.gap),
        "seconds": round(found.seconds, 6),
    }


def history_rows(history: Sequence[Progress]) -> list[dict[str, Any]]:
    """Return a row for each better plan that a search found on its way.

    Parameters
    ----------
    history
        In order of time.

    Returns
    -------
    list of dict
        `seconds` (to the microsecond), `objective` and `bound`, None without a bound.
    """
    return [
        {
            "seconds": round(line.seconds, 6),
            "objective": line.objective,
            "bound": finite(line.bound),
        }
        for line in history
    ]
