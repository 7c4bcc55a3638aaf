"""What is decided at a review: orders on lanes and production orders, as columns."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin.errors import OptionError

Index = NDArray[np.int32]
Quantity = NDArray[np.float64]


def _no_index() -> Index:
    return np.zeros(0, np.int32)


def _no_time() -> NDArray[np.int64]:
    return np.zeros(0, np.int64)


def _no_quantity() -> Quantity:
    return np.zeros(0, np.float64)


@dataclass(frozen=True, slots=True)
class Decisions:
    """Orders in the order in which they are executed; zero quantities are skipped.

    Attributes
    ----------
    lane, item : ndarray of shape (n_orders,), int32
        Indices of the network: what is ordered, or sent, over which lane.
    quantity : ndarray of shape (n_orders,), float64
        >= 0, in the base unit of the item.
    make_item, make_site : ndarray of shape (n_made,), int32
        What is to be made where.
    make_quantity : ndarray of shape (n_made,), float64
        >= 0, in the base unit of the item.
    make_priority : ndarray of shape (n_made,) or (0,), float64
        Of production orders, as dispatch rules use it; NaN, or empty, for none.
    make_due_us : ndarray of shape (n_made,) or (0,), int64
        When they are due, microseconds UTC; `NO_TIME`, or empty, for no date.
    make_for : tuple of str, of length n_made or 0
        The customer's order that each is made for; ``""`` for stock.
    name, make_name : tuple of str, of length n_orders and n_made, or 0
        Names of orders that have one already; ``""`` for new ones.

    Raises
    ------
    OptionError
        If columns differ in length or a quantity is negative or not finite.

    Examples
    --------
    >>> Decisions(quantity=np.array([5.0]))
    Traceback (most recent call last):
        ...
    twin.errors.OptionError: decisions: lane, item and quantity must be equally long, \
were 0, 0 and 1
    """

    lane: Index = field(default_factory=_no_index)
    item: Index = field(default_factory=_no_index)
    quantity: Quantity = field(default_factory=_no_quantity)
    make_item: Index = field(default_factory=_no_index)
    make_site: Index = field(default_factory=_no_index)
    make_quantity: Quantity = field(default_factory=_no_quantity)
    make_priority: Quantity = field(default_factory=_no_quantity)
    make_due_us: NDArray[np.int64] = field(default_factory=_no_time)
    make_for: tuple[str, ...] = ()
    name: tuple[str, ...] = ()
    make_name: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check(("lane", "item", "quantity"), (self.lane, self.item, self.quantity))
        _check(
            ("make_item", "make_site", "make_quantity"),
            (self.make_item, self.make_site, self.make_quantity),
        )
        for name, known, n in (
            ("make_priority", len(self.make_priority), len(self.make_item)),
            ("make_due_us", len(self.make_due_us), len(self.make_item)),
            ("make_for", len(self.make_for), len(self.make_item)),
            ("make_name", len(self.make_name), len(self.make_item)),
            ("name", len(self.name), len(self.lane)),
        ):
            if known not in {0, n}:
                msg = f"decisions: {name} must be of length {n} or 0, was {known}"
                raise OptionError(msg)

    @property
    def is_plain(self) -> bool:
        """Whether orders have no priority, due date, name or customer of their own."""
        numbers = len(self.make_priority) + len(self.make_due_us)
        return not (numbers or self.make_for or self.name or self.make_name)


def _check(names: tuple[str, str, str], columns: tuple[Index, Index, Quantity]) -> None:
    n, m, k = (len(column) for column in columns)
    first, second, third = names
    if not n == m == k:
        msg = (
            f"decisions: {first}, {second} and {third} must be equally long, "
            f"were {n}, {m} and {k}"
        )
        raise OptionError(msg)
    quantity = columns[2]
    if k and not 0.0 <= quantity.min() <= quantity.max() < np.inf:
        wrong = quantity[~((quantity >= 0.0) & (quantity < np.inf))][0]
        msg = f"decisions: {third} must be finite and >= 0, was {wrong}"
        raise OptionError(msg)
