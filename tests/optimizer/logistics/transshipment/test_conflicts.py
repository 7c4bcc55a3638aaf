from dataclasses import replace

from optimizer import SolveOptions
from optimizer.logistics.transshipment import plan_shipments
from optimizer.logistics.transshipment.conflicts import conflicts_of, smallest

OPTIONS = SolveOptions(monotonic_s=lambda: 0.0, work_limit=100)


def test_smallest_part_fails_and_no_less_does():
    def fails(some):
        return {3, 11} <= set(some)

    assert smallest(list(range(20)), fails) == [3, 11]


def test_enough_of_everything_has_no_conflict(plenty):
    plan = plan_shipments(plenty, OPTIONS)
    assert plan.status in {"feasible", "optimal"}
    assert plan.short.max() == 0.0
    assert conflicts_of(plenty) == ()


def test_conflicts_of_items_hide_none_of_vehicles(crowded):
    demand = crowded.demand.copy()
    demand[0, 2, 0] = 900.0
    problem = replace(crowded, demand=demand)
    first, *others = conflicts_of(problem)
    assert first.demands == ((0, 2, 0),)
    assert first.lanes == ()
    assert others
    assert all(one.lanes for one in others)
    told = [cell for one in (first, *others) for cell in one.demands]
    assert len(told) == len(set(told))


def test_who_stops_at_once_is_told_of_no_conflict(crowded):
    assert conflicts_of(crowded)
    assert conflicts_of(crowded, late=lambda: True) == ()
