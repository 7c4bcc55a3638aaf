import pytest


@pytest.mark.parametrize("seed", range(6))
def test_pools_are_alike_in_both_engines(random_shop, engines_agree, seed):
    network = random_shop(seed, "pools", "dispatch")
    batches, _, plant = engines_agree(network, seed=seed)
    assert sum(map(len, batches)) > 100
    used = plant._sim.pools["used"]
    assert (used >= 0).all()
    assert (used <= network.pools.size).all()
