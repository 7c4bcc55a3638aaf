"""Lines of machines with exact answers, as networks of tables like any other."""

import itertools
from fractions import Fraction

from benchmarks.workloads.answers import Case
from benchmarks.workloads.tallies import CLOSED
from benchmarks.workloads.theory_queues import (
    arrivals,
    measured,
    operations,
    servers,
    shop,
)
from twin.model.network import Network

# Good parts in a second of saturated lines of exponential stations of mean 1: stations,
# places between two of them, and the answer by the Markov chain of the line.
LINES = (
    (2, 0, Fraction(2, 3)), (3, 0, Fraction(22, 39)), (4, 0, Fraction(4024, 7817)),
    (2, 1, Fraction(3, 4)), (2, 2, Fraction(4, 5)), (2, 5, Fraction(7, 8)),
    (3, 1, Fraction(8529, 12721)),
)  # fmt: skip


def lines() -> list[Case]:
    """Lines that block after service: more comes than they can make."""
    found = []
    for n_stations, places, exact in LINES:
        groups = [f"station {k}" for k in range(n_stations)]
        network = shop(
            {
                "items": [{"item": "part"}],
                "machines": [machine for group in groups
                             for machine in servers(group, 1)],
                "groups": [
                    {"group": group, "capacity": places} for group in groups[1:]
                ],
                "routings": operations("part", groups, [1.0] * n_stations),
                "releases": [arrivals("part", 0.9 / float(exact))],
            }
        )  # fmt: skip
        found.append(
            Case(
                name=f"line of {n_stations}, {places} places between, output",
                unit="1/s", exact=float(exact), tolerance=0.0015, source="Markov chain",
                sample=measured(
                    network, 4e5, lambda now, since: now.rate(CLOSED, since)
                ),
                n_full=16, n_quick=int(places == 0 and n_stations < 4),
            )
        )  # fmt: skip
    return found


# Parts in a cycle of two machines of one cycle, which fail and are repaired at its end
# with these probabilities: fail, repair of each, places of the buffer, and the answer.
UNRELIABLE = (
    ((0.01, 0.1), (0.01, 0.1), 4, 0.840936136),
    ((0.01, 0.1), (0.01, 0.1), 20, 0.870540722),
    ((0.01, 0.1), (0.01, 0.05), 20, 0.805568),
)


def unreliable() -> list[Case]:
    """Two machines that fail, in discrete time (Gershwin's line).

    A cycle is a second. Failures count busy cycles, as only a machine that works fails,
    and times to them and of repairs are geometric, as observed laws. A first part of
    half a cycle puts failures into the middle of a cycle, not to its end: there the
    order of a failure and of the end of the part would count. Of the `places` of the
    buffer, which holds what the second machine works on, one is that machine and one is
    the first machine, where a part waits when there is no room.

    References
    ----------
    Gershwin (1994), Manufacturing Systems Engineering, section 3.4.
    """
    found = []
    for first, second, places, exact in UNRELIABLE:
        network = failing_line((first, second), places)
        found.append(
            Case(
                name=f"two machines that fail with {first[0]:g}, {second[0]:g}, are "
                f"repaired with {first[1]:g}, {second[1]:g}, {places} places, output",
                unit="1/cycle", exact=exact, tolerance=0.002, source="Markov chain",
                sample=measured(
                    network, 4e5, lambda now, since: now.rate(CLOSED, since)
                ),
                n_full=64, n_quick=2 * int(places == 20 and first == second),
            )
        )  # fmt: skip
    return found


def failing_line(
    machines: tuple[tuple[float, float], tuple[float, float]], places: int
) -> Network:
    """Build a line of two machines, each with its two probabilities."""
    rows, laws = [], {}
    for k, chances in enumerate(machines):
        cells: dict[str, object] = {"failure_clock": "busy"}
        for chance, law, mean in zip(
            chances, ("failure_law", "repair_law"), ("mttf_s", "mttr_s"), strict=True
        ):
            laws[chance] = geometric(chance)
            cells[law] = f"geometric {chance}"
            cells[mean] = sum(n * weight for n, weight in laws[chance])
        rows += servers(f"machine {k}", 1, **cells)
    groups = ["machine 0", "machine 1"]
    half, whole = (
        operations(item, groups, [mean, mean], duration_law="constant")
        for item, mean in (("half", 0.5), ("part", 1.0))
    )
    stream = {"interval_law": "constant"}
    return shop(
        {
            "items": [{"item": "half"}, {"item": "part"}],
            "machines": rows,
            "groups": [{"group": "machine 1", "capacity": places - 2}],
            "routings": [*half, *whole],
            "laws": [
                {"law": f"geometric {chance}", "factor": n, "weight": weight}
                for chance, law in laws.items()
                for n, weight in law
            ],
            "releases": [
                arrivals("half", 1e8, release="half", first_s=0, **stream),
                arrivals("part", 0.9, release="parts", first_s=0.1, **stream),
            ],
        }
    )


def geometric(chance: float) -> list[tuple[int, float]]:
    """Return number and weight of trials to the first success, all but 1e-9 of them."""
    found = []
    for n in itertools.count(1):
        weight = chance * (1 - chance) ** (n - 1)
        if weight < 1e-9 * chance:
            return [(n, weight / sum(w for _, w in found)) for n, weight in found]
        found.append((n, weight))
    raise AssertionError


def cases() -> list[Case]:
    """Return all cases of lines."""
    return [*lines(), *unreliable()]
