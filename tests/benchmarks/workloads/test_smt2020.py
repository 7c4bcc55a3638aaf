from collections import Counter
from datetime import datetime

import numpy as np
import pytest

from benchmarks.workloads import smt2020
from twin.model.elements import NO_STEP


@pytest.fixture(scope="module")
def fab(public_data):
    return smt2020.read_fab(public_data)


@pytest.fixture(scope="module")
def network(fab):
    return smt2020.network(fab, rule="critical_ratio")


def test_steps_are_those_of_the_testbed(fab):
    steps = smt2020.operations(fab, "part_3")
    assert sum(bool(step.setup) for step in steps) == 58
    assert sum(step.rework > 0 for step in steps) == 7
    assert sum(step.batch > 1 for step in steps) == 17
    assert len(smt2020.operations(fab, "part_4")) == 343


def test_network_holds_every_tool_and_lot(fab, network):
    ways = sum(group.startswith("from ") for group in network.groups)
    assert len(network.machines.ids) == 1_443 + ways
    assert ways == 106
    orders = network.open_orders
    assert len(orders.ids) == 2_244  # the rest are all but done
    assert (orders.step != NO_STEP).all()
    assert (orders.step % 2 == 0).all()


def test_tools_that_are_divided_are_all_there_and_none_is_overloaded(fab):
    steps = {part: smt2020.operations(fab, part) for part in fab.routes}
    divided = smt2020.divided_tools(fab, steps)
    assert {family: len(groups) for family, groups in divided.items()} == {
        "DE_BE_13": 21, "DE_BE_66": 19, "Implant_128": 10, "Implant_132": 8,
        "Implant_91": 6,
    }  # fmt: skip
    assert Counter(divided["Implant_128"]).most_common(1)[0][1] == 4


def test_loads_are_below_one_and_highest_at_lithography(fab):
    loads = smt2020.loads(fab)
    assert max(loads, key=lambda family: loads[family]) == "Litho_BE_110"
    assert 0.9 < max(loads.values()) < 1.0


def test_lots_under_way_come_in_the_order_of_their_release(fab):
    orders = smt2020.open_orders(fab)
    allowed = {row["LOT"]: smt2020.allowance_s(row) for row in fab.orders}
    due = np.array([datetime.fromisoformat(o["due"]).timestamp() for o in orders])
    allowances = [allowed[smt2020.kind_of(order["order"])] for order in orders]
    assert (np.diff(due - np.array(allowances)) >= 0).all()


def test_kind_of_a_lot():
    assert smt2020.kind_of("0007 Init_SuperHotLot_3_12") == "SuperHotLot_3"
