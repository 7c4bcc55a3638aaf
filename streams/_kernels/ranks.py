"""Rank of events within their instant, in one pass."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

NO_TIME = np.int64(np.iinfo(np.int64).min)


class RankRules(NamedTuple):
    """Ranks of types, and the two exceptions.

    Attributes
    ----------
    of_type : ndarray of shape (n_types,), uint8
        Rank by type code.
    state_changed, completed : int
        Type codes of the exceptions.
    is_down : ndarray of shape (n_states,), bool
        States of a machine whose change ranks as a failure.
    failure, after_start : int
        Ranks of the exceptions.
    """

    of_type: NDArray[np.uint8]
    state_changed: int
    completed: int
    is_down: NDArray[np.bool_]
    failure: int
    after_start: int


@njit(cache=True, nogil=True)
def rank_rows(
    rules: RankRules,
    types: tuple[NDArray[np.int16], NDArray[np.int16]],
    times: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> NDArray[np.uint8]:
    """Rank events; see `streams.layout.ranks`."""
    type_code, code = types
    time_us, time0 = times
    result = np.empty(len(type_code), np.uint8)
    for row in range(len(type_code)):
        kind = type_code[row]
        rank = rules.of_type[kind]
        if kind == rules.state_changed:
            if code[row] >= 0 and rules.is_down[code[row]]:
                rank = np.uint8(rules.failure)
        elif (
            kind == rules.completed
            and time0[row] == time_us[row]
            and time0[row] != NO_TIME
        ):
            rank = np.uint8(rules.after_start)
        result[row] = rank
    return result
