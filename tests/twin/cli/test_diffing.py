"""Sentences of compared plans."""

from twin.cli.diffing import stability_text
from twin.diff import PlanDiff, stability_of

DAY_US = 86_400_000_000


def test_stability_is_said_in_percent():
    found = PlanDiff(0, DAY_US, (), (), (), (), stability_of((), ()))
    assert stability_text(found).startswith("kept: 100.0 % of orders")
