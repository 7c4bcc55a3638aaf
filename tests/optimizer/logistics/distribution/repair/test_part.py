"""The part of a network that some activities touch."""

import numpy as np

from optimizer.logistics.distribution import ReplenishmentProblem
from optimizer.logistics.distribution.repair.part import part_of


def test_part_has_the_points_that_are_touched_and_all_who_meet_them(divergent):
    network = divergent(backlogged=True)
    n = network.n_activities
    problem = ReplenishmentProblem(
        network=network,
        stock=np.arange(1.0, 7.0),
        demand=np.full((1, 4), 5.0),
        capacity=np.full((3, 4), 50.0),
    )
    # Raw material to the factory at point 3: nothing else but what it is sent on by.
    chosen = np.arange(n) == 7
    part = part_of(problem, chosen, np.full((n, 4), 2.0))
    assert part.points.tolist() == [3]
    assert part.activities.tolist() == [2, 3, 7]
    assert part.problem.stock.tolist() == [4.0, 0.0]
    assert part.problem.network.n_demands == 0
    assert part.problem.network.output_point.tolist() == [1, 1, 0]


def test_part_leaves_of_capacities_what_others_do_not_use(divergent):
    network = divergent(backlogged=True)
    n = network.n_activities
    problem = ReplenishmentProblem(
        network=network,
        stock=np.ones(6),
        demand=np.full((1, 2), 5.0),
        capacity=np.full((3, 2), 50.0),
    )
    # The lane from point 4 shares nothing, those from 5 to 1 and to 2 one capacity.
    chosen = np.arange(n) == 6
    part = part_of(problem, chosen, np.full((n, 2), 30.0))
    assert part.points.tolist() == [2, 5]
    assert 5 in part.activities.tolist()
    assert part.problem.capacity.tolist() == [[20.0, 20.0], [50.0, 50.0]]


def test_part_of_everything_is_the_whole(random_network, random_problem):
    rng = np.random.default_rng(8)
    network = random_network(rng)
    problem = random_problem(network, rng, 3)
    n = network.n_activities
    part = part_of(problem, np.ones(n, np.bool_), np.zeros((n, 3)))
    assert part.activities.tolist() == list(range(n))
    whole = part.problem.network
    assert whole.input_usage.tolist() == network.input_usage.tolist()
    kept = np.append(part.points, -1)
    assert kept[whole.input_point].tolist() == network.input_point.tolist()
