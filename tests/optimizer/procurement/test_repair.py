"""Repairs: as cheap as can be, and plans that keep them."""

from dataclasses import replace

import pytest

from optimizer import SolveOptions
from optimizer.procurement import (
    Item,
    Offer,
    PriceBreak,
    PurchasePlan,
    check_purchases,
)
from optimizer.procurement import repair as repair_module
from optimizer.procurement.model import ElasticPrices
from optimizer.procurement.repair import repair_purchases

OPTIONS = SolveOptions(monotonic_s=lambda: 0.0, time_limit_s=30.0, work_limit=5)
PRICE = (PriceBreak(quantity=0.0, price=4.0),)


@pytest.fixture
def short(bolt):
    """Three bolts are needed at once, one can be there; the others are far away."""
    far, near = bolt.offers
    return replace(bolt, offers=(far, replace(near, capacity=(1.0, 9.0, 9.0))))


def judged(repair):
    assert repair.proven
    assert repair.complete
    assert check_purchases(repair.amended, repair.plan) == ()
    return repair


def test_the_cheapest_way_is_taken(short):
    repair = judged(repair_purchases(short, OPTIONS))
    # Two units at a dearest price of 2, a quarter of it for a period sooner.
    assert repair.price == pytest.approx(1.0)
    assert repair.sentences == (
        "2 units of bolt from far, ordered in period 0, come 1 period sooner: 1.00",
    )
    assert any(order.mode == "1 sooner" for order in repair.plan.orders)


def test_prices_decide(short):
    dear = repair_purchases(short, OPTIONS, prices=ElasticPrices(sooner=9.0))
    assert judged(dear).sentences == (
        "capacity for 2 units more of bolt from near in period 0: 6.00",
    )
    late = repair_purchases(
        short, OPTIONS, prices=ElasticPrices(sooner=9.0, capacity=9.0, missing=1.0)
    )
    assert judged(late).sentences == (
        "up to 2 units of bolt missing in period 0: 4.00",
    )


def test_minima_shares_and_contracts_give_way(bolt):
    cap = Item(name="cap", needs=(5.0, 0.0, 0.0))
    nut = Item(name="nut", needs=(5.0, 5.0, 5.0))
    offers = (
        Offer(item="cap", supplier="far", prices=PRICE, minimum=10.0,
              capacity=(8.0,) * 3),
        Offer(item="nut", supplier="far", prices=PRICE, share_max=0.4),
        Offer(item="nut", supplier="near", prices=PRICE, share_max=0.4),
    )  # fmt: skip
    problem = replace(bolt, items=(cap, nut), offers=offers)
    repair = judged(repair_purchases(problem, OPTIONS))
    assert repair.sentences[0] == (
        "an order of 8 units of cap from far in period 0, below the minimum of 10: 4.00"
    )
    assert repair.price == pytest.approx(4.0 + 3.0 * 0.1 * 4.0)


def test_a_contract_that_cannot_be_met_is_cut(bolt):
    near = replace(
        bolt.suppliers[1], minimum_spend=50.0, take_or_pay=False, capacity=(5.0,) * 3
    )
    item = replace(bolt.items[0], shortage_cost=3.0)
    problem = replace(bolt, items=(item,), suppliers=(bolt.suppliers[0], near))
    prices = ElasticPrices(capacity=9.0)
    repair = judged(repair_purchases(problem, OPTIONS, prices=prices))
    assert repair.sentences == ("near gets 20.00 less than its contract says: 20.00",)


def test_an_item_nobody_offers_stays_missing(bolt):
    problem = replace(bolt, offers=())
    repair = judged(repair_purchases(problem, OPTIONS))
    assert [rule.text for rule in repair.conflicts[0].rules] == [
        "nothing of bolt may be missing"
    ]
    assert "up to 12 units of bolt missing for 3 periods" in repair.sentences[0]
    assert repair.plan.orders == ()


def test_a_price_below_nothing_is_refused():
    with pytest.raises(ValueError, match="price of missing must be > 0"):
        ElasticPrices(missing=0.0)


def test_the_orders_of_a_repair_are_a_plan_of_it(short, monkeypatch):
    """Where the search finds no plan in time, the repair brings its own."""
    nothing = PurchasePlan(status="unknown")
    monkeypatch.setattr(repair_module, "plan_purchases", lambda *_, **__: nothing)
    repair = judged(repair_purchases(short, OPTIONS))
    assert repair.plan.status == "feasible"
    assert sum(order.quantity for order in repair.plan.orders) >= 12.0


def test_a_minimum_gives_way_for_the_orders_that_were_priced_alone(bolt):
    """Ten at least, a few needed in each period, and room for eight in the first."""
    cap = Item(name="cap", needs=(2.0, 3.0, 4.0))
    offer = Offer(item="cap", supplier="far", prices=PRICE, minimum=10.0,
                  capacity=(8.0, 20.0, 20.0))  # fmt: skip
    problem = replace(bolt, items=(cap,), offers=(offer,))
    repair = judged(repair_purchases(problem, OPTIONS))
    own, *small = repair.amended.offers
    assert own.minimum == 10.0
    assert len(small) == 1
    assert small[0].mode == f"{small[0].minimum:g} small"
    assert small[0].capacity == (small[0].minimum, 0.0, 0.0)
    priced = [text for text in repair.sentences if "below the minimum" in text]
    below = [order for order in repair.plan.orders if order.quantity < 10.0]
    assert len(priced) == len(below) == 1
    assert below[0].period == 0


def test_a_share_gives_way_by_what_was_priced(bolt):
    nut = Item(name="nut", needs=(10.0, 10.0, 10.0))
    offers = tuple(
        Offer(item="nut", supplier=name, prices=PRICE, share_max=0.4)
        for name in ("far", "near")
    )
    problem = replace(bolt, items=(nut,), offers=offers)
    repair = judged(repair_purchases(problem, OPTIONS))
    shares = [one.share_max for one in repair.amended.offers]
    assert sum(shares) == pytest.approx(1.0, abs=1e-5)
    assert max(shares) < 1.0


def test_what_comes_sooner_counts_in_the_share_of_its_offer(short):
    far, near = short.offers
    problem = replace(short, offers=(replace(far, share_max=0.7), near))
    repair = judged(repair_purchases(problem, OPTIONS))
    own = [one for one in repair.amended.offers if one.supplier == "far"]
    assert len(own) == 2
    assert sum(one.share_max for one in own) == pytest.approx(0.7, abs=1e-5)
