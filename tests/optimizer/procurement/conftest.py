from dataclasses import replace

import numpy as np
import pytest

from optimizer.procurement import (
    Item,
    Lateness,
    Offer,
    PriceBreak,
    PurchasingProblem,
    Supplier,
)


def _random(seed, *, n_items=2, n_suppliers=2, n_periods=3, coupled=True, **more):
    rng = np.random.default_rng(seed)
    capacity = tuple(float(v) for v in rng.integers(4, 12, n_periods))
    suppliers = [
        Supplier(
            name=f"s{s}",
            order_cost=float(rng.integers(0, 9)) if coupled else 0.0,
            capacity=capacity if coupled and s == 0 else None,
            exchange_rate=float(rng.choice([1.0, 0.5])),
            payment_days=float(rng.choice([0.0, 90.0])),
            minimum_spend=12.0 if coupled and s == 1 else 0.0,
        )
        for s in range(n_suppliers)
    ]
    items, offers = [], []
    for i in range(n_items):
        items.append(
            Item(
                name=f"i{i}",
                needs=tuple(float(v) for v in rng.integers(0, 5, n_periods)),
                stock=float(rng.integers(0, 3)), holding_cost=0.2, shortage_cost=4.0,
                safety_stock=1.0, safety_cost=0.3, end_value=0.1,
            )
        )  # fmt: skip
        for s in range(n_suppliers):
            price = float(rng.uniform(1.0, 3.0))
            offers.append(
                Offer(
                    item=f"i{i}", supplier=f"s{s}", incremental=bool(rng.integers(2)),
                    prices=(
                        PriceBreak(quantity=0.0, price=price),
                        PriceBreak(quantity=4.0, price=0.8 * price),
                    ),
                    lead_periods=int(rng.integers(0, 2)),
                    minimum=float(rng.integers(0, 3)),
                    multiple=float(rng.integers(1, 3)),
                    order_cost=float(rng.integers(0, 3)), freight=0.1,
                    lateness=Lateness(periods=(0, 1), probability=(0.7, 0.3)),
                )
            )  # fmt: skip
    problem = PurchasingProblem(
        items=tuple(items), suppliers=tuple(suppliers), offers=tuple(offers),
        interest_rate=0.1,
    )  # fmt: skip
    return replace(problem, **more)


@pytest.fixture
def random_problem():
    return _random


@pytest.fixture
def bolt():
    """One item, a cheap supplier that is slow and a dear one that is not."""
    return PurchasingProblem(
        items=(Item(name="bolt", needs=(4.0, 6.0, 3.0), stock=1.0, holding_cost=0.1),),
        suppliers=(Supplier(name="far", order_cost=2.0), Supplier(name="near")),
        offers=(
            Offer(item="bolt", supplier="far", lead_periods=1,
                  prices=(PriceBreak(quantity=0.0, price=1.0),)),
            Offer(item="bolt", supplier="near",
                  prices=(PriceBreak(quantity=0.0, price=2.0),)),
        ),
    )  # fmt: skip
