from dataclasses import replace

import pytest

from optimizer.procurement.model import ElasticPrices, solve_elastic
from optimizer.procurement.program import program_of


def test_where_there_is_a_plan_nothing_gives_way(bolt):
    answer = solve_elastic(program_of(bolt), ElasticPrices(), seconds=10.0)
    assert answer.price == pytest.approx(0.0)
    assert answer.proven
    assert not answer.missing.any()


def test_the_least_units_beyond_a_capacity_are_found(bolt):
    near = replace(bolt.suppliers[1], capacity=(1.0, 2.0, 3.0))
    problem = replace(bolt, offers=bolt.offers[1:], suppliers=(near,))
    prices = ElasticPrices(missing=99.0)
    answer = solve_elastic(program_of(problem), prices, seconds=10.0)
    # 12 units are needed beside the one in stock, 6 are there.
    assert answer.supplier_units.sum() == pytest.approx(6.0)
    assert answer.price == pytest.approx(18.0)
