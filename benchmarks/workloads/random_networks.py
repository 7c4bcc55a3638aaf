"""Random networks, small and full of ties, with chosen elements: cases for engines.

A case is a network in the normal format with what goes wrong and what is decided. Times
are whole tens of seconds, so that much happens in the same instant, unless the element
``laws`` is there. Each element is a switch: what an engine cannot do yet, or what is to
be looked at by itself, is left out or put in by name.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.workloads.random_chains import add_chain, add_open_orders
from benchmarks.workloads.random_draws import SECOND_US, Draw, Tables
from benchmarks.workloads.random_shops import add_shop
from streams.batch import EventBatch
from twin.model.network import Network, build
from twin.simulate.decisions import Decisions
from twin.simulate.demand import ServiceSoFar
from twin.simulate.disruptions import Disruption

SHOP_ELEMENTS = (
    "slots", "breakdowns", "shifts", "stops", "yields", "releases", "two_plants",
    "dispatch", "setups", "rework", "sampling", "outputs", "batches", "pools",
    "blocking", "failure_laws", "busy_clock", "on_failure", "maintenance", "wear",
    "readings", "power",
)  # fmt: skip
CHAIN_ELEMENTS = (
    "chain", "capacities", "outages", "shocks", "lost", "given_demand", "site_losses",
    "policies", "reviews", "allocation", "unsplit", "failing_suppliers",
)  # fmt: skip
ELEMENTS = (*SHOP_ELEMENTS, *CHAIN_ELEMENTS, "laws", "open_orders", "decisions",
            "open_steps")  # fmt: skip
"""Everything that can be in a case; a plain shop or chain is there without any."""

_SUPPLY = dict.fromkeys(CHAIN_ELEMENTS, ("chain", "decisions"))
_FAILURES = dict.fromkeys(
    ("failure_laws", "busy_clock", "on_failure", "wear"), ("breakdowns",)
)
_POLICIES = dict.fromkeys(("reviews", "allocation"), ("chain", "policies"))
NEEDS: dict[str, tuple[str, ...]] = {
    **_SUPPLY, **_FAILURES, **_POLICIES, "open_steps": ("open_orders",)
}  # fmt: skip
"""Without which an element has nothing to work on."""

PERIOD_S = 600
N_PERIODS = 12
_STARTS = ("2024-01-01T00:00:00Z", "2024-03-31T00:00:00Z")  # in Berlin clocks change


@dataclass(frozen=True, slots=True)
class GivenDemand:
    """Demand handed in period by period; it grows by one where something is unfilled.

    Attributes
    ----------
    quantity : ndarray of shape (n_periods, n_demands), float64
        Units, >= 0; nothing is asked after the last period.
    """

    quantity: NDArray[np.float64]

    def draw(self, period: int, served: ServiceSoFar) -> NDArray[np.float64]:
        """Return the demand of a period, as `twin.simulate.demand.DemandSource`."""
        if period >= len(self.quantity):
            return np.zeros(self.quantity.shape[1])
        return self.quantity[period] + (served.unfilled > 0.0)


@dataclass(frozen=True, slots=True)
class RandomCase:
    """A network and what happens to it.

    Attributes
    ----------
    seed : int
        What it was made of, with `wanted`; also the seed of a run.
    elements : frozenset of str
        Those of `ELEMENTS` that are in it.
    tables, settings : dict
        What `network` was built of, see `twin.model.network.build`.
    network : Network
        The network.
    disruptions : tuple of Disruption
        What goes wrong.
    demand : GivenDemand or None
        What customers ask for, if not by the laws of the network.
    pauses : tuple of (int, Decisions)
        When a run pauses, microseconds UTC, and what is decided then.
    """

    seed: int
    elements: frozenset[str]
    tables: Tables
    settings: dict[str, object]
    network: Network
    disruptions: tuple[Disruption, ...]
    demand: GivenDemand | None
    pauses: tuple[tuple[int, Decisions], ...]

    @property
    def options(self) -> dict[str, object]:
        """Arguments of a plant, beside the network, the names and the seed."""
        chosen: dict[str, object] = {
            "demand": self.demand, "disruptions": self.disruptions
        }  # fmt: skip
        if "policies" in self.elements:
            chosen["policies"] = True
        return chosen


class Simulated(Protocol):
    """A plant of either engine."""

    def advance(self, until_us: int) -> EventBatch:
        """Let time go on."""
        ...

    def release(self, decisions: Decisions) -> None:
        """Place orders."""
        ...


def play(plant: Simulated, case: RandomCase) -> Iterator[EventBatch]:
    """Run a case to its end and yield its events pause by pause."""
    for until_us, decisions in case.pauses:
        yield plant.advance(until_us)
        plant.release(decisions)


def random_case(
    seed: int, elements: Iterable[str] = ELEMENTS, *, certain: Iterable[str] = ()
) -> RandomCase:
    """Return a case of a random part of some elements.

    Parameters
    ----------
    seed : int
        >= 0; the same arguments give the same case.
    elements, certain : iterable of str
        Those of `ELEMENTS` that may be in it, each with a chance of its own, and those
        that are, with what they need.

    Returns
    -------
    RandomCase
    """
    sure = {need for name in certain for need in (name, *NEEDS.get(name, ()))}
    draw = Draw(np.random.default_rng(seed), chosen_elements(seed, elements) | sure)
    tables: Tables = {}
    add_shop(draw, tables)
    if draw.has("chain"):
        add_chain(draw, tables)
    settings = {
        "name": f"random {seed}", "as_of": draw.pick(*_STARTS),
        "time_zone": draw.pick("UTC", "Europe/Berlin"),
        "period_s": PERIOD_S, "review_s": PERIOD_S * draw.pick(1, 2),
        "horizon_periods": 2,
    }  # fmt: skip
    if draw.has("open_orders"):
        add_open_orders(draw, tables, str(settings["as_of"]))
    network = build(tables, settings)
    return RandomCase(
        seed=seed,
        elements=draw.elements,
        tables=tables,
        settings=settings,
        network=network,
        disruptions=tuple(_disruptions(draw, network)),
        demand=_demand(draw, network),
        pauses=tuple(_pauses(draw, network)),
    )


def chosen_elements(seed: int, elements: Iterable[str]) -> frozenset[str]:
    """Return the elements that the case of a seed has, of those that it may have.

    Parameters
    ----------
    seed : int
        >= 0.
    elements : iterable of str
        Of `ELEMENTS`; one more or less changes nothing of which others are in.

    Returns
    -------
    frozenset of str

    Raises
    ------
    ValueError
        If there is no such element.
    """
    allowed = set(elements)
    if unknown := allowed - set(ELEMENTS):
        msg = f"elements must be among {ELEMENTS}, was {sorted(unknown)}"
        raise ValueError(msg)
    chance = np.random.default_rng((seed, 1)).random(len(ELEMENTS))
    share = (0.15, 0.4, 0.4, 0.7)[seed % 4]
    found = {
        name
        for name, u in zip(ELEMENTS, chance.tolist(), strict=True)
        if name in allowed and u < (0.6 if name in _USUAL else share)
    }
    return frozenset(found)


_USUAL = ("chain", "decisions", "releases")  # without them little happens


def _disruptions(draw: Draw, network: Network) -> Iterator[Disruption]:
    kinds = {
        "stops": [("machine", len(network.machines.ids))],
        "outages": [
            ("place", network.n_sites + network.n_suppliers),
            ("lane", len(network.lanes.ids)),
        ],
        "shocks": [("demand", network.n_customers)],
    }
    as_of_us = network.settings.as_of_us
    for element, struck in kinds.items():
        for kind, n_targets in struck:
            n = draw.whole(1, 3) if draw.has(element) and n_targets else 0
            for _ in range(n):
                start_s = PERIOD_S // 2 * draw.whole(-1, 20)
                first = network.n_sites + network.n_suppliers
                target = draw.whole(0, n_targets - 1)
                yield Disruption(
                    kind=kind,
                    start_us=as_of_us + start_s * SECOND_US,
                    end_us=as_of_us + (start_s + 60 * draw.whole(1, 40)) * SECOND_US,
                    targets=(target + (first if kind == "demand" else 0),),
                    factor=draw.pick(0.0, 0.0, 0.5, 1.0 / 3.0)
                    if kind != "demand"
                    else draw.pick(0.0, 0.5, 3.0),
                )


def _demand(draw: Draw, network: Network) -> GivenDemand | None:
    if not draw.has("given_demand"):
        return None
    n_demands = len(network.demands.item_index)
    return GivenDemand(draw.rng.integers(0, 5, (N_PERIODS, n_demands)).astype(float))


def _pauses(draw: Draw, network: Network) -> Iterator[tuple[int, Decisions]]:
    sites = network.n_sites + network.n_suppliers
    pairs = zip(
        network.lane_items.first.tolist(), network.lane_items.second.tolist(),
        strict=True,
    )  # fmt: skip
    ways = [pair for pair in pairs if network.lanes.to_place_index[pair[0]] < sites]
    made = list(
        zip(
            network.production.first.tolist(), network.production.second.tolist(),
            strict=True,
        )
    )  # fmt: skip
    step_us = network.settings.review_us
    n_reviews = N_PERIODS * PERIOD_S * SECOND_US // step_us
    for n in range(n_reviews):
        until_us = network.settings.as_of_us + (n + 1) * step_us
        # A pause between two instants now and then.
        early_us = draw.pick(0, 0, 0, 130 * SECOND_US)
        if not draw.has("decisions"):
            yield until_us - early_us, Decisions()
            continue
        lanes = [draw.pick(*ways) for _ in range(draw.whole(0, 4))] if ways else []
        makes = [draw.pick(*made) for _ in range(draw.whole(0, 3))] if made else []
        yield (
            until_us - early_us,
            Decisions(
                lane=np.array([lane for lane, _ in lanes], np.int32),
                item=np.array([item for _, item in lanes], np.int32),
                quantity=np.array([_quantity(draw) for _ in lanes], np.float64),
                make_item=np.array([item for item, _ in makes], np.int32),
                make_site=np.array([site for _, site in makes], np.int32),
                make_quantity=np.array([_quantity(draw) for _ in makes], np.float64),
            ),
        )
    # The end is no instant at which anything happens: all that follows is told.
    end_us = network.settings.as_of_us + n_reviews * step_us
    yield end_us + 3_100_003, Decisions()


def _quantity(draw: Draw) -> float:
    return float(draw.pick(0, 1, 2, 3, 5, 8, 20, 1.5))
