from dataclasses import replace

import numpy as np
import pytest

from twin.model.elements import DISPATCH_RULES


@pytest.mark.parametrize("seed", range(6))
def test_dispatch_is_alike_in_both_engines(random_shop, engines_agree, seed):
    network = random_shop(seed, "dispatch")
    batches, _, _ = engines_agree(network, seed=seed)
    assert sum(map(len, batches)) > 300


@pytest.mark.parametrize("rule", ["slack", "atc"])
def test_flow_factors_are_alike_in_both_engines_and_matter(
    random_shop, engines_agree, rule
):
    network, told = random_shop(3, "dispatch"), []
    given = network.group_rules
    for factor in (1.0, 2.5):
        rules = replace(
            given,
            rule=np.full_like(given.rule, DISPATCH_RULES.index(rule)),
            flow_factor=np.full_like(given.flow_factor, factor),
        )
        batches, _, _ = engines_agree(replace(network, group_rules=rules), seed=3)
        told.append([batch.time_us.tolist() for batch in batches])
    assert told[0] != told[1]


def test_random_shops_have_every_rule(random_shop):
    used = {
        int(rule)
        for seed in range(6)
        for rule in random_shop(seed, "dispatch").group_rules.rule
    }
    assert used == set(range(len(DISPATCH_RULES)))
