"""Operations of two plans or two schedules, put side by side."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation: of which order, on which machine, from when to when.

    Attributes
    ----------
    order, item, operation, machine : str
        Ids; of a schedule ``order`` is the job, and ``item`` empty.
    start, end : int
        Microseconds UTC, or ticks of a schedule.
    """

    order: str
    item: str
    operation: str
    machine: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class OperationChange:
    """An operation before and after; None where it is not."""

    before: Operation | None
    after: Operation | None

    @property
    def shift(self) -> int:
        """By how much it starts later; 0 if it is not in both."""
        if self.before is None or self.after is None:
            return 0
        return self.after.start - self.before.start

    @property
    def what(self) -> str:
        """``same``, ``added``, ``removed``, ``machine``, ``earlier`` or ``later``.

        ``machine`` is done on another one, then or at another time.
        """
        if self.before is None or self.after is None:
            return "added" if self.before is None else "removed"
        if self.before.machine != self.after.machine:
            return "machine"
        if not self.shift:
            return "same"
        return "later" if self.shift > 0 else "earlier"

    @property
    def one(self) -> Operation:
        """The operation as it is now, or was."""
        found = self.before if self.after is None else self.after
        assert found is not None  # a change is of some operation
        return found


def operations_of_table(operations: pl.DataFrame) -> tuple[Operation, ...]:
    """Read operations of a plan, those without a known start left out.

    Parameters
    ----------
    operations : polars.DataFrame
        ``order, item, operation, machine, start_us, end_us``.
    """
    columns = ("order", "item", "operation", "machine", "start_us", "end_us")
    known = operations.drop_nulls(["start_us", "end_us"]).select(columns)
    return tuple(Operation(*row) for row in known.iter_rows())


def compare_operations(
    before: Iterable[Operation],
    after: Iterable[Operation],
    *,
    renamed: Mapping[str, str | None] | None = None,
) -> tuple[OperationChange, ...]:
    """Put operations side by side.

    Parameters
    ----------
    before, after : iterable of Operation
        Of both plans.
    renamed : mapping of str to str or None, optional
        Order after -> the same order before, None if it was added: its id may be that
        of another order before. An order that is not there keeps its name.

    Returns
    -------
    tuple of OperationChange
        By the earlier of both starts. The n-th run of an operation of an order, in the
        order of start, is compared with the n-th.
    """
    names = renamed or {}
    both: dict[tuple[str | None, ...], tuple[list[Operation], list[Operation]]]
    both = defaultdict(lambda: ([], []))
    for one in sorted(before, key=_turn):
        both[one.order, one.operation][0].append(one)
    for one in sorted(after, key=_turn):
        order = names.get(one.order, one.order)
        added = (one.order,) if order is None else ()
        both[order, one.operation, *added][1].append(one)
    found: list[OperationChange] = []
    for former, newer in both.values():
        n = min(len(former), len(newer))
        found += map(OperationChange, former[:n], newer[:n])
        found += [OperationChange(one, None) for one in former[n:]]
        found += [OperationChange(None, one) for one in newer[n:]]
    return tuple(sorted(found, key=_first))


def _turn(one: Operation) -> tuple[int, int, str]:
    return one.start, one.end, one.machine


def _first(change: OperationChange) -> tuple[int, str, str]:
    ends = [one.start for one in (change.before, change.after) if one is not None]
    return min(ends), change.one.order, change.one.operation
