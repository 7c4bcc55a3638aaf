from streams.events import MachineReading, OrderReceived, ShipmentReceived
from twin.model.draft.collect import collect
from twin.model.draft.places import find_places


def test_places_are_what_they_do(batch_of, timed_events):
    cast = find_places(collect([batch_of(timed_events)]))
    assert cast.sites == ("D", "P")
    assert cast.plants == {"P"}
    assert cast.suppliers == ("V",)
    assert cast.customers == ("M", "N")
    assert cast.items == ("cup", "leaf", "tea")
    assert cast.machines == ("F1", "K1", "X9")


def test_place_that_keeps_stock_and_orders_is_a_site(batch_of):
    order = {"item": "a", "quantity": 1}
    events = [
        (0, OrderReceived(order="1", customer="B", site="A", **order)),
        (1, OrderReceived(order="2", customer="C", site="B", **order)),
        (2, ShipmentReceived(shipment="3", item="a", site="E", quantity=1)),
    ]
    cast = find_places(collect([batch_of(events)]))
    assert cast.sites == ("A", "B", "E")
    assert cast.customers == ("C",)


def test_machines_without_any_place_get_a_plant(batch_of):
    event = MachineReading(machine="M", sensor="s", value=1)
    cast = find_places(collect([batch_of([(0, event)])]))
    assert (cast.sites, cast.plants) == (("plant",), {"plant"})
