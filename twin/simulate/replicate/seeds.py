"""Seeds of replications: the same for every scenario, so that noise is common."""

from twin.errors import OptionError
from twin.simulate._kernels.random import philox4x32

SEED_BITS = 64
_WORD = 0xFFFFFFFF  # also stream and entity of this draw: no simulation has so many
_UNSIGNED = 1  # the top bit is dropped, so that a seed is an int64 everywhere


def replication_seed(seed: int, replication: int) -> int:
    """Derive the seed of a replication.

    It is the upper 63 of the first 64 bits of Philox4x32-10 under the key `seed`, with
    the counter (replication, 2^32 - 1, 2^32 - 1): a function of its two arguments
    alone. Two of a million replications share a seed with probability 6e-8.

    Parameters
    ----------
    seed : int
        Of the experiment, 0 to 2^64 - 1.
    replication : int
        From 0, below 2^64.

    Returns
    -------
    int
        0 to 2^63 - 1.

    Raises
    ------
    OptionError
        If an argument is outside its range.

    References
    ----------
    Salmon, Moraes, Dror, Shaw (2011), Parallel random numbers: as easy as 1, 2, 3,
    section 3.3.

    Examples
    --------
    >>> replication_seed(1, 0) == replication_seed(1, 0)
    True
    >>> len({replication_seed(seed, r) for seed in (1, 2) for r in (0, 1)})
    4
    """
    for name, value in (("seed", seed), ("replication", replication)):
        if not 0 <= value < 1 << SEED_BITS:
            msg = f"{name} must be 0 to 2^64 - 1, was {value}"
            raise OptionError(msg)
    counter = (replication & _WORD, replication >> 32, _WORD, _WORD)
    high, low, _, _ = philox4x32(counter, (seed & _WORD, seed >> 32))
    return ((int(high) << 32) | int(low)) >> _UNSIGNED
