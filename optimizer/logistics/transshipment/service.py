"""The program of service, solved as long as its answer is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from optimizer.watching import watched

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.logistics.transshipment.model import Service
    from optimizer.logistics.transshipment.problem import TransshipmentProblem

__all__ = ["service_of"]


def service_of(
    problem: TransshipmentProblem,
    *,
    elastic: bool,
    time_limit_s: float,
    cancelled: Callable[[], bool],
) -> Service | Literal["infeasible"] | None:
    """Return flows that serve all demand in the vehicles there may be.

    Parameters
    ----------
    problem
        With full service.
    elastic
        Whether demand may be lost and vehicles added, at their price.
    time_limit_s
        Seconds, > 0.
    cancelled
        Asked some fifty times a second; once true, the solver is left behind.

    Returns
    -------
    Service, "infeasible" or None
        None if it was left behind, or found nothing in time.
    """
    # OR-Tools is loaded where it is needed.
    from optimizer.logistics.transshipment.model import ServiceModel  # noqa: PLC0415

    return watched(
        lambda: ServiceModel(problem, elastic=elastic).solve(time_limit_s=time_limit_s),
        cancelled=cancelled,
    )
