"""What could be done about an order that is late, what it costs, and what it brings."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from twin.errors import OptionError
from twin.explain.constraints import Constraint, Tree
from twin.explain.following import Outcome
from twin.explain.played import Played
from twin.explain.relaxing import Relaxed
from twin.said import Said

DAY_US = 86_400e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What relaxing a plan costs where its network does not say.

    Attributes
    ----------
    overtime : float
        An hour of work outside shifts costs so many hours of the machine, >= 1.
    express : float
        Carrying by express costs so many times the freight of the lane, >= 1.
    express_time : float
        Share of the lead time that it takes, above 0 and below 1.

    Raises
    ------
    OptionError
        If a number is not in its range.
    """

    overtime: float = 1.5
    express: float = 2.0
    express_time: float = 0.5

    def __post_init__(self) -> None:
        for name in ("overtime", "express"):
            if not 1.0 <= getattr(self, name) < math.inf:
                msg = f"{name} must be >= 1 and finite, was {getattr(self, name)}"
                raise OptionError(msg)
        if not 0.0 < self.express_time < 1.0:
            msg = f"express_time must be above 0 and below 1, was {self.express_time}"
            raise OptionError(msg)


@dataclass(frozen=True, slots=True)
class Draft:
    """A fix before it is known what it brings.

    Attributes
    ----------
    relaxed : Relaxed
        The plan with it.
    said, price : callable
        Words, and money or None where it is not known, from what came of it.
    """

    relaxed: Relaxed
    said: Callable[[Outcome], Said]
    price: Callable[[Outcome], float | None]


@dataclass(frozen=True, slots=True)
class Fix:
    """Something that can be done.

    Attributes
    ----------
    constraint : Constraint
        What it relaxes.
    said : Said
        In words, without what it brings.
    price : float or None
        Money; None: not known.
    served_us : int
        When the order is served in full then, microseconds UTC.
    gain_us : int
        How much sooner that is, microseconds, > 0.
    on_time : bool
        Whether it is served as soon as it is asked for.
    """

    constraint: Constraint
    said: Said
    price: float | None
    served_us: int
    gain_us: int
    on_time: bool

    @property
    def text(self) -> str:
        """In English."""
        return self.said.text

    @property
    def gain_days(self) -> float:
        """How much sooner, days."""
        return self.gain_us / DAY_US


def tried_fix(
    played: Played, tree: Tree, constraint: Constraint, draft: Draft
) -> Fix | None:
    """Carry a plan out with a fix; None if it brings nothing.

    Parameters
    ----------
    played : Played
        The plan.
    tree : Tree
        Of the order.
    constraint : Constraint
        What is relaxed.
    draft : Draft
        How.
    """
    outcome = played.again(*draft.relaxed)
    served = outcome.served.get(tree.asked)
    if served is None or served.served_us is None:
        return None
    gain_us = played.gained_us(tree.asked, served.served_us)
    if gain_us <= 0:
        return None
    on_time = served.served_us <= tree.asked[3]
    said, price = draft.said(outcome), draft.price(outcome)
    return Fix(constraint, said, price, served.served_us, gain_us, on_time)


def ranked(fixes: Sequence[Fix]) -> tuple[Fix, ...]:
    """Put fixes in the order in which to take them.

    Parameters
    ----------
    fixes : sequence of Fix
        What brings something.

    Returns
    -------
    tuple of Fix
        Those that bring the order on time first, the cheapest of them first; then those
        that bring it sooner, the soonest first. What has no price comes after what has
        one.
    """
    return tuple(sorted(fixes, key=_rank))


def _rank(fix: Fix) -> tuple[bool, bool, float, float]:
    price = math.inf if fix.price is None else fix.price
    if fix.on_time:
        return False, fix.price is None, price, 0.0
    return True, fix.price is None, -float(fix.gain_us), price
