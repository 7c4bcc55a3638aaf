import numpy as np

from optimizer.logistics.transshipment._kernels.rerouting import (
    carry,
    fill,
    shave,
    shave_all,
    swap,
)
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
        saved, _ = shave(s, paths, lane, order, 0, 3, 1.0, 0)
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
    assert carry(s, paths, 0, 0) == 0.0
    none = int(np.flatnonzero(s.vehicles == 0)[0])
    assert shave(s, paths, none, lanes, 0, 1, 1.0, 7) == (0.0, 7)


def test_no_more_is_spent_than_the_share_allows(network):
    search, s, paths = state(network, 0)
    order = np.arange(6)
    for lane in np.flatnonzero(s.vehicles > 0).tolist():
        worth = s.vehicle_cost[lane] + s.fixed_cost[lane] * (s.vehicles[lane] == 1)
        before = search._counted()
        saved, _ = shave(s, paths, lane, order, 0, 3, 0.25, 0)
        assert saved == 0.0 or saved >= 0.75 * worth - 1e-6
        np.testing.assert_allclose(before - search._counted(), saved, atol=1e-6)


def test_room_of_a_vehicle_more_is_filled_with_what_saves(network):
    _, s, paths = state(network, 2)
    order = np.arange(6)
    saved_any = 0.0
    for lane in range(s.vehicles.size):
        s.vehicles[lane] += 1
        before = (s.flow * s.cost).sum()
        saved, n_changed = fill(s, paths, lane, order, 0)
        assert saved >= 0.0
        assert (n_changed == 0) == (saved == 0.0)
        np.testing.assert_allclose(before - (s.flow * s.cost).sum(), saved, atol=1e-6)
        saved_any += saved
    assert saved_any > 0.0
    load = s.volume @ s.flow[:, s.first_lane :]
    assert (load <= s.vehicles * s.room + 1e-6).all()


def test_swap_saves_what_is_told_or_leaves_all(network):
    search, s, paths = state(network, 3)
    kept = np.zeros_like(s.vehicles)
    saved_any = 0.0
    for lane in range(s.vehicles.size):
        before, flow = search._counted(), s.flow.copy()
        others = np.flatnonzero(s.vehicles > 0)[:6]
        saved = swap(s, paths, lane, others, kept, np.arange(6), 0, 4)
        np.testing.assert_allclose(before - search._counted(), saved, atol=1e-6)
        if saved == 0.0:
            np.testing.assert_allclose(s.flow, flow, atol=1e-9)
        saved_any += saved
    assert saved_any > 0.0
