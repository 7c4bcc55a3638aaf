"""Queues with exact answers, as networks of tables like any other.

A server is a machine, a customer a production order, arrivals are a stream of releases.
A second stands for the unit of time of the formulas.
"""

import heapq
import math
from collections.abc import Callable, Mapping, Sequence

from benchmarks.workloads.answers import Case
from benchmarks.workloads.tallies import (
    CLOSED,
    COMPLETED,
    RELEASED,
    STARTED,
    TalliedPlant,
    Tally,
)
from streams.names import Names
from twin.model.network import Network, build
from twin.model.read import Rows
from twin.simulate.compiled.plant import CompiledPlant

_NEVER_S = 1e9  # no period ends and no plan is reviewed
_WARM_UP = 0.05  # share of a run that is not counted

Measure = Callable[[Tally, Tally], float]


def shop(tables: Mapping[str, Rows]) -> Network:
    """Build a network of one plant, in which nothing happens beside its tables."""
    settings = {
        "name": "theory", "as_of": "2024-01-01T00:00:00Z", "horizon_periods": 1,
        "period_s": _NEVER_S, "review_s": _NEVER_S,
    }  # fmt: skip
    return build({"sites": [{"site": "P", "kind": "plant"}], **tables}, settings)


def servers(group: str, n: int, **cells: object) -> list[dict[str, object]]:
    """Return machines of a group."""
    return [
        {"machine": f"{group}{k}", "site": "P", "group": group, **cells}
        for k in range(n)
    ]


def operations(
    item: str, groups: Sequence[str], means: Sequence[float], **cells: object
) -> list[dict[str, object]]:
    """Return a routing over groups with exponential times."""
    return [
        {
            "item": item, "site": "P", "step": step, "operation": f"work {group}",
            "machine_group": group, "duration_s": mean,
            "duration_law": "exponential", **cells,
        }
        for step, (group, mean) in enumerate(zip(groups, means, strict=True))
    ]  # fmt: skip


def arrivals(item: str, interval_s: float, **cells: object) -> dict[str, object]:
    """Return a row of a Poisson stream of orders."""
    law = {"interval_law": "exponential", "interval_s": interval_s}
    return {"release": "arrivals", "item": item, "site": "P", **law, **cells}


def measured(
    network: Network, length_s: float, measure: Measure
) -> Callable[[int], float]:
    """Return what runs a network from a seed, and measures after a warm-up."""

    def sample(seed: int) -> float:
        plant = TalliedPlant(network, seed)
        since = plant.tally(_WARM_UP * length_s)
        return measure(plant.tally(length_s), since)

    return sample


def erlang_wait(n_servers: int, rate: float) -> float:
    """Mean wait in M/M/c with service of mean 1 (Erlang's C over what is spare).

    References
    ----------
    Kleinrock (1975), Queueing Systems 1, section 3.5.
    """
    terms = [rate**k / math.factorial(k) for k in range(n_servers)]
    last = rate**n_servers / math.factorial(n_servers) * n_servers / (n_servers - rate)
    return last / (sum(terms) + last) / (n_servers - rate)


def waits() -> list[Case]:
    """M/M/c: mean wait of an order before its operation."""
    found = []
    for n_servers, rate in ((1, 0.8), (2, 1.6), (3, 2.4), (5, 4.0), (10, 9.0)):
        network = shop(
            {
                "items": [{"item": "customer"}],
                "machines": servers("server", n_servers),
                "routings": operations("customer", ["server"], [1.0]),
                "releases": [arrivals("customer", 1 / rate)],
            }
        )
        exact = erlang_wait(n_servers, rate)
        found.append(
            Case(
                name=f"M/M/{n_servers} at {rate / n_servers:g}, mean wait", unit="s",
                exact=exact, tolerance=0.03 if n_servers == 1 else exact / 100,
                source="Erlang C",
                # Little: who waits on average, over how many came in a second.
                sample=measured(
                    network, 1e6 / rate,
                    lambda now, since:
                        now.between(RELEASED, STARTED, since)
                    / now.rate(RELEASED, since),
                ),
                n_full=32, n_quick=1,
            )
        )  # fmt: skip
    return found


def network_of_queues() -> list[Case]:
    """Three queues in a Jackson network, of which the second sends a fifth back.

    The total depends on the rates into the queues alone (Kelly 1979, theorem 3.1): who
    will leave from the second and who from the third queue is drawn on arrival, with
    the rates of the network in which it is drawn after the first.
    """
    back, second = 0.2, 0.7
    share = second * (1 - back) / (1 - second * back)
    returning = operations("returning", ["first", "second"], [1 / 0.7, 1 / 0.5])
    returning[1] |= {"rework_rate": back, "rework_step": 0}
    network = shop(
        {
            "items": [{"item": "returning"}, {"item": "leaving"}],
            "machines": [
                machine for group in ("first", "second", "third")
                for machine in servers(group, 1)
            ],
            "routings": [
                *returning,
                *operations("leaving", ["first", "third"], [1 / 0.7, 1 / 0.3]),
            ],
            "releases": [
                arrivals("returning", 2.5, share=share),
                arrivals("leaving", 2.5, share=1 - share),
            ],
        }
    )  # fmt: skip
    first = 0.4 / (1 - second * back)
    rates = (first, 0.7), (second * first, 0.5), ((1 - second) * first, 0.3)
    exact = sum(rate / (served - rate) for rate, served in rates)
    return [
        Case(
            name="Jackson network with a loop, mean orders in it", unit="1",
            exact=exact, tolerance=exact / 100, source="Jackson 1957",
            sample=measured(
                network, 5e5, lambda now, since: now.between(RELEASED, CLOSED, since)
            ),
            n_full=32, n_quick=1,
        )
    ]  # fmt: skip


