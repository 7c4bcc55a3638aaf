"""Why orders of customers moved from one plan to the next: causes that are verified.

A cause holds if the order is served as in the former plan again once that difference
alone is taken back in the newer one, and the plan is carried out.

References
----------
Zeller (2002), "Isolating cause-effect chains from computer programs", Proc. FSE-10:
causes are found by taking differences back and running again, alone or in sets that
cannot be made smaller.
"""

from collections.abc import Callable
from dataclasses import dataclass

from twin.diff import CustomerChange, compare_customers
from twin.diff.customers import Asked, Served
from twin.errors import NetworkError
from twin.explain.differences import Built, Difference, differences_of, reverted
from twin.explain.pairing import Pair

TRIES = 60
"""Differences that are taken back one by one, each in an execution of its own. What
a plan was given comes first, then orders by the time from which on they differ."""

RUNS_PER_TRY = 4
"""Executions for sets of differences, of each order that moved, for each difference
that is taken back alone; what was executed for another order is known. Plans that were
made anew differ in dozens of orders, of which some five explain a customer's."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an order of a customer moved.

    Attributes
    ----------
    change : CustomerChange
        The order.
    differences : tuple of Difference
        Taken back together they undo it; none of them can be left out, unless
        `ran_out`. Empty if nothing that was tried does.
    is_whole : bool
        Whether the order is served as before then, or only nearer to it.
    ran_out : bool
        Whether the executions for this order were spent before it was known that none
        of the differences can be left out, or that no more help.
    """

    change: CustomerChange
    differences: tuple[Difference, ...]
    is_whole: bool
    ran_out: bool = False


@dataclass(frozen=True, slots=True)
class Causes:
    """Why orders of customers moved.

    Attributes
    ----------
    causes : tuple of Cause
        One for each order that moved.
    n_differences, n_tried : int
        How many differences there are, and how many were taken back one by one.
    """

    causes: tuple[Cause, ...]
    n_differences: int
    n_tried: int


ServedBy = dict[Asked, Served]


def causes_of(
    pair: Pair,
    *,
    tries: int = TRIES,
    on_step: Callable[[int, int], None] | None = None,
) -> Causes:
    """Find the first difference that explains each order that moved.

    Parameters
    ----------
    pair : Pair
        Two plans.
    tries : int
        Differences taken back one by one, >= 1.
    on_step : callable, optional
        Called after each execution, and after each order that moved, with how many
        steps are done and of how many: differences that are tried, then orders. What it
        raises ends the search.
    """
    found = differences_of(pair)
    chosen = found[:tries]
    before, after = pair.before.outcome.served, pair.after.outcome.served
    moved = [one for one in compare_customers(before, after)
             if one.what not in {"same", "added", "dropped"}]  # fmt: skip
    steps = _Steps(len(chosen) + len(moved), on_step)
    search = _Search(pair, found, n_runs=tries * RUNS_PER_TRY, on_run=steps.tell)
    for one in chosen:
        search.served((one,))
        steps.end_one()
    keys, causes = _keys(before, after), []
    for change in moved:
        causes.append(search.cause(keys[id_of(change)], change, chosen))
        steps.end_one()
    return Causes(tuple(causes), len(found), len(chosen))


class _Steps:
    """How many steps are done, and who is told."""

    def __init__(self, n: int, told: Callable[[int, int], None] | None) -> None:
        self._done, self._n, self._told = 0, n, told

    def tell(self) -> None:
        if self._told is not None:
            self._told(self._done, self._n)

    def end_one(self) -> None:
        self._done += 1
        self.tell()


Identity = tuple[str, str, str, int, str]


def id_of(change: CustomerChange) -> Identity:
    """Return what names an order of a customer in both plans."""
    return change.customer, change.item, change.site, change.asked_us, change.one.order


def _keys(before: ServedBy, after: ServedBy) -> dict[Identity, Asked]:
    return {(*key[:4], after.get(key, one).order): key for key, one in before.items()}


