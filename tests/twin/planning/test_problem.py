"""What is under way, in the period in which it arrives."""

import numpy as np
import pytest

from streams.events import (
    OperationCompleted,
    OperationStarted,
    OrderReceived,
    ProductionOrderReleased,
    PurchaseOrderPlaced,
    ShipmentDispatched,
    StockCounted,
)
from twin.planning.problem import (
    arrivals_by_point,
    production_by_point,
    replenishment_problem,
)
from twin.planning.structure import planning_structure

DAY_US = 86_400_000_000


@pytest.fixture
def chain_arrivals(two_echelon, folding):
    """Units that arrive at the shop by period, after one shipment was sent to it."""

    def arrivals(due_after_us, *, now_after_us=0, lane=("hub", "shop")):
        network = two_echelon()
        world = folding(network)
        due_us = None if due_after_us is None else world.as_of_us + due_after_us
        sent = ShipmentDispatched(
            shipment="S", item="tea", from_site=lane[0], to_site=lane[1], quantity=5.0,
            due_us=due_us,
        )  # fmt: skip
        _, state = world.fold((0, sent))
        structure = planning_structure(network)
        now_us = world.as_of_us + now_after_us
        return arrivals_by_point(structure, state, now_us, 4)

    return arrivals


@pytest.mark.parametrize(
    ("due_us", "now_us", "period"),
    [
        (DAY_US, 0, 0),
        (DAY_US + 1, 0, 1),
        (2 * DAY_US, 0, 1),
        (DAY_US, 3 * DAY_US, 0),
        (DAY_US, DAY_US, 0),
        (1, 0, 0),
    ],
    ids=["at review", "just after", "next", "overdue", "due now", "soon"],
)
def test_shipment_arrives_in_the_period_of_its_due_date(
    chain_arrivals, due_us, now_us, period
):
    arrivals = chain_arrivals(due_us, now_after_us=now_us)
    assert arrivals[:, 1].tolist() == [5.0 if k == period else 0.0 for k in range(4)]
    assert not arrivals[:, 0].any()


@pytest.mark.parametrize(("overdue", "period"), [(0.0, 0), (0.5, 1), (1.0, 2)])
def test_overdue_shipment_takes_a_share_of_its_lateness_more(
    two_echelon, folding, overdue, period
):
    network = two_echelon()
    world = folding(network)
    sent = ShipmentDispatched(
        shipment="S", item="tea", from_site="hub", to_site="shop", quantity=5.0,
        due_us=world.as_of_us + DAY_US,
    )  # fmt: skip
    _, state = world.fold((0, sent))
    arrivals = arrivals_by_point(
        planning_structure(network), state, world.as_of_us + 4 * DAY_US, 4,
        overdue=overdue,
    )  # fmt: skip
    assert np.flatnonzero(arrivals[:, 1]).tolist() == [period]


def test_shipment_without_due_date_takes_as_long_as_its_lane(chain_arrivals):
    assert chain_arrivals(None)[:, 1].tolist() == [0.0, 5.0, 0.0, 0.0]
    a_day_on = chain_arrivals(None, now_after_us=DAY_US)
    assert a_day_on[:, 1].tolist() == [5.0, 0.0, 0.0, 0.0]


def test_shipment_without_lane_or_due_date_is_expected_next(chain_arrivals):
    arrivals = chain_arrivals(None, lane=("V", "shop"))
    assert arrivals[:, 1].tolist() == [5.0, 0.0, 0.0, 0.0]


def test_shipment_after_the_horizon_and_to_customers_is_left_out(chain_arrivals):
    assert not chain_arrivals(5 * DAY_US).any()
    assert not chain_arrivals(DAY_US, lane=("shop", "M")).any()


@pytest.mark.parametrize(
    ("due_days", "periods"),
    [(1, (0, 0)), (2, (0, 1)), (7, (0, 1)), (8, (1, 1)), (9, (1, 2)), (-2, (0, 0))],
)
def test_goods_within_a_review_count_from_their_first_need(
    two_echelon, folding, due_days, periods
):
    network = two_echelon(settings={"review_s": 7 * 86_400})
    world = folding(network)
    due_us = world.as_of_us + due_days * DAY_US
    sent = [
        ShipmentDispatched(
            shipment=end, item="tea", from_site=start, to_site=end, quantity=5.0,
            due_us=due_us,
        )
        for start, end in (("V", "hub"), ("hub", "shop"))
    ]  # fmt: skip
    _, state = world.fold(*((0, event) for event in sent))
    found = arrivals_by_point(planning_structure(network), state, world.as_of_us, 4)
    # The hub has until the next review; customers of the shop come every day.
    assert np.argmax(found, axis=0).tolist() == list(periods)
    assert found.sum(axis=0).tolist() == [5.0, 5.0]


