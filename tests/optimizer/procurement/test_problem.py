from dataclasses import replace

import pytest

from optimizer.errors import ProblemError
from optimizer.procurement import Item, Lateness, OpenOrder, PriceBreak
from optimizer.procurement.problem import common_step


def test_terms_make_money_cheaper(bolt):
    late = replace(bolt.suppliers[0], payment_days=365.0, exchange_rate=0.5)
    assert replace(bolt, interest_rate=0.25).money_factor(late) == pytest.approx(0.4)


def test_common_step_divides_all():
    assert common_step([6.0, 4.0]) == 2.0
    assert common_step([0.25, 0.1]) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: {"items": ()}, "at least one"),
        (lambda p: {"items": p.items * 2}, "'bolt' comes twice"),
        (lambda p: {"offers": p.offers * 2}, "comes twice"),
        (lambda p: {"items": (replace(p.items[0], stock=-1.0),)}, "stock must be >= 0"),
        (
            lambda p: {"offers": (replace(p.offers[0], supplier="x"),)},
            "supplier 'x' is not there",
        ),
        (
            lambda p: {"offers": (replace(p.offers[0], share_max=1.5),)},
            "share_max must be <= 1",
        ),
        (
            lambda p: {
                "offers": (
                    replace(p.offers[0], prices=(PriceBreak(quantity=2.0, price=1.0),)),
                )
            },
            "prices must begin at 0",
        ),
        (
            lambda p: {"suppliers": (replace(p.suppliers[0], capacity=(1.0,)),)},
            "capacity must be 3",
        ),
        (
            lambda p: {"open_orders": (OpenOrder(item="x", period=0, quantity=1.0),)},
            "item 'x' is not there",
        ),
        (
            lambda p: {"items": (*p.items, Item(name="nut", needs=(1.0,)))},
            "needs must be 3",
        ),
    ],
)
def test_what_is_no_problem_is_refused(bolt, change, said):
    with pytest.raises(ProblemError, match=said):
        replace(bolt, **change(bolt))


def test_lateness_is_a_law():
    assert Lateness().late == 0.0
    with pytest.raises(ProblemError, match="sum to 1"):
        Lateness(periods=(0, 1), probability=(0.5, 0.4))
