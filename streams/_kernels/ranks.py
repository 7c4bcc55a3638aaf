"""Rank of events within their instant, in one pass."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams._kernels.compiling import entry, inlined
from streams._kernels.memory import load_u8

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


class RankPlaces(NamedTuple):
    """The rules with the addresses of their arrays; see `RankRules`."""

    of_type: int
    state_changed: int
    completed: int
    is_down: int
    failure: int
    after_start: int


@inlined
def rank_places(rules: RankRules) -> RankPlaces:
    """Return rules as `rank_of` takes them; valid as long as the arrays are."""
    return RankPlaces(
        np.int64(rules.of_type.ctypes.data),
        np.int64(rules.state_changed),
        np.int64(rules.completed),
        np.int64(rules.is_down.ctypes.data),
        np.int64(rules.failure),
        np.int64(rules.after_start),
    )


@inlined
def rank_of(rules: RankPlaces, kinds: tuple[int, int], times: tuple[int, int]) -> int:
    """Rank one event by its type and code, its time and `time0`."""
    kind, code = kinds
    time_us, time0 = times
    if kind == rules.state_changed:
        if code >= 0 and load_u8(rules.is_down + code) != 0:
            return rules.failure
    elif kind == rules.completed and time0 == time_us and time0 != NO_TIME:
        return rules.after_start
    return np.int64(load_u8(rules.of_type + kind))


@entry
def rank_rows(
    rules: RankRules,
    types: tuple[NDArray[np.int16], NDArray[np.int16]],
    times: tuple[NDArray[np.int64], NDArray[np.int64]],
    result: NDArray[np.uint8],
) -> None:
    """Rank events into `result`; see `streams.layout.ranks`."""
    places = rank_places(rules)
    type_code, code = types
    time_us, time0 = times
    for row in range(len(type_code)):
        kinds = np.int64(type_code[row]), np.int64(code[row])
        moments = np.int64(time_us[row]), np.int64(time0[row])
        result[row] = rank_of(places, kinds, moments)
