"""Promises agree with a recount of futures, and with what is freed by hand."""

import numpy as np
import pytest

from twin.errors import OptionError
from twin.whatif import FutureOptions, base_branch
from twin.whatif.promise import (
    Promise,
    PromiseOptions,
    Wanted,
    places_to_ask,
    promise,
    quantile_s,
    with_order,
)

DAY_S = 86_400.0


@pytest.fixture
def ask(two_echelon):
    """Promise tea from the shop of a chain that is changed."""

    def make(quantity, change=None, *, n=4, days=20, explains=False, **tables):
        network = two_echelon(change, settings={"horizon_periods": 4}, **tables)
        options = PromiseOptions(
            futures=FutureOptions(horizon_s=days * DAY_S), n_replications=n,
            explains=explains,
        )  # fmt: skip
        (found,) = promise(
            base_branch(network), [Wanted("tea", quantity, "shop", "M")], options,
            monotonic_s=lambda: 0.0,
        )  # fmt: skip
        return found

    return make


def test_what_is_on_hand_is_there_at_once(ask):
    found = ask(10.0, explains=True)
    assert found.in_full_s.tolist() == [0.0] * 4
    assert found.quantile_us(0.9) == found.start_us
    assert found.probability(found.start_us) == 1.0
    assert found.binds == ()


def test_what_the_hub_has_takes_the_way_from_there(ask):
    # Ten of the shop, the rest of the hub, which are two days on their way.
    found = ask(20.0)
    assert found.in_full_s.tolist() == [2 * DAY_S] * 4
    assert found.probability(found.start_us + int(1.9 * DAY_S * 1e6)) == 0.0


def test_order_waits_behind_those_before_it(ask):
    before = [
        {"order": "first", "kind": "customer", "item": "tea", "from_place": "shop",
         "to_place": "M", "quantity": 10, "due": "2024-01-01T00:00:00Z"}
    ]  # fmt: skip
    found = ask(10.0, open_orders=before, explains=True)
    assert (found.in_full_s == 2 * DAY_S).all()
    reasons = {one.lever.name: one.gain_s for one in found.binds}
    assert reasons == {
        "orders of others for tea at shop": 2 * DAY_S,
        "stock of tea at shop": 2 * DAY_S,
        "the way of tea from hub to shop": pytest.approx(2 * DAY_S, rel=1e-3),
    }


def test_what_binds_is_what_brute_force_finds(ask):
    def slow(tables):
        tables["lanes"][0]["lead_time_s"] = 6 * DAY_S

    found = ask(40.0, slow, explains=True)
    held = {one.lever.name: one for one in found.held}

    def with_hub(tables):
        slow(tables)
        tables["stock"][0]["on_hand"] = 10_000

    by_hand = ask(40.0, with_hub)
    hub = held["stock of tea at hub"]
    assert hub.in_full_s.tolist() == by_hand.in_full_s.tolist()
    assert hub.gain_s == pytest.approx((found.in_full_s - by_hand.in_full_s).mean())
    gains = [one.gain_s for one in found.held]
    assert gains == sorted(gains, reverse=True)
    assert hub.counts


def test_order_that_is_never_there_has_no_date(ask):
    found = ask(100_000.0, days=3)
    assert np.isnan(found.in_full_s).all()
    assert found.quantile_us(0.5) is None
    assert found.probability(2**62) == 0.0


def test_soonest_site_comes_first_and_says_what_holds_it(two_echelon):
    network = two_echelon(settings={"horizon_periods": 4})
    choices = [Wanted("tea", 15.0, site, "M") for site in ("shop", "hub")]
    options = PromiseOptions(
        futures=FutureOptions(horizon_s=9 * DAY_S), n_replications=2
    )
    first, second = promise(
        base_branch(network), choices, options, monotonic_s=lambda: 0.0
    )
    assert (first.wanted.site, second.wanted.site) == ("hub", "shop")
    assert first.held
    assert not second.held


@pytest.mark.parametrize(
    ("times", "level", "expected"),
    [
        (range(1, 21), 0.9, 18.0),
        (range(1, 21), 0.5, 10.0),
        ([2.0, np.nan], 0.5, 2.0),
        ([2.0, np.nan], 0.51, np.nan),
        ([5.0], 0.01, 5.0),
    ],
)
def test_quantile_is_the_time_by_which_a_share_is_there(times, level, expected):
    found = quantile_s(np.array([*times], float), level)
    assert found == pytest.approx(expected, nan_ok=True)


def test_probability_counts_futures():
    found = Promise(
        Wanted("tea", 1.0, "shop", "M"), 1_000_000, 9.0, np.array([1.0, 2.0, np.nan])
    )
    assert found.probability(2_000_000) == pytest.approx(1 / 3)
    assert found.probability(3_000_000) == pytest.approx(2 / 3)


def test_order_gets_an_id_that_nobody_has(two_echelon):
    taken = [
        {"order": "promise", "kind": "customer", "item": "tea", "from_place": "shop",
         "to_place": "M", "quantity": 10, "due": "2024-01-01T00:00:00Z"}
    ]  # fmt: skip
    network, name = with_order(
        two_echelon(open_orders=taken), Wanted("tea", 3.0, "shop", "M")
    )
    assert name == "promise#"
    assert set(network.open_orders.ids) == {"promise", "promise#"}


def test_places_are_those_that_serve_the_item(two_echelon):
    network = two_echelon()
    assert places_to_ask(network, "tea", site=None, customer=None) == (("shop", "M"),)
    assert places_to_ask(network, "tea", site="hub", customer="M") == (("hub", "M"),)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"item": "coffee"}, "item 'coffee': the network has none; it has tea"),
        ({"item": "tea", "site": "V"}, "site 'V': the network has none"),
        ({"item": "tea", "customer": "X"}, "customer 'X': the network has none"),
        ({"item": "tea", "site": "hub"}, "no row for it, site 'hub'; name both"),
    ],
)
def test_place_that_serves_nobody_is_named(two_echelon, asked, reason):
    with pytest.raises(OptionError, match=reason):
        places_to_ask(two_echelon(), **{"site": None, "customer": None} | asked)


def test_quantity_and_replications_are_checked():
    with pytest.raises(OptionError, match="quantity must be > 0 and finite, was 0"):
        Wanted("tea", 0.0, "shop", "M")
    with pytest.raises(OptionError, match="replications must be >= 2, was 1"):
        PromiseOptions(n_replications=1)
