from dataclasses import dataclass, field, replace
from functools import partial

import pytest

from twin.errors import OptionError
from twin.judging import JudgingOptions, LevelCandidate, PlanCandidate
from twin.loop.wording import worded
from twin.planning import base_stock_levels

JUDGING = JudgingOptions(
    candidates=[
        PlanCandidate(quantile=0.7),
        LevelCandidate(levels=partial(base_stock_levels, service=0.8)),
    ]
)


@dataclass(slots=True)
class Kept:
    quantile: float
    _plan: object = field(default=None, init=False)


def test_settings_are_worded_by_names_and_values_and_no_address():
    told = worded(JUDGING, "judging")
    assert told == worded(replace(JUDGING, candidates=tuple(JUDGING.candidates)), "x")
    assert "'quantile': 0.7" in told
    assert "base_stock_levels([], {'service': 0.8})" in told
    assert "0x" not in told


def test_each_setting_counts():
    first, levels = JUDGING.candidates
    others = [
        replace(JUDGING, every=3),
        replace(JUDGING, judge=replace(JUDGING.judge, horizon=7)),
        replace(JUDGING, candidates=(levels, first)),
        replace(JUDGING, candidates=(PlanCandidate(quantile=0.8), levels)),
        replace(
            JUDGING,
            candidates=(
                first,
                LevelCandidate(levels=partial(base_stock_levels, service=0.9)),
            ),
        ),
    ]
    assert len({worded(one, "judging") for one in (JUDGING, *others)}) == 6


def test_what_a_candidate_keeps_while_it_runs_does_not_count():
    fresh, used = Kept(0.5), Kept(0.5)
    used._plan = object()
    assert worded(fresh, "x") == worded(used, "x")


@pytest.mark.parametrize(
    "value", [lambda structure: structure, object(), partial(lambda: 0), print, {1, 2}]
)
def test_what_has_no_name_of_its_own_is_refused(value):
    with pytest.raises(OptionError, match=r"^judging must hold numbers, .*, had "):
        worded([value], "judging")


def test_function_within_a_function_is_refused():
    def levels(structure):
        return structure

    with pytest.raises(OptionError, match="<locals>"):
        worded(LevelCandidate(levels=levels), "judging")
