"""Small random networks that are short of something, and plans of them."""

import time
from dataclasses import dataclass

import numpy as np

from benchmarks.workloads.random_draws import Tables
from twin.masterplan import ExpectedDemand, MasterPlan, make_plan
from twin.model.network import Network, build

DAY_S = 86_400
WEEKDAYS = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
N_PERIODS = 9
MARGINS = 6
SHORT_OF = ("purchase", "machines", "transport", "dispatch", "stock")
"""What a network is short of, drawn for each: a slow supplier, machines with too few
hours, a slow lane to the shop, a supplier that sends little, or only stock."""

_SETTINGS = {
    "as_of": "2024-01-01T00:00:00Z", "time_zone": "UTC", "horizon_periods": MARGINS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drawn:
    """A network, its demand, and what it was made to be short of."""

    network: Network
    demand: ExpectedDemand
    short_of: str


def drawn(seed: int) -> Drawn:
    """Draw a network.

    Parameters
    ----------
    seed : int
        >= 0; the same seed gives the same network.

    Returns
    -------
    Drawn
        One or two products, made in one or two steps of one or two components at a
        plant, and sold there or from a shop.
    """
    rng = np.random.default_rng((seed, 77))
    short_of = SHORT_OF[seed % len(SHORT_OF)]
    tables = _tables(rng, short_of)
    network = build(tables, {**_SETTINGS, "name": f"short of {short_of} {seed}"})
    n_rows = len(network.demands.item_index)
    means = rng.integers(4, 13, (n_rows, 1)) * rng.uniform(
        0.5, 1.5, (n_rows, N_PERIODS + MARGINS)
    )
    margins = np.full((n_rows, MARGINS), 0.1)
    return Drawn(network, ExpectedDemand(np.round(means, 1), margins), short_of)


def planned(case: Drawn) -> MasterPlan:
    """Plan a network."""
    return make_plan(
        case.network, case.demand, n_periods=N_PERIODS, monotonic_s=time.monotonic
    )


def _tables(rng: np.random.Generator, short_of: str) -> Tables:
    products = [f"tea{k}" for k in range(rng.integers(1, 3))]
    parts = ["leaf", "box"][: rng.integers(1, 3)]
    groups = ["filling", "packing"][: rng.integers(1, 3)]
    has_shop = short_of == "transport" or bool(rng.integers(0, 2))
    sells = "shop" if has_shop else "P"
    tight = short_of == "machines"
    tables: Tables = {
        "sites": [{"site": "P", "kind": "plant"}],
        "items": [
            *({"item": one, "unit_cost": float(rng.integers(1, 4))} for one in parts),
            *({"item": one, "unit_cost": float(rng.integers(8, 15))}
              for one in products),
        ],
        "bills": [
            {"item": one, "component": part, "quantity": float(rng.integers(1, 3))}
            for one in products
            for part in parts
        ],
        "routings": [
            {"item": one, "step": k + 1, "operation": group, "machine_group": group,
             "duration_s": float(rng.integers(1800, 3600) if tight
                                 else rng.integers(200, 600)),
             "setup_s": float(rng.integers(0, 3) * 600)}
            for one in products
            for k, group in enumerate(groups)
        ],
        "calendars": [
            {"calendar": "day", "weekday": day, "start": "06:00", "end": "18:00"}
            for day in WEEKDAYS
        ],
        "machines": [
            {"machine": f"{group}1", "site": "P", "group": group,
             "cost_per_h": float(rng.integers(20, 60)),
             "calendar": "day" if rng.integers(0, 2) else ""}
            for group in groups
        ],
        "suppliers": [_supplier(rng, short_of)],
        "customers": [{"customer": "M"}, {"customer": "N"}],
        "lanes": [
            {"lane": f"buy_{part}", "from_place": "V", "to_place": "P", "item": part,
             "lead_time_s": _lead(rng, slow=short_of == "purchase"),
             "price": float(rng.integers(1, 4)), "unit_cost": 0.2,
             "fixed_cost": float(rng.integers(0, 3))}
            for part in parts
        ],
        "demands": [
            {"customer": customer, "item": one, "site": sells, "mean_per_day": 8,
             "law": "constant", "price": 40.0, "shortage_cost": 2.0,
             "backlogged": "yes"}
            for customer in ("M", "N")
            for one in products
        ],
        "stock": [
            *({"item": one, "site": "P", "on_hand": float(rng.integers(0, 20)),
               "holding_cost_per_day": 0.02} for one in (*parts, *products)),
        ],
    }  # fmt: skip
    if has_shop:
        _add_shop(tables, products, rng, slow=short_of == "transport")
    return tables


def _add_shop(
    tables: Tables, products: list[str], rng: np.random.Generator, *, slow: bool
) -> None:
    tables["sites"].append({"site": "shop", "kind": "store"})
    for one in products:
        tables["lanes"].append(
            {"lane": f"ship_{one}", "from_place": "P", "to_place": "shop",
             "item": one, "lead_time_s": _lead(rng, slow=slow),
             "unit_cost": 0.5, "fixed_cost": 2.0}
        )  # fmt: skip
        tables["stock"].append(
            {"item": one, "site": "shop", "on_hand": float(rng.integers(0, 12)),
             "holding_cost_per_day": 0.03}
        )  # fmt: skip


def _supplier(rng: np.random.Generator, short_of: str) -> dict[str, object]:
    most = float(rng.integers(12, 25)) if short_of == "dispatch" else ""
    return {"supplier": "V", "dispatch_capacity_per_period": most}


def _lead(rng: np.random.Generator, *, slow: bool) -> int:
    return DAY_S * int(rng.integers(2, 5) if slow else rng.integers(1, 3))
