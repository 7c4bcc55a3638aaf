"""Cases are those that would be found one after the other."""

import pytest

from benchmarks.workloads.explaining.spreading import SAY_EVERY, first_found


@pytest.mark.slow
def test_first_seeds_that_are_cases_are_found_in_their_order(capsys, monkeypatch):
    monkeypatch.setenv("POLARS_MAX_THREADS", "1")
    n = SAY_EVERY + 1
    even = {seed: seed for seed in range(0, 200, 2)}.get
    assert first_found(even, n, name="even") == [2 * k for k in range(n)]
    assert f"even: {SAY_EVERY} of {n}" in capsys.readouterr().err
