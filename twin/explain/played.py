"""A plan that can be carried out with something changed."""

from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from twin.diff.customers import Asked, Served
from twin.errors import InputError, OptionError
from twin.explain.following import Outcome, carried_out
from twin.explain.script import Script, Step, script_of
from twin.masterplan import (
    Grounds,
    MasterPlan,
    certain,
    read_grounds,
    read_orders,
    read_summary,
)
from twin.masterplan.folder import PLAN_FILE
from twin.said import Said


@dataclass(frozen=True, slots=True)
class Played:
    """A plan, its rules of release, and what it comes to.

    Attributes
    ----------
    grounds : Grounds
        What it was made on, its network without chance.
    script : Script
        Its orders and rules.
    outcome : Outcome
        What the script leads to: the same as the plan.
    n_periods : int
        Reviews.
    """

    grounds: Grounds
    script: Script
    outcome: Outcome
    n_periods: int

    @property
    def start_us(self) -> int:
        """The first review, microseconds UTC."""
        return self.grounds.network.settings.as_of_us

    @property
    def review_us(self) -> int:
        """Between two reviews, microseconds."""
        return self.grounds.network.settings.review_us

    @property
    def end_us(self) -> int:
        """End of the last review, microseconds UTC."""
        return self.start_us + self.n_periods * self.review_us

    def until(self, end_us: int) -> "Played":
        """Return the plan without what comes after a time.

        Parameters
        ----------
        end_us : int
            End of a review, microseconds UTC; after its own end it is left as it is.
        """
        if end_us >= self.end_us:
            return self
        n_periods = (end_us - self.start_us) // self.review_us
        releases = self.script.orders["release_us"].to_list()
        later = [row for row, release_us in enumerate(releases) if release_us >= end_us]
        script = self.script.without(later)
        shorter = replace(self, script=script, n_periods=n_periods)
        return replace(shorter, outcome=shorter.again())

    def again(
        self, grounds: Grounds | None = None, script: Script | None = None
    ) -> Outcome:
        """Carry it out with other grounds or another script.

        Parameters
        ----------
        grounds : Grounds or None
            None: its own; its network must be without chance.
        script : Script or None
            None: its own.
        """
        return carried_out(
            grounds or self.grounds,
            script or self.script,
            n_periods=self.n_periods,
        )

    def gained_us(self, asked: Asked, served_us: int | None) -> int:
        """Return how much sooner than in the plan an order is served, microseconds.

        Parameters
        ----------
        asked : Asked
            An order of a customer.
        served_us : int or None
            When it is served, microseconds UTC; None: not within the plan, which counts
            as at its end, as it does in the plan itself.
        """
        before_us = self.outcome.served[asked].served_us
        return (self.end_us if before_us is None else before_us) - (
            self.end_us if served_us is None else served_us
        )

    def order_named(self, name: str) -> tuple[Asked, Served]:
        """Return an order of a customer by its id.

        Raises
        ------
        InputError
            If the plan has none of this id.
        """
        for asked, served in self.outcome.served.items():
            if served.order == name:
                return asked, served
        known = ", ".join(one.order for one in list(self.outcome.served.values())[:3])
        msg = f"order {name!r}: the plan has none of this id; it has {known} ..."
        raise InputError(Said(msg, "no_order_in_plan", {"name": name}))


def played(grounds: Grounds, orders: pl.DataFrame, *, n_periods: int) -> Played:
    """Read the rules of release out of the orders of a plan.

    Parameters
    ----------
    grounds : Grounds
        What it was made on.
    orders : polars.DataFrame
        Columns of `twin.masterplan.tables.ORDERS`.
    n_periods : int
        Reviews, >= 1.

    Raises
    ------
    OptionError
        If the rules do not lead to the end of the plan; nothing could be learned from
        carrying it out with a change then.
    """
    settings = grounds.network.settings
    start_us, review_us = settings.as_of_us, settings.review_us
    sequenced = orders["priority"].null_count() < orders.height
    grounds = replace(grounds, network=certain(grounds.network, sequenced=sequenced))
    dated = Script(orders, tuple(_dated(orders, start_us, review_us)))
    first = carried_out(grounds, dated, n_periods=n_periods)
    script = script_of(
        orders, pegs=first.pegs, moves=first.moves, start_us=start_us,
        review_us=review_us,
    )  # fmt: skip
    found = Played(grounds, script, first, n_periods)
    again = found.again()
    if again.result.state_hash != first.result.state_hash:
        msg = (
            "the plan is not reproduced by releasing its orders as their goods come: "
            f"it ends in state {first.result.state_hash}, carried out so in "
            f"{again.result.state_hash}"
        )
        raise OptionError(Said(msg, "plan_not_reproduced"))
    return replace(found, outcome=again)


def _dated(orders: pl.DataFrame, start_us: int, review_us: int) -> list[Step]:
    releases = ((orders["release_us"] - start_us) // review_us).to_list()
    return [
        Step(row, order, release, release, earliest=release, latest=release)
        for row, (order, release) in enumerate(
            zip(orders["order"].to_list(), releases, strict=True)
        )
    ]


def played_plan(plan: MasterPlan) -> Played:
    """Return a plan that was just made, ready to be carried out with a change.

    Parameters
    ----------
    plan : MasterPlan
        As made.
    """
    grounds = Grounds(plan.network, plan.demand, plan.state)
    return played(grounds, plan.tables.orders, n_periods=plan.n_periods)


def played_folder(folder: Path) -> Played:
    """Return the plan of a folder, ready to be carried out with a change.

    Parameters
    ----------
    folder : Path
        As written by `twin.masterplan.write_plan`.

    Raises
    ------
    InputError
        If it is no plan folder, or does not hold what the plan was made on.
    """
    try:
        n_periods = int(read_summary(folder)["n_periods"])
    except (KeyError, TypeError, ValueError) as error:
        msg = f"{folder / PLAN_FILE}: not a plan from purchase to delivery: {error!r}"
        raise InputError(msg) from error
    return played(read_grounds(folder), read_orders(folder), n_periods=n_periods)
