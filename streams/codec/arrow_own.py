"""Messages of our own form as our writer makes them, in a few compiled calls.

To open a stream with the library of Arrow costs more than to read some thousands of
events. What is not exactly as `streams.codec.arrow_encoding` writes it, or holds a row
that is no plain event, is left to those who know all of the format.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from streams._kernels import arrow_events as rows
from streams._kernels import arrow_stream as stream
from streams._kernels.arrow import LARGEST, OPTIONAL, REQUIRED
from streams._kernels.order import n_ordered
from streams.batch import (
    DTYPES,
    REFERENCE_COLUMNS,
    TIME_COLUMNS,
    VALUE_COLUMNS,
    EventBatch,
    empty_columns,
    keys_of,
)
from streams.codec.arrow_checks import LOWS, MODES, N_CHOICES, NEEDS_DETAIL
from streams.codec.arrow_columnar import NAMED_COLUMNS
from streams.codec.arrow_message import PLAIN_COLUMNS, Message, Plan, found_in, planned
from streams.events import ID_LENGTH_MAX, TIME_US_MAX, TIME_US_MIN
from streams.layout import ranks
from streams.names import Names, address_of
from streams.spans import Buffer

_RANKED_BY = ("type_code", "code", "time_us", "time0")
_NEVER_GIVEN = 15  # bit of no column
_PLANS_MAX = 64  # a stream of more forms than that is planned anew now and then


def _rules() -> rows.EventRules:
    modes = [
        MODES[name] for name in (*REFERENCE_COLUMNS, *VALUE_COLUMNS, *TIME_COLUMNS)
    ]
    required, allowed = (
        sum(
            (mode >= least).astype(np.uint32) << bit
            for bit, mode in enumerate(modes, 1)
        )
        for least in (REQUIRED, OPTIONAL)
    )
    source = 1  # the first bit
    detail = NEEDS_DETAIL.astype(np.uint32) << _NEVER_GIVEN
    return rows.EventRules(
        required=np.asarray(required | source | detail, np.uint32),
        allowed=np.asarray(allowed | source, np.uint32),
        lows=np.maximum([LOWS[name] for name in VALUE_COLUMNS], -LARGEST),
        code_low=np.where(N_CHOICES > 0, 0, -1).astype(np.int32),
        code_high=N_CHOICES.astype(np.int32) - 1,
        bounds_us=np.array([TIME_US_MIN, TIME_US_MAX]),
    )


_RULES = _rules()
_FILLED = [name for name in DTYPES if name not in {"rank", "partition", "offset"}]


class Shared:
    """Columns that hold the same in every row, whose memory all batches share.

    Like all columns of an `EventBatch` they are not written to. Filling a dozen of
    them anew would take a third of the time of a message.
    """

    def __init__(self) -> None:
        self._nothing = {name: one[0] for name, one in empty_columns(1).items()}
        self._columns: dict[str, NDArray[Any]] = {}

    def of(self, name: str, n_rows: int, value: int | None = None) -> NDArray[Any]:
        """Return a column of a value; None: that which stands for nothing."""
        kept = self._columns.get(name)
        other = kept is None or (value is not None and kept[0] != value)
        if kept is None or other or len(kept) < n_rows:
            fill = self._nothing[name] if value is None else value
            kept = np.full(max(n_rows, 8192), fill, DTYPES[name])
            self._columns[name] = kept
        return kept[:n_rows]


class OwnMessages(NamedTuple):
    """What was read of messages.

    Attributes
    ----------
    events : EventBatch
        All their rows; numbers of a single message are views of it.
    n_rows : list of int
        How many of them are of each message.
    deduplicated : bool
        Whether their writers say that no event comes twice.
    ordered : bool
        Whether their writers say that they are in canonical order, and they are.
    """

    events: EventBatch
    n_rows: list[int]
    deduplicated: bool
    ordered: bool


class _Found(NamedTuple):
    message: Message
    plan: Plan


class OwnReader:
    """Reads messages of our own form; remembers how each form is laid out."""

    def __init__(self) -> None:
        self._plans: dict[bytes, Plan | None] = {}
        self._shared = Shared()

    def read(
        self, values: Sequence[Buffer], names: Names, place: tuple[int, Sequence[int]]
    ) -> OwnMessages | None:
        """Read messages, one behind the other.

        Parameters
        ----------
        values : sequence of bytes-like
            Contiguous, at least one; kept alive by the events.
        names : Names
            Grows.
        place : (int, sequence of int)
            Partition, and offset of the record of each.

        Returns
        -------
        OwnMessages or None
            None if they are to be read otherwise: one is of another form, or a row of
            one is no plain event.
        """
        found: list[_Found] = []
        for value in values:
            message = found_in(value)
            plan = None if message is None else self._plan(message.schema)
            if message is None or plan is None or not message.fits(plan):
                return None
            found.append(_Found(message, plan))
        n_rows = [one.message.n_rows for one in found]
        events = self._events(found, names)
        if events is None:
            return None
        partition, offsets = place
        events["partition"] = self._shared.of("partition", sum(n_rows), partition)
        events["offset"] = np.repeat(np.asarray(offsets, np.int64), n_rows)
        batch = EventBatch(names=names, detail=b"", **events)
        plans = [one.plan for one in found]
        # Looked at here, as a thread of its own decodes ahead of who needs to know.
        ordered = all(plan.ordered for plan in plans)
        return OwnMessages(
            events=batch,
            n_rows=n_rows,
            deduplicated=all(plan.deduplicated for plan in plans),
            ordered=ordered and n_ordered(keys_of(batch)) == len(batch),
        )

    def _plan(self, schema: bytes) -> Plan | None:
        if schema not in self._plans:
            if len(self._plans) >= _PLANS_MAX:
                self._plans.clear()
            self._plans[schema] = planned(schema)
        return self._plans[schema]

    def _events(
        self, found: list[_Found], names: Names
    ) -> dict[str, NDArray[Any]] | None:
        """Return all columns but those of the place; None if a row is no event."""
        n_all = sum(one.message.n_rows for one in found)
        references = np.empty((rows.N_NAMED, n_all), np.int32)
        columns = self._numbers(found, n_all)
        first = 0
        places = _places_of(columns)
        for message, plan in found:
            named = _named(message, plan, names)
            plain = np.where(plan.given, places + first * _WIDTHS, 0)
            span = (first, message.n_rows)
            if named is None or not rows.read_events(
                _RULES, plain, named, references, span
            ):
                return None
            first += message.n_rows
        columns |= zip(NAMED_COLUMNS, references, strict=True)
        for name in _FILLED:
            if name not in columns:
                columns[name] = self._shared.of(name, n_all)
        columns["rank"] = ranks(*(columns[name] for name in _RANKED_BY))
        return columns

    def _numbers(self, found: list[_Found], n_all: int) -> dict[str, NDArray[Any]]:
        """Return the columns of numbers: views of a message, or copies of several."""
        message, plan = found[0]
        if len(found) == 1 and message.is_aligned:
            return message.views(plan)
        given = {name for one in found for name in one.plan.plain}
        columns = {name: np.empty(n_all, DTYPES[name]) for name in sorted(given)}
        first = 0
        for message, plan in found:
            message.copy_columns(plan, columns, first)
            for name in given.difference(plan.plain):
                rest = columns[name][first : first + message.n_rows]
                rest[:] = self._shared.of(name, message.n_rows)
            first += message.n_rows
        return columns


_WIDTHS = np.array([np.dtype(DTYPES[name]).itemsize for name in PLAIN_COLUMNS])


def _places_of(columns: Mapping[str, NDArray[Any]]) -> NDArray[np.int64]:
    """Return where columns of numbers begin, 0 for those not there."""
    return np.array(
        [address_of(columns[name]) if name in columns else 0 for name in PLAIN_COLUMNS],
        np.int64,
    )


class _Entries(NamedTuple):
    """The dictionaries of a message, with the numbers of their entries.

    Attributes
    ----------
    text : bytes
        The messages of the dictionaries.
    base : int
        Address that places count from.
    places : ndarray of shape (d, 4), int64
        See `streams._kernels.arrow_stream.entry_spans`.
    numbers : ndarray of shape (n + d,), int32
        Numbers of the entries, -1 behind those of each dictionary.
    hashes : ndarray of shape (n + d,), uint64
        Of the names of the entries.
    """

    text: bytes
    base: int
    places: NDArray[np.int64]
    numbers: NDArray[np.int32]
    hashes: NDArray[np.uint64]

    @property
    def firsts(self) -> NDArray[np.int64]:
        """Where the numbers of each dictionary begin."""
        return _firsts(self.places)


# A writer's dictionaries grow at their ends: the last ones of each form are kept.
_last: WeakKeyDictionary[Names, dict[int, _Entries]] = WeakKeyDictionary()


def _named(message: Message, plan: Plan, names: Names) -> rows.Named | None:
    """Look up the entries of all dictionaries, and say where the columns stand."""
    dictionaries = message.dictionaries()
    if dictionaries is None:
        return None
    places, order = dictionaries
    entries = _numbered(message, plan, places, names)
    if entries is None:
        return None
    firsts = entries.firsts
    which = np.zeros((4, rows.N_NAMED), np.int64)
    for column, name in enumerate(NAMED_COLUMNS):
        if name in plan.named:
            validity, indices, dictionary = plan.named[name]
            if dictionary not in order:
                return None
            at = order[dictionary]
            which[0, column] = message.at(indices)
            which[1, column] = message.validity(validity)
            which[2:, column] = firsts[at], places[at, 0]
    return rows.Named(which[0], which[1], which[2], which[3], entries.numbers)


def _numbered(
    message: Message, plan: Plan, places: NDArray[np.int64], names: Names
) -> _Entries | None:
    """Give numbers to the entries; those that the last message had are known."""
    spans = np.empty((2, int(places[:, 0].sum()) + len(places)), np.int64)
    if not stream.entry_spans(message.address, places, ID_LENGTH_MAX, spans):
        return None
    kept = _last.setdefault(names, {})
    before = kept.get(plan.number)
    known = [] if before is None else _known(before, message, places, names)
    for one, _ in known:
        spans[0, one] = -1
    numbers = names.intern_spans(message.value, *spans)
    for one, old in known:
        assert before is not None, "something is known of it"
        numbers[one] = before.numbers[old]
    if len(kept) >= _PLANS_MAX:
        kept.clear()
    start, text = message.text_of_dictionaries()
    hashes = names.hashes[numbers]
    found = _Entries(text, address_of(text) - start, places, numbers, hashes)
    kept[plan.number] = found
    return found


def _known(
    before: _Entries, message: Message, places: NDArray[np.int64], names: Names
) -> list[tuple[slice, slice]]:
    """Find the entries that were numbered before: where they stand now, and then."""
    if len(before.places) != len(places):
        return []
    if not stream.still_named(before.numbers, before.hashes, names.hashes):
        return []
    alike = np.empty(len(places), np.int64)
    stream.n_alike((before.base, message.address), (before.places, places), alike)
    firsts = (_firsts(places).tolist(), before.firsts.tolist())
    return [
        (slice(now, now + n_same), slice(then, then + n_same))
        for now, then, n_same in zip(*firsts, alike.tolist(), strict=True)
    ]


def _firsts(places: NDArray[np.int64]) -> NDArray[np.int64]:
    n_numbers = places[:, 0] + 1
    return n_numbers.cumsum() - n_numbers