def repairs() -> list[Case]:
    """Machine repair (Palm): machines go round between work and repairers.

    The format has no repairers that machines share. So the machines are the orders: of
    a routing of work (a place for each) and repair (a station for each repairer), in
    turn, longer than any of them gets in the run. How many work follows from how often
    they fail, by Little's law.
    """
    found = []
    for n_repairers, up_s, down_s, n_quick in ((1, 20.0, 1.0, 2), (1, 300.0, 30.0, 0),
                                               (2, 300.0, 30.0, 0)):  # fmt: skip
        exact = availability(10, n_repairers, up_s, down_s)
        network = round_trips(10, n_repairers, up_s, down_s)
        length_s = 0.8 * ROUND_TRIPS * up_s / exact
        found.append(
            Case(
                name=f"machine repair, {n_repairers} for 10, {up_s:g} s up, "
                f"{down_s:g} s repair, availability",
                unit="1", exact=exact, tolerance=0.002, source="Palm 1947",
                sample=measured(
                    network, length_s,
                    lambda now, since, up_s=up_s:
                        now.rate(COMPLETED, since) / 2 * up_s / 10,
                ),
                n_full=160, n_quick=n_quick,
            )
        )  # fmt: skip
    return found


ROUND_TRIPS = 1_000


def round_trips(
    n_machines: int, n_repairers: int, up_s: float, down_s: float
) -> Network:
    """Build the network in which orders go round between work and repair."""
    groups = ["up", "repair"] * ROUND_TRIPS
    return shop(
        {
            "items": [{"item": "machine"}],
            "machines": [*servers("up", 1, slots=n_machines),
                         *servers("repair", n_repairers)],
            "routings": operations("machine", groups, [up_s, down_s] * ROUND_TRIPS),
            "open_orders": [
                {"order": f"machine {k}", "kind": "production", "item": "machine",
                 "to_place": "P", "quantity": 1, "due": "2024-01-02T00:00:00Z",
                 "step": 0}
                for k in range(n_machines)
            ],
        }
    )  # fmt: skip


def availability(
    n_machines: int, n_repairers: int, up_s: float, down_s: float
) -> float:
    """Share of machines that work in the machine repair model.

    References
    ----------
    Palm (1947); Kleinrock (1975), Queueing Systems 1, section 3.8.
    """
    weights = [1.0]
    for k in range(n_machines):
        fails, is_repaired = (n_machines - k) / up_s, min(k + 1, n_repairers) / down_s
        weights.append(weights[-1] * fails / is_repaired)
    down = sum(k * weight for k, weight in enumerate(weights)) / sum(weights)
    return 1 - down / n_machines


def cases() -> list[Case]:
    """Return all cases of queues."""
    return [*waits(), *network_of_queues(), *repairs(), *ties()]


def ties() -> list[Case]:
    """Two servers, all times whole seconds: starts against the recursion of the queue.

    References
    ----------
    Kiefer, Wolfowitz (1955), On the theory of queues with many servers.
    """
    rows = [{"law": "few", "factor": k, "weight": 1} for k in (1, 2, 3)]
    routing = operations("customer", ["server"], [3.0], duration_law="few")
    routing[0]["duration_cv"] = None
    network = shop(
        {
            "items": [{"item": "customer"}], "machines": servers("server", 2),
            "laws": rows, "routings": routing,
            "releases": [arrivals("customer", 2.0, interval_law="few")],
        }
    )  # fmt: skip
    return [
        Case(
            name="two servers and ties, starts off the recursion of 10,000", unit="1",
            exact=0.0, tolerance=0.0, source="Kiefer and Wolfowitz 1955",
            sample=lambda seed: float(off_the_recursion(network, seed, 10_000)),
            n_full=4, n_quick=2,
        )
    ]  # fmt: skip


def off_the_recursion(network: Network, seed: int, n_orders: int) -> int:
    """Count the orders that do not start when the recursion says."""
    plant = CompiledPlant(network, Names(), seed=seed)
    begin_us = network.settings.as_of_us
    batch = plant.advance(begin_us + round(2.5e6 * n_orders))
    came, began, ended = (
        dict(zip(batch.subject[of].tolist(), batch.time_us[of].tolist(), strict=True))
        for of in (batch.type_code == kind for kind in (RELEASED, STARTED, COMPLETED))
    )
    done = [order for order in came if order in ended][:n_orders]
    free_us, off = [begin_us] * len(network.machines.ids), n_orders - len(done)
    for order in done:
        start_us = max(came[order], heapq.heappop(free_us))
        off += began[order] != start_us
        heapq.heappush(free_us, start_us + ended[order] - began[order])
    return off
