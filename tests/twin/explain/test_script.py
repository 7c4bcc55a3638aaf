"""Rules of release, read out of pegs."""

import polars as pl
import pytest

from twin.explain.script import NEVER, script_of

DAY = 86_400


def orders(*rows):
    names = ("order", "release_us")
    return pl.DataFrame(rows, schema=names, orient="row")


@pytest.fixture
def script():
    """Leaf of P1 comes on day 2, tea is made of it on day 3 and sent ahead on day 1."""
    pegs = pl.DataFrame(
        [
            ("purchase", "P1", "used", "M1", "leaf", "P", 1.5 * DAY),
            ("opening", "", "used", "M1", "box", "P", 0.0),
            ("made", "M1", "transfer_out", "T1", "tea", "P", 3.5 * DAY),
            ("made", "M1", "delivered", "C1", "tea", "P", 3.5 * DAY),
        ],
        schema=("from_kind", "from_order", "to_kind", "to_order", "item", "place",
                "since_us"),
        orient="row",
    )  # fmt: skip
    moves = pl.DataFrame(
        [("P1", "leaf", "P", 1.5 * DAY, 4.0), ("P1", "leaf", "P", 2.5 * DAY, 4.0),
         ("M1", "tea", "P", 3.5 * DAY, 2.0)],
        schema=("order", "item", "place", "time_us", "quantity"), orient="row",
    )  # fmt: skip
    table = orders(("P1", 0), ("M1", 3 * DAY), ("T1", DAY), ("", 2 * DAY))
    return script_of(table, pegs=pegs, moves=moves, start_us=0, review_us=DAY)


def test_order_waits_for_its_goods_and_is_held_back(script):
    bought, made, sent, nothing = script.steps
    assert (bought.ready, bought.hold, bought.needs) == (0, 0, ())
    assert (made.ready, made.hold, made.held) == (2, 1, 1)
    (need,) = made.needs
    # Of the leaves the first part was enough.
    assert (need.source, need.quantity) == ("P1", pytest.approx(4.0))
    assert (sent.ready, sent.latest, sent.held) == (4, 1, 0)
    assert (nothing.release, nothing.hold, nothing.latest) == (2, 2, NEVER)


def test_nobody_waits_for_what_is_left_out(script):
    fewer = script.without([0])
    assert fewer.orders.height == 3
    assert [step.row for step in fewer.steps] == [0, 1, 2]
    assert fewer.steps[0].needs == ()
    assert (fewer.steps[0].earliest, fewer.steps[1].earliest) == (3, 0)
    assert fewer.steps[1].needs[0].source == "M1"
