import pytest


@pytest.mark.slow
def test_customers_are_served_alike_without_policies(chain, chains_agree):
    def lost(tables):
        tables["demands"][0].update(backlogged=False, law="poisson")
        tables["lanes"].append(
            {"lane": "d", "from_place": "shop", "to_place": "M", "item": "tea",
             "lead_time_s": 100_000, "lead_time_law": "exponential", "unit_cost": 1.0}
        )  # fmt: skip
        tables["open_orders"] = [
            {"order": "C1", "kind": "customer", "item": "tea", "from_place": "hub",
             "to_place": "M", "quantity": 30, "due": "2024-01-03T00:00:00Z"},
            {"order": "P2", "kind": "purchase", "item": "tea", "from_place": "V",
             "to_place": "hub", "quantity": 25, "due": "2024-01-04T00:00:00Z"},
        ]  # fmt: skip

    run = chains_agree(chain(lost), policies=False)
    assert run.events("OrderCancelled")
    assert run.level("tea", "hub", "backorder") == 0.0
