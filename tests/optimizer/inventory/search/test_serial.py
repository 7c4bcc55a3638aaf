import pytest

from optimizer.inventory import DemandLaw, SerialSystem
from optimizer.inventory.search.serial import (
    optimize_serial,
    serial_bounds,
    serial_cost,
    shang_song,
)

NORMAL, POISSON = DemandLaw.normal, DemandLaw.poisson
# Values by a convolution of a thousandth, and of Shang and Song (2003).
EXACT = [
    ((3, 2, 2), (1, 1, 2), 37.12, NORMAL(5, 1), 47.6601, 0.005),
    ((1, 1), (1, 1), 15, NORMAL(100, 15), 166.2506, 0.01),
    ((5, 2), (8, 3), 24, NORMAL(20, 4), 438.1845, 0.02),
    ((2, 2, 1, 1, 1), (0.5,) * 5, 24, NORMAL(64, 8), 451.609, 0.02),
    ((0.25,) * 4, (0.25,) * 4, 9, POISSON(16), 12.688, 0.001),
    ((0.25, 2.5, 2.5, 0.25), (0.25,) * 4, 99, POISSON(16), 74.564, 0.001),
]


def _system(costs, leads, shortage, demand):
    return SerialSystem(
        echelon_holding_cost=costs, lead_periods=leads, shortage_cost=shortage,
        demand=demand,
    )  # fmt: skip


@pytest.mark.parametrize("case", EXACT)
def test_costs_are_the_published_ones(case):
    *given, cost, off = case
    system = _system(*given)
    found = optimize_serial(system)
    assert found.cost == pytest.approx(cost, abs=off)
    lower, upper = serial_bounds(system)
    for low, level, high in zip(lower, found.echelon_levels, upper, strict=True):
        assert low - 0.01 <= level <= high + 0.01


def test_levels_beside_the_best_cost_more():
    system = _system((1.0, 2.0), (1.0, 2.0), 20.0, POISSON(4.0))
    best = optimize_serial(system)
    low, top = best.echelon_levels
    for shifted in ((low + 1, top), (low - 1, top), (low, top + 1), (low, top - 1)):
        assert serial_cost(system, shifted) >= best.cost - 1e-12


def test_the_heuristic_is_near():
    system = _system(*EXACT[0][:4])
    assert 47.66 < shang_song(system).cost < 47.70
