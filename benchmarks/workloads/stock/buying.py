"""Purchasing problems: generated sets, small ones, and laws fitted to deliveries."""

import csv
import os
from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from optimizer.procurement import (
    Item,
    Lateness,
    Offer,
    PriceBreak,
    PurchasingProblem,
    Supplier,
)

__all__ = ["fitted_laws", "generated", "late_problem", "planted", "small"]

FEW, WEEK_DAYS, LATE_MAX = 40, 7, 10
N_LATE_ITEMS, N_WEEKS = 12, 26


def generated(seed: int, *, n_items: int, n_suppliers: int, n_periods: int = 12):
    """Return a set: every supplier offers two of five items, boxes of 5 to 50.

    Order costs, capacities and contracts of suppliers tie items together; prices have
    two breaks, three in ten of them for the units beyond only.
    """
    rng = np.random.default_rng(seed)
    needs = rng.gamma(4.0, 0.25, (n_items, n_periods))
    mean = rng.uniform(20.0, 400.0, n_items)
    needs = np.round(needs * mean[:, None]) * (rng.random(needs.shape) < 0.85)
    load = needs.sum() / n_periods / n_suppliers
    suppliers = []
    for s in range(n_suppliers):
        capacity = None
        if rng.random() < 0.7:
            capacity = (float(load * rng.uniform(2.0, 4.0)),) * n_periods
        contract = float(load * n_periods * 6.0) if rng.random() < 0.3 else 0.0
        suppliers.append(
            Supplier(
                name=f"s{s}", order_cost=float(rng.uniform(50.0, 300.0)),
                capacity=capacity, exchange_rate=float(rng.choice([1.0, 0.9, 1.2])),
                payment_days=float(rng.choice([0.0, 30.0, 60.0])),
                minimum_spend=contract,
            )
        )  # fmt: skip
    items, offers = [], []
    for i in range(n_items):
        price = rng.uniform(2.0, 40.0)
        items.append(
            Item(
                name=f"i{i}", needs=tuple(needs[i].tolist()),
                stock=float(round(mean[i] * rng.uniform(1.0, 3.0))),
                holding_cost=price * 0.005, shortage_cost=price * 0.5,
            )
        )  # fmt: skip
        chosen = np.flatnonzero(rng.random(n_suppliers) < 0.4)
        if chosen.size < 2:
            chosen = rng.choice(n_suppliers, min(2, n_suppliers), replace=False)
        offers += [
            _offer(rng, i, suppliers[s], price=price, mean=float(mean[i]))
            for s in chosen.tolist()
        ]
    return PurchasingProblem(
        items=tuple(items), suppliers=tuple(suppliers), offers=tuple(offers),
        interest_rate=0.06,
    )  # fmt: skip


def _offer(rng, item: int, supplier: Supplier, *, price: float, mean: float) -> Offer:
    asked = price * rng.uniform(0.9, 1.25) / supplier.exchange_rate
    breaks = [PriceBreak(quantity=0.0, price=asked)]
    breaks += [
        PriceBreak(quantity=float(round(mean * part)), price=asked * (1.0 - off))
        for part, off in ((2.0, 0.03), (5.0, 0.06))
    ]
    return Offer(
        item=f"i{item}", supplier=supplier.name, prices=tuple(breaks),
        incremental=bool(rng.random() < 0.3), lead_periods=int(rng.integers(0, 4)),
        minimum=float(round(mean * rng.uniform(0.0, 0.6))),
        multiple=float(rng.choice([5.0, 10.0, 20.0, 50.0])),
        order_cost=float(rng.uniform(0.0, 30.0)),
        freight=float(price * rng.uniform(0.0, 0.05)),
    )  # fmt: skip


def planted(seed: int, *, n_items: int, n_suppliers: int, n_conflicts: int):
    """Return a problem in which nothing may be missing, and items that cannot be there.

    A planted item has no stock, a need at once, and suppliers that all take time. One
    contract besides asks for more than its supplier's capacity is worth.
    """
    made = generated(seed, n_items=n_items, n_suppliers=n_suppliers)
    rng = np.random.default_rng([seed, 1])
    chosen = {f"i{i}" for i in rng.choice(n_items, n_conflicts, replace=False).tolist()}
    items = tuple(
        replace(one, stock=0.0, shortage_cost=None, needs=(9.0, *one.needs[1:]))
        if one.name in chosen
        else replace(one, stock=one.stock + sum(one.needs[:4]), shortage_cost=None)
        for one in made.items
    )
    offers = tuple(
        replace(one, lead_periods=max(one.lead_periods, 1))
        if one.item in chosen
        else one
        for one in made.offers
    )
    first, *others = made.suppliers
    dearest = max(one.prices[0].price for one in offers if one.supplier == first.name)
    most = (50.0,) * len(made.items[0].needs)
    bound = replace(
        first, capacity=most, take_or_pay=False,
        minimum_spend=2.0 * first.exchange_rate * dearest * sum(most),
    )  # fmt: skip
    free = (replace(one, capacity=None, minimum_spend=0.0) for one in others)
    problem = replace(made, items=items, offers=offers, suppliers=(bound, *free))
    return problem, chosen


