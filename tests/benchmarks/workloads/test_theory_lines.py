import pytest

from benchmarks.workloads.theory_lines import failing_line, geometric


def test_geometric_law_has_the_mean_of_one_over_the_chance():
    law = geometric(0.1)
    assert sum(weight for _, weight in law) == pytest.approx(1.0, abs=1e-12)
    assert sum(n * weight for n, weight in law) == pytest.approx(10.0, rel=1e-6)


def test_failing_line_draws_whole_cycles():
    network = failing_line(((0.1, 0.5), (0.1, 0.5)), 4)
    laws = network.laws
    for k, mean in ((0, network.machines.mttf_s[0]), (1, network.machines.mttr_s[0])):
        cycles = mean * laws.factor[laws.start[k] : laws.start[k + 1]]
        assert abs(cycles - cycles.round()).max() < 1e-9
    assert network.group_rules.capacity.tolist() == [2]
