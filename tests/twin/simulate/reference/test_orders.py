import math

import numpy as np

from twin.model.laws import CONSTANT, EmpiricalLaws
from twin.simulate.random import DURATION, Draws, DurationLaw, Sampler
from twin.simulate.reference.emission import NEVER
from twin.simulate.reference.orders import Operation, ProductionOrder, Recipe, Step
from twin.simulate.reference.queues import Group

SAMPLER = Sampler(1, EmpiricalLaws((), np.zeros(1, np.int32), np.zeros(0), np.zeros(0)))
DRAWS = Draws(SAMPLER, DurationLaw(CONSTANT, 2.0), DURATION, 0)
STEP = Step(
    row=0, operation=0, name=0, group=Group(0, 0), setup_s=5.0, draws=DRAWS,
    yield_rate=1.0, family=-1, rework_rate=0.0, back=0, sampling_rate=1.0,
    left_setup_s=7.0, left_s=3.0, batch_min=1, batch_max=1, timeout_us=NEVER, needs=(),
)  # fmt: skip


def order():
    return ProductionOrder(4, 0, 0, 0, Recipe(0, 0, 0, 1.0, (STEP,)), 10.0)


def test_a_later_visit_draws_other_numbers():
    again = order()
    assert again.draw_number == 4
    again.visit = 2
    assert again.draw_number == 4 + 2 * 2**32


def test_rules_see_means_of_all_pieces_and_what_the_order_says():
    operation = Operation(order(), STEP, 20.0)
    assert (operation.expected_s, operation.left_s) == (25.0, 37.0)
    assert operation.due_us == NEVER
    assert math.isnan(operation.priority)


def test_operations_share_no_state():
    one, other = Operation(order(), STEP, 1.0), Operation(order(), STEP, 1.0)
    one.sets_up, one.mates, one.started_us = True, (other,), 9
    assert (other.sets_up, other.mates, other.started_us) == (False, (), 0)
    assert one != other
