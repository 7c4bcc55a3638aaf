"""What a row of columns must hold to be an event of its type, checked column by column.

The rules are those of the records in `streams.events`, laid out by type code. A row
that passes is good; one that does not is only suspicious, and read again one field at a
time by who can say exactly what is wrong with it.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams._kernels.arrow import (
    ABSENT,
    OPTIONAL,
    REQUIRED,
    check_codes,
    check_heads,
    check_least,
    check_numbers,
    check_references,
    check_times,
)
from streams.batch import NO_TIME, REFERENCE_COLUMNS, TIME_COLUMNS, VALUE_COLUMNS
from streams.events import EVENT_TYPES, TIME_US_MAX, TIME_US_MIN, TYPE_CODES
from streams.layout import LAYOUTS, ranks

_N_TYPES = len(EVENT_TYPES)
_ENTITIES = (*REFERENCE_COLUMNS, *VALUE_COLUMNS, *TIME_COLUMNS)
_BOUNDS_US = (TIME_US_MIN, TIME_US_MAX)
_TIME_BOUNDS_US = (TIME_US_MIN, TIME_US_MAX, int(NO_TIME))


def _modes(column: str) -> NDArray[np.uint8]:
    modes = np.full(_N_TYPES, ABSENT, np.uint8)
    for code, fields in enumerate(LAYOUTS):
        for field in fields:
            if field.column == column:
                modes[code] = REQUIRED if field.required else OPTIONAL
    return modes


def _lows(column: str) -> NDArray[np.float64]:
    lows = np.full(_N_TYPES, -np.inf)
    for code, fields in enumerate(LAYOUTS):
        for field in fields:
            if field.column == column and field.low is not None:
                lows[code] = field.low
    return lows


MODES = {column: _modes(column) for column in _ENTITIES}
LOWS = {column: _lows(column) for column in VALUE_COLUMNS}
N_CHOICES = np.array(
    [max([0, *(len(f.choices) for f in fields)]) for fields in LAYOUTS], np.int16
)
NEEDS_DETAIL = np.array(
    [any(f.required and f.column is None for f in fields) for fields in LAYOUTS]
)
# Their rank depends on more than the type.
_RANK_VARIES = {TYPE_CODES["MachineStateChanged"], TYPE_CODES["OperationCompleted"]}


def suspicious_rows(columns: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """Find the rows that may be no events.

    Parameters
    ----------
    columns : Mapping of str to ndarray of shape (n,)
        Some or all of the columns of an `EventBatch`, with its dtypes; `time_us`,
        `type_code` and `source` are there, others that lack hold nothing. -2 in a
        column of references or codes stands for a word that is not allowed, an
        infinite number for one that is none.

    Returns
    -------
    ndarray of shape (n,), bool
        False where the row is an event that needs no detail.

    Examples
    --------
    >>> from streams.events import TYPE_CODES
    >>> cancelled = TYPE_CODES["OrderCancelled"]  # needs its order
    >>> suspicious_rows({
    ...     "time_us": np.zeros(2, np.int64),
    ...     "type_code": np.full(2, cancelled, np.int16),
    ...     "source": np.zeros(2, np.int32),
    ...     "subject": np.array([7, -1], np.int32),
    ... }).tolist()
    [False, True]
    """
    type_code = columns["type_code"]
    bad = np.empty(len(type_code), np.uint8)
    present = np.zeros(_N_TYPES, np.uint8)
    all_known = check_heads(columns["time_us"], type_code, _BOUNDS_US, present, bad)
    if not all_known:
        known = (type_code >= 0) & (type_code < _N_TYPES)
        type_code = np.where(known, type_code, np.int16(0))
    check_least(columns["source"], 0, bad)
    if "sequence" in columns:
        check_least(columns["sequence"], 0, bad)
    _check_entities(columns, type_code, _only_type(present, all_known), bad)
    lacking = (present != 0) & _lacking_of(tuple(columns))
    if lacking.any():
        bad |= lacking[type_code]
    return bad.view(np.bool_)


def _only_type(present: NDArray[np.uint8], all_known: bool) -> int:  # noqa: FBT001
    """Return the type of all rows; -1 if there are several."""
    types = np.flatnonzero(present)
    return int(types[0]) if all_known and len(types) == 1 else -1


def _check_entities(
    columns: Mapping[str, NDArray[Any]],
    type_code: NDArray[np.int16],
    one: int,
    bad: NDArray[np.uint8],
) -> None:
    for name in _ENTITIES:
        column = columns.get(name)
        if column is None:
            continue
        modes = MODES[name]
        if name in VALUE_COLUMNS:
            check_numbers(column, type_code, modes, LOWS[name], one, bad)
        elif name in TIME_COLUMNS:
            check_times(column, type_code, modes, _TIME_BOUNDS_US, bad)
        else:
            check_references(column, type_code, modes, one, bad)
    if "code" in columns:
        check_codes(columns["code"], type_code, N_CHOICES, bad)


@lru_cache(maxsize=256)  # producers of more forms than that are slower
def _lacking_of(columns: tuple[str, ...]) -> NDArray[np.bool_]:
    """Tell by type code whether it needs a column that is not there."""
    lacking = NEEDS_DETAIL.copy()
    for name, modes in MODES.items():
        if name not in columns:
            lacking |= modes == REQUIRED
    if "code" not in columns:
        lacking |= N_CHOICES > 0
    return lacking


def ranks_of(columns: Mapping[str, NDArray[Any]]) -> NDArray[np.uint8]:
    """Rank events as `streams.layout.ranks` does, at once where all are of one type.

    Parameters
    ----------
    columns : Mapping of str to ndarray of shape (n,)
        At least `type_code`, with known codes, `code`, `time_us` and `time0`.

    Returns
    -------
    ndarray of shape (n,), uint8
    """
    type_code = columns["type_code"]
    args = type_code, columns["code"], columns["time_us"], columns["time0"]
    if len(type_code):
        first = int(type_code[0])
        if first not in _RANK_VARIES and (type_code == first).all():
            one = ranks(*(arg[:1] for arg in args))[0]
            return np.full(len(type_code), one, np.uint8)
    return ranks(*args)
