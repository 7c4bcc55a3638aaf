"""Networks that are short of something."""

import pytest

from benchmarks.workloads.explaining.networks import SHORT_OF, drawn


@pytest.mark.parametrize("seed", range(len(SHORT_OF)))
def test_network_is_drawn_alike_and_short_of_what_it_says(seed):
    case = drawn(seed)
    assert case.network.hash == drawn(seed).network.hash
    assert case.short_of == SHORT_OF[seed]
    assert (case.demand.means == drawn(seed).demand.means).all()
    lanes = case.network.tables["lanes"]
    slow = lanes.filter(lanes["lead_time_s"] >= 2 * 86_400)["lane"].to_list()
    if case.short_of == "purchase":
        assert any(name.startswith("buy_") for name in slow)
    if case.short_of == "transport":
        assert any(name.startswith("ship_") for name in slow)
    limits = case.network.tables["suppliers"]["dispatch_capacity_per_period"]
    assert (limits.null_count() == 0) == (case.short_of == "dispatch")


def test_seeds_differ():
    assert drawn(0).network.hash != drawn(5).network.hash
