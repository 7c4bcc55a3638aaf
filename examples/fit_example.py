#!/usr/bin/env python3
"""Fit the laws of the shipped example network and write its folder.

    MILLSTREAM_DATA=../shared/data python examples/fit_example.py twin/model/example

Demand, margins and lead times follow public data (`real/retail58_*.csv` and
`real/scms_delivery_history.csv` of MILLSTREAM_DATA); only fitted parameters are kept,
no row of the data. The network itself, a maker of care products, is invented. What is
fitted and what is assumed stands in the comments of the tables.
"""

import os
import sys
from pathlib import Path

import numpy as np
import polars as pl
from fitted_laws import (
    COST_RATIO_RANGE,
    MODES,
    N_GROUPS,
    PLANNED_DAYS_MIN,
    SKU_STEP,
    WINDOW_DAYS,
    fit_demand,
    fit_lead_times,
    law_rows,
)

from twin.model import build
from twin.model.write import write

DAY_S = 86_400
SCALE = 4.0  # demand of the network, as a multiple of the shop that was observed
HOLDING = 0.25  # cost of stock a year, as a share of its value
UTILISATION = 0.82  # of machines, with setups and breakdowns, at mean demand
WEEK_H = 5 * 16 + 8  # two shifts from monday to friday, one on saturday
SETUPS_PER_WEEK = 2.0  # of each item, assumed where utilisation is set

PLANTS_OF = {
    "soap": ("plant_north",),
    "shampoo": ("plant_north", "plant_south"),
    "lotion": ("plant_north", "plant_south"),
    "cleaner": ("plant_south",),
}
# kg of surfactant, glycerine and fragrance in a kg; the rest is water.
RECIPES = {
    "soap": (0.35, 0.10, 0.010),
    "shampoo": (0.30, 0.05, 0.012),
    "lotion": (0.12, 0.25, 0.015),
    "cleaner": (0.25, 0.00, 0.006),
}
INGREDIENTS = ("surfactant", "glycerine", "fragrance")
# kg in a unit, its container, and how much longer than the shortest it takes.
PACKS = {
    "soap": (0.30, "pump", 1.0),
    "shampoo": (0.40, "bottle_small", 1.0),
    "lotion": (0.25, "pump", 1.1),
    "cleaner": (1.00, "bottle_large", 1.4),
}
BOUGHT = {  # unit, price of the main supplier
    "surfactant": ("kg", 1.60),
    "glycerine": ("kg", 1.20),
    "fragrance": ("kg", 24.0),
    "bottle_small": ("piece", 0.16),
    "bottle_large": ("piece", 0.24),
    "pump": ("piece", 0.30),
    "label": ("piece", 0.03),
    "carton": ("piece", 0.60),
}
UNITS_PER_CARTON = 12
CONVERSION_COST = 0.35  # of a unit: work and machines
OPERATIONS = {  # group: machines a plant, setup_s, mttf_h, mttr_h, cv of durations
    "mixing": (1, 1200.0, 240.0, 3.0, 0.10),
    "filling": (2, 900.0, 60.0, 1.5, 0.15),
    "packing": (2, 300.0, 80.0, 1.0, 0.20),
}
VERBS = {"mixing": "mix", "filling": "fill", "packing": "pack"}
SUPPLIERS = {  # latitude, longitude, law, planned days, price factor, items
    "chem_far": (31.2, 121.5, "scms_ocean", 35, 1.0, ("surfactant", "glycerine")),
    "chem_near": (51.2, 6.8, "scms_truck", 6, 1.15, INGREDIENTS),
    "aroma": (43.7, 6.9, "scms_air", 9, 1.0, ("fragrance",)),
    "plastic_far": (
        22.5, 114.1, "scms_ocean", 30, 1.0, ("bottle_small", "bottle_large", "pump"),
    ),
    "plastic_near": (
        50.1, 14.4, "scms_truck", 5, 1.18, ("bottle_small", "bottle_large", "pump"),
    ),
    "paper": (49.5, 8.5, "scms_truck", 4, 1.0, ("label", "carton")),
}  # fmt: skip
SECOND_SOURCES = ("chem_near", "plastic_near")
SECOND_SOURCE_SHARE = 0.6  # most a second source can send, of what both plants need
SITES = {
    "plant_north": (52.4, 9.7), "plant_south": (48.8, 9.2),
    "dc_north": (53.6, 10.0), "dc_west": (50.9, 7.0), "dc_south": (48.1, 11.6),
}  # fmt: skip
TRANSIT_DAYS = {
    ("plant_north", "dc_north"): 1, ("plant_north", "dc_west"): 2,
    ("plant_north", "dc_south"): 3, ("plant_south", "dc_north"): 3,
    ("plant_south", "dc_west"): 2, ("plant_south", "dc_south"): 1,
}  # fmt: skip
MARKETS = {  # latitude, longitude, share of demand, served from, whether it waits
    "hamburg": (53.6, 10.0, 0.12, "dc_north", True),
    "berlin": (52.5, 13.4, 0.17, "dc_north", True),
    "copenhagen": (55.7, 12.6, 0.08, "dc_north", True),
    "cologne": (50.9, 7.0, 0.16, "dc_west", True),
    "amsterdam": (52.4, 4.9, 0.12, "dc_west", False),
    "munich": (48.1, 11.6, 0.14, "dc_south", True),
    "vienna": (48.2, 16.4, 0.09, "dc_south", True),
    "milan": (45.5, 9.2, 0.12, "dc_south", False),
}
AS_OF = "2026-01-05T00:00:00Z"  # a monday


