"""Messages of our own form as our writer makes them, in a few compiled calls.

To open a stream with the library of Arrow costs more than to read some thousands of
events. What is not exactly as `streams.codec.arrow_encoding` writes it, or holds a row
that is no plain event, is left to those who know all of the format.
"""

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
from streams.codec.arrow_message import Message, Plan, found_in, planned
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
            (mode >= least).astype(np.uint16) << bit
            for bit, mode in enumerate(modes, 1)
        )
        for least in (REQUIRED, OPTIONAL)
    )
    source = 1  # the first bit
    detail = NEEDS_DETAIL.astype(np.uint16) << _NEVER_GIVEN
    return rows.EventRules(
        required=np.asarray(required | source | detail, np.uint16),
        allowed=np.asarray(allowed | source, np.uint16),
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


class OwnMessage(NamedTuple):
    """What was read of a message.

    Attributes
    ----------
    events : EventBatch
        All its rows; numbers are views of the message.
    deduplicated : bool
        Whether its writer says that no event comes twice.
    ordered : bool
        Whether its writer says that they are in canonical order, and they are.
    """

    events: EventBatch
    deduplicated: bool
    ordered: bool


class OwnReader:
    """Reads messages of our own form; remembers how each form is laid out."""

    def __init__(self) -> None:
        self._plans: dict[bytes, Plan | None] = {}
        self._shared = Shared()

    def read(
        self, value: Buffer, names: Names, place: tuple[int, int]
    ) -> OwnMessage | None:
        """Read a message.

        Parameters
        ----------
        value : bytes-like
            Contiguous; kept alive by the events.
        names : Names
            Grows.
        place : (int, int)
            Partition and offset of its record.

        Returns
        -------
        OwnMessage or None
            None if it is to be read otherwise: it is of another form, or a row of it
            is no plain event.
        """
        message = found_in(value)
        if message is None:
            return None
        plan = self._plan(message.schema)
        if plan is None or not message.fits(plan):
            return None
        named = _named(message, plan, names)
        events = None if named is None else self._events(message, plan, named)
        if events is None:
            return None
        partition, offset = place
        n_rows = message.n_rows
        events["partition"] = self._shared.of("partition", n_rows, partition)
        events["offset"] = np.full(n_rows, offset, np.int64)
        batch = EventBatch(names=names, detail=b"", **events)
        # Looked at here, as a thread of its own decodes ahead of who needs to know.
        ordered = plan.ordered and n_ordered(keys_of(batch)) == len(batch)
        return OwnMessage(batch, plan.deduplicated, ordered)

    def _plan(self, schema: bytes) -> Plan | None:
        if schema not in self._plans:
            if len(self._plans) >= _PLANS_MAX:
                self._plans.clear()
            self._plans[schema] = planned(schema)
        return self._plans[schema]

    def _events(
        self, message: Message, plan: Plan, named: rows.Named
    ) -> dict[str, NDArray[Any]] | None:
        """Return all columns but those of the place; None if a row is no event."""
        n_rows = message.n_rows
        references = np.empty((rows.N_NAMED, n_rows), np.int32)
        if not rows.read_events(_RULES, message.addresses(plan), named, references):
            return None
        columns = message.views(plan)
        columns |= zip(NAMED_COLUMNS, references, strict=True)
        for name in _FILLED:
            if name not in columns:
                columns[name] = self._shared.of(name, n_rows)
        columns["rank"] = ranks(*(columns[name] for name in _RANKED_BY))
        return columns


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
