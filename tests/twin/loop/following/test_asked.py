"""What customers asked for, the same to the last bit however it came in batches."""

import numpy as np

from streams.events import OrderReceived
from twin.loop.following.asked import AskedByReview
from twin.state.points import NetworkView

UNITS = (0.1, 0.2, 0.3, 0.7)


def fold(folding, network, cuts):
    told = folding(network)
    asked = AskedByReview(network, NetworkView(network))
    orders = [
        (k + 1, OrderReceived(order=f"O{k}", customer="M", item="tea", site="shop",
                              quantity=units))
        for k, units in enumerate(UNITS)
    ]  # fmt: skip
    for first, last in cuts:
        batch, _ = told.fold(*orders[first:last])
        asked.apply(batch, told.state)
    return asked


def test_sums_do_not_depend_on_batches(tea, folding):
    found = [
        fold(folding, tea, cuts)
        for cuts in ([(0, 4)], [(0, 1), (1, 4)], [(k, k + 1) for k in range(4)])
    ]
    assert len({one.digest() for one in found}) == 1
    assert found[0].values().tolist() == [[((0.1 + 0.2) + 0.3) + 0.7]]


def test_closed_periods_stay_and_snapshot_holds_all(tea, folding):
    asked = fold(folding, tea, [(0, 4)])
    asked.close_period()
    again = AskedByReview(tea, NetworkView(tea))
    again.restore(asked.snapshot())
    assert again.n_closed == asked.n_closed == 1
    assert again.digest() == asked.fork().digest() == asked.digest()
    assert np.array_equal(again.values()[:, 1], [0.0])