def test_order_not_yet_sent_arrives_when_due(two_echelon, folding):
    network = two_echelon()
    world = folding(network)
    orders = [
        PurchaseOrderPlaced(
            order=name, supplier="V", item="tea", site="hub", quantity=quantity,
            due_us=due_us,
        )
        for name, quantity, due_us in (
            ("P1", 7.0, world.as_of_us + 3 * DAY_US), ("P2", 2.0, None),
        )
    ]  # fmt: skip
    part = ShipmentDispatched(
        shipment="S", item="tea", from_site="V", to_site="hub", quantity=3.0,
        order="P1", due_us=world.as_of_us + 2 * DAY_US,
    )  # fmt: skip
    _, state = world.fold(*((0, order) for order in orders), (1, part))
    structure = planning_structure(network)
    arrivals = arrivals_by_point(structure, state, world.as_of_us, 4)
    # P2 has no date: a day, as its lane.
    assert arrivals[:, 0].tolist() == [2.0, 3.0, 4.0, 0.0]


@pytest.fixture
def making(works, folding):
    """State of the works with 10 teas released, after some operations."""

    def fold(*operations, settings=None):
        network = works(settings=settings)
        world = folding(network)
        released = ProductionOrderReleased(
            production_order="M1", item="tea", site="P", quantity=10.0
        )
        timed = [(0, released)]
        for k, (operation, machine, good, scrap) in enumerate(operations):
            about = {
                "production_order": "M1", "operation": operation, "machine": machine,
            }  # fmt: skip
            timed += [
                (100 * k + 1, OperationStarted(**about)),
                (100 * k + 50, OperationCompleted(**about, good=good, scrap=scrap)),
            ]
        _, state = world.fold(*timed)
        return planning_structure(network), state, world.as_of_us

    return fold


def test_production_without_due_date_is_not_forgotten(making):
    structure, state, as_of_us = making()
    # A lot flows for 0.6 of a day; eight of ten become good.
    arrivals = arrivals_by_point(structure, state, as_of_us, 3)
    assert arrivals[:, 2] == pytest.approx([8.0, 0.0, 0.0])


def test_production_that_flows_for_long_comes_in_its_period(making):
    structure, state, as_of_us = making(settings={"review_s": 3_600})
    # The lot of an hour flows for 5600 s.
    assert structure.problem.lead_periods[2] == 1
    arrivals = arrivals_by_point(structure, state, as_of_us, 3)
    assert arrivals[:, 2] == pytest.approx([0.0, 8.0, 0.0])
    an_hour_on = arrivals_by_point(structure, state, as_of_us + 3_600_000_000, 3)
    assert an_hour_on[:, 2] == pytest.approx([8.0, 0.0, 0.0])


def test_pieces_between_two_operations_are_still_to_come(making):
    structure, state, _ = making(("fill", "F1", 9.0, 1.0))
    assert production_by_point(structure, state)[2] == pytest.approx(8.0)
    # More scrap than usual is a fact, and beats what is usual.
    structure, state, _ = making(("fill", "F1", 5.0, 5.0), ("pack", "K1", 4.0, 1.0))
    assert production_by_point(structure, state)[2] == pytest.approx(4.0)


def test_problem_takes_stock_backlog_and_capacity_from_state(two_echelon, folding):
    network = two_echelon()
    world = folding(network)
    structure = planning_structure(network)
    asked = [
        OrderReceived(order=f"C{n}", customer="M", item="tea", site="shop", quantity=n)
        for n in (2.0, 3.0)
    ]
    counted = StockCounted(item="tea", site="hub", quantity=0.0)
    _, state = world.fold((0, counted), *((1, order) for order in asked))
    problem = replenishment_problem(
        structure, state, now_us=world.as_of_us, demand=np.ones((1, 3))
    )
    assert problem.stock.tolist() == [0.0, 10.0]
    assert problem.backlog.tolist() == [5.0]
    assert problem.capacity.shape == (len(structure.capacity), 3)


def test_stock_below_nothing_counts_as_none_and_strangers_not(two_echelon, folding):
    network = two_echelon()
    world = folding(network)
    events = [
        ShipmentDispatched(
            shipment="S1", item="tea", from_site="hub", to_site="mars", quantity=25.0
        ),
        StockCounted(item="gold", site="hub", quantity=9.0),
        StockCounted(item="tea", site="moon", quantity=9.0),
    ]
    _, state = world.fold(*((k, event) for k, event in enumerate(events)))
    problem = replenishment_problem(
        planning_structure(network),
        state,
        now_us=world.as_of_us,
        demand=np.ones((1, 2)),
    )
    assert problem.stock.tolist() == [0.0, 10.0]
    assert not problem.arrivals.any()


def test_lost_demand_has_no_backlog(two_echelon, folding):
    def lost(tables):
        tables["demands"][0]["backlogged"] = False

    network = two_echelon(lost)
    world = folding(network)
    asked = OrderReceived(
        order="C", customer="M", item="tea", site="shop", quantity=50.0
    )
    _, state = world.fold((0, asked))
    problem = replenishment_problem(
        planning_structure(network),
        state,
        now_us=world.as_of_us,
        demand=np.ones((1, 2)),
    )
    assert problem.backlog.tolist() == [0.0]
