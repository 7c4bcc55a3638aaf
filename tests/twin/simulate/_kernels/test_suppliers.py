import pytest


@pytest.mark.slow
@pytest.mark.parametrize("law", ["constant", "exponential"])
def test_outages_of_suppliers_are_alike_in_both_engines(chain, chains_agree, law):
    def failing(tables):
        tables["suppliers"][0].update(
            mttf_s=200_000, mttr_s=130_000, failure_law=law, repair_law=law
        )
        tables["stock"][0].update(policy="base_stock", order_up_to=20)
        tables["stock"][1].update(policy="base_stock", order_up_to=20)

    run = chains_agree(chain(failing))
    assert run.events("PurchaseOrderDelayed")