def short(value: float) -> float:
    """Round to four significant digits: no fit here is better."""
    return float(f"{value:.4g}")


def item_rows(items: pl.DataFrame) -> tuple[list[dict[str, object]], dict[str, float]]:
    """List items with costs built up from their bills; return the costs too."""
    costs = {name: price for name, (_, price) in BOUGHT.items()}
    rows = [
        {"item": name, "unit": unit, "unit_cost": price}
        for name, (unit, price) in BOUGHT.items()
    ]
    for family, shares in RECIPES.items():
        parts = zip(INGREDIENTS, shares, strict=True)
        cost = 0.15 + sum(share * costs[name] for name, share in parts)
        costs[f"bulk_{family}"] = short(cost)
        rows.append({"item": f"bulk_{family}", "unit": "kg", "unit_cost": short(cost)})
    for item, family, ratio in items["item", "family", "cost_ratio"].iter_rows():
        parts = pack_parts(family)
        cost = CONVERSION_COST + sum(costs[part] * n for part, n in parts.items())
        costs[item] = short(cost)
        price = short(cost / ratio)
        rows.append({"item": item, "unit_cost": short(cost), "price": price})
    return rows, costs


def pack_parts(family: str) -> dict[str, float]:
    """Return what goes into a unit of a family."""
    kg, container, _ = PACKS[family]
    bulk = {f"bulk_{family}": kg, container: 1.0, "label": 1.0}
    return bulk | {"carton": short(1 / UNITS_PER_CARTON)}


def bill_rows(items: pl.DataFrame) -> list[dict[str, object]]:
    """List bills of two levels: units of bulk and packing, bulk of ingredients."""
    rows = [
        {"item": f"bulk_{family}", "component": part, "quantity": share,
         "scrap_rate": 0.01}
        for family, shares in RECIPES.items()
        for part, share in zip(INGREDIENTS, shares, strict=True)
        if share
    ]  # fmt: skip
    for item, family in items["item", "family"].iter_rows():
        for part, quantity in pack_parts(family).items():
            loss = 0.02 if part.startswith("bulk") else 0.005
            rows.append({
                "item": item, "component": part, "quantity": quantity,
                "scrap_rate": loss,
            })  # fmt: skip
    return rows


