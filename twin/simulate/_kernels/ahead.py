"""Draws of one entity for many running numbers at once, for who draws one by one."""

import numpy as np

from streams._kernels.compiling import entry
from twin.simulate._kernels.random import drawn, u01


@entry
def uniforms_ahead(
    seed: int, stream: int, entity: int, first: int, found: np.ndarray
) -> None:
    """Fill `found` with `u01` of the numbers from `first` on."""
    for k in range(len(found)):
        found[k] = u01(seed, stream, entity, first + k)


@entry
def draws_ahead(
    seed: int,
    stream: int,
    entity: int,
    first: int,
    law: int,
    mean: float,
    p0: float,
    p1: float,
    start: np.ndarray,
    factor: np.ndarray,
    cumulative: np.ndarray,
    found: np.ndarray,
) -> None:
    """Fill `found` with `drawn` of the numbers from `first` on."""
    for k in range(len(found)):
        found[k] = drawn(
            seed, stream, entity, first + k, law, mean, p0, p1,
            start, factor, cumulative,
        )  # fmt: skip
