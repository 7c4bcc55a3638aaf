"""Figures of candidates and reasons in words."""

import json
from dataclasses import replace

import numpy as np
import pytest

from twin.judging.verdict import Figures, Verdict, cvar, reason_of


def figures(name, dearer=0.0):
    return Figures(
        name=name, n_futures=8, cost_p50=100.0, cost_p90=140.0, cost_mean=105.0,
        cost_cvar=None, service_p50=0.9, service_p10=0.8, dearer=dearer,
        is_contender=True,
    )  # fmt: skip


@pytest.mark.parametrize("level", [0.0, 0.3, 0.75, 0.9])
def test_cvar_is_the_least_of_rockafellar_and_uryasev(level):
    cost = np.random.default_rng(3).normal(size=17)
    threshold = np.linspace(-4.0, 4.0, 80_001)[:, None]
    excess = np.maximum(cost - threshold, 0.0).mean(axis=1)
    least = (threshold[:, 0] + excess / (1.0 - level)).min()
    assert cvar(cost, level) == pytest.approx(least, abs=2e-4)


def test_reason_names_the_next_best():
    known = {"a": figures("a"), "b": figures("b", 30.0), "c": figures("c", 12.0)}
    said = reason_of(
        known["a"], known, criterion="mean", incumbent=None, is_short=False
    )
    assert said == (
        "a: cost P50 100, P90 140, service P50 90.0 % in 8 futures; c costs 12 more on "
        "the same futures."
    )


def test_reason_says_why_a_dearer_one_is_followed():
    known = {"a": figures("a"), "b": figures("b", -30.0)}
    stays = reason_of(
        known["a"], known, criterion="mean", incumbent="a", is_short=False
    )
    assert stays.endswith("b looks better, and not surely enough to change.")
    cheaper = reason_of(
        known["a"], known, criterion="mean", incumbent=None, is_short=False
    )
    assert cheaper.endswith("b costs 30 less in the mean.")


def test_verdict_is_told_as_json():
    verdict = Verdict(
        now_us=5, chosen="a", figures=(figures("a"), replace(figures("b"), dearer=2.0)),
        criterion="mean", horizon=28, reason="a is best.",
    )  # fmt: skip
    told = json.loads(json.dumps(verdict.to_json()))
    assert told["chosen"] == "a"
    assert [each["dearer"] for each in told["candidates"]] == [0.0, 2.0]
