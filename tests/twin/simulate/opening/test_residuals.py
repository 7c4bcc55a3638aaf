import pytest

from streams.events import (
    MachineStateChanged,
    OperationStarted,
    ProductionOrderReleased,
    PurchaseOrderPlaced,
    ShipmentDispatched,
)
from twin.simulate.opening.machines import FAILED, MAINTAINED
from twin.simulate.opening.residuals import begun
from twin.simulate.random import DURATION, DurationLaw, Sampler
from twin.simulate.tables import OPENED

SECOND_US = 1_000_000
ORDER = ProductionOrderReleased(production_order="A", item="tea", site="P", quantity=2)
BEGUN = OperationStarted(production_order="A", operation="fill", machine="F1")
UNDER_WAY = ((1, ORDER), (3, BEGUN))


def turned(state, machine="F1"):
    return MachineStateChanged(machine=machine, state=state)


@pytest.fixture
def left(told):
    """What is left of all that has begun, after events."""

    def draw(network, *events, at_s, seed=1):
        found = told(network, *events, at_s=at_s)
        return begun(found.network, found.conditions, seed=seed)

    return draw


def test_constant_work_takes_what_is_left_of_it(steady, left):
    machine, routing = {"speed": 2}, {"setup_s": 5}
    (order,) = left(
        steady(machine=machine, routing=routing), *UNDER_WAY, at_s=30
    ).orders
    assert (order.number, order.unit_s) == (OPENED, 60.0)
    assert order.whole_us == (5 + 2 * 60 / 2) * SECOND_US
    assert order.remaining_us == order.whole_us - 27 * SECOND_US


def test_work_that_should_be_over_ends_at_once(steady, left):
    (order,) = left(steady(), *UNDER_WAY, at_s=1000).orders
    assert order.remaining_us == 1
    assert order.whole_us == 120 * SECOND_US


@pytest.mark.parametrize("at_s", [4, 50, 400])
def test_exponential_work_forgets_its_age(steady, left, at_s):
    network = steady(routing={"duration_law": "exponential"})
    (order,) = left(network, *UNDER_WAY, at_s=at_s, seed=7).orders
    law = DurationLaw(int(network.routings.duration_law[0]), 60.0)
    fresh_s = Sampler(7, network.laws).duration_s(law, DURATION, 0, OPENED)
    assert order.remaining_us == round(fresh_s * 2 * SECOND_US)
    assert order.unit_s == pytest.approx((at_s - 3) / 2 + fresh_s)


def test_other_work_lasts_longer_than_it_did(steady, left):
    routing = {"duration_law": "uniform", "duration_cv": 0.5}  # 8 to 112 s a piece
    network = steady(routing=routing)
    for seed in range(20):
        (order,) = left(network, *UNDER_WAY, at_s=203, seed=seed).orders
        assert 100.0 < order.unit_s < 112.0
        assert 0 < order.remaining_us < 2 * 12 * SECOND_US


def test_repair_and_maintenance_take_what_is_left_of_them(steady, left):
    machine = {
        "mttf_s": 500, "mttr_s": 40, "repair_law": "constant",
        "failure_law": "constant", "maintenance_every_s": 900, "maintenance_s": 60,
    }  # fmt: skip
    network = steady(machine=machine)
    events = [(5, turned("down")), (7, turned("maintenance", "K1"))]
    found = left(network, *events, at_s=30)
    start_us = network.settings.as_of_us
    assert [one.cause for one in found.machines] == [FAILED, MAINTAINED]
    ends_s = [(one.ends_us - start_us) / SECOND_US for one in found.machines]
    assert ends_s == [45, 67]
    late = left(network, *events, at_s=300).machines
    assert [one.ends_us - start_us for one in late] == [300 * SECOND_US + 1] * 2


def test_machine_fails_and_is_maintained_when_it_would_have(steady, left):
    machine = {
        "mttf_s": 500, "mttr_s": 40, "failure_law": "constant",
        "failure_clock": "busy", "maintenance_every_s": 900, "wear_per_h": 3.6,
        "wear_hazard": 0.1,
    }  # fmt: skip
    machine, other = left(
        steady(machine=machine), (5, turned("busy")), (105, turned("idle")), at_s=200
    ).machines
    assert machine.busy_us == 100 * SECOND_US
    # Wear of 0.1 after 100 s, so that on the mean they pass 1.005 times as fast.
    assert machine.left_us == (500 - 100.5) * SECOND_US
    assert machine.until_due_us == other.until_due_us == 700 * SECOND_US
    assert other.left_us == 500 * SECOND_US


def test_goods_arrive_after_what_is_left_of_the_lead_time(steady, left):
    network = steady()
    events = [
        (1, PurchaseOrderPlaced(order="B", supplier="V", item="leaf", site="P",
                                quantity=10)),
        (5, ShipmentDispatched(shipment="H", order="B", item="leaf", from_site="V",
                               to_site="P", quantity=10)),
    ]  # fmt: skip
    (arrives_us,) = left(network, *events, at_s=900).arrives_us.values()
    assert arrives_us == network.settings.as_of_us + (5 + 86_400) * SECOND_US


def test_next_order_of_a_stream_comes_an_interval_after_the_last(steady, left):
    def first_us(*events, at_s=30, **release):
        row = {"release": "R", "item": "tea", "site": "P", "interval_s": 80}
        network = steady(releases=[row | release])
        return left(network, *events, at_s=at_s).first_us

    assert first_us((3, ORDER)) == (53 * SECOND_US,)
    busy = (3, turned("busy"))
    assert first_us(busy) == (50 * SECOND_US,)  # since the start
    assert first_us(busy, first_s=45) == (15 * SECOND_US,)
    assert first_us(busy, first_s=5) == (-1,)  # it should have come: nobody knows
