import numpy as np
import pytest

from streams.events import TYPE_CODES


@pytest.mark.parametrize("seed", range(6))
def test_setups_are_alike_in_both_engines(random_shop, engines_agree, seed):
    network = random_shop(seed, "setups", "dispatch")
    batches, _, _ = engines_agree(network, seed=seed)
    assert sum(map(len, batches)) > 300


def test_random_shops_set_machines_up(random_shop, engines_agree):
    batches, _, _ = engines_agree(random_shop(0, "setups", "dispatch"), seed=0)
    told = np.concatenate([batch.type_code for batch in batches])
    assert (told == TYPE_CODES["SetupCompleted"]).any()
