import pytest

from twin.errors import OptionError
from twin.simulate.reference.stock import StockPoints


def test_points_are_those_of_the_network_with_what_is_on_hand(chain):
    network = chain()
    points = StockPoints(network)
    shop = points.point(0, network.place_index["shop"])
    assert (len(points), points.on_hand[shop], points.backorder[shop]) == (2, 4.0, 0.0)
    points.on_hand[shop] = 7.0
    levels = points.levels()
    assert levels.on_hand[shop] == 7.0
    assert levels.site.tolist() == network.stock.site_index.tolist()


def test_a_point_that_does_not_exist_is_named(workshop):
    network = workshop()
    with pytest.raises(OptionError, match="item 'tea' is not kept at 9"):
        StockPoints(network).point(network.item_index["tea"], 9)
