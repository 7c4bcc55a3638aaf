import numpy as np
import pytest

from benchmarks.workloads import theory_chain
from twin.simulate.reference.plant import Plant


def test_every_case_has_a_figure_and_most_have_a_short_form():
    cases = theory_chain.cases()
    assert len(cases) == 2 + 3 + 24
    assert len({case.name for case in cases}) == len(cases)
    for case in cases:
        assert np.isfinite(case.exact)
        assert case.n_full >= case.n_quick >= 0
    assert sum(case.n_quick > 0 for case in cases) == 2 + 3 + 4


@pytest.mark.parametrize("k", [0, 1])
def test_traces_cost_the_same_in_the_readable_engine(monkeypatch, k):
    monkeypatch.setattr(theory_chain, "CompiledPlant", Plant)
    case = theory_chain.traces()[k]
    assert case.sample(0) == case.exact


def test_costs_of_stages_add_up_upwards():
    sums = theory_chain.StockSums(
        1, np.array([1.0, 10.0]), np.array([100.0, 1000.0]), np.array([5.0, 0.0]),
        np.zeros(2), np.zeros(2, np.int64),
    )  # fmt: skip
    cost = theory_chain._serial_cost((3, 2), 20.0, [0, 1])
    # On hand at 5 and 2, on the way down at 2, on the way in at nothing.
    assert cost(sums) == 5 * 1 + 2 * 10 + 2 * 100 + 20 * 5
