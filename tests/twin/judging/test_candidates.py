"""What candidates decide."""

import numpy as np
import pytest

from twin.cycle import BaseStockPolicy
from twin.errors import OptionError
from twin.judging import LevelCandidate, PlanCandidate, standard_candidates
from twin.planning import base_stock_levels


def test_safety_is_asked_for_at_once_and_only_then(two_echelon, situation_of):
    forecaster = situation_of(two_echelon()).forecaster
    plain = PlanCandidate(quantile=0.8).path(forecaster, 6)
    safe = PlanCandidate(quantile=0.8, safety_reviews=2.5).path(forecaster, 6)
    assert (safe - plain).tolist() == [[pytest.approx(10.0), 0, 0, 0, 0, 0]]


def test_plan_is_that_of_the_planner_for_its_path(two_echelon, situation_of):
    network = two_echelon()
    situation, candidate = situation_of(network), PlanCandidate(quantile=0.9)
    decided = candidate.decide(situation)
    path = situation.forecaster.paths(8, 0.9)
    planned = situation_of(network).planner.plan(
        situation.state, now_us=situation.now_us, demand=path
    )
    np.testing.assert_array_equal(decided.path, path)
    np.testing.assert_array_equal(
        decided.planned.solution.orders, planned.solution.orders
    )


def test_levels_are_those_of_the_service_or_given(two_echelon, situation_of):
    situation = situation_of(two_echelon())
    structure = situation.structure
    levels = base_stock_levels(structure, service=0.9)
    plain = BaseStockPolicy(structure, levels + 7.0)
    wanted = plain.decide(situation.state, situation.now_us).decisions
    given = LevelCandidate(service=0.5, levels=lambda _: levels + 7.0)
    assert given.decide(situation).decisions.quantity.tolist() == (
        wanted.quantity.tolist()
    )
    own = LevelCandidate(service=0.9).decide(situation).decisions
    assert own.quantity.sum() < wanted.quantity.sum()


def test_standard_candidates_differ_in_name_and_quantile():
    names = [each.name for each in standard_candidates()]
    assert len(set(names)) == len(names) > 1


@pytest.mark.parametrize(
    ("candidate", "options"),
    [
        (PlanCandidate, {"quantile": 1.0}),
        (PlanCandidate, {"quantile": 0.5, "safety_reviews": -1.0}),
        (LevelCandidate, {"service": 0.0}),
    ],
)
def test_candidates_out_of_range_are_refused(candidate, options):
    with pytest.raises(OptionError, match=list(options)[-1]):
        candidate(**options)
