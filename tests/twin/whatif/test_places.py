"""Places to ask are those that goods come from."""

import pytest

from twin.errors import OptionError
from twin.whatif.places import check_way, places_to_ask


@pytest.fixture
def delivered(two_echelon):
    """Make the chain with a lane from the hub to the customer."""

    def make(item="tea"):
        def change(tables):
            tables["items"].append({"item": "cup", "unit_cost": 1.0})
            ways = {"buy cup": ("V", "hub", "cup"), "bring": ("hub", "M", item)}
            tables["lanes"] += [
                {"lane": lane, "from_place": origin, "to_place": target, "item": goods,
                 "lead_time_s": 86_400}
                for lane, (origin, target, goods) in ways.items()
            ]  # fmt: skip

        return two_echelon(change)

    return make


def test_places_are_those_that_serve_the_item(two_echelon, delivered):
    network = two_echelon()
    served = (("shop", "M"),)
    assert places_to_ask(network, "tea", site=None, customer=None) == served
    assert places_to_ask(network, "tea", site="shop", customer="M") == served
    found = places_to_ask(delivered(), "tea", site="hub", customer="M")
    assert found == (("hub", "M"),)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"item": "coffee"}, "item 'coffee': the network has none; it has tea"),
        ({"item": "tea", "site": "V"}, "site 'V': the network has none"),
        ({"item": "tea", "customer": "X"}, "customer 'X': the network has none"),
        ({"item": "tea", "site": "hub"}, "no row for it, site 'hub'; name both"),
        (
            {"item": "tea", "site": "hub", "customer": "M"},
            "'hub': no lane takes item 'tea' .* customer 'M', .* served from shop$",
        ),
    ],
)
def test_place_that_serves_nobody_is_named(two_echelon, asked, reason):
    with pytest.raises(OptionError, match=reason):
        places_to_ask(two_echelon(), **{"site": None, "customer": None} | asked)


def test_lane_of_another_item_is_no_way(delivered):
    network = delivered("cup")
    check_way(network, "cup", site="hub", customer="M")
    with pytest.raises(OptionError, match=r"it is served from shop$"):
        check_way(network, "tea", site="hub", customer="M")
    with pytest.raises(OptionError, match=r"it is served from hub$"):
        check_way(network, "cup", site="shop", customer="M")
    with pytest.raises(OptionError, match=r"it is served from no site$"):
        check_way(delivered(), "cup", site="shop", customer="M")
