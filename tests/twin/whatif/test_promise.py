"""Promises agree with a recount of futures, and with what is freed by hand."""

import numpy as np
import pytest

from twin.errors import OptionError
from twin.whatif import FutureOptions, base_branch
from twin.whatif.levers import Lever
from twin.whatif.promise import (
    Promise,
    PromiseOptions,
    Wanted,
    held_by,
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
    end_us = found.start_us + 3 * 86_400_000_000
    assert found.probability(end_us) == 0.0
    reason = (
        "by 2024-01-04T00:00:00.000001Z: must not be after the end of the futures, "
        "2024-01-04T00:00:00.000000Z, which is 3 days"
    )
    with pytest.raises(OptionError, match=reason):
        found.probability(end_us + 1)


def test_soonest_site_comes_first_and_says_what_holds_it(two_echelon):
    def with_delivery(tables):
        tables["lanes"].append(
            {"lane": "bring", "from_place": "hub", "to_place": "M", "item": "tea",
             "lead_time_s": DAY_S}
        )  # fmt: skip

    network = two_echelon(with_delivery, settings={"horizon_periods": 4})
    choices = [Wanted("tea", 15.0, site, "M") for site in ("shop", "hub")]
    options = PromiseOptions(
        futures=FutureOptions(horizon_s=9 * DAY_S), n_replications=2
    )
    first, second = promise(
        base_branch(network), choices, options, monotonic_s=lambda: 0.0
    )
    assert (first.wanted.site, second.wanted.site) == ("hub", "shop")
    assert first.in_full_s.tolist() == [DAY_S] * 2
    assert second.in_full_s.tolist() == [2 * DAY_S] * 2
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


def test_order_that_nothing_takes_to_the_customer_is_refused(two_echelon):
    with pytest.raises(OptionError, match=r"it is served from shop$"):
        with_order(two_echelon(), Wanted("tea", 3.0, "hub", "M"))


def test_gain_of_few_futures_must_be_large_to_count():
    wanted = Wanted("tea", 1.0, "shop", "M")
    own = np.array([10.0, 12.0, 13.0, 17.0]) * DAY_S
    found = Promise(wanted, 0, 20 * DAY_S, own)
    levers = [Lever("stock", name, "tea", name) for name in "abc"]
    gains = {"a": [5.0, 5.0, 6.0, 9.0], "b": [2.0, 4.0, 6.0, 8.0], "c": [2.0] * 4}
    freed = {name: own - np.array(days) * DAY_S for name, days in gains.items()}
    held = {one.lever.name: one for one in held_by(found, levers, freed)}
    # Student with 3 degrees of freedom at 1 - 0.05 / 6: 4.857, from tables.
    for name, days in gains.items():
        error_s = np.std(days, ddof=1) / 2.0 * DAY_S
        assert held[name].half_width_s == pytest.approx(4.857 * error_s, rel=1e-3)
    # With 1.96 of the normal law, and with 3.182 for one lever, b would count.
    assert [held[name].counts for name in "abc"] == [True, False, True]


def test_quantity_and_replications_are_checked():
    with pytest.raises(OptionError, match="quantity must be > 0 and finite, was 0"):
        Wanted("tea", 0.0, "shop", "M")
    with pytest.raises(OptionError, match="replications must be >= 2, was 1"):
        PromiseOptions(n_replications=1)
