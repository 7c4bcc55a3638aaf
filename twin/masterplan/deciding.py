"""What a plan decides at each review: firm, made on order, planned, and in sequence."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.batch import NO_TIME
from twin.cycle import Decided
from twin.masterplan.expected import ExpectedDemand
from twin.masterplan.firm import NOTHING_FIRM, FirmOrders, ahead_of
from twin.masterplan.tables import decisions_from
from twin.model.network import Network
from twin.planning import Planner
from twin.planning.on_order import MadeFor, OnOrder
from twin.planning.sequencing import Coming, sequence_numbers
from twin.planning.timing import latest_us
from twin.simulate.decisions import Decisions
from twin.state.state import State


@dataclass(frozen=True, slots=True)
class Sequence:
    """How machines get a sequence.

    Attributes
    ----------
    network : Network
        The one without chance in which the plan is lived through.
    n_reviews : int
        Reviews, from the first, whose production is put in sequence; later production
        goes in the order of its release.
    work : int
        Budget of each search.
    monotonic_s : callable
        A clock in seconds.
    """

    network: Network
    n_reviews: int
    work: int
    monotonic_s: Callable[[], float]


class Deciding:
    """Plans every review for what was expected at the first.

    Parameters
    ----------
    planner : Planner
        Of the network.
    demand : ExpectedDemand
        What is planned for.
    firm : FirmOrders
        What is kept of a former plan.
    sequence : Sequence or None
        None: machines take orders as they are released.
    """

    name = "plan"
    information = "the forecasts it was made from"

    def __init__(
        self,
        planner: Planner,
        demand: ExpectedDemand,
        *,
        firm: FirmOrders = NOTHING_FIRM,
        sequence: Sequence | None = None,
    ) -> None:
        self._planner = planner
        self._demand = demand
        self._firm = firm
        self._sequence = sequence
        self._on_order = OnOrder(planner.structure)
        self._flow_us = _flow_us(planner)
        self._review = 0

    def observe(self, asked: object) -> None:
        """Go on to the next review; what was asked is what was expected."""
        del asked
        self._review += 1

    def decide(self, state: State, now_us: int) -> Decided:
        """Decide on settled state at a review."""
        network = self._planner.structure.network
        kept = decisions_from(network, self._firm.at(now_us), named=True)
        if now_us < self._firm.until_us:
            return Decided(kept)
        path = self._demand.path(self._review)
        later = self._firm.after(now_us)
        planned = self._planner.plan(
            state,
            now_us=now_us,
            demand=path,
            ahead=ahead_of(self._planner.structure, later, now_us, path.shape[1]),
        )
        promised: dict[str, float] = defaultdict(float)
        for order, units in (
            self._firm.orders.filter(self._firm.orders["release_us"] >= now_us)
            .select("made_for", "quantity")
            .iter_rows()
        ):
            promised[order] += units
        own = [
            one
            for one in self._on_order.release(state, now_us)
            if promised[one.order] <= 0.0
        ]
        decisions = _joined(self._free(planned.decisions), own)
        decisions = self._in_sequence(decisions, state, now_us)
        return Decided(_with(kept, decisions), planned, path)

    def _free(self, decisions: Decisions) -> Decisions:
        """Leave out production that only an order may begin."""
        free = self._on_order.kept(decisions.make_item)
        if free.all():
            return decisions
        return replace(
            decisions,
            make_item=decisions.make_item[free],
            make_site=decisions.make_site[free],
            make_quantity=decisions.make_quantity[free],
        )

    def _in_sequence(
        self, decisions: Decisions, state: State, now_us: int
    ) -> Decisions:
        sequence = self._sequence
        n_made = len(decisions.make_item)
        if sequence is None or self._review >= sequence.n_reviews or not n_made:
            return decisions
        due_us = decisions.make_due_us.tolist() or [int(NO_TIME)] * n_made
        coming = [
            Coming(
                item, site, quantity,
                now_us + self._flow_us.get((item, site), 0) if due == NO_TIME else due,
            )
            for item, site, quantity, due in zip(
                decisions.make_item.tolist(), decisions.make_site.tolist(),
                decisions.make_quantity.tolist(), due_us, strict=True,
            )
        ]  # fmt: skip
        numbers = sequence_numbers(
            sequence.network,
            state,
            coming,
            now_us=now_us,
            flow_us=self._flow_us,
            monotonic_s=sequence.monotonic_s,
            work=sequence.work,
        )
        return _sorted(decisions, numbers)


def _flow_us(planner: Planner) -> dict[tuple[int, int], int]:
    """Return the time that a plan allows for making an item at a site."""
    structure = planner.structure
    problem, split = structure.problem, structure.n_lane_activities
    wait_us = latest_us(
        problem.lead_periods[split:],
        structure.network.settings.review_us,
        period_us=structure.first_need_us[problem.output_point[split:]],
    )
    return {
        (item, site): wait
        for item, site, wait in zip(
            structure.activity_item[split:].tolist(),
            structure.activity_site[split:].tolist(),
            wait_us.tolist(),
            strict=True,
        )
    }


def _joined(decisions: Decisions, own: list[MadeFor]) -> Decisions:
    """Put what customers wait for before what is made to stock."""
    if not own:
        return decisions
    n_rest = len(decisions.make_item)

    def both(values: list[Any], rest: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate([np.array(values, rest.dtype), rest])

    nobody = np.full(n_rest, int(NO_TIME), np.int64)
    return replace(
        decisions,
        make_item=both([one.item for one in own], decisions.make_item),
        make_site=both([one.site for one in own], decisions.make_site),
        make_quantity=both([one.quantity for one in own], decisions.make_quantity),
        make_due_us=np.concatenate(
            [np.array([one.due_us for one in own], np.int64), nobody]
        ),
        make_for=(*(one.order for one in own), *([""] * n_rest)),
    )


def _sorted(decisions: Decisions, numbers: NDArray[np.float64]) -> Decisions:
    """Release production in its sequence: a free machine takes who comes first."""
    turn = np.argsort(numbers, kind="stable")  # those without a number come last
    own = _filled(decisions)
    return replace(
        own,
        make_item=own.make_item[turn],
        make_site=own.make_site[turn],
        make_quantity=own.make_quantity[turn],
        make_priority=numbers[turn],
        make_due_us=own.make_due_us[turn],
        make_for=tuple(own.make_for[k] for k in turn.tolist()),
    )


def _with(kept: Decisions, new: Decisions) -> Decisions:
    """Put firm orders before new ones."""
    if not len(kept.lane) and not len(kept.make_item):
        return new
    filled = [_filled(one) for one in (kept, new)]
    arrays = (
        "lane", "item", "quantity", "make_item", "make_site", "make_quantity",
        "make_priority", "make_due_us",
    )  # fmt: skip
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(one, name) for one in filled]) for name in arrays
    }
    for name in ("make_for", "name", "make_name"):
        columns[name] = tuple(text for one in filled for text in getattr(one, name))
    return Decisions(**columns)


def _filled(decisions: Decisions) -> Decisions:
    """Write out the columns that may be empty."""
    n, m = len(decisions.lane), len(decisions.make_item)
    given = decisions
    return replace(
        decisions,
        make_priority=given.make_priority
        if len(given.make_priority)
        else np.full(m, np.nan),
        make_due_us=given.make_due_us
        if len(given.make_due_us)
        else np.full(m, int(NO_TIME), np.int64),
        make_for=given.make_for or ("",) * m,
        name=given.name or ("",) * n,
        make_name=given.make_name or ("",) * m,
    )
