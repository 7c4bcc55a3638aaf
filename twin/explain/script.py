"""A plan as rules of release: as soon as its goods are there, and no sooner than meant.

The dates of a plan fit each other, so that nothing can be moved alone: hasten a
purchase, and what is made of it still begins on its old date. A script says of each
order which goods it takes from which orders, and how long it was held back after they
were there. Carried out as planned it gives the plan; with something changed the orders
behind it follow.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import polars as pl

from twin.masterplan.pegging import MISSING

NEVER = 1 << 62
"""Number of a review that does not come."""

ENOUGH = 1.0 - 1e-9
"""Share of what an order takes that is there when all is there: rounding."""


@dataclass(frozen=True, slots=True)
class Need:
    """Goods that an order takes from another one.

    Attributes
    ----------
    source : str
        The order that brings them.
    item, place : str
        What, and where.
    quantity : float
        Units that have come from it when this order has its own, > 0.
    """

    source: str
    item: str
    place: str
    quantity: float


@dataclass(frozen=True, slots=True)
class Step:
    """An order of a plan and when it is released.

    Attributes
    ----------
    row : int
        Row in the table of orders of its script.
    order : str
        Its name, empty if it never began.
    release : int
        The review in which the plan releases it, from 0.
    ready : int
        The first review at which its goods are there; `NEVER` if they do not come.
    earliest : int
        It is released at this review at the earliest.
    hold : int
        It is held back for so many reviews after its goods are there.
    latest : int
        It is released then even if its goods are not there: it waits for them in front
        of the lane.
    needs : tuple of Need
        What it waits for.
    otherwise : Step or None
        Another rule for the same order: it is released by whichever lets it go first.
    """

    row: int
    order: str
    release: int
    ready: int
    earliest: int = 0
    hold: int = 0
    latest: int = NEVER
    needs: tuple[Need, ...] = ()
    otherwise: "Step | None" = None

    @property
    def held(self) -> int:
        """Reviews by which it is released later than it could be."""
        return max(self.release - self.ready, 0)


@dataclass(frozen=True, slots=True)
class Script:
    """Orders and their rules of release.

    Attributes
    ----------
    orders : polars.DataFrame
        Columns of `twin.masterplan.tables.ORDERS`.
    steps : tuple of Step
        One for each row of `orders`, in the same order.
    """

    orders: pl.DataFrame
    steps: tuple[Step, ...]

    def with_steps(self, changed: Mapping[int, Step]) -> "Script":
        """Return the script with other rules for some rows."""
        steps = tuple(changed.get(step.row, step) for step in self.steps)
        return replace(self, steps=steps)

    def without(self, rows: Collection[int]) -> "Script":
        """Return the script without some rows.

        Nobody waits for what they brought; who took it comes no sooner than planned.
        """
        gone = {self.steps[row].order for row in rows} - {""}
        kept = [step for step in self.steps if step.row not in rows]
        steps = tuple(
            replace(_without_sources(step, gone), row=number)
            for number, step in enumerate(kept)
        )
        return Script(self.orders[[step.row for step in kept]], steps)


def _without_sources(step: Step, gone: Collection[str]) -> Step:
    if step.otherwise is not None:
        step = replace(step, otherwise=_without_sources(step.otherwise, gone))
    needs = tuple(need for need in step.needs if need.source not in gone)
    if len(needs) == len(step.needs):
        return step
    return replace(step, needs=needs, earliest=max(step.earliest, step.release))


def script_of(
    orders: pl.DataFrame,
    *,
    pegs: pl.DataFrame,
    moves: pl.DataFrame,
    start_us: int,
    review_us: int,
) -> Script:
    """Read the rules of release out of a plan.

    Parameters
    ----------
    orders : polars.DataFrame
        Of the plan.
    pegs, moves : polars.DataFrame
        What it led to.
    start_us, review_us : int
        The first review, and the time between two, microseconds.

    Returns
    -------
    Script
        That leads to the same end: each order is held back as long as in the plan.
    """
    needs = _needs(pegs, _arrivals(moves))
    steps = []
    columns = orders.select("order", "release_us").iter_rows()
    for row, (order, release_us) in enumerate(columns):
        own, ready_us = needs.get(order, ((), start_us)) if order else ((), start_us)
        release = (release_us - start_us) // review_us
        ready = max(math.ceil((ready_us - start_us) / review_us), 0)
        late = ready > release
        steps.append(
            Step(
                row, order, release, ready, hold=0 if late else release - ready,
                latest=release if late else NEVER, needs=own,
            )
        )  # fmt: skip
    return Script(orders, tuple(steps))


Arrivals = dict[tuple[str, str, str], list[tuple[int, float]]]


def _arrivals(moves: pl.DataFrame) -> Arrivals:
    """Return when how much came with an order, of an item, at a place."""
    found: Arrivals = {}
    rows = moves.filter((pl.col("quantity") > 0.0) & (pl.col("order") != ""))
    columns = ("order", "item", "place", "time_us", "quantity")
    for order, item, place, time_us, quantity in rows.select(columns).iter_rows():
        found.setdefault((order, item, place), []).append((time_us, quantity))
    return found


def _needs(
    pegs: pl.DataFrame, arrivals: Arrivals
) -> dict[str, tuple[tuple[Need, ...], int]]:
    """Return what each order takes from others, and when the last of it came."""
    last: dict[str, dict[tuple[str, str, str], int]] = {}
    taken = pegs.filter(
        pl.col("to_kind").is_in(["used", "transfer_out"])
        & (pl.col("from_order") != "")
        & (pl.col("from_kind") != MISSING)
    )
    columns = ("to_order", "from_order", "item", "place", "since_us")
    for order, source, item, place, since_us in taken.select(columns).iter_rows():
        own = last.setdefault(order, {})
        key = (source, item, place)
        own[key] = max(own.get(key, since_us), since_us)
    found = {}
    for order, own in last.items():
        needs = tuple(
            Need(*key, sum(units for time_us, units in arrivals.get(key, ())
                           if time_us <= since_us) * ENOUGH)
            for key, since_us in own.items()
        )  # fmt: skip
        found[order] = needs, max(own.values())
    return found
