import numpy as np
import pytest

from benchmarks.workloads import theory_queues
from benchmarks.workloads.theory_queues import availability, erlang_wait


@pytest.mark.parametrize(
    ("n_servers", "rate", "wait_s"),
    [(1, 0.8, 4.0), (2, 1.6, 16 / 9), (3, 2.4, 1.078652), (10, 9.0, 0.668732)],
)
def test_mean_wait_is_that_of_the_tables(n_servers, rate, wait_s):
    assert erlang_wait(n_servers, rate) == pytest.approx(wait_s, abs=5e-7)


@pytest.mark.parametrize(
    ("n_repairers", "up_s", "down_s", "share"),
    [(1, 20, 1, 0.924074), (1, 300, 30, 0.785418), (2, 300, 30, 0.896136)],
)
def test_availability_is_that_of_the_tables(n_repairers, up_s, down_s, share):
    assert availability(10, n_repairers, up_s, down_s) == pytest.approx(share, abs=5e-7)


def test_network_of_queues_has_the_rates_of_jackson():
    (case,) = theory_queues.network_of_queues()
    assert case.exact == pytest.approx(4.716430, abs=5e-7)


def test_every_case_has_a_figure_and_a_short_form_or_none():
    for case in theory_queues.cases():
        assert np.isfinite(case.exact)
        assert case.n_full > case.n_quick >= 0
