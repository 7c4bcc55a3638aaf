"""How near to the plan before a repaired plan must stay."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.errors import ProblemError

__all__ = ["Stability"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """What may move, how much of it, and what a move costs.

    An operation of the plan before is *moved* if it is done in another mode (on
    another machine) or starts more than `tolerance` ticks earlier or later. One that
    is new, cancelled or skipped before is not counted.

    It is *displaced*, and not counted against anything, if the disruption makes its
    place impossible: its machine is down, its pool lacks units, its material is not
    there, or an operation that it waits for is displaced and cannot end in time while
    all that has to stay does.

    Parameters
    ----------
    freeze
        Ticks from now, >= 0: what was to start in ``[now, now + freeze)`` stays.
    changes
        Most operations that are moved besides those displaced, >= 0; None for any.
        Whatever else is not moved then has to stay.
    hold
        Rows of machines whose plan stays: nothing leaves them or moves on them, and
        nothing comes to them that can be done elsewhere.
    weight
        Cost of an operation moved besides those displaced, >= 0, beside the objective.
    tolerance
        Ticks, >= 0.

    Raises
    ------
    ProblemError
        If a number is below 0.
    """

    freeze: int = 0
    changes: int | None = None
    hold: tuple[int, ...] = ()
    weight: int = 0
    tolerance: int = 0

    def __post_init__(self) -> None:
        for name in ("freeze", "changes", "weight", "tolerance"):
            value = getattr(self, name)
            if value is not None and value < 0:
                message = f"{name} must be >= 0, was {value}"
                raise ProblemError(message)
        if any(row < 0 for row in self.hold):
            message = f"hold must be rows of machines, was {self.hold}"
            raise ProblemError(message)
