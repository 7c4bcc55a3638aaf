"""Plans wait for approval where they must, and the newest stands for all before."""

import pytest

from streams.codec import decode, encode
from streams.events import (
    OrderDispatched,
    PlanApproved,
    PlanLine,
    PlanRejected,
    PlanReleased,
)
from streams.names import Names
from streams.records import RecordBatch
from twin.loop.following.proposals import Proposals


class Board:
    """Plans, and events told to them."""

    def __init__(self, *, must_be_approved=True):
        self.names = Names()
        self.plans = Proposals(
            self.names, must_be_approved=must_be_approved, source="millstream"
        )
        self.n_told = 0

    def tell(self, event, source="millstream"):
        self.n_told += 1
        value = encode(event, event_id=str(self.n_told), source=source, time_us=9)
        decoded = decode(RecordBatch.of("log/0", [value]), self.names)
        self.plans.apply(decoded.events)

    @property
    def waiting(self):
        return [one.plan for one in self.plans.waiting]

    @property
    def approved(self):
        return [one.plan for one in self.plans.approved]


@pytest.fixture
def board():
    return Board()


def plan(name, *, release_us=5):
    line = PlanLine(
        kind="purchase", item="tea", site="hub", quantity=2.0, source="V",
        release_us=release_us, due_us=9,
    )  # fmt: skip
    return PlanReleased(plan=name, start_us=5, end_us=99, cost=1.5, lines=(line,))


def test_plan_waits_until_it_is_approved_and_its_orders_left(board):
    board.tell(plan("r/1"))
    assert (board.waiting, board.approved) == (["r/1"], [])
    board.tell(PlanApproved(plan="r/1", who="ada"), source="erp")
    assert (board.waiting, board.approved) == ([], ["r/1"])
    board.tell(OrderDispatched(order="PO-1", kind="purchase", plan="r/1"))
    assert board.approved == []
    assert board.plans.counts["approved"] == 1


def test_rejected_plan_is_dropped(board):
    board.tell(plan("r/1"))
    board.tell(PlanRejected(plan="r/1", who="ada"), source="erp")
    assert (board.waiting, board.approved) == ([], [])
    assert board.plans.counts["rejected"] == 1


def test_newer_plan_for_all_takes_the_place_of_one_that_waits(board):
    board.tell(plan("r/1"))
    board.tell(plan("r/2/part"))
    board.tell(plan("r/3"))
    assert board.waiting == ["r/2/part", "r/3"]
    board.tell(PlanApproved(plan="r/1", who="ada"), source="erp")
    assert board.approved == []
    counts = board.plans.counts
    assert (counts["superseded"], counts["unexpected"]) == (1, 1)


def test_plans_of_others_are_passed_over(board):
    board.tell(plan("theirs"), source="erp")
    assert (board.waiting, board.plans.in_force) == ([], None)


def test_without_approval_nothing_waits():
    board = Board(must_be_approved=False)
    board.tell(plan("r/1"))
    assert board.waiting == []
    assert board.plans.in_force == plan("r/1")


def test_approved_plan_of_nothing_for_now_is_done(board):
    board.tell(plan("r/1", release_us=6))
    board.tell(PlanApproved(plan="r/1", who="ada"))
    assert board.approved == []


def test_plan_is_in_force_once_it_is_approved_and_not_if_rejected(board):
    board.tell(plan("r/1"))
    assert board.plans.in_force is None, "its orders wait"
    board.tell(PlanApproved(plan="r/1", who="ada"), source="erp")
    assert board.plans.in_force == plan("r/1")
    board.tell(plan("r/2"))
    again = board.plans.fork()
    board.tell(PlanRejected(plan="r/2", who="ada"), source="erp")
    assert (board.plans.in_force, again.in_force) == (None, None)
    again.restore(again.snapshot())
    assert [one.plan for one in again.waiting] == ["r/2"]
    assert again.in_force is None
    board.tell(plan("r/3/part"))
    assert board.plans.in_force is None


def test_snapshot_and_fork_hold_everything(board):
    board.tell(plan("r/1"))
    board.tell(PlanApproved(plan="r/1", who="ada"))
    board.tell(plan("r/2"))
    again = Proposals(Names(), must_be_approved=True, source="millstream")
    again.restore(board.plans.snapshot())
    fork = board.plans.fork()
    assert again.digest() == fork.digest() == board.plans.digest()
    board.tell(plan("r/3"))
    assert again.digest() == fork.digest() != board.plans.digest()
