"""Answers to triggers: only what must change is planned anew.

A trigger names where something happened. Orders of what that place is supplied by, and
of what is made of its goods, are planned anew, at a cost for each order that changes
and within a budget of changes; orders inside the time fence and all others stay as they
were released. Reviews, what is not about a place, and what comes while the last plan
waits for approval or was rejected, are answered by a plan for all.

References
----------
Vollmann, Berry, Whybark, Jacobs (2005), "Manufacturing Planning and Control for Supply
Chain Management", chapter 6: time fences, and why plans should not be nervous.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from streams.events import PlanReleased
from twin.demand import HistoryForecaster, calendar_factors
from twin.loop.occasions import Occasion, Proposal, Responder, Situation, Trigger
from twin.loop.play import TERMINAL_SHARE, PlayOptions
from twin.loop.triggers import (
    DemandShift,
    ForecastDrift,
    LateSupplier,
    MachineDown,
    ShortageProjected,
)
from twin.loop.triggers.demand import FORECAST_DRIFT
from twin.loop.triggers.machines import MACHINE_DOWN
from twin.loop.triggers.suppliers import LATE_SUPPLIER
from twin.model.network import Network
from twin.planning import PlanningStructure, planning_structure
from twin.planning.local import (
    InForce,
    LocalQuestion,
    LocalTerms,
    affected_activities,
    in_force,
    made_on,
    replanned,
    revised_lines,
    without_machine,
)
from twin.planning.release import known_until_us
from twin.state import tables as t
from twin.state.state import State

DAY_US = 86_400_000_000
LOCAL = "local"
"""How the policy of a plan begins that was made for a trigger; its reason follows."""

AT = "@"
"""Stands between item and site in the subject of an occasion."""

Float = NDArray[np.float64]


def points_of(
    structure: PlanningStructure, state: State, occasion: Occasion
) -> tuple[int, ...]:
    """Return the stock points where what an occasion tells of shows first.

    Parameters
    ----------
    structure : PlanningStructure
        Of the network.
    state : State
        With the orders that an occasion may name.
    occasion : Occasion
        Of a breakdown, an order that is late, or ``item@site``.

    Returns
    -------
    tuple of int
        Empty if it is about nothing that the network plans.
    """
    network, subject = structure.network, occasion.subject
    if occasion.kind == FORECAST_DRIFT:
        return ()  # what is off is what all plans are made for
    if occasion.kind == MACHINE_DOWN:
        if subject not in network.machines.ids:
            return ()
        return tuple(made_on(structure, network.machines.ids.index(subject)))
    if occasion.kind == LATE_SUPPLIER:
        rows = state.used()["orders"]
        number = state.names.indices([subject])
        rows = rows[
            (rows["hash"] == state.names.hashes[number[0]]) & (rows["status"] == t.OPEN)
        ]
        points = structure.view.points(rows["item"], rows["place"])
    else:
        item, _, site = subject.partition(AT)
        known = item in network.item_index and site in network.place_index
        if not known:
            return ()
        points = structure.view.point_of[
            [network.item_index[item]], [network.place_index[site]]
        ]
    return tuple(sorted({int(point) for point in points if point >= 0}))


class DemandPaths:
    """Demand to come by what customers asked for, period by period.

    Parameters
    ----------
    quantile : float
        Of running demand that plans cover, in (0, 1).
    """

    def __init__(self, quantile: float) -> None:
        self._quantile = quantile
        self._network: Network | None = None
        self._told = np.zeros((0, 0))
        self._forecaster: HistoryForecaster | None = None
        self._paths: dict[int, Float] = {}

    def paths(self, situation: Situation, n_periods: int) -> Float:
        """Return what is still to be asked for.

        Parameters
        ----------
        situation : Situation
            Its demand of all periods.
        n_periods : int
            The first is the one under way.

        Returns
        -------
        ndarray of shape (n_demands, n_periods), float64
            Less in the first period by what was asked for already, never below 0.
        """
        forecaster = self._observed(situation)
        if n_periods not in self._paths:
            self._paths[n_periods] = forecaster.paths(n_periods, self._quantile)
        path = self._paths[n_periods].copy()
        path[:, 0] = np.maximum(path[:, 0] - situation.asked[:, -1], 0.0)
        return path

    def _observed(self, situation: Situation) -> HistoryForecaster:
        network, asked = situation.network, situation.asked[:, :-1]
        n_told = self._told.shape[1]
        known = self._network is network and n_told <= asked.shape[1]
        if not known or not np.array_equal(self._told, asked[:, :n_told]):
            self._forecaster, n_told = None, 0
        if self._forecaster is None:
            review_days = network.settings.review_us / DAY_US
            self._forecaster = HistoryForecaster(
                network.demands.mean_per_day * review_days,
                profile=calendar_factors(network),
            )
            self._paths = {}
        for period in range(n_told, asked.shape[1]):
            self._forecaster.observe(asked[:, period])
            self._paths = {}
        self._network, self._told = network, asked
        return self._forecaster


class LocalResponder:
    """Answers triggers by a change of the plan in force, all else by a plan for all.

    Parameters
    ----------
    whole : Responder
        Makes plans for all.
    monotonic_s : callable or None
        Clock that bounds the solves; None: they take as long as they take, and are the
        same each time.
    quantile : float
        Of running demand that plans cover, in (0, 1).
    terms : LocalTerms
        What may change.
    """

    def __init__(
        self,
        whole: Responder,
        *,
        monotonic_s: Callable[[], float] | None = None,
        quantile: float = 0.6,
        terms: LocalTerms | None = None,
    ) -> None:
        self._whole = whole
        self._monotonic_s = monotonic_s or _stopped
        self._terms = terms or LocalTerms()
        self._demand = DemandPaths(quantile)
        self._structure: PlanningStructure | None = None

    def respond(
        self, situation: Situation, occasions: Sequence[Occasion]
    ) -> Proposal | None:
        """Change what the occasions reach; None if nothing is worth a change."""
        structure = self._structure_of(situation.network)
        reached = [points_of(structure, situation.state, one) for one in occasions]
        if situation.plan is None or not all(reached):
            return self._whole.respond(situation, occasions)
        points = sorted({point for some in reached for point in some})
        return self._local(situation, situation.plan, occasions, points)

    def _structure_of(self, network: Network) -> PlanningStructure:
        if self._structure is None or self._structure.network is not network:
            self._structure = planning_structure(network, terminal_share=TERMINAL_SHARE)
        return self._structure

    def _local(
        self,
        situation: Situation,
        released: PlanReleased,
        occasions: Sequence[Occasion],
        points: Sequence[int],
    ) -> Proposal | None:
        structure = self._structure_of(situation.network)
        plan = in_force(
            structure,
            released.lines,
            now_us=situation.now_us,
            known_us=known_until_us(released),
            n_periods=self._terms.n_periods,
        )
        question = LocalQuestion(
            plan=plan,
            affected=affected_activities(structure, points),
            demand=self._demand.paths(situation, plan.orders.shape[1]),
            now_us=situation.now_us,
            capacity=_without_machines(structure, situation, plan),
        )
        repair = replanned(
            structure, situation.state, question,
            terms=self._terms, monotonic_s=self._monotonic_s,
        )  # fmt: skip
        if not repair.changed.any():
            return None
        why = "; ".join(one.detail or one.id for one in occasions)
        suffix = "" if situation.basis == "committed" else ", provisional"
        n_changed = int(repair.changed.sum())
        return Proposal(
            lines=revised_lines(structure, plan, repair, now_us=situation.now_us),
            end_us=known_until_us(released),
            policy=f"{LOCAL}{suffix}: {why}: {n_changed} orders changed",
        )


def _without_machines(
    structure: PlanningStructure, situation: Situation, plan: InForce
) -> Callable[[Float], Float] | None:
    """Take out machines that are down, for as long as repairs take on average."""
    machines, state = structure.network.machines, situation.state.used()
    n_known = len(machines.ids)
    rows = state["machines"][:n_known]
    down = np.flatnonzero(rows["state"] == t.STATE_DOWN).tolist()
    if not down:
        return None

    def left(capacity: Float) -> Float:
        for machine in down:
            until_us = situation.now_us + round(float(machines.mttr_s[machine]) * 1e6)
            capacity = without_machine(
                structure, capacity, machine, down_us=until_us - plan.begin_us
            )
        return capacity

    return left


def reacting(
    whole: Responder, options: PlayOptions, *, monotonic_s: Callable[[], float] | None
) -> tuple[Responder, tuple[Trigger, ...]]:
    """Return who answers reviews and triggers, and all triggers.

    Parameters
    ----------
    whole : Responder
        Makes plans for all by the policy of the options.
    options : PlayOptions
        Only `mpc` plans ahead; other policies are asked at reviews alone.
    monotonic_s : callable or None
        See `LocalResponder`.
    """
    if options.policy != "mpc":
        return whole, ()
    local = LocalResponder(whole, monotonic_s=monotonic_s, quantile=options.quantile)
    triggers: tuple[Trigger, ...] = (
        MachineDown(), LateSupplier(), DemandShift(), ForecastDrift(),
        ShortageProjected(),
    )  # fmt: skip
    return local, triggers


def _stopped() -> float:
    return 0.0
