"""Queues and lines with exact answers, as networks of tables like any other.

A server is a machine, a customer a production order, arrivals are a stream of releases.
A second stands for the unit of time of the formulas.
"""

import math
from collections.abc import Callable, Mapping, Sequence

from benchmarks.workloads.answers import Case
from benchmarks.workloads.tallies import (
    RELEASED,
    STARTED,
    TalliedPlant,
    Tally,
)
from twin.model.network import Network, build
from twin.model.read import Rows

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
                n_full=32, n_quick=2,
            )
        )  # fmt: skip
    return found


def cases() -> list[Case]:
    """Return all cases of this half."""
    return waits()
