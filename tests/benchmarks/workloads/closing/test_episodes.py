import numpy as np
import pytest

from benchmarks.loop import BOOKS_SHARE
from benchmarks.workloads.closing.baselines import EDD, Levels, StaticLevels
from benchmarks.workloads.closing.episodes import (
    LATE_SHARE,
    MEASURES,
    Shop,
    episode_of,
    off_books,
    play,
)
from benchmarks.workloads.closing.network import network_c

N_DAYS = 2
LATE_DAYS = 40


@pytest.fixture(scope="module")
def network():
    return network_c()


@pytest.fixture(scope="module")
def policy(network):
    static = StaticLevels(network)
    return lambda: static.policy(Levels.of([0.5] * 8))


@pytest.fixture(scope="module")
def late(network, policy):
    """Return an episode in which customers wait."""
    episode = episode_of(network, 0, n_days=LATE_DAYS)
    return play(episode, policy(), EDD)


def test_shop_sets_rule_and_maintenance_by_group(network):
    found = Shop("edd", {"filling": 40.0}).applied(network)
    every = found.machines.maintenance_every_s
    fills = np.array([name.startswith("fill") for name in network.machines.ids])
    assert (every[fills] == 40 * 3600.0).all()
    assert not np.isfinite(every[~fills]).any()
    rules = found.tables["groups"]
    assert dict(zip(rules["group"], rules["rule"], strict=True)) == {
        "filling": "edd", "mixing": "edd", "packing": "edd",
    }  # fmt: skip


def test_episodes_of_odd_seeds_are_of_other_families(network):
    even, odd = (episode_of(network, seed, n_days=1).plant for seed in (0, 1))
    assert (even.demands.law == network.demands.law).all()
    assert (odd.demands.law != network.demands.law).all()


def test_play_repeats_and_total_cost_is_what_profit_lacks(network, policy):
    episode = episode_of(network, 0, n_days=N_DAYS)
    first, again = (play(episode, policy(), EDD) for _ in range(2))
    assert first.result.state_hash == again.result.state_hash
    assert first.measures == again.measures
    assert tuple(first.measures) == MEASURES
    assert len(first.cycle_s) == N_DAYS
    # The books of the loop count machine time and purchases alike, energy they do not.
    totals = first.result.table.totals()
    asked = np.nan_to_num(network.demands.price) @ first.result.demand.sum(axis=1)
    booked = asked - totals["result"] + first.measures["energy_cost"]
    # Lateness is counted at the ends of days there, by the hour here.
    by_hour, by_day = first.lateness
    assert by_day == pytest.approx(totals["shortage"])
    late = by_hour - by_day
    assert abs(late) <= LATE_SHARE * by_day
    off = abs(first.measures["total_cost"] - booked - late) / asked
    assert first.off_books == pytest.approx(off)
    assert first.off_books <= BOOKS_SHARE


def off(network, played, lateness, **less):
    measures = dict(played.measures)
    for name, lost in less.items():
        measures[name] -= lost
    return off_books(network, measures, played.result, lateness)


def test_books_that_leave_something_out_are_off(late, network):
    (by_hour, by_day), energy = late.lateness, late.measures["energy_cost"]
    assert off(network, late, (by_hour, by_day)) <= BOOKS_SHARE
    for found in (
        off(network, late, (by_hour, by_day), total_cost=energy),
        off(network, late, (by_hour, by_day), total_cost=by_hour),
        off(network, late, (0.0, by_day), total_cost=by_hour),
        off(network, late, (0.0, 0.0), total_cost=by_hour),
    ):
        assert found > BOOKS_SHARE
