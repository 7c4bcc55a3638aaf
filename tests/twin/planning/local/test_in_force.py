"""What is left of a released plan, and its lines after a repair."""

import numpy as np
import pytest

from optimizer.logistics.distribution.repair import ReplenishmentRepair
from streams.events import PlanLine
from twin.planning import planning_structure
from twin.planning.local import in_force, revised_lines

DAY_US = 86_400_000_000


@pytest.fixture
def structure(two_echelon):
    return planning_structure(two_echelon())


def lines(structure, *days):
    """Lanes that are used on days after `as_of`: ten more units each time."""
    as_of_us = structure.network.settings.as_of_us
    kinds = {"hub": ("purchase", "V"), "shop": ("transport", "hub")}
    return tuple(
        PlanLine(
            kind=kinds[site][0], item="tea", site=site, source=kinds[site][1],
            quantity=10.0 * (k + 1), release_us=as_of_us + day * DAY_US,
            due_us=as_of_us + (day + 2) * DAY_US,
        )
        for k, (site, day) in enumerate(days)
    )  # fmt: skip


def read(structure, given, *, after_days=0.5, known_days=6):
    as_of_us = structure.network.settings.as_of_us
    return in_force(
        structure, given, now_us=as_of_us + round(after_days * DAY_US),
        known_us=as_of_us + known_days * DAY_US, n_periods=28,
    )  # fmt: skip


def repaired(plan, changes):
    orders, changed = plan.orders.copy(), np.zeros(plan.orders.shape, np.bool_)
    for cell, quantity in changes.items():
        orders[cell], changed[cell] = quantity, True
    return ReplenishmentRepair(
        status="optimal", orders=orders, changed=changed,
        squeezed=np.zeros_like(changed), profit=0.0, n_points=2, n_solves=1,
    )  # fmt: skip


def test_orders_that_left_are_not_in_force(structure):
    given = lines(structure, ("hub", 0), ("hub", 1), ("shop", 3))
    plan = read(structure, given)
    assert plan.lines == given[1:]
    assert plan.orders.shape == (2, 6)
    assert {tuple(cell) for cell in np.argwhere(plan.orders).tolist()} == set(plan.cell)
    assert plan.orders.sum() == 50.0


def test_orders_after_what_is_known_are_kept_and_not_planned(structure):
    given = lines(structure, ("hub", 1), ("hub", 9))
    plan = read(structure, given)
    assert plan.lines == given
    assert plan.orders.sum() == 10.0


def test_lines_that_do_not_change_are_the_lines_that_were(structure):
    given = lines(structure, ("hub", 1), ("shop", 2), ("hub", 3))
    plan = read(structure, given)
    now_us = plan.begin_us + DAY_US // 2
    hub = plan.cell[0][0]
    changes = {(hub, 1): 12.0, (hub, 3): 0.0, (hub, 4): 7.0, (hub, 0): 5.0}
    found = revised_lines(structure, plan, repaired(plan, changes), now_us=now_us)
    assert [line.quantity for line in found] == [5.0, 12.0, 20.0, 7.0]
    assert found[2] is given[1]
    assert found[0].release_us == now_us
    assert found[1].due_us == given[0].due_us
    assert [line.release_us for line in found[1:]] == sorted(
        line.release_us for line in found[1:]
    )
    assert revised_lines(structure, plan, repaired(plan, {}), now_us=now_us) == given


def test_campaign_that_has_begun_is_not_planned_again(works):
    structure = planning_structure(works())
    as_of_us = structure.network.settings.as_of_us
    made = tuple(
        PlanLine(
            kind="production", item="tea", site="P", quantity=9.0,
            release_us=as_of_us + day * DAY_US, due_us=as_of_us + (day + 1) * DAY_US,
        )
        for day in (1, 2)
    )  # fmt: skip
    plan = read(structure, made)
    assert len(plan.lines) == sum(day >= structure.campaign for day in (1, 2))
