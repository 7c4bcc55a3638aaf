import numpy as np

from optimizer.logistics.transshipment._kernels.rerouting import carry, shave, shave_all
from optimizer.logistics.transshipment.search.shipping import ShippingSearch, relaxed


def state(network, seed):
    problem = network(seed, n_items=6, n_periods=6)
    relaxation = relaxed(problem, lambda: False, n_threads=1)
    search = ShippingSearch(relaxation, seed=0, tries=3)
    return search, search._s, search._paths


def test_saved_vehicle_is_worth_what_is_told(network):
    search, s, paths = state(network, 0)
    order = np.arange(6)
    for lane in np.flatnonzero(s.vehicles > 0).tolist():
        before, flow = search._counted(), s.flow.copy()
        saved = shave(s, paths, lane, order, 0, 3, 1.0)
        assert saved >= 0.0
        np.testing.assert_allclose(before - search._counted(), saved, atol=1e-6)
        if saved == 0.0:
            np.testing.assert_allclose(s.flow, flow, atol=1e-9)


def test_rounds_over_all_lanes_add_up(network):
    search, s, paths = state(network, 1)
    lanes = np.flatnonzero(s.vehicles > 0)
    before = search._counted()
    offsets = np.zeros(lanes.size, int)
    saved = shave_all(s, paths, lanes, np.arange(6), offsets, 3, 1.0)
    assert saved > 0.0
    np.testing.assert_allclose(before - search._counted(), saved, atol=1e-6)
    assert carry(s, paths, 0) == 0.0
    assert (
        shave(s, paths, int(np.flatnonzero(s.vehicles == 0)[0]), lanes, 0, 1, 1.0)
        == 0.0
    )


def test_no_more_is_spent_than_the_share_allows(network):
    search, s, paths = state(network, 0)
    order = np.arange(6)
    for lane in np.flatnonzero(s.vehicles > 0).tolist():
        worth = s.vehicle_cost[lane] + s.fixed_cost[lane] * (s.vehicles[lane] == 1)
        before = search._counted()
        saved = shave(s, paths, lane, order, 0, 3, 0.25)
        assert saved == 0.0 or saved >= 0.75 * worth - 1e-6
        np.testing.assert_allclose(before - search._counted(), saved, atol=1e-6)