def routing_rows(items: pl.DataFrame) -> list[dict[str, object]]:
    """List routings, with durations that give the stated utilisation."""
    base = {group: base_duration_s(items, group) for group in OPERATIONS}
    rows = []
    for family, plants in PLANTS_OF.items():
        bulk = f"bulk_{family}"
        rows += [operation((bulk, plant), 10, "mixing", base) for plant in plants]
    for item, family in items["item", "family"].iter_rows():
        for plant in PLANTS_OF[family]:
            factor = PACKS[family][2]
            rows.append(operation((item, plant), 10, "filling", base, factor=factor))
            rows.append(operation((item, plant), 20, "packing", base))
    return rows


def operation(
    made: tuple[str, str],
    step: int,
    group: str,
    base: dict[str, float],
    *,
    factor: float = 1.0,
) -> dict[str, object]:
    """Return a row of a routing; `made` is item and plant."""
    _, setup_s, _, _, cv = OPERATIONS[group]
    item, plant = made
    return {
        "item": item, "site": plant, "step": step, "operation": VERBS[group],
        "machine_group": group, "setup_s": setup_s,
        "duration_s": short(base[group] * factor), "duration_law": "gamma",
        "duration_cv": cv, "yield_rate": 0.99 if group == "filling" else 1.0,
    }  # fmt: skip


def base_duration_s(items: pl.DataFrame, group: str) -> float:
    """Return the time for a unit (a kg when mixing) at the stated utilisation."""
    n_machines, setup_s, mttf_h, mttr_h, _ = OPERATIONS[group]
    available_s = 2 * n_machines * WEEK_H * 3600 * mttf_h / (mttf_h + mttr_h)
    plants = [len(PLANTS_OF[family]) for family in items["family"]]
    n_orders = sum(plants) if group != "mixing" else 6
    work_s = UTILISATION * available_s - n_orders * SETUPS_PER_WEEK * setup_s
    load = 0.0
    for family, mean in items["family", "mean"].iter_rows():
        kg, _, factor = PACKS[family]
        each = {"mixing": kg * 1.02, "filling": factor / 0.99, "packing": 1.0}[group]
        load += 7 * SCALE * mean * each
    return work_s / load


def need_per_day(items: pl.DataFrame) -> dict[str, float]:
    """Return the mean need of both plants for every component, a day."""
    need: dict[str, float] = {}
    for family, mean in items["family", "mean"].iter_rows():
        for part, quantity in pack_parts(family).items():
            need[part] = need.get(part, 0.0) + SCALE * mean * quantity
    for family, shares in RECIPES.items():
        for part, share in zip(INGREDIENTS, shares, strict=True):
            need[part] = need.get(part, 0.0) + need[f"bulk_{family}"] * share
    return need


def supply_lanes(
    items: pl.DataFrame, fits: dict[str, tuple[np.ndarray, float]]
) -> list[dict[str, object]]:
    """List lanes from suppliers, with lead times planned x observed ratio."""
    need = need_per_day(items)
    rows = []
    for supplier, (_, _, law, days, factor, parts) in SUPPLIERS.items():
        ratios, mean = fits[law]
        far = law == "scms_ocean"
        limited = supplier in SECOND_SOURCES
        for plant in ("plant_north", "plant_south"):
            for part in parts:
                capacity = SECOND_SOURCE_SHARE * need[part] / 2 if limited else None
                rows.append({
                    "lane": f"{supplier}>{plant}>{part}",
                    "from_place": supplier, "to_place": plant, "item": part,
                    "lead_time_s": round(days * mean * DAY_S),
                    "lead_time_law": law, "lead_time_cv": short(ratios.std() / mean),
                    "price": short(BOUGHT[part][1] * factor),
                    "unit_cost": short(BOUGHT[part][1] * 0.02),
                    "pipeline_cost_per_day": short(BOUGHT[part][1] * HOLDING / 365),
                    "fixed_cost": 60 if far else 8,
                    "capacity_per_period": capacity and short(capacity),
                    "minimum": short(need[part]) if far else 0,
                })  # fmt: skip
    return rows


