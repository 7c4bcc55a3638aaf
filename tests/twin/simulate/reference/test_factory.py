from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.errors import OptionError
from twin.simulate.disruptions import Disruption
from twin.state import views


def test_components_go_in_and_goods_come_out(simulation, workshop, make):
    run = simulation(workshop())
    run.plant.release(make(run.network, 10))
    assert (run.level("leaf", "P"), run.level("box", "P")) == (80, 70)
    assert run.level("tea", "P") == 0
    run.advance()
    assert run.level("tea", "P") == 10
    run.assert_same()
    assert views.production_orders(run.settled()).height == 0


@pytest.mark.parametrize("case", [(70, 50.0), (70.5, 50.0), (12.5, 12.5)])
def test_a_quantity_is_cut_to_what_components_allow(simulation, workshop, make, case):
    asked, made = case
    run = simulation(workshop())
    run.plant.release(make(run.network, asked))
    run.advance(days=3)
    (released,) = run.events("ProductionOrderReleased")
    assert released["value0"] == run.level("tea", "P") == made
    run.assert_same()


def test_whole_pieces_stay_whole_when_cut(simulation, workshop, make):
    run = simulation(workshop(lambda tables: tables["stock"][0].update(on_hand=9)))
    run.plant.release(make(run.network, 20, 20))
    run.advance()
    assert run.level("tea", "P") == 4
    assert len(run.events("ProductionOrderReleased")) == 1
    run.assert_same()


def test_scrap_of_components_and_products_is_counted(simulation, workshop, make):
    def lossy(tables):
        tables["bills"][0]["scrap_rate"] = 0.2
        tables["routings"][0]["yield_rate"] = 0.9
        tables["sites"][0]["yield_rate"] = 0.5

    run = simulation(workshop(lossy))
    run.plant.release(make(run.network, *[2] * 20))
    run.advance(days=3)
    assert run.level("leaf", "P") == pytest.approx(100 - 40 * 2.5)
    completed = run.events("OperationCompleted")
    scrap = sum(event["value1"] for event in completed)
    assert run.level("tea", "P") + scrap == 40
    # 40 pieces survive with 0.45: 18 +- 3.1.
    assert 9 <= run.level("tea", "P") <= 27
    assert run.level("tea", "P") % 1 == 0
    run.assert_same()


def test_an_item_with_a_bill_alone_is_made_at_once(simulation, workshop, make):
    run = simulation(workshop(routings=[], machines=[]))
    run.plant.release(make(run.network, 5))
    run.advance(days=0.01)
    assert run.level("tea", "P") == 5
    run.assert_same()


def test_what_is_made_serves_who_waits(simulation, workshop, make, fixed_demand):
    demands = [{"customer": "M", "item": "tea", "site": "P", "mean_per_day": 1}]
    network = workshop(customers=[{"customer": "M"}], demands=demands)
    run = simulation(network, demand=fixed_demand([4]))
    run.advance()
    run.plant.release(make(network, 10))
    run.advance(days=0.5)
    assert (run.level("tea", "P"), run.level("tea", "P", "backorder")) == (6, 0)
    run.assert_same()


def test_what_is_made_for_an_order_serves_it_before_others(
    simulation, workshop, make, fixed_demand
):
    """The second customer's goods come first; the first goes on waiting for his."""
    demands = [
        {"customer": name, "item": "tea", "site": "P", "mean_per_day": 1}
        for name in ("M", "N")
    ]
    customers = [{"customer": "M"}, {"customer": "N"}]
    network = workshop(customers=customers, demands=demands)
    run = simulation(network, demand=fixed_demand([4, 3]))
    run.advance()
    waiting = {run.names[one["party"]]: one for one in run.events("OrderReceived")}
    order = run.names[waiting["N"]["subject"]]
    decided = make(network, 3)
    run.plant.reserve({"for N"})
    run.plant.release(replace(decided, make_for=(order,), make_name=("for N",)))
    run.advance(days=0.9)
    (sent,) = run.events("ShipmentDispatched")
    assert (run.names[sent["party"]], sent["value0"]) == ("N", 3.0)
    (told,) = run.events("ProductionOrderReleased")
    assert run.names[told["subject"]] == "for N"
    assert run.level("tea", "P", "backorder") == 4
    run.assert_same()


def test_an_item_that_cannot_be_made_is_refused(simulation, workshop, make):
    run = simulation(workshop())
    with pytest.raises(OptionError, match="'leaf' cannot be made at 'P'"):
        run.plant.release(make(run.network, 1, item="leaf"))


@pytest.fixture(scope="session")
def workroom(simulation, workshop, make):
    return simulation, workshop, make


@st.composite
def troubles(draw):
    """Edit the workshop: failures, slots, laws, yields, shifts."""
    law, cv = draw(
        st.sampled_from([("constant", 0.0), ("gamma", 0.4), ("exponential", 1.0)])
    )
    frail = {
        "mttf_s": draw(st.floats(100, 4000)),
        "mttr_s": draw(st.floats(0.1, 900)),
        "slots": draw(st.integers(1, 3)),
    }
    first = {
        "duration_law": law,
        "duration_cv": cv,
        "duration_s": draw(st.sampled_from([0.0, 20.0, 300.0])),
        "yield_rate": draw(st.sampled_from([1.0, 0.9])),
    }
    shifts = draw(st.booleans())

    def change(tables):
        tables["machines"][0].update(frail)
        tables["machines"].append(
            {"machine": "A1", "site": "P", "group": "filling", "speed": 1.7}
        )
        tables["routings"][0].update(first)
        if shifts:
            tables["sites"][0]["calendar"] = "early"
            tables["calendars"] = [
                {"calendar": "early", "weekday": day, "start": "03:00", "end": "09:30"}
                for day in ("monday", "tuesday", "wednesday")
            ]

    return change


@given(change=troubles(), seed=st.integers(0, 999))
@settings(max_examples=5, deadline=None, derandomize=True)
def test_live_state_follows_machines_in_trouble(workroom, change, seed):
    simulation, workshop, make = workroom
    network, rng = workshop(change), np.random.default_rng(seed)
    as_of_us, day_us = network.settings.as_of_us, 86_400_000_000
    broken = [
        Disruption(
            "machine",
            as_of_us + int(rng.integers(0, day_us)),
            as_of_us + int(rng.integers(day_us, 3 * day_us)),
            targets=(machine,),
        )
        for machine in range(3)
    ]
    run = simulation(network, disruptions=broken)
    for _ in range(6):
        run.plant.release(make(network, *rng.integers(0, 12, int(rng.integers(0, 5)))))
        run.advance(days=float(rng.uniform(0, 1.3)))
        run.assert_same()
    # What was released is made, scrapped, or still good in orders under way.
    released = sum(event["value0"] for event in run.events("ProductionOrderReleased"))
    scrapped = sum(event["value1"] for event in run.events("OperationCompleted"))
    under_way = views.production_orders(run.settled())
    good = float((under_way["quantity"] - under_way["scrap"]).sum())
    assert run.level("tea", "P") + scrapped + good == released
