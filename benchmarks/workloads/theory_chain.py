"""Inventory models with exact answers, as networks of tables like any other.

A period is a day. Policies are followed by the simulation itself. What is charged in a
period is what there is at its end, after its demand: the sums of the simulation.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.workloads.answers import Case
from streams.names import Names
from twin.model.network import Network, build
from twin.model.read import Rows
from twin.simulate.compiled.plant import CompiledPlant
from twin.simulate.demand import ServiceSoFar
from twin.simulate.reference.stock import StockSums
from twin.simulate.tables import Trace

SS_RUNS, SERIAL_RUNS = 64, 32
"""Runs of a million periods each."""

DAY_S = 86_400
DAY_US = DAY_S * 1_000_000
SETTINGS = {"name": "chain", "as_of": "2024-01-01T00:00:00Z", "time_zone": "UTC"}

Cost = Callable[[StockSums], float]


class Given:
    """Demand of one point that is written down, a digit a period."""

    def __init__(self, digits: str) -> None:
        self._digits = digits

    def draw(self, period: int, served: ServiceSoFar) -> NDArray[np.float64]:
        """Return the demand of a period."""
        return np.full(len(served.unfilled), float(self._digits[period]))


def chain(tables: Mapping[str, Rows]) -> Network:
    """Build a network with one customer, who asks for `good` at `shop`."""
    places = {"suppliers": [{"supplier": "source"}], "customers": [{"customer": "C"}]}
    return build({**places, **tables}, SETTINGS)


def point(network: Network, item: str, site: str) -> int:
    """Return the number of a stock point."""
    rows = zip(network.stock.item_index, network.stock.site_index, strict=True)
    return list(rows).index((network.item_index[item], network.place_index[site]))


def demand(mean: float, **cells: object) -> dict[str, object]:
    """Return the row of what the customer asks for."""
    return {
        "customer": "C", "item": "good", "site": "shop", "mean_per_day": mean, **cells
    }  # fmt: skip


def lane(start: str, end: str, periods: float, item: str = "good") -> dict[str, object]:
    """Return the row of a lane; goods that take 0 periods come a microsecond later."""
    return {
        "lane": f"{start} {end} {item}", "from_place": start, "to_place": end,
        "item": item, "lead_time_s": periods * DAY_S,
    }  # fmt: skip


def mean_cost(network: Network, n_periods: int, cost: Cost) -> Callable[[int], float]:
    """Return what runs a network from a seed, and gives its mean cost in a period.

    The first twentieth is left out.
    """

    def sample(seed: int) -> float:
        plant = CompiledPlant(network, Names(), seed=seed, policies=True)
        plant.give_trace(Trace.of_rows(0), 0)
        found = []
        for n in (n_periods // 20, n_periods + n_periods // 20):
            until_us = network.settings.as_of_us + n * DAY_US
            plant.reach(until_us)
            assert plant.run_until_full(until_us)
            found.append(cost(plant.sums))
        return (found[1] - found[0]) / n_periods

    return sample


# Mean of Poisson demand, s, S and the mean cost of a period: holding 1, backorder 9,
# order 64; the 24 instances of the table.
ZHENG_FEDERGRUEN = (
    (10, 6, 40, 35.022),
    (15, 10, 49, 42.698),
    (20, 14, 62, 49.173),
    (25, 19, 56, 54.262),
    (30, 23, 66, 57.819),
    (35, 28, 77, 61.215),
    (40, 33, 87, 64.512),
    (45, 37, 97, 67.776),
    (50, 42, 108, 70.975),
    (55, 47, 118, 74.149),
    (60, 52, 129, 77.306),
    (65, 56, 75, 78.518),
    (70, 62, 81, 79.037),
    (75, 67, 86, 79.554),
    (21, 15, 65, 50.406),
    (22, 16, 68, 51.632),
    (23, 17, 52, 52.757),
    (24, 18, 54, 53.518),
    (51, 43, 110, 71.611),
    (52, 44, 112, 72.246),
    (59, 51, 126, 76.679),
    (61, 52, 131, 77.929),
    (63, 54, 73, 78.287),
    (64, 55, 74, 78.402),
)


def single_stage(stock: Mapping[str, object], asked: Mapping[str, object]) -> Network:
    """Build one stock point that is replenished by a supplier within a period."""
    return chain(
        {
            "sites": [{"site": "shop", "kind": "store"}],
            "items": [{"item": "good"}],
            "lanes": [lane("source", "shop", 1.0)],
            "stock": [{"item": "good", "site": "shop", **stock}],
            "demands": [asked],
        }
    )


def s_s_policies() -> list[Case]:
    """(s, S) policies, no lead time, at their optimal levels.

    References
    ----------
    Zheng, Federgruen (1991), Finding optimal (s, S) policies is about as simple as
    evaluating a single policy, table I; costs to three digits by their algorithm.
    """

    def cost(sums: StockSums) -> float:
        on_hand, backorder = sums.on_hand[0], sums.backorder[0]
        return float(on_hand + 9 * backorder + 64 * sums.n_orders[0])

    found = []
    for mean, reorder_point, order_up_to, exact in ZHENG_FEDERGRUEN:
        levels = {"reorder_point": reorder_point, "order_up_to": order_up_to}
        network = single_stage(
            {"on_hand": order_up_to, "policy": "s_S", **levels},
            demand(mean, law="poisson"),
        )
        found.append(
            Case(
                name=f"(s, S) = ({reorder_point}, {order_up_to}), Poisson {mean}, cost",
                unit="1/period", exact=exact, tolerance=0.015,
                source="Zheng and Federgruen (1991)",
                sample=mean_cost(network, 1_000_000, cost),
                n_full=SS_RUNS, n_quick=int(mean in (10, 25, 60, 64)),
            )
        )  # fmt: skip
    return found


# Holding costs of echelons and their base-stock levels and lead times, from the shop
# upwards; cost of a backorder; mean and standard deviation of normal demand; the exact
# cost of a period (by convolution on a grid of 0.001), and how far off is allowed.
SERIAL = (
    ("example 6.1", (3, 2, 2), (6.491, 12.018, 22.705), (1, 1, 2), 37.12, (5, 1),
     47.6601, 0.03),
    ("problem 6.1", (1, 1), (123.47, 228.42), (1, 1), 15, (100, 15), 166.2506, 0.15),
    ("problem 6.16", (5, 2), (171.19, 232.16), (8, 3), 24, (20, 4), 438.1845, 0.5),
)  # fmt: skip


def serial_systems() -> list[Case]:
    """Stages in a row, normal demand, optimal levels.

    Each stage follows the local base-stock policy that equals the echelon one: its
    level is that of its echelon less that of the next one down. Goods on the way are
    charged as on hand where they left.

    References
    ----------
    Clark, Scarf (1960), Optimal policies for a multi-echelon inventory problem; the
    instances are of Snyder, Shen (2019), Fundamentals of Supply Chain Theory, ch. 6.
    """
    found = []
    for name, holding, levels, leads, penalty, (mean, sd), exact, tolerance in SERIAL:
        sites = ["shop", *(f"stage {k}" for k in range(2, len(leads) + 1))]
        own = np.diff(levels, prepend=0.0)
        network = chain(
            {
                "sites": [{"site": site, "kind": "warehouse"} for site in sites],
                "items": [{"item": "good"}],
                "lanes": [
                    lane(start, end, lead)
                    for start, end, lead in zip(
                        [*sites[1:], "source"], sites, leads, strict=True
                    )
                ],
                "stock": [
                    {"item": "good", "site": site, "policy": "base_stock",
                     "order_up_to": level, "on_hand": level}
                    for site, level in zip(sites, own, strict=True)
                ],
                "demands": [demand(mean, law="normal", dispersion=(sd / mean) ** 2)],
            }
        )  # fmt: skip
        cost = _serial_cost(
            holding, penalty, [point(network, "good", site) for site in sites]
        )
        found.append(
            Case(
                name=f"{name}, {len(sites)} stages in a row, cost", unit="1/period",
                exact=exact, tolerance=tolerance, source="Clark and Scarf, convolution",
                sample=mean_cost(network, 1_000_000, cost),
                n_full=SERIAL_RUNS, n_quick=1,
            )
        )  # fmt: skip
    return found


def _serial_cost(
    holding: Sequence[float], penalty: float, order: Sequence[int]
) -> Cost:
    # A stage is charged for all echelons it is in.
    local = np.cumsum(holding[::-1])[::-1]

    def cost(sums: StockSums) -> float:
        on_hand, in_transit = sums.on_hand[order], sums.in_transit[order]
        held = local @ on_hand + local[1:] @ in_transit[:-1]
        return float(held + penalty * sums.backorder[order[0]])

    return cost


# What was asked for in 100 periods.
SINGLE_STAGE_DEMAND = (
    "34313331243142344132112233133333333342322314132323"
    "31432442223424243244334323414123214131232323243243"
)
ASSEMBLY_DEMAND = (
    "53666755557635636545465545454565556665434854656644"
    "64545646445542456586455666476556546572644584666457"
)


def cost_of_trace(network: Network, digits: str, cost: Cost) -> Callable[[int], float]:
    """Return what simulates the periods of a given demand, and gives their cost."""

    def sample(seed: int) -> float:
        plant = CompiledPlant(
            network, Names(), seed=seed, demand=Given(digits), policies=True
        )
        plant.advance(network.settings.as_of_us + len(digits) * DAY_US)
        return cost(plant.sums)

    return sample


def traces() -> list[Case]:
    """Costs of given demand, whole numbers all along.

    References
    ----------
    Snyder (2023), Stockpyl, tests/test_sim.py: a single stage with a base stock of 2,
    and an assembly of two parts with base stocks of 7, 13 and 11.
    """

    def single_cost(sums: StockSums) -> float:
        return float(sums.on_hand[0] + 10 * sums.backorder[0])

    single = single_stage(
        {"on_hand": 2, "policy": "base_stock", "order_up_to": 2}, demand(1)
    )
    both = assembly()
    return [
        Case(
            name="base stock of a given demand, cost of 100 periods", unit="1",
            exact=825, tolerance=0, source="Stockpyl",
            sample=cost_of_trace(single, SINGLE_STAGE_DEMAND, single_cost),
            n_full=1, n_quick=1,
        ),
        Case(
            name="assembly of a given demand, cost of 100 periods", unit="1",
            exact=1884, tolerance=0, source="Stockpyl",
            sample=cost_of_trace(both, ASSEMBLY_DEMAND, _assembly_cost(both)),
            n_full=1, n_quick=1,
        ),
    ]  # fmt: skip


PARTS = {"left": 13, "right": 11}
"""Base stocks of parts where they come from."""


def assembly() -> Network:
    """Build two stages that bring parts to a third, which puts them together.

    Parts come a second before the end of a period, so that what takes no time is made
    when demand arises.
    """
    return chain(
        {
            "sites": [{"site": site, "kind": "plant"} for site in ("shop", *PARTS)],
            "items": [{"item": item} for item in ("good", *PARTS)],
            "bills": [{"item": "good", "component": part, "quantity": 1}
                      for part in PARTS],
            "lanes": [
                *(lane("source", part, 2.0, part) for part in PARTS),
                *(lane(part, "shop", 1.0 - 1.0 / DAY_S, part) for part in PARTS),
            ],
            "stock": [
                {"item": "good", "site": "shop", "policy": "base_stock",
                 "order_up_to": 7, "on_hand": 7},
                *({"item": part, "site": "shop", "policy": "base_stock",
                   "order_up_to": 0} for part in PARTS),
                *({"item": part, "site": part, "policy": "base_stock",
                   "order_up_to": level, "on_hand": level}
                  for part, level in PARTS.items()),
            ],
            "demands": [demand(5)],
        }
    )  # fmt: skip


def _assembly_cost(network: Network) -> Cost:
    good = point(network, "good", "shop")
    at_shop, at_stage = (
        [point(network, part, site) for part, site in zip(PARTS, sites, strict=True)]
        for sites in (("shop", "shop"), PARTS)
    )

    def cost(sums: StockSums) -> float:
        parts = sums.on_hand[at_stage].sum() + sums.on_hand[at_shop].sum()
        held = 2 * sums.on_hand[good] + parts + sums.in_transit[at_shop].sum()
        return float(held + 20 * sums.backorder[good])

    return cost


def cases() -> list[Case]:
    """Return all cases of inventories."""
    return [*traces(), *serial_systems(), *s_s_policies()]
