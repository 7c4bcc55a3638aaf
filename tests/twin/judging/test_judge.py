"""Judging with futures made up by hand."""

from collections import Counter

import pytest

from twin.errors import OptionError
from twin.judging import Judge, JudgeOptions
from twin.judging.futures import Played


def luck(seed):
    """Cost that is the same for all, and varies much from future to future."""
    return float(seed % 1000)


@pytest.fixture
def judged():
    """Judge candidates of given costs beyond luck, and services; count the plays."""

    def judge(costs, services=None, *, incumbent=None, noise=None, **options):
        plays = Counter()

        def play(name, seed):
            plays[name] += 1
            own = noise(name, seed) if noise is not None else 0.0
            service = (services or {}).get(name, 1.0)
            return Played(luck(seed) + costs[name] + own, service)

        verdict = Judge(JudgeOptions(**options)).judge(
            tuple(costs), play, seed=4, now_us=7, incumbent=incumbent
        )
        return verdict, plays

    return judge


def test_least_cost_on_the_same_luck_wins(judged):
    verdict, _ = judged({"a": 3.0, "b": 1.0, "c": 2.0})
    assert verdict.chosen == "b"
    assert [each.name for each in verdict.figures] == ["a", "b", "c"]
    assert verdict.of("a").dearer == pytest.approx(2.0)
    assert "b: cost P50" in verdict.reason
    assert "c costs 1 more" in verdict.reason


def test_who_is_surely_worse_is_given_up_early(judged):
    def noise(name, seed):
        return 10.0 * ((seed >> 20) % 7 - 3) if name != "bad" else 0.0

    costs = {"one": 0.0, "two": 0.5, "bad": 5000.0}
    verdict, plays = judged(costs, noise=noise, n_futures=12)
    assert plays["bad"] == 3
    assert plays["one"] == plays[verdict.chosen] == 12 or plays["two"] < 12
    assert verdict.of("bad").n_futures == 3
    assert not verdict.of("bad").is_contender


def test_followed_candidate_stays_unless_another_is_surely_better(judged):
    def noise(name, seed):
        return 400.0 * ((seed >> 20) % 2) if name == "old" else 0.0

    unsure = {"old": -150.0, "new": 0.0}
    verdict, _ = judged(unsure, noise=noise, incumbent="old", n_futures=6)
    assert verdict.chosen == "old"
    verdict, _ = judged({"old": 50.0, "new": 0.0}, incumbent="old")
    assert verdict.chosen == "new"


def test_service_comes_before_cost(judged):
    costs, services = {"cheap": 0.0, "good": 9.0}, {"cheap": 0.6, "good": 0.95}
    assert judged(costs, services)[0].chosen == "cheap"
    assert judged(costs, services, service_min=0.9)[0].chosen == "good"
    verdict, _ = judged(costs, services, service_min=0.99)
    assert verdict.chosen == "good"
    assert "comes nearest" in verdict.reason


def dear_at_times(name, seed):
    return 100_000.0 * ((seed >> 9) % 3 == 0) if name == "bold" else 0.0


@pytest.mark.parametrize(
    ("criterion", "chosen"), [("mean", "even"), ("p50", "bold"), ("p90", "even")]
)
def test_criterion_says_what_is_compared(judged, criterion, chosen):
    options = {"criterion": criterion, "n_futures": 40, "noise": dear_at_times}
    costs = {"bold": -20_000.0, "even": 0.0}
    assert judged(costs, **options)[0].chosen == chosen


def seldom_dear(name, seed):
    return 20_000.0 * ((seed >> 9) % 4 == 0) if name == "bold" else 0.0


@pytest.mark.parametrize("incumbent", [None, "bold"])
@pytest.mark.parametrize(
    ("criterion", "chosen"),
    [("mean", "bold"), ("p50", "bold"), ("p90", "even"), ("cvar", "even")],
)
def test_robust_candidate_wins_by_its_tail_though_dearer_in_the_mean(
    judged, criterion, chosen, incumbent
):
    options = {"criterion": criterion, "n_futures": 60, "incumbent": incumbent}
    if criterion == "cvar":
        options["cvar_level"] = 0.9
    costs = {"bold": 0.0, "even": 8_000.0}
    verdict, plays = judged(costs, noise=seldom_dear, **options)
    assert verdict.of("even").cost_mean > verdict.of("bold").cost_mean
    assert verdict.chosen == chosen
    if criterion != "mean":
        assert set(plays.values()) == {60}
    if chosen == "even":
        assert f"more on the same futures ({criterion})" in verdict.reason


def test_followed_candidate_stays_where_a_better_tail_may_be_luck(judged):
    def noise(name, seed):
        return 1_000.0 * ((seed >> 9) % 6 == 0) if name == "old" else 300.0

    options = {"criterion": "p90", "n_futures": 8, "confidence": 0.99}
    costs = {"old": 0.0, "new": 0.0}
    verdict, _ = judged(costs, noise=noise, incumbent="old", **options)
    assert verdict.of("new").cost_p90 < verdict.of("old").cost_p90
    assert verdict.chosen == "old"
    assert "new looks better (p90), and not surely enough" in verdict.reason


def test_cvar_is_told_on_request(judged):
    verdict, _ = judged({"a": 0.0, "b": 1.0}, criterion="cvar", cvar_level=0.5)
    assert verdict.chosen == "a"
    of_a, of_b = (verdict.of(name) for name in "ab")
    assert of_a.cost_cvar >= of_a.cost_mean
    assert of_b.cost_cvar >= of_b.cost_mean
    assert judged({"a": 0.0})[0].of("a").cost_cvar is None


def test_single_candidate_is_played_on_all_futures(judged):
    verdict, plays = judged({"only": 1.0}, n_futures=5)
    assert plays == {"only": 5}
    assert verdict.chosen == "only"


@pytest.mark.parametrize(
    "options",
    [
        {"n_futures": 1},
        {"horizon": 0},
        {"criterion": "cvar"},
        {"criterion": "luck"},
        {"cvar_level": 1.0},
        {"service_min": 1.5},
        {"confidence": 1.0},
    ],
)
def test_options_out_of_range_are_refused(options):
    name = "cvar_level" if options == {"criterion": "cvar"} else next(iter(options))
    with pytest.raises(OptionError, match=name):
        JudgeOptions(**options)


def test_candidates_must_differ():
    with pytest.raises(OptionError, match="each once"):
        Judge(JudgeOptions()).judge(("a", "a"), lambda *_: None, seed=0, now_us=0)