def own_lanes(fits: dict[str, tuple[np.ndarray, float]]) -> list[dict[str, object]]:
    """List lanes from plants to distribution centres, and on to the markets."""
    ratios, mean = fits["scms_truck"]
    law = {"lead_time_law": "lognormal", "lead_time_cv": short(ratios.std() / mean)}
    rows = [
        {"lane": f"{plant}>{centre}", "from_place": plant, "to_place": centre,
         "lead_time_s": days * DAY_S, **law, "unit_cost": 0.04 * days}
        for (plant, centre), days in TRANSIT_DAYS.items()
    ]  # fmt: skip
    rows += [
        {"lane": f"{centre}>{market}", "from_place": centre, "to_place": market,
         "lead_time_s": DAY_S, "unit_cost": 0.08}
        for market, (_, _, _, centre, _) in MARKETS.items()
    ]  # fmt: skip
    return rows


def demand_rows(
    items: pl.DataFrame, prices: dict[str, float]
) -> list[dict[str, object]]:
    """List demand by market and item: the fitted law, scaled by the market's share."""
    rows = []
    for market, (_, _, share, centre, waits) in MARKETS.items():
        for row in items.iter_rows(named=True):
            price = prices[row["item"]]
            rows.append({
                "customer": market, "item": row["item"], "site": centre,
                "mean_per_day": short(row["mean"] * SCALE * share),
                "dispersion": short(row["dispersion"]),
                "weekly_profile": f"week_{row['family']}",
                # A unit late for a day costs a part of its price, a lost one more.
                "shortage_cost": short(price * (0.05 if waits else 0.3)),
                "backlogged": waits,
            })  # fmt: skip
    return rows


def stock_rows(items: pl.DataFrame) -> list[dict[str, object]]:
    """List what is on hand at the start: cover of lead times and some days more."""
    rows = []
    for centre in ("dc_north", "dc_west", "dc_south"):
        share = sum(m[2] for m in MARKETS.values() if m[3] == centre)
        rows += [
            {"item": item, "site": centre,
             "on_hand": round(10 * SCALE * mean * share)}
            for item, mean in items["item", "mean"].iter_rows()
        ]  # fmt: skip
    for item, need in need_per_day(items).items():
        plants = PLANTS_OF.get(
            item.removeprefix("bulk_"), ("plant_north", "plant_south")
        )
        days = 2 if item.startswith("bulk_") else 12
        rows += [
            {"item": item, "site": plant, "on_hand": round(days * need / len(plants))}
            for plant in plants
        ]
    return rows


def order_rows(items: pl.DataFrame) -> list[dict[str, object]]:
    """List a weekly order under way on every lane over the sea."""
    need = need_per_day(items)
    first = np.datetime64(AS_OF.removesuffix("Z"), "D")
    rows = []
    for supplier, (_, _, law, days, _, parts) in SUPPLIERS.items():
        for part in parts if law == "scms_ocean" else ():
            for plant in ("plant_north", "plant_south"):
                rows += [
                    {"order": f"po_{plant}_{part}_{day}", "kind": "purchase",
                     "item": part, "from_place": supplier, "to_place": plant,
                     "quantity": round(7 * need[part] / 2),
                     "due": f"{first + day}T06:00:00Z"}
                    for day in range(4, days, 7)
                ]  # fmt: skip
    return rows


def place_rows() -> dict[str, list[dict[str, object]]]:
    """List sites, suppliers, customers, machines and their calendar."""
    handling = {"plant": 0.02, "warehouse": 0.05}
    kinds = {name: "plant" if "plant" in name else "warehouse" for name in SITES}
    shifts = [("06:00", "14:00"), ("14:00", "22:00")]
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
    return {
        "sites": [
            {"site": name, "kind": kinds[name], "latitude_deg": at[0],
             "longitude_deg": at[1], "handling_cost": handling[kinds[name]],
             "time_zone": "Europe/Berlin"}
            for name, at in SITES.items()
        ],
        "suppliers": [
            {"supplier": name, "latitude_deg": s[0], "longitude_deg": s[1]}
            for name, s in SUPPLIERS.items()
        ],
        "customers": [
            {"customer": name, "latitude_deg": m[0], "longitude_deg": m[1]}
            for name, m in MARKETS.items()
        ],
        "calendars": [
            {"calendar": "two_shifts", "weekday": day, "start": start, "end": end}
            for day in days for start, end in shifts[: 1 if day == "saturday" else 2]
        ],
        "machines": [
            {"machine": f"{VERBS[group]}_{plant[6:]}_{k + 1}", "site": plant,
             "group": group, "mttf_s": mttf_h * 3600, "mttr_s": mttr_h * 3600,
             "cost_per_h": 9, "calendar": "two_shifts"}
            for plant in ("plant_north", "plant_south")
            for group, (n, _, mttf_h, mttr_h, _) in OPERATIONS.items()
            for k in range(n)
        ],
    }  # fmt: skip


