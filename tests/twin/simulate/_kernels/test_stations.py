import pytest

from twin.simulate import tables as t


@pytest.mark.parametrize("seed", range(6))
def test_machines_are_alike_in_both_engines(random_shop, engines_agree, seed):
    batches, _, plant = engines_agree(random_shop(seed), seed=seed)
    assert sum(map(len, batches)) > 300
    running = plant._sim.machines["running"]
    assert (running <= plant._layout.machines["slots"]).all()
    # What is in no queue and on no machine waits for its start.
    open_orders = plant._sim.clock[t.N_ORDERS]
    waiting = plant._sim.groups["waiting"].sum()
    assert 0 <= open_orders - waiting - running.sum() <= 3
