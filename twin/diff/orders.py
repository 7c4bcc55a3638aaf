"""Purchase, production and transport orders of two plans, put side by side.

Ids of orders count releases, so that one order more renames all that follow. Orders are
therefore known by what they are: kind, lane, item and places. Those that are released
at the same time in the same quantity are the same; the rest is aligned in the order of
time so that the least is changed.

References
----------
Needleman, Wunsch (1970), "A general method applicable to the search for similarities
in the amino acid sequence of two proteins", Journal of Molecular Biology 48(3): the
recursion of the alignment.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

WINDOW = 7
"""Reviews. An order whose like is released further away was not moved: one was dropped,
another added. With 1 a week's delay is told as two changes; with 28 orders of different
weeks are taken for one."""

TINY = 1e-9
"""Share of a quantity that is rounding."""

Key = tuple[str, str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """An order of a plan.

    Attributes
    ----------
    row : int
        In the table of orders of its plan.
    order, kind, lane, item, from_place, to_place, made_for : str
        As in that table.
    quantity : float
        Units.
    release_us : int
        Microseconds UTC.
    priority : float or None
        Its number in the sequence in front of machines.
    """

    row: int
    order: str
    kind: str
    lane: str
    item: str
    from_place: str
    to_place: str
    made_for: str
    quantity: float
    release_us: int
    priority: float | None = None

    @property
    def key(self) -> Key:
        """What it is, whenever it is released."""
        return (
            self.kind, self.lane, self.item, self.from_place, self.to_place,
            self.made_for,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class OrderChange:
    """An order before and after; one of both is None if it was added or dropped."""

    before: PlannedOrder | None
    after: PlannedOrder | None

    @property
    def shift_us(self) -> int:
        """By how much it is released later, microseconds; 0 if it is not in both."""
        if self.before is None or self.after is None:
            return 0
        return self.after.release_us - self.before.release_us

    @property
    def added_units(self) -> float:
        """Units more than before."""
        had = 0.0 if self.before is None else self.before.quantity
        return (0.0 if self.after is None else self.after.quantity) - had

    @property
    def what(self) -> str:
        """``same``, ``added``, ``dropped``, ``earlier``, ``later`` or ``changed``.

        ``changed`` is released at the same time in another quantity; what is moved may
        be changed too.
        """
        if self.before is None or self.after is None:
            return "added" if self.before is None else "dropped"
        if self.shift_us:
            return "later" if self.shift_us > 0 else "earlier"
        whole = max(self.before.quantity, self.after.quantity)
        return "changed" if abs(self.added_units) > TINY * whole else "same"

    @property
    def one(self) -> PlannedOrder:
        """The order as it is now, or was."""
        found = self.before if self.after is None else self.after
        assert found is not None  # a change is of some order
        return found


def orders_of_table(orders: pl.DataFrame) -> tuple[PlannedOrder, ...]:
    """Read orders.

    Parameters
    ----------
    orders : polars.DataFrame
        Columns of `twin.masterplan.tables.ORDERS`.
    """
    columns = (
        "order", "kind", "lane", "item", "from_place", "to_place", "made_for",
        "quantity", "release_us", "priority",
    )  # fmt: skip
    rows = orders.select(columns).iter_rows()
    return tuple(PlannedOrder(row, *values) for row, values in enumerate(rows))


def compare_orders(
    before: Sequence[PlannedOrder],
    after: Sequence[PlannedOrder],
    *,
    review_us: int,
    window: int = WINDOW,
) -> tuple[OrderChange, ...]:
    """Put the orders of two plans side by side.

    Parameters
    ----------
    before, after : sequence of PlannedOrder
        Of both plans, of the time that both plan.
    review_us : int
        Between two reviews, microseconds.
    window : int
        Reviews within which an order is moved rather than dropped and added, >= 0.

    Returns
    -------
    tuple of OrderChange
        Each order once, by the earlier of both releases.
    """
    both: dict[Key, tuple[list[PlannedOrder], list[PlannedOrder]]]
    both = defaultdict(lambda: ([], []))
    for side, orders in enumerate((before, after)):
        for one in sorted(orders, key=lambda one: (one.release_us, one.row)):
            both[one.key][side].append(one)
    found: list[OrderChange] = []
    for former, newer in both.values():
        same, left, right = _equal(former, newer)
        found += same
        found += _aligned(left, right, review_us=review_us, window=window)
    return tuple(sorted(found, key=_turn))


def _turn(change: OrderChange) -> tuple[int, Key, int]:
    ends = [one for one in (change.before, change.after) if one is not None]
    return min(one.release_us for one in ends), change.one.key, change.one.row


def _equal(
    before: list[PlannedOrder], after: list[PlannedOrder]
) -> tuple[list[OrderChange], list[PlannedOrder], list[PlannedOrder]]:
    """Take out what is the same; return it and what is left of both."""
    waiting: dict[tuple[int, float], list[PlannedOrder]] = defaultdict(list)
    for one in after:
        waiting[one.release_us, one.quantity].append(one)
    same, left, taken = [], [], set()
    for one in before:
        like = waiting[one.release_us, one.quantity]
        if like:
            same.append(OrderChange(one, like.pop(0)))
            taken.add(same[-1].one.row)
        else:
            left.append(one)
    return same, left, [one for one in after if one.row not in taken]


def _aligned(
    before: list[PlannedOrder],
    after: list[PlannedOrder],
    *,
    review_us: int,
    window: int,
) -> list[OrderChange]:
    """Align in the order of time; a pair costs its shift, a single half a window."""
    single = window / 2.0 + 0.5
    costs = [[single * k for k in range(len(after) + 1)]]
    for k, one in enumerate(before, start=1):
        line, last = [single * k], costs[-1]
        for j, other in enumerate(after, start=1):
            paired = last[j - 1] + _cost(one, other, review_us)
            line.append(min(paired, last[j] + single, line[-1] + single))
        costs.append(line)
    found: list[OrderChange] = []
    k, j = len(before), len(after)
    while k or j:
        here = costs[k][j]
        if k and here == costs[k - 1][j] + single:
            k -= 1
            found.append(OrderChange(before[k], None))
        elif j and here == costs[k][j - 1] + single:
            j -= 1
            found.append(OrderChange(None, after[j]))
        else:
            k, j = k - 1, j - 1
            found.append(OrderChange(before[k], after[j]))
    return found


def _cost(one: PlannedOrder, other: PlannedOrder, review_us: int) -> float:
    """Reviews between two orders, and by what share their quantities differ."""
    whole = max(one.quantity, other.quantity, TINY)
    shift = abs(one.release_us - other.release_us) / review_us
    return shift + 0.5 * abs(one.quantity - other.quantity) / whole
