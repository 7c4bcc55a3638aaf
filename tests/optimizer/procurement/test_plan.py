from optimizer.procurement import PurchaseOrder, PurchasePlan


def test_an_order_knows_its_offer():
    order = PurchaseOrder(
        item="bolt", supplier="far", period=0, arrival=1, quantity=2.0, price=1.0,
        cost=2.0, mode="air",
    )  # fmt: skip
    assert order.offer == ("bolt", "far", "air")


def test_a_plan_without_orders_costs_without_end():
    plan = PurchasePlan(status="unknown")
    assert plan.orders == ()
    assert plan.bound < plan.objective
