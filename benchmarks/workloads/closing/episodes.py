"""Episodes on network C: a plant of its own parameters, a policy, and what it came to.

All policies of a seed meet the same plant, demand, lead times and failures. The policy
and its measures know the tables of the network; the plant runs on the truth.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.workloads.closing.network import N_DAYS, scenario_c
from benchmarks.workloads.closing.truth import truth_of
from streams.batch import EventBatch
from streams.names import Names
from twin.cycle import Decided, Policy
from twin.kpi import RunMeasures
from twin.loop import Loop, LoopResult
from twin.model.changes.apply import rebuilt
from twin.model.network import Network
from twin.simulate.compiled.dated import DatedPlant
from twin.simulate.disruptions import Disruption
from twin.state.state import State

DAY_S = 86_400
LATE_SHARE = 0.25
"""Of what lateness costs, by which it may differ whether it is counted at the ends of
days or by the hour: what is late waits for days."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shop:
    """How a plant is run beside its orders.

    Attributes
    ----------
    rule : str
        By which each group of machines chooses, see `Groups`.
    maintenance_h : mapping of str to float
        Busy hours from one maintenance to the next by group; a group that is not named
        runs to failure.
    """

    rule: str = "fifo"
    maintenance_h: Mapping[str, float] = field(default_factory=dict)

    def applied(self, network: Network) -> Network:
        """Return the network run so."""
        tables = network.tables
        every = pl.col("group").replace_strict(
            {group: hours * 3600.0 for group, hours in self.maintenance_h.items()},
            default=None, return_dtype=pl.Float64,
        )  # fmt: skip
        groups = tables["groups"].clear()
        rules = pl.DataFrame({"group": network.groups, "rule": self.rule})
        return rebuilt(
            network,
            {
                "machines": tables["machines"].with_columns(
                    every.alias("maintenance_every_s")
                ),
                "groups": pl.concat([groups, rules], how="diagonal"),
            },
        )


@dataclass(frozen=True, slots=True)
class Episode:
    """What all policies of a seed meet.

    Attributes
    ----------
    seed : int
        Of all that is drawn, >= 0.
    known : Network
        What policies know.
    plant : Network
        What is simulated.
    disruptions : tuple of Disruption
        What goes wrong.
    n_days : int
        Reviews, one a day.
    """

    seed: int
    known: Network
    plant: Network
    disruptions: tuple[Disruption, ...]
    n_days: int


def episode_of(
    known: Network,
    seed: int,
    *,
    n_days: int = N_DAYS,
    disruptions: tuple[Disruption, ...] | None = None,
) -> Episode:
    """Return the episode of a seed; those of odd seeds are of other law families.

    Parameters
    ----------
    known : Network
        Network C or another.
    seed : int
        >= 0.
    n_days : int
        Its length, >= 1.
    disruptions : tuple of Disruption or None
        None for the scenario of network C.

    Returns
    -------
    Episode
    """
    plant = truth_of(known, seed, other_families=seed % 2 == 1)
    if disruptions is None:
        disruptions = scenario_c(known)
    return Episode(seed, known, plant, disruptions, n_days)


@dataclass(frozen=True, slots=True)
class Played:
    """One policy on one episode.

    Attributes
    ----------
    measures : dict of str to float
        See `MEASURES`.
    cycle_s : tuple of float
        Seconds that each decision took.
    result : LoopResult
        The run.
    off_books : float
        By what share of the value that was asked for `total_cost` differs from what the
        loop itself booked, >= 0. The loop counts lateness at the ends of days: that is
        counted so here, too, and may be `LATE_SHARE` off what it is by the hour.
    lateness : tuple of float
        What lateness costs, counted by the hour and at the ends of days.
    """

    measures: dict[str, float]
    cycle_s: tuple[float, ...]
    result: LoopResult
    off_books: float
    lateness: tuple[float, float]


MEASURES = (
    "total_cost",
    "order_lead_time_days",
    "operating_cost",
    "product_cost",
    "turns",
    "throughput",
    "oee",
    "machine_on",
    "scrap",
    "energy_per_unit",
    "energy_cost",
    "on_time",
)
"""Of an episode. Total cost is what was bought, made, moved, kept and late, and sales
forgone, less what stock gained in value; operating cost leaves out purchases, sales and
stock. Product cost is that of purchases and operation for a unit sold."""