def add_plant_capacity(tables: dict[str, list[dict[str, object]]], mean: float) -> None:
    """Limit what a plant can send in a day, to the same utilisation as its machines."""
    for row in tables["sites"]:
        if row["kind"] == "plant":
            row["dispatch_capacity_per_period"] = round(mean / 2 / UTILISATION, -1)


def comments(
    items: pl.DataFrame, fits: dict[str, tuple[np.ndarray, float]]
) -> dict[str, list[str]]:
    """Say in each table what was fitted to what, and what is assumed."""
    counts = [
        f"{law}: {len(ratios)} shipments by {MODES[law].lower()}, actual over planned "
        f"lead time: mean {mean:.3f}, cv {ratios.std() / mean:.3f}"
        for law, (ratios, mean) in fits.items()
    ]
    series = ", ".join(f"{i} {s}" for i, s in items["item", "sku"].iter_rows())
    low, high = COST_RATIO_RANGE
    of_laws = (
        "Fitted to SCMS delivery history (USAID), planned >= "
        f"{PLANNED_DAYS_MIN} days, means of {N_GROUPS} groups:"
    )
    of_demands = (
        f"Mean, dispersion and profile fitted to retail58, every {SKU_STEP}rd series, "
        f"x {SCALE:g} x share of the market: {series}."
    )
    of_dispersion = (
        f"Dispersion: median over windows of {WINDOW_DAYS} days, "
        "without the weekly profile."
    )
    of_items = (
        "Costs of finished goods follow from bills; price = cost over the retail58 "
        f"ratio of cost to price, kept in {low} to {high}."
    )
    of_routings = (
        f"Durations give a utilisation of {UTILISATION:.0%} at mean demand, with "
        "setups and breakdowns."
    )
    of_lanes = "Lead time = assumed planned days x mean ratio of laws.csv."
    return {
        "network": ["Invented maker of care products; written by fit_example.py."],
        "laws": [of_laws, *counts],
        "lanes": [of_lanes, "Own lanes: lognormal with the cv of scms_truck."],
        "demands": [of_demands, of_dispersion],
        "profiles": ["Weekday means over the mean, retail58, mean of a family."],
        "items": [of_items],
        "routings": [of_routings],
    }


def main(out: Path) -> None:
    """Fit, build, check and write."""
    data = Path(os.environ["MILLSTREAM_DATA"]) / "real"
    items, profiles = fit_demand(data)
    fits = fit_lead_times(data)
    listed, _ = item_rows(items)
    prices = {str(row["item"]): row.get("price") for row in listed}
    tables = place_rows() | {
        "items": listed,
        "bills": bill_rows(items),
        "routings": routing_rows(items),
        "lanes": supply_lanes(items, fits) + own_lanes(fits),
        "demands": demand_rows(items, prices),
        "stock": stock_rows(items),
        "open_orders": order_rows(items),
        "profiles": [
            {"profile": f"week_{family}", "step": day, "factor": short(factor)}
            for family, factors in profiles.items()
            for day, factor in enumerate(factors, start=1)
        ],
        "laws": law_rows(fits),
    }
    add_plant_capacity(tables, SCALE * items["mean"].sum())
    settings = {
        "name": "care products", "time_zone": "Europe/Berlin", "as_of": AS_OF,
        "horizon_periods": 56, "holding_rate_per_year": HOLDING,
    }  # fmt: skip
    network = build(tables, settings)
    write(network, out, comments=comments(items, fits))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
