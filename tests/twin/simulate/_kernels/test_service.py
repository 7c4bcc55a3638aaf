import pytest


@pytest.mark.slow
@pytest.mark.parametrize("allocation", ["fifo", "priority", "proportional"])
def test_scarce_stock_is_given_out_alike(chain, chains_agree, allocation):
    def short(tables):
        tables["customers"] = [
            {"customer": name, "priority": priority}
            for name, priority in (("A", 1.0), ("B", 3.0), ("C", 2.0))
        ]
        tables["demands"] = [
            {"customer": name, "item": "tea", "site": site, "mean_per_day": 3,
             "backlogged": name != "A", "split": name != "B"}
            for name in "ABC"
            for site in ("hub", "shop")
        ]  # fmt: skip
        tables["stock"] = [
            {"item": "tea", "site": site, "allocation": allocation, "on_hand": 9,
             "policy": "base_stock", "order_up_to": 14}
            for site in ("hub", "shop")
        ]  # fmt: skip

    run = chains_agree(chain(short))
    assert run.events("OrderCancelled")
    assert run.plant.sums.backorder.sum() > 0.0
