"""Random networks: the same for a seed, with the elements that are asked for."""

import numpy as np
import pytest

from benchmarks.workloads.random_networks import (
    ELEMENTS,
    NEEDS,
    chosen_elements,
    random_case,
)


def test_a_seed_and_elements_say_everything():
    one, other = (random_case(3) for _ in range(2))
    assert one.network.hash == other.network.hash
    assert one.elements == other.elements
    assert one.disruptions == other.disruptions
    for (at_us, first), (same_us, second) in zip(one.pauses, other.pauses, strict=True):
        assert at_us == same_us
        np.testing.assert_array_equal(first.quantity, second.quantity)


def test_every_element_is_in_some_case_and_out_of_others():
    cases = [chosen_elements(seed, ELEMENTS) for seed in range(24)]
    assert set().union(*cases) == set(ELEMENTS)
    assert not set.intersection(*map(set, cases))


def test_an_element_less_leaves_the_others():
    rest = [name for name in ELEMENTS if name != "wear"]
    for seed in range(4):
        without = chosen_elements(seed, ELEMENTS) - {"wear"}
        assert chosen_elements(seed, rest) == without


def test_certain_elements_bring_what_they_need():
    found = random_case(0, (), certain=["allocation"]).elements
    assert found == {"allocation", *NEEDS["allocation"]}


def test_unknown_element_is_named():
    with pytest.raises(ValueError, match=r"must be among .* was \['teleport'\]"):
        random_case(0, ["teleport"])


def test_times_are_whole_tens_of_seconds_without_laws():
    rest = [name for name in ELEMENTS if name not in {"laws", "failure_laws"}]
    for seed in (1, 3):
        network = random_case(seed, rest).network
        assert not (network.routings.duration_s % 10).any()
        assert not (network.lanes.lead_time_s % 10).any()
        assert not network.routings.duration_law.any()
