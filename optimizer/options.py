"""How long, how repeatable and how watched a solve is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimizer.errors import OptionsError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SolveOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveOptions:
    """Options that every planning problem understands.

    Parameters
    ----------
    monotonic_s
        A clock in seconds that never goes back; it bounds and measures a solve and
        never enters a plan.
    time_limit_s
        Seconds a solve may take, > 0; infinity for no limit.
    work_limit
        Budget in a method's own deterministic units, >= 1, for solves that must be
        repeatable byte for byte; None for no budget. A method that ends by itself
        with the optimum, such as a linear program, has no need of it and ignores it.
    seed
        Seed of methods that draw random numbers, >= 0.
    check
        Whether a solution passes its checker before it is returned.

    Raises
    ------
    OptionsError
        If an option is out of range.

    Examples
    --------
    >>> from itertools import count
    >>> ticks = count()
    >>> options = SolveOptions(monotonic_s=lambda: float(next(ticks)), time_limit_s=5.0)
    >>> options.seed, options.check
    (0, True)
    """

    monotonic_s: Callable[[], float]
    time_limit_s: float = 60.0
    work_limit: int | None = None
    seed: int = 0
    check: bool = True

    def __post_init__(self) -> None:
        if math.isnan(self.time_limit_s) or self.time_limit_s <= 0.0:
            message = f"time_limit_s must be > 0, was {self.time_limit_s}"
            raise OptionsError(message)
        if self.work_limit is not None and self.work_limit < 1:
            message = f"work_limit must be None or >= 1, was {self.work_limit}"
            raise OptionsError(message)
        if self.seed < 0:
            message = f"seed must be >= 0, was {self.seed}"
            raise OptionsError(message)
