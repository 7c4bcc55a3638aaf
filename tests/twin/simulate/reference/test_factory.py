import numpy as np
import pytest

from twin.errors import OptionError
from twin.simulate.reference.factory import routing_rows
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


def test_an_item_that_cannot_be_made_is_refused(simulation, workshop, make):
    run = simulation(workshop())
    with pytest.raises(OptionError, match="'leaf' cannot be made at 'P'"):
        run.plant.release(make(run.network, 1, item="leaf"))


def test_the_routing_of_the_site_counts_first(workshop):
    def own(tables):
        tables["sites"].append({"site": "Q", "kind": "plant"})
        tables["machines"] += [
            {"machine": "F2", "site": "Q", "group": "filling"},
            {"machine": "K2", "site": "Q", "group": "packing"},
        ]
        tables["routings"].append(
            {"item": "tea", "site": "Q", "step": 5, "operation": "fill",
             "machine_group": "filling", "duration_s": 1}
        )  # fmt: skip

    network = workshop(own)
    tea = network.item_index["tea"]
    steps = [
        network.routings.step[routing_rows(network, tea, site)].tolist()
        for site in (0, 1)
    ]
    assert steps == [[1, 2], [5]]
    nothing = routing_rows(network, network.item_index["leaf"], 0)
    assert nothing.dtype == np.intp
    assert len(nothing) == 0
