import numpy as np
import pytest

from optimizer.inventory.search.curves import curves_of, policy_of


def test_curves_are_means_over_the_periods_of_a_review(make_item):
    item = make_item(review_periods=2, shortage_cost=9.0)
    curves = curves_of(item)
    first, second = item.exposures()
    number = curves.first + 20
    missing = (first.loss(np.array([number])) + second.loss(np.array([number])))[0] / 2
    assert curves.backorder[20] == pytest.approx(missing)
    assert curves.covered.mean == pytest.approx(second.mean)
    left = number - 4.0 * (1.6 + 1.5) + missing
    assert curves.on_hand[20] == pytest.approx(left)


def test_curves_go_on_straight_beyond_their_ends(make_item):
    item = make_item(shortage_cost=9.0)
    curves = curves_of(item)
    top = curves.first + curves.cost.size + 50
    policy = policy_of(
        item, curves, kind="base_stock", levels=(top - 1, top), share=np.ones(1)
    )
    assert policy.measures.on_hand == pytest.approx(top - 4.0 * 2.6)
    assert policy.measures.fill_rate == pytest.approx(1.0)