def small(seed: int) -> PurchasingProblem:
    """Return a problem whose plans can all be counted: two items, two suppliers."""
    rng = np.random.default_rng(seed)
    suppliers = (
        Supplier(name="s0", order_cost=float(rng.integers(0, 9)), capacity=(7.0, 6.0)),
        Supplier(name="s1", order_cost=float(rng.integers(0, 9)), minimum_spend=9.0),
    )
    items, offers = [], []
    for i in range(2):
        needs = tuple(float(v) for v in rng.integers(0, 5, 2))
        items.append(
            Item(name=f"i{i}", needs=needs, stock=float(rng.integers(0, 2)),
                 holding_cost=0.2, shortage_cost=4.0)
        )  # fmt: skip
        for s in range(2):
            price = float(rng.uniform(1.0, 3.0))
            breaks = (
                PriceBreak(quantity=0.0, price=price),
                PriceBreak(quantity=4.0, price=0.8 * price),
            )
            offers.append(
                Offer(item=f"i{i}", supplier=f"s{s}", prices=breaks,
                      incremental=bool(rng.integers(2)), multiple=2.0,
                      minimum=float(rng.integers(0, 4)),
                      order_cost=float(rng.integers(0, 3)))
            )  # fmt: skip
    return PurchasingProblem(
        items=tuple(items), suppliers=suppliers, offers=tuple(offers)
    )


def fitted_laws() -> list[tuple[str, Lateness]]:
    """Return vendors with many deliveries and how many weeks late they were.

    From the history of SCMS deliveries: scheduled against delivered dates; early and on
    time count as on time, and more than ten weeks as ten. The least late comes first.
    """
    folder = Path(os.environ.get("MILLSTREAM_DATA", ""))
    path = folder / "real" / "scms_delivery_history.csv"
    if not path.is_file():
        return []
    weeks: dict[str, list[int]] = defaultdict(list)
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        for row in csv.DictReader(file):
            try:
                asked = datetime.strptime(row["Scheduled Delivery Date"], "%d-%b-%y")  # noqa: DTZ007
                came = datetime.strptime(row["Delivered to Client Date"], "%d-%b-%y")  # noqa: DTZ007
            except ValueError:
                continue
            late = max(0, -(-(came - asked).days // WEEK_DAYS))
            weeks[row["Vendor"]].append(min(late, LATE_MAX))
    laws = []
    for vendor, late in sorted(weeks.items()):
        if len(late) >= FEW:
            values, n = np.unique(late, return_counts=True)
            law = Lateness(
                periods=tuple(values.tolist()),
                probability=tuple((n / n.sum()).tolist()),
            )
            laws.append((vendor, law))
    laws.sort(key=lambda one: (one[1].late, one[0]))
    return laws


def late_problem(seed: int, laws: list[tuple[str, Lateness]]) -> PurchasingProblem:
    """Return items that four vendors offer, the later ones cheaper by up to a tenth."""
    rng = np.random.default_rng(seed)
    chosen = sorted(rng.choice(len(laws), 4, replace=False).tolist())
    names = [laws[at][0] for at in chosen]
    items, offers = [], []
    for i in range(N_LATE_ITEMS):
        mean, price = rng.uniform(20.0, 200.0), rng.uniform(2.0, 40.0)
        needs = np.round(rng.gamma(4.0, mean / 4.0, N_WEEKS))
        items.append(
            Item(name=f"i{i}", needs=tuple(needs.tolist()),
                 stock=float(round(mean * 4.0)), holding_cost=price * 0.004,
                 shortage_cost=price * 0.15)
        )  # fmt: skip
        for rank, (at, vendor) in enumerate(zip(chosen, names, strict=True)):
            asked = price * (1.0 - 0.03 * rank) * rng.uniform(0.97, 1.03)
            offers.append(
                Offer(item=f"i{i}", supplier=vendor, multiple=5.0,
                      prices=(PriceBreak(quantity=0.0, price=asked),
                              PriceBreak(quantity=float(round(4 * mean)),
                                         price=asked * 0.97)),
                      lead_periods=int(rng.integers(1, 4)), order_cost=20.0,
                      lateness=laws[at][1])
            )  # fmt: skip
    return PurchasingProblem(
        items=tuple(items), suppliers=tuple(Supplier(name=name) for name in names),
        offers=tuple(offers),
    )  # fmt: skip
