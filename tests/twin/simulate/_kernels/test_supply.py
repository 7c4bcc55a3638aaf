import pytest

from twin.simulate.disruptions import Disruption


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["lane", "place"])
def test_orders_that_wait_outlast_outages_alike(chain, chains_agree, kind):
    def limited(tables):
        tables["lanes"][1]["capacity_per_period"] = 4
        tables["sites"][0]["yield_rate"] = 0.9
        tables["stock"][0].update(policy="base_stock", order_up_to=20, on_hand=20)
        tables["stock"][1].update(policy="base_stock", order_up_to=14)

    network = chain(limited)
    struck = 1 if kind == "lane" else network.place_index["hub"]
    start_us, period_us = network.settings.as_of_us, network.settings.period_us
    outages = [
        Disruption(kind, start_us + first * period_us, start_us + last * period_us,
                   targets=(struck,), factor=factor)
        for first, last, factor in ((2, 4, 0.0), (6, 8, 0.5))
    ]  # fmt: skip
    run = chains_agree(network, disruptions=outages)
    assert run.events("PurchaseOrderDelayed")
    assert run.events("OrderCancelled") == []
