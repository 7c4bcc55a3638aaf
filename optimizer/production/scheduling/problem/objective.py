"""What a schedule costs: parts, weights, and which part comes first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from optimizer.errors import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PARTS", "Objective"]

PARTS = (
    "makespan",
    "tardiness",
    "setup",
    "energy",
    "maintenance",
    "stability",
    "skipping",
)
"""What a schedule may cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What a schedule costs: a weighted sum of whole numbers, or levels of them.

    Parameters
    ----------
    makespan
        Weight of the latest end, >= 0.
    tardiness
        Weight of the sum over jobs of weight times tardiness, >= 0.
    setup
        Weight of the sum of setup costs, >= 0.
    energy
        Weight of the cost of energy under the tariff, >= 0.
    maintenance
        Weight of the start costs, >= 0.
    stability
        Weight of the deviation from the baseline, >= 0.
    skipping
        Weight of the cost of jobs that are left out, >= 0.
    order
        Parts from the first to the last: a schedule that is better in an earlier one is
        better whatever the later ones cost. All parts that weigh must be named, but for
        maintenance and skipping, which otherwise count in the first level. Empty (the
        default) for the plain sum.

    Raises
    ------
    ProblemError
        If a weight is below 0, or the order names what is no part or weighs nothing,
        names a part twice, or leaves one out.
    """

    makespan: int = 1
    tardiness: int = 0
    setup: int = 0
    energy: int = 0
    maintenance: int = 1
    stability: int = 0
    skipping: int = 1
    order: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in PARTS:
            if getattr(self, name) < 0:
                message = (
                    f"the weight of {name} must be >= 0, was {getattr(self, name)}"
                )
                raise ProblemError(message)
        if self.order:
            self._judge_order()

    def _judge_order(self) -> None:
        weighs = {name for name in PARTS if getattr(self, name)}
        wrong = [name for name in self.order if name not in weighs]
        wrong += sorted(weighs - set(self.order) - {"maintenance", "skipping"})
        if wrong or len(set(self.order)) < len(self.order):
            message = (
                f"the order of the objective must name each part that weighs once, of "
                f"{', '.join(name for name in PARTS if name in weighs)}; was "
                f"{', '.join(self.order)}"
            )
            raise ProblemError(message)

    @property
    def only_makespan(self) -> bool:
        """Whether the makespan is the only part that weighs, beside skipped jobs."""
        others = set(PARTS) - {"makespan", "maintenance", "skipping"}
        return bool(self.makespan) and not any(getattr(self, name) for name in others)

    def weighted(self, most: Mapping[str, int]) -> Objective:
        """Return an objective without an order that ranks schedules the same way.

        A level weighs one more than all that comes after it can cost together.

        Parameters
        ----------
        most
            By part, what it costs at most, without its weight.
        """
        if not self.order:
            return self
        free = [name for name in ("skipping", "maintenance") if name not in self.order]
        levels = [[self.order[0], *free], *([name] for name in self.order[1:])]
        weights, scale = {}, 1
        for level in reversed(levels):
            reach = 0
            for name in level:
                weights[name] = scale * getattr(self, name)
                reach += weights[name] * most[name]
            scale += reach
        return replace(self, **weights, order=())
