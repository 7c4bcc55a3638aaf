import numpy as np

from optimizer.logistics.transshipment.program import unbalanced
from optimizer.logistics.transshipment.search.shipping import relaxed
from optimizer.logistics.transshipment.search.sloping import Slopes


def never():
    return False


def rng():
    return np.random.Generator(np.random.Philox(0))


def test_flows_that_share_lanes_use_fewer_and_cost_less(network):
    problem = network(2, n_items=8, n_periods=6, fixed_cost=np.full(8, 60.0))
    relaxation = relaxed(problem, never, n_threads=1)
    slopes = Slopes(relaxation)
    before, first = slopes.cost, relaxation.layout.first_lane
    slopes.scale(never, n_threads=2)
    assert slopes.cost < before

    def used(flow):
        return int((problem.volume @ flow[:, first:] > 1e-9).sum())

    assert used(slopes.flow) < used(relaxation.flow)
    off = unbalanced(relaxation.layout, slopes.flow, relaxation.balance)
    assert off.max() < 1e-9


def test_fitted_flows_need_no_more_vehicles_than_there_may_be(network):
    problem = network(2, n_items=8, n_periods=6, vehicles_max=np.ones(8, dtype=int))
    relaxation = relaxed(problem, never, n_threads=1)
    slopes, layout = Slopes(relaxation), relaxation.layout
    flow = slopes.fitted(rng(), never)
    room = problem.lanes.room[layout.lane]
    assert (problem.volume @ relaxation.flow[:, layout.first_lane :] > room).any()
    assert (problem.volume @ flow[:, layout.first_lane :] <= room + 1e-9).all()
    assert unbalanced(layout, flow, relaxation.balance).max() < 1e-9


def test_ended_before_anything_leaves_the_relaxation(network):
    relaxation = relaxed(network(1), never, n_threads=1)
    slopes = Slopes(relaxation)
    slopes.scale(lambda: True, n_threads=1)
    flow = slopes.fitted(rng(), lambda: True)
    np.testing.assert_array_equal(flow, relaxation.flow)
