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
        (lambda p: {"items": p.items * 2}, "item 'bolt': comes twice"),
        (lambda p: {"offers": p.offers * 2}, "bolt from far: comes twice; `mode`"),
        (lambda p: {"period_days": 0.0}, "period_days must be > 0"),
        (lambda p: {"items": (replace(p.items[0], stock=-1.0),)}, "stock must be >= 0"),
        (
            lambda p: {"offers": (replace(p.offers[0], supplier="x"),)},
            "supplier 'x' is not there; there are 'far', 'near'",
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
            "quantities of prices must rise from 0",
        ),
        (
            lambda p: {"suppliers": (replace(p.suppliers[0], capacity=(1.0,)),)},
            "capacity must be a number for each of 3 periods, were 1",
        ),
        (
            lambda p: {"open_orders": (OpenOrder(item="x", period=0, quantity=1.0),)},
            "open order of 'x': item 'x' is not there; there are 'bolt'",
        ),
        (
            lambda p: {
                "open_orders": (
                    OpenOrder(item="bolt", period=0, quantity=1.0, supplier="who"),
                )
            },
            "open order of 'bolt': supplier 'who' is not there",
        ),
        (
            lambda p: {"offers": (replace(p.offers[0], lead_periods=1.5),)},
            "lead_periods must be a whole number >= 0, was 1.5",
        ),
        (
            lambda p: {"items": (*p.items, Item(name="nut", needs=(1.0,)))},
            r"needs must be as many periods as the first item's \(3\), were 1",
        ),
    ],
)
def test_what_is_no_problem_is_refused(bolt, change, said):
    with pytest.raises(ProblemError, match=said):
        replace(bolt, **change(bolt))


def test_lateness_is_a_law():
    assert Lateness().late == 0.0
    with pytest.raises(ProblemError, match=r"sum to 1, was .*, in sum 0.9"):
        Lateness(periods=(0, 1), probability=(0.5, 0.4))
    with pytest.raises(ProblemError, match="periods must be whole and >= 0"):
        Lateness(periods=(0, -1), probability=(0.5, 0.5))


def test_modes_tell_offers_of_a_supplier_apart(bolt):
    sea = replace(bolt.offers[0], mode="sea")
    air = replace(bolt.offers[0], mode="air", lead_periods=0)
    both = replace(bolt, offers=(sea, air))
    assert [one.name for one in both.offers] == [
        "bolt from far by sea",
        "bolt from far by air",
    ]
    assert sea.key != air.key
