import pytest

from twin.errors import OptionError
from twin.simulate.replicate import ReplicateOptions, Target
from twin.simulate.replicate.options import check_baselines, n_cores


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n_max": 0}, "n_max must be >= 1, was 0"),
        ({"n_min": 1}, "n_min must be >= 2, was 1"),
        ({"n_per_task": 0}, "n_per_task must be >= 1, was 0"),
        ({"n_workers": 0}, "n_workers must be >= 1, was 0"),
        ({"seed": -1}, "seed must be 0 to 2\\^64 - 1, was -1"),
        ({"confidence": 95}, "confidence must be between 0 and 1, was 95"),
        (
            {"backend": "processes"},
            "backend 'processes'; allowed: serial, threads, ray",
        ),
    ],
)
def test_option_outside_its_range_is_refused(change, words):
    with pytest.raises(OptionError, match=words):
        ReplicateOptions(**({"n_max": 20} | change))


def test_first_look_beyond_the_last_replication_is_refused_with_targets_only():
    target = Target(measure="cost", half_width=1.0)
    with pytest.raises(OptionError, match="n_min must be <= n_max, which is 5, was 10"):
        ReplicateOptions(n_max=5, targets=(target,))
    assert ReplicateOptions(n_max=5).n_max == 5


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({}, "give one of half_width and relative"),
        ({"half_width": 1.0, "relative": 0.1}, "give one of half_width and relative"),
        ({"half_width": 0.0}, "half_width must be > 0, was 0.0"),
        ({"relative": 1.0}, "relative must be between 0 and 1, was 1.0"),
    ],
)
def test_target_says_what_it_wants_once(wanted, words):
    with pytest.raises(OptionError, match=f"target of 'cost': {words}"):
        Target(measure="cost", **wanted)


def test_relative_target_allows_a_little_less_than_its_share_of_the_mean():
    """The share is of the true mean, which may be below the one that was found."""
    allowed = Target(measure="cost", relative=0.25).allowed(-100.0)
    assert allowed == 20.0
    assert allowed == 0.25 * (100.0 - allowed)


def test_baseline_must_be_a_scenario():
    target = Target(measure="cost", half_width=1.0, baseline="now")
    check_baselines([target], ("now", "new"))
    with pytest.raises(OptionError, match="baseline 'now'; allowed: old, new"):
        check_baselines([target], ("old", "new"))


def test_this_process_has_cores():
    assert n_cores() >= 1
