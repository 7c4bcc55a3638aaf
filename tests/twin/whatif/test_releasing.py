"""Production orders of a branch beside those that a policy decides."""

from types import SimpleNamespace

import numpy as np

from streams.batch import NO_TIME
from twin.cycle import Decided
from twin.simulate.decisions import Decisions
from twin.whatif.releasing import Releasing


class Deciding:
    """Always decides the same."""

    name, information = "same", "nothing"

    def __init__(self, decisions):
        self.decisions = decisions

    def observe(self, asked):
        """Learn nothing."""

    def decide(self, state, now_us):
        return Decided(self.decisions)


def test_release_of_a_branch_goes_before_orders_that_say_more():
    decisions = Decisions(
        make_item=np.array([1], np.int32), make_site=np.array([0], np.int32),
        make_quantity=np.array([2.0]), make_priority=np.array([3.0]),
        make_due_us=np.array([5], np.int64), make_for=("C1",), make_name=("M1",),
    )  # fmt: skip
    release = SimpleNamespace(item_index=7, site_index=8, quantity=9.0, time_us=3)
    policy = Releasing(Deciding(decisions), [release])
    assert policy.decide(None, 2).decisions is decisions
    both = policy.decide(None, 3).decisions
    assert policy.decide(None, 4).decisions is decisions
    assert both.make_quantity.tolist() == [9.0, 2.0]
    assert both.make_due_us.tolist() == [NO_TIME, 5]
    assert np.isnan(both.make_priority[0])
    assert (both.make_for, both.make_name) == (("", "C1"), ("", "M1"))
