import pytest


def spread(tables):
    """A hub that is short of what two shops ask for, each by a policy of its own."""
    tables["sites"].append({"site": "stall", "kind": "store"})
    tables["lanes"].append(
        {"lane": "c", "from_place": "hub", "to_place": "stall", "item": "tea",
         "lead_time_s": 40_000, "lead_time_law": "uniform", "lead_time_cv": 0.3,
         "minimum": 4, "multiple": 3, "fixed_cost": 2.0, "unit_cost": 0.1}
    )  # fmt: skip
    tables["demands"] += [
        {"customer": "M", "item": "tea", "site": site, "mean_per_day": 3, "law": law,
         "dispersion": 0.1}
        for site, law in (("hub", "normal"), ("stall", "poisson"))
    ]  # fmt: skip
    tables["stock"] = [
        {"item": "tea", "site": "hub", "on_hand": 12, "policy": "base_stock",
         "order_up_to": 20},
        {"item": "tea", "site": "shop", "policy": "s_S", "reorder_point": 9,
         "order_up_to": 15},
        {"item": "tea", "site": "stall", "policy": "r_Q", "reorder_point": 6,
         "order_quantity": 2, "review_s": 60_000},
    ]  # fmt: skip


@pytest.mark.slow
def test_policies_are_alike_in_both_engines(chain, chains_agree):
    run = chains_agree(chain(spread))
    assert len(run.events("PurchaseOrderPlaced")) > 12
    assert run.plant.sums.backorder.sum() > 0.0
    assert len(run.events("ShipmentDispatched")) > 20


@pytest.mark.slow
def test_waiting_production_is_alike_in_both_engines(workshop, chains_agree):
    def asked(tables):
        tables["customers"] = [{"customer": "M"}]
        tables["demands"] = [
            {"customer": "M", "item": item, "site": "P", "mean_per_day": 6}
            for item in ("leaf", "tea")
        ]
        tables["stock"] = [
            {"item": item, "site": "P", "policy": "base_stock", "order_up_to": level}
            for item, level in (("leaf", 14), ("box", 8), ("tea", 7))
        ]

    run = chains_agree(workshop(asked))
    released = run.events("ProductionOrderReleased")
    assert len(released) > len(run.events("PurchaseOrderPlaced")) / 3
    assert run.plant.sums.n_orders.min() > 5
