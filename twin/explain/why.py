"""Why an order of a customer is served when it is: the constraint that binds.

Each constraint that its goods meet is removed by itself, and the plan is carried out
again. The one without which the order is served soonest is what binds it.

References
----------
Goldratt (1990), "What is this thing called Theory of Constraints": the constraint is
what more of would move the whole.
"""

from collections.abc import Callable
from dataclasses import dataclass

from twin.diff.customers import Asked
from twin.explain.constraints import (
    FLOW,
    Constraint,
    Tree,
    constraints_of,
    tree_of,
)
from twin.explain.drafting import fixes_of
from twin.explain.fixes import Fix, Prices
from twin.explain.played import Played
from twin.explain.relaxing import removed

DAY_US = 86_400e6


@dataclass(frozen=True, slots=True)
class Tried:
    """A constraint, and when the order is served without it.

    Attributes
    ----------
    constraint : Constraint
        What was removed.
    served_us : int or None
        When the order is served in full then, microseconds UTC; None: not within the
        plan.
    gain_us : int
        How much sooner, microseconds; what is not served counts as served at the end of
        the plan.
    """

    constraint: Constraint
    served_us: int | None
    gain_us: int

    @property
    def gain_days(self) -> float:
        """How much sooner, days."""
        return self.gain_us / DAY_US


@dataclass(frozen=True, slots=True)
class Why:
    """Why an order is served when it is.

    Attributes
    ----------
    order : str
        Its id in the plan.
    tree : Tree
        What it is made of.
    served_us : int or None
        When it is served in full, microseconds UTC; None: not within the plan.
    tried : tuple of Tried
        Every constraint that was removed, the one that gains most first.
    fixes : tuple of Fix
        What could be done, the best first.
    """

    order: str
    tree: Tree
    served_us: int | None
    tried: tuple[Tried, ...]
    fixes: tuple[Fix, ...] = ()

    @property
    def binds(self) -> Constraint | None:
        """What binds: without it the order is served soonest; None if nothing does.

        Of equals it is the nearest to the customer, and a release before machines.
        """
        found = [
            one for one in self.tried if one.constraint.kind in FLOW and one.gain_us > 0
        ]
        return found[0].constraint if found else None

    @property
    def cheapest(self) -> Fix | None:
        """The fix to take first; None if none is known."""
        return self.fixes[0] if self.fixes else None


def why_late(
    played: Played,
    asked: Asked,
    *,
    prices: Prices | None = None,
    tries: int | None = None,
    on_tried: Callable[[int, int], None] | None = None,
) -> Why:
    """Find what binds an order, and what could be done.

    Parameters
    ----------
    played : Played
        The plan.
    asked : Asked
        An order of a customer of it.
    prices : Prices or None
        What relaxing costs; None looks for no fixes.
    tries : int or None
        Constraints removed, the nearest to the customer first; None: all.
    on_tried : callable, optional
        Called with how many constraints were tried, and of how many.
    """
    served = played.outcome.served[asked]
    tree = tree_of(played, asked)
    if served.served_us is not None and served.served_us <= asked[3]:
        return Why(served.order, tree, served.served_us, ())
    constraints = constraints_of(played, tree)[:tries]
    tried = []
    for n, constraint in enumerate(constraints, start=1):
        tried.append(tried_without(played, tree, constraint))
        if on_tried is not None:
            on_tried(n, len(constraints))
    tried.sort(key=lambda one: -one.gain_us)  # stable: the nearest stay first
    found = Why(served.order, tree, served.served_us, tuple(tried))
    if prices is None:
        return found
    gaining = [(one.constraint, one.served_us) for one in tried if one.gain_us > 0]
    fixes = fixes_of(played, tree, gaining, prices=prices)
    return Why(served.order, tree, served.served_us, tuple(tried), fixes)


def tried_without(played: Played, tree: Tree, constraint: Constraint) -> Tried:
    """Remove a constraint and carry the plan out again.

    Parameters
    ----------
    played : Played
        The plan.
    tree : Tree
        Of the order.
    constraint : Constraint
        What is removed.
    """
    outcome = played.again(*removed(played, tree, constraint))
    served = outcome.served.get(tree.asked)
    served_us = None if served is None else served.served_us
    return Tried(constraint, served_us, played.gained_us(tree.asked, served_us))
