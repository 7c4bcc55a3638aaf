from dataclasses import replace

from optimizer.logistics.transshipment.service import service_of


def test_plenty_serves_all(plenty):
    found = service_of(
        plenty, elastic=False, time_limit_s=20.0, cancelled=lambda: False
    )
    assert found.lost.max(initial=0.0) <= 1e-6


def test_too_much_demand_is_infeasible_or_lost(plenty):
    demand = plenty.demand.copy()
    demand[3, 1, 0] = 900.0
    asked = replace(plenty, demand=demand)
    limits = {"time_limit_s": 20.0, "cancelled": lambda: False}
    assert service_of(asked, elastic=False, **limits) == "infeasible"
    assert service_of(asked, elastic=True, **limits).lost[3, 1, 0] > 0.0


def test_service_that_nobody_waits_for_is_not_known(plenty):
    asked = {"elastic": False, "time_limit_s": 20.0, "cancelled": lambda: True}
    assert service_of(plenty, **asked) is None
