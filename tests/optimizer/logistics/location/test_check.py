from dataclasses import replace

import numpy as np
import pytest

from optimizer import SolveOptions
from optimizer.logistics.location import (
    check_location,
    locate_facilities,
    location_cost,
)


@pytest.fixture
def solved(staged):
    problem = staged(0)
    options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=500)
    return problem, locate_facilities(problem, options)


def test_sound_plan_passes(solved):
    problem, plan = solved
    assert check_location(problem, plan) == ()
    assert location_cost(problem, plan) == pytest.approx(plan.objective)


def broken(plan, name, change):
    array = getattr(plan, name).copy()
    change(array)
    return replace(plan, **{name: array})


def test_each_rule_broken_is_told(solved):
    problem, plan = solved
    depot = int(np.flatnonzero(plan.open_depots)[0])
    plant = int(np.flatnonzero(plan.open_plants)[0])
    cases = {
        "share served must be 1": ("service", lambda a: a.__setitem__((depot, 0), 2.0)),
        f"depot {depot}: sends": ("open_depots", lambda a: a.__setitem__(depot, False)),
        f"plant {plant}: sends": ("open_plants", lambda a: a.__setitem__(plant, False)),
        "gets": ("supply", lambda a: a.__setitem__((plant, depot), 0.0)),
        "entries must be >= 0": ("supply", lambda a: a.__setitem__((0, 0), -1.0)),
        "entries must be finite": ("supply", lambda a: a.__setitem__((0, 0), np.nan)),
    }
    for told, (name, change) in cases.items():
        wrong = check_location(problem, broken(plan, name, change))
        assert any(told in line for line in wrong), (told, wrong)


def test_wrong_shape_objective_and_bound_are_told(solved):
    problem, plan = solved
    assert (
        "shape must be"
        in check_location(problem, replace(plan, open_plants=np.ones(1, dtype=bool)))[0]
    )
    assert (
        "objective must be"
        in check_location(problem, replace(plan, objective=plan.objective + 1.0))[0]
    )
    beaten = replace(plan, bound=plan.objective + 1.0)
    assert "is beaten" in check_location(problem, beaten)[0]


def test_second_depot_of_a_single_source_is_told(direct):
    problem = direct(0)
    options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=50)
    plan = locate_facilities(problem, options)
    service = plan.service.copy()
    owner = int(np.argmax(service[:, 0]))
    service[owner, 0] = service[1 - min(owner, 1), 0] = 0.5
    wrong = check_location(problem, replace(plan, service=service))
    assert any("must be served by 1 depot" in line for line in wrong)
