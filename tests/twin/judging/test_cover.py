"""What a later plan would cover less, against plain formulas."""

import numpy as np
import pytest

from twin.judging.cover import outgrown
from twin.planning import planning_structure


@pytest.fixture
def chain(two_echelon):
    return planning_structure(two_echelon())


def test_nothing_outgrows_a_cover_that_does_not_grow(chain):
    beyond = np.array([[5.0, 0, 0, 0, 0, 0]])
    assert not outgrown(chain, np.ones((2, 6)), beyond).any()


def test_point_of_customers_outgrows_by_its_lead(chain):
    beyond = np.array([[4.0, 2.0, 1.0, 0.5, 0.25, 0.0]])
    problem = chain.problem
    shop = problem.demand_point[0]
    ship = int(np.flatnonzero(problem.output_point == shop)[0])
    lead = int(problem.lead_periods[ship]) + 1
    running = np.concatenate([[0.0], beyond[0].cumsum()])
    expected = [running[min(lead + t, 6)] - running[lead] for t in range(7)]
    found = outgrown(chain, np.ones((2, 6)), beyond)
    np.testing.assert_allclose(found[shop], expected)


def test_supplying_point_keeps_the_cover_of_the_way_to_it(chain):
    # As many units as are sent are covered; what was planned to be sent outgrows too.
    beyond = np.array([[4.0, 2.0, 1.0, 0.5, 0.25, 0.0]])
    problem = chain.problem
    shop = problem.demand_point[0]
    hub = 1 - shop
    ship, buy = (
        int(np.flatnonzero(problem.output_point == point)[0]) for point in (shop, hub)
    )
    near = int(problem.lead_periods[ship]) + 1
    far = near + int(problem.lead_periods[buy])
    running = np.concatenate([[0.0], beyond[0].cumsum()])

    def at(k):
        return running[min(k, 6)]

    expected = [0.0] + [
        (at(far + t) - at(far)) - (at(near + t - 1) - at(near)) for t in range(1, 7)
    ]
    found = outgrown(chain, np.ones((2, 6)), beyond)
    np.testing.assert_allclose(found[hub], expected)


def test_components_outgrow_by_their_usage(works):
    structure = planning_structure(works())
    problem = structure.problem
    beyond = np.full((len(problem.demand_point), 8), 1.0)
    found = outgrown(structure, np.ones((problem.n_activities, 8)), beyond)
    assert (found[:, 0] == 0.0).all()
    tea = int(problem.demand_point[0])
    assert found[tea, 1] > 0.0