def play(episode: Episode, policy: Policy, shop: Shop | None = None) -> Played:
    """Play a policy on an episode.

    Parameters
    ----------
    episode : Episode
        What is met.
    policy : Policy
        Before its first review.
    shop : Shop or None
        How the plant is run; None as its network says.

    Returns
    -------
    Played
    """
    network = episode.plant if shop is None else shop.applied(episode.plant)
    names = Names()
    plant = DatedPlant(
        network, names, seed=episode.seed, disruptions=episode.disruptions
    )
    clocked = Clocked(policy)
    loop = Loop(episode.known, plant, clocked, names=names)
    measured = Measured(episode, names)
    result = loop.run(
        episode.n_days, on_review=lambda review: measured.book(review.events)
    )
    stock = plant.stock
    value = episode.known.items.unit_cost[stock.item] @ (
        stock.on_hand + stock.in_transit
    )
    measures = measured.measures(float(value), result.demand)
    late = measured.lateness()
    off = off_books(episode.known, measures, result, late)
    return Played(measures, tuple(clocked.seconds), result, off, late)


def off_books(
    known: Network,
    measures: Mapping[str, float],
    result: LoopResult,
    lateness: tuple[float, float],
) -> float:
    """Compare total cost with the books of the loop, which know no energy.

    Parameters
    ----------
    known : Network
        With its prices.
    measures : mapping of str to float
        See `MEASURES`.
    result : LoopResult
        With the books.
    lateness : tuple of float
        See `Played.lateness`.

    Returns
    -------
    float
        See `Played.off_books`.
    """
    totals = result.table.totals()
    asked = float(np.nan_to_num(known.demands.price) @ result.demand.sum(axis=1))
    booked = asked - totals["result"] + measures["energy_cost"]
    by_hour, by_day = lateness
    late = by_hour - by_day
    rest = measures["total_cost"] - late - booked
    return (abs(rest) + max(abs(late) - LATE_SHARE * by_day, 0.0)) / asked


class Clocked:
    """A policy with a stop watch."""

    def __init__(self, policy: Policy) -> None:
        self.name, self.information = policy.name, policy.information
        self.seconds: list[float] = []
        self._policy = policy

    def observe(self, asked: Array) -> None:
        """Pass it on."""
        self._policy.observe(asked)

    def decide(self, state: State, now_us: int) -> Decided:
        """Pass it on and take the time."""
        start = time.perf_counter()
        decided = self._policy.decide(state, now_us)
        self.seconds.append(time.perf_counter() - start)
        return decided


class Measured:
    """Measures of an episode, folded from its events by the tables that are known.

    Parameters
    ----------
    episode : Episode
        Its first day to its last.
    names : Names
        Of its events.
    """

    def __init__(self, episode: Episode, names: Names) -> None:
        settings = episode.known.settings
        end_us = settings.as_of_us + episode.n_days * settings.review_us + 1
        self._known = episode.known
        self._run = RunMeasures(episode.known, names, (settings.as_of_us, end_us))
        self._late = 0.0

    def book(self, events: EventBatch) -> None:
        """Fold the events of a day."""
        self._run.book(events)
        demands = self._known.demands
        owed = self._run.folded().tables.backlog["level"][: len(demands.item_index)]
        waiting = np.where(demands.backlogged, owed, 0.0)
        self._late += float(demands.shortage_cost @ waiting)

    def lateness(self) -> tuple[float, float]:
        """Return what lateness costs, see `Played.lateness`."""
        return self._run.measures()["shortage_cost"], self._late

    def measures(self, stock_value: float, demand: Array) -> dict[str, float]:
        """Return the measures.

        Parameters
        ----------
        stock_value : float
            Of what lies and is on the way at the end, at unit cost.
        demand : ndarray of shape (n_demands, n_periods), float64
            What was asked for, units.

        Returns
        -------
        dict of str to float
            By the names of `MEASURES`.
        """
        kpis, known = self._run.measures(), self._known
        first = known.items.unit_cost[known.stock.item_index] @ known.stock.on_hand
        gained = stock_value - float(first)
        operating = kpis["cost_to_serve"]
        asked = float(np.nan_to_num(known.demands.price) @ demand.sum(axis=1))
        spent = kpis["purchase_cost"] + operating - gained
        n_sold = operating / kpis["cost_to_serve_per_unit"]
        return {
            "total_cost": spent + asked - kpis["sales"],
            "order_lead_time_days": kpis["order_lead_time_mean_s"] / DAY_S,
            "operating_cost": operating,
            "product_cost": spent / n_sold,
            "turns": kpis["turns"],
            "throughput": kpis["throughput_units_per_day"],
            "oee": kpis["oee"],
            "machine_on": kpis["utilisation"],
            "scrap": kpis["scrap_rate"],
            "energy_per_unit": kpis["energy_per_unit_kwh"],
            "energy_cost": kpis["energy_cost"],
            "on_time": kpis["otif_line_share"],
        }
