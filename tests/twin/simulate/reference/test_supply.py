import numpy as np
import pytest

from twin.errors import OptionError
from twin.simulate.decisions import Decisions
from twin.simulate.disruptions import Disruption

DAY_US = 86_400_000_000
TO_HUB, TO_SHOP = 0, 1


def orders(*rows):
    lanes = np.array([lane for lane, _ in rows], np.int32)
    quantities = np.array([quantity for _, quantity in rows], np.float64)
    return Decisions(lanes, np.zeros(len(rows), np.int32), quantities)


@pytest.fixture
def quiet(simulation, chain, fixed_demand):
    """Run the chain without demand."""

    def run(change=None, **options):
        return simulation(chain(change), demand=fixed_demand(), **options)

    return run


def test_a_supplier_sends_everything_after_the_lead_time(quiet):
    run = quiet()
    run.plant.release(orders((TO_HUB, 500)))
    run.advance()
    assert run.level("tea", "hub", "in_transit") == 500
    run.advance()
    assert run.level("tea", "hub") == 510
    (received,) = run.events("ShipmentReceived")
    assert received["time_us"] == run.network.settings.as_of_us + 2 * DAY_US
    run.assert_same()


def test_orders_are_filled_in_turn_from_what_is_on_hand(quiet):
    run = quiet()
    run.plant.release(orders((TO_SHOP, 7), (TO_SHOP, 0), (TO_SHOP, 7), (TO_SHOP, 7)))
    run.advance()
    sent = [event["value0"] for event in run.events("ShipmentDispatched")]
    assert sent == [7, 3]
    assert len(run.events("OrderCancelled")) == 2
    assert run.level("tea", "shop") == 14
    run.assert_same()


def test_a_release_is_limited_by_the_capacities_of_lane_and_place(quiet):
    def narrow(tables):
        tables["lanes"][1]["capacity_per_period"] = 5
        tables["sites"][0]["dispatch_capacity_per_period"] = 6
        tables["lanes"].append({**tables["lanes"][1], "lane": "c"})

    run = quiet(narrow)
    run.plant.release(orders((1, 4), (1, 4), (2, 4)))
    run.advance()
    sent = [event["value0"] for event in run.events("ShipmentDispatched")]
    assert sent == [4, 1, 1]
    run.plant.release(orders((2, 3)))  # another release, another capacity
    run.advance()
    assert run.level("tea", "shop") == 13
    run.assert_same()


@pytest.mark.parametrize(("rate", "sent"), [(0.5, 5.0), (1.0, 10.0)])
def test_a_site_that_transforms_uses_up_more_than_it_sends(quiet, rate, sent):
    run = quiet(lambda tables: tables["sites"][0].update(yield_rate=rate))
    run.plant.release(orders((TO_SHOP, 50)))
    run.advance()
    assert run.level("tea", "hub") == 0
    assert run.level("tea", "shop") == 4 + sent
    run.assert_same()


def test_an_order_to_a_place_that_is_down_goes_when_it_is_over(quiet):
    as_of_us = 1_704_067_200_000_000
    outage = Disruption("place", as_of_us - 5, as_of_us + DAY_US, targets=(2,))
    run = quiet(disruptions=[outage])
    assert run.network.places.ids[2] == "V"
    run.plant.release(orders((TO_HUB, 8)))
    run.advance(days=0.5)
    assert run.level("tea", "hub", "on_order") == 8
    run.assert_same()
    run.advance(days=0.5)
    assert run.level("tea", "hub", "in_transit") == 8
    run.advance(days=2)
    assert run.level("tea", "hub") == 18
    (delayed,) = run.events("PurchaseOrderDelayed")
    (received,) = run.events("ShipmentReceived")
    assert delayed["time0"] == received["time_us"] == as_of_us + 3 * DAY_US
    run.assert_same()


def test_a_weak_place_sends_a_share(quiet):
    as_of_us = 1_704_067_200_000_000
    weak = Disruption("place", as_of_us, as_of_us + 1, targets=(2,), factor=0.25)
    run = quiet(disruptions=[weak])
    run.plant.release(orders((TO_HUB, 8)))
    run.advance()
    assert run.level("tea", "hub", "in_transit") == 2
    assert len(run.events("OrderCancelled")) == 1
    run.assert_same()


def test_lead_times_are_drawn_by_order_of_the_lane(quiet):
    def random(tables):
        tables["lanes"][0].update(lead_time_law="lognormal", lead_time_cv=0.5)

    def leads(*quantities):
        run = quiet(random)
        for quantity in quantities:
            run.plant.release(orders((TO_HUB, quantity), (TO_SHOP, 1)))
        run.advance(days=60)
        return sorted(event["time_us"] for event in run.events("ShipmentReceived"))

    # Neither the quantity nor what other lanes do changes the noise.
    assert leads(1, 2, 3) == leads(30, 20, 10)
    assert len(set(leads(1, 2, 3))) == 4


def test_goods_without_lead_time_come_a_microsecond_later(quiet):
    run = quiet(lambda tables: tables["lanes"][1].update(lead_time_s=0))
    run.plant.release(orders((TO_SHOP, 2)))
    run.advance()
    assert run.events("ShipmentReceived")[0]["time_us"] % DAY_US == 1
    run.assert_same()


@pytest.mark.parametrize(
    ("lane", "item", "message"),
    [(9, 0, "lane must be in 0..1, was 9"), (0, 5, "item 5 is not kept at 'hub'")],
)
def test_an_order_that_cannot_be_is_refused(quiet, lane, item, message):
    wrong = Decisions(np.array([lane]), np.array([item]), np.ones(1))
    with pytest.raises(OptionError, match=message):
        quiet().plant.release(wrong)
