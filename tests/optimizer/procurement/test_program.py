from dataclasses import replace

import numpy as np
import pytest

from optimizer.procurement import PriceBreak
from optimizer.procurement.program import program_of


def test_lots_divide_every_order(bolt):
    far, near = bolt.offers
    problem = replace(
        bolt, offers=(replace(far, multiple=6.0), replace(near, multiple=4.0))
    )
    program = program_of(problem)
    assert program.table.lot.tolist() == [2.0]
    assert program.table.multiple.tolist() == [3, 2]
    assert program.exact


def test_incremental_bands_have_what_earlier_units_cost(bolt):
    prices = (PriceBreak(quantity=0.0, price=3.0), PriceBreak(quantity=4.0, price=2.0))
    far = replace(bolt.offers[0], prices=prices, incremental=True, freight=0.5)
    table = program_of(replace(bolt, offers=(far,))).table
    assert table.band_cost.tolist() == [[0.0, 3.5], [4.0, 2.5]]
    assert table.band_from.tolist() == [0, 4]


def test_orders_that_come_too_late_are_left_out(bolt):
    program = program_of(bolt)
    assert (program.limit[0] > 0).tolist() == [True, True, False]


def test_orders_are_those_of_the_lots(bolt):
    lots = np.zeros((2, 3), np.int64)
    lots[0, 1] = 5
    (order,) = program_of(bolt).orders(lots)
    assert (order.supplier, order.arrival, order.quantity) == ("far", 2, 5.0)
    assert order.cost == pytest.approx(5.0)
