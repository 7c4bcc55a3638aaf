from dataclasses import replace

import numpy as np
import pytest

from optimizer.inventory import DemandLaw, SerialSystem, check_serial, echelon_cost
from optimizer.inventory.search.serial import optimize_serial, serial_cost


@pytest.fixture
def system():
    return SerialSystem(
        echelon_holding_cost=(1.0, 1.0), lead_periods=(1.0, 2.0), shortage_cost=9.0,
        demand=DemandLaw.poisson(3.0),
    )  # fmt: skip


def test_cost_of_any_levels_is_the_same_both_ways(system):
    for levels in ((4.0, 10.0), (6.0, 12.0), (9.0, 8.0)):
        assert echelon_cost(system, levels) == pytest.approx(
            serial_cost(system, levels), rel=1e-9
        )


def test_a_simulation_costs_as_much(system):
    low, top = (int(level) for level in optimize_serial(system).echelon_levels)
    rng = np.random.default_rng(5)
    n, total = 60_000, 0.0
    echelon = [low, top]  # echelon stock on the way included
    under_way = [[0], [0, 0]]  # of stage 1 and stage 2, by periods left
    on_hand = [low, top - low]  # what is at stage 1 (less backlog), at stage 2
    for asked in rng.poisson(3.0, n).tolist():
        on_hand[1] += under_way[1].pop(0)
        on_hand[0] += under_way[0].pop(0)
        total += 1.0 * sum(under_way[0])
        on_hand[0] -= asked
        echelon = [echelon[0] - asked, echelon[1] - asked]
        ordered = top - echelon[1]
        echelon[1] += ordered
        under_way[1].append(ordered)
        sent = min(low - echelon[0], on_hand[1])
        echelon[0] += sent
        under_way[0].append(sent)
        on_hand[1] -= sent
        # Echelon stock before the orders of this period: what was at and below.
        total += 2.0 * max(on_hand[0], 0) + 9.0 * max(-on_hand[0], 0)
        total += 1.0 * (on_hand[1] + sent)
    assert total / n == pytest.approx(optimize_serial(system).cost, rel=0.02)


def test_wrong_costs_and_levels_are_told(system):
    policy = optimize_serial(system)
    assert check_serial(system, policy) == ()
    (told,) = check_serial(system, replace(policy, cost=policy.cost * 1.01))
    assert "its levels give" in told
    far = replace(policy, echelon_levels=(99.0, 99.0))
    assert any("outside its bounds" in rule for rule in check_serial(system, far))
    (told,) = check_serial(system, replace(policy, echelon_levels=(1.0,)))
    assert "must be 2 finite ones" in told
