import pytest

from twin.model.elements import DISPATCH_RULES


@pytest.mark.parametrize("seed", range(6))
def test_dispatch_is_alike_in_both_engines(random_shop, engines_agree, seed):
    network = random_shop(seed, "dispatch")
    batches, _, _ = engines_agree(network, seed=seed)
    assert sum(map(len, batches)) > 300


def test_random_shops_have_every_rule(random_shop):
    used = {
        int(rule)
        for seed in range(6)
        for rule in random_shop(seed, "dispatch").group_rules.rule
    }
    assert used == set(range(len(DISPATCH_RULES)))