class _Search:
    """Takes differences back, each set once."""

    def __init__(
        self,
        pair: Pair,
        found: tuple[Difference, ...],
        *,
        n_runs: int,
        on_run: Callable[[], None],
    ) -> None:
        self._pair, self._found, self._n_runs = pair, found, n_runs
        self._n_left, self._on_run = n_runs, on_run
        self._known: dict[tuple[Difference, ...], ServedBy] = {}
        self._built: Built = {}
        self.before = pair.before.outcome.served
        self.after = pair.after.outcome.served
        self._end_us = pair.after.end_us

    def served(self, chosen: tuple[Difference, ...]) -> ServedBy:
        """Return what becomes of customers' orders without some differences."""
        if not chosen:
            return self.after
        if chosen not in self._known:
            self._known[chosen] = self._served(chosen)
            self._n_left -= 1
            self._on_run()
        return self._known[chosen]

    def _served(self, chosen: tuple[Difference, ...]) -> ServedBy:
        try:
            relaxed = reverted(self._pair, chosen, self._built)
            return self._pair.after.again(*relaxed).served
        except NetworkError:
            # A row of the former network may refer to one that is there no more: alone
            # it cannot be taken back, and explains nothing.
            return {}

    def distance(self, asked: Asked, chosen: tuple[Difference, ...]) -> float:
        """Return how far an order is from the former plan: time, and units not sent."""
        old, new = self.before[asked], self.served(chosen).get(asked)
        if new is None:
            return float("inf")
        ends = [self._end_us if one.served_us is None else one.served_us
                for one in (old, new)]  # fmt: skip
        short = 0.0
        if old.served_us is None or new.served_us is None:
            short = abs(old.shipped - new.shipped) / max(old.quantity, 1e-9)
        return abs(ends[0] - ends[1]) + (short if short > 1e-6 else 0.0)  # noqa: PLR2004

    def cause(
        self, asked: Asked, change: CustomerChange, chosen: tuple[Difference, ...]
    ) -> Cause:
        """Find the first difference that undoes a change, or the least set."""
        far = self.distance(asked, ())
        alone = [(self.distance(asked, (one,)), one) for one in chosen]
        whole = [one for left, one in alone if left == 0.0]
        if whole:
            return Cause(change, (whole[0],), is_whole=True)
        self._n_left = self._n_runs
        if self.distance(asked, self._found) == 0.0:
            fewest, ran_out = self._whole(asked)
            return Cause(change, fewest, is_whole=True, ran_out=ran_out)
        useful = [one for left, one in sorted(alone, key=lambda pair: pair[0])
                  if left < far]  # fmt: skip
        nearest, ran_out = self._nearest(asked, useful, far)
        return Cause(change, nearest, is_whole=False, ran_out=ran_out)

    def _whole(self, asked: Asked) -> tuple[tuple[Difference, ...], bool]:
        """Leave out of differences what is not needed, and tell if runs ran out.

        Orders often moved for the same: the fewest of all sets that were taken back
        already, for others, and undo this one, are begun with.
        """
        chosen = min(
            (one for one in self._known if self.distance(asked, one) == 0.0), key=len
        )
        size = len(chosen) // 2
        while size:
            at = 0
            while at < len(chosen):
                fewer = chosen[:at] + chosen[at + size :]
                if not self._affords(fewer):
                    return chosen, True
                if fewer and self.distance(asked, fewer) == 0.0:
                    chosen = fewer
                else:
                    at += size
            size //= 2
        return self._fewest(asked, chosen, 0.0)

    def _affords(self, chosen: tuple[Difference, ...]) -> bool:
        return not chosen or chosen in self._known or self._n_left > 0

    def _nearest(
        self, asked: Asked, useful: list[Difference], far: float
    ) -> tuple[tuple[Difference, ...], bool]:
        """Take back more and more while it helps, then leave out what is not needed."""
        taken: tuple[Difference, ...] = ()
        for one in useful:
            more = (*taken, one)
            if not self._affords(more):
                return taken, True
            left = self.distance(asked, more)
            if left < far:
                taken, far = more, left
        return self._fewest(asked, taken, far)

    def _fewest(
        self, asked: Asked, taken: tuple[Difference, ...], far: float
    ) -> tuple[tuple[Difference, ...], bool]:
        """Leave out one after the other, until none can be left out."""
        shorter = len(taken) > 1
        while shorter:
            shorter = False
            for one in taken:
                fewer = tuple(other for other in taken if other is not one)
                if not self._affords(fewer):
                    return taken, True
                if fewer and self.distance(asked, fewer) <= far:
                    taken, shorter = fewer, True
                    break
        return taken, False
