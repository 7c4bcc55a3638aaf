import pytest

from twin.errors import OptionError
from twin.simulate._kernels.random import philox4x32
from twin.simulate.replicate import replication_seed


def test_seeds_are_the_documented_words_of_philox():
    seed, replication = (5 << 32) + 7, (3 << 32) + 2
    first, second, *_ = philox4x32((2, 3, 0xFFFFFFFF, 0xFFFFFFFF), (7, 5))
    assert replication_seed(seed, replication) == (first * 2**32 + second) // 2


def test_seeds_stay_what_they_were_in_the_first_version():
    """Stored results name seeds: they must lead to the same runs for ever."""
    found = [replication_seed(0, 0), replication_seed(0, 1), replication_seed(1, 0)]
    assert found == [
        7_728_758_403_591_846_641,
        7_209_391_181_343_390_532,
        1_818_740_353_216_081_825,
    ]


def test_seeds_differ_and_fit_a_signed_integer():
    seeds = {replication_seed(s, r) for s in range(10) for r in range(1000)}
    assert len(seeds) == 10_000
    assert all(0 <= seed < 2**63 for seed in seeds)


@pytest.mark.parametrize("bad", [-1, 2**64])
def test_seed_outside_its_range_is_refused(bad):
    with pytest.raises(OptionError, match=f"seed must be 0 to .*, was {bad}"):
        replication_seed(bad, 0)
    with pytest.raises(OptionError, match=f"replication must be 0 to .*, was {bad}"):
        replication_seed(0, bad)
