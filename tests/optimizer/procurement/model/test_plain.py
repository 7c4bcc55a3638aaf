from dataclasses import replace

import pytest

from optimizer.procurement.check import purchase_cost
from optimizer.procurement.model import solve_mip
from optimizer.procurement.program import program_of


def test_the_whole_problem_is_solved(bolt):
    program = program_of(bolt)
    answer = solve_mip(program, seconds=10.0)
    assert answer.status == "optimal"
    costs = purchase_cost(bolt, program.orders(answer.lots))
    assert sum(costs.values()) == pytest.approx(17.3)


def test_what_is_impossible_is_proven(bolt):
    far, near = bolt.offers
    program = program_of(
        replace(bolt, offers=(far, replace(near, capacity=(1.0, 1.0, 1.0))))
    )
    assert solve_mip(program, seconds=10.0).status == "infeasible"
