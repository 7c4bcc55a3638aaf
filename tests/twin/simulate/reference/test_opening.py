import pytest

DAY_US = 86_400_000_000


@pytest.fixture
def opened(simulation, workshop, fixed_demand):
    """The workshop with an open order of every kind."""
    due = "2024-01-03T00:00:00Z"
    rows = [
        {"order": "buy", "kind": "purchase", "item": "leaf", "from_place": "V",
         "to_place": "P", "quantity": 30, "due": due},
        {"order": "move", "kind": "transfer", "item": "tea", "from_place": "Q",
         "to_place": "P", "quantity": 3, "due": due},
        {"order": "M1", "kind": "production", "item": "tea", "to_place": "P",
         "quantity": 5, "due": due},
        {"order": "sold", "kind": "customer", "item": "tea", "from_place": "P",
         "to_place": "M", "quantity": 6, "due": due},
    ]  # fmt: skip

    def more(tables):
        tables["sites"].append({"site": "Q", "kind": "warehouse"})
        tables["stock"].append({"item": "tea", "site": "P", "on_hand": 1})
        tables["stock"].append({"item": "tea", "site": "Q", "on_hand": 0})

    demands = [{"customer": "M", "item": "tea", "site": "P", "mean_per_day": 1}]
    network = workshop(
        more, open_orders=rows, customers=[{"customer": "M"}], demands=demands
    )
    return simulation(network, demand=fixed_demand())


def test_open_orders_are_known_at_once_and_come_when_due(opened):
    opened.advance()
    assert opened.level("leaf", "P", "on_order") == 30
    assert opened.level("tea", "P", "on_order") == 3
    # One was on hand for the customer.
    assert opened.level("tea", "P", "backorder") == 5
    assert opened.plant._market._source.served == [[5.0]]
    opened.assert_same()
    opened.advance()
    assert opened.level("leaf", "P") == 130
    assert opened.level("tea", "P", "backorder") == 0
    assert opened.level("tea", "P") == 3
    opened.assert_same()


def test_new_orders_do_not_take_the_ids_of_open_ones(opened, make):
    opened.plant.release(make(opened.network, 1))
    opened.advance()
    released = opened.events("ProductionOrderReleased")
    assert [opened.names[event["subject"]] for event in released] == ["M1", "M2"]


def test_order_goes_on_with_its_step(simulation, busy):
    rows = [
        {"order": "half", "kind": "production", "item": "tea", "to_place": "P",
         "quantity": 1, "due": "2024-01-01T01:00:00Z", "step": 2},
    ]  # fmt: skip
    going = simulation(busy(open_orders=rows, releases=[]))
    going.advance()
    assert len(going.events("OperationCompleted")) == 1
    (started,) = going.events("OperationStarted")
    assert going.names[started["place"]] == "K1"  # the machine that packs
    assert started["time_us"] == going.network.settings.as_of_us
    assert len(going.events("ProductionOrderClosed")) == 1
    going.assert_same()
