"""Where the columns of a message of our own form stand, as our writer makes it."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams._kernels import arrow_stream as stream
from streams.batch import DTYPES, TIME_COLUMNS, VALUE_COLUMNS
from streams.codec.arrow_columnar import (
    COLUMNS_KEY,
    COLUMNS_VERSION,
    DEDUPLICATED_KEY,
    NAMED_COLUMNS,
    ORDERED_KEY,
    REQUIRED_COLUMNS,
    YES,
)
from streams.codec.arrow_columns import Memory
from streams.names import address_of
from streams.spans import Buffer

PLAIN_COLUMNS = (
    "time_us",
    "type_code",
    "code",
    "sequence",
    *VALUE_COLUMNS,
    *TIME_COLUMNS,
)
"""Columns of numbers, in the order of `streams._kernels.arrow_events`."""

_VIEWED = (*PLAIN_COLUMNS, "id_hash")
_MESSAGES_MAX, _COLUMNS_MAX, _BUFFERS_MAX = 16, 64, 192
_STRING_BUFFERS = 3  # bits of validity, offsets, bytes
_ALIGNED = 8  # bytes: what a view of numbers asks of its address


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the columns of a schema stand in its messages.

    Attributes
    ----------
    plain : dict of str to int
        Place of the buffer of values, by name of the column.
    named : dict of str to (int, int, int)
        Place of its bits of validity, of its indices, and its dictionary.
    nodes : ndarray of int64
        Columns that must have no null.
    needs : ndarray of shape (k, 2), int64
        Buffers, and how many bytes they need for each row.
    n_buffers, n_fields : int
        How many a message must have.
    given : ndarray of bool
        Which of `PLAIN_COLUMNS` it has.
    number : int
        Of this plan, none has the same.
    deduplicated, ordered : bool
        What the metadata say of the events.
    """

    plain: dict[str, int]
    named: dict[str, tuple[int, int, int]]
    nodes: NDArray[np.int64]
    needs: NDArray[np.int64]
    n_buffers: int
    n_fields: int
    given: NDArray[np.bool_]
    deduplicated: bool
    ordered: bool
    number: int = field(default_factory=count().__next__)


class Message:
    """A message and what was found in it.

    Parameters
    ----------
    value : bytes-like
        The message.
    messages, nodes, buffers : ndarray
        As `streams._kernels.arrow_stream.walk_stream` fills them.

    Attributes
    ----------
    address : int
        Where the message stands.
    n_rows : int
        Number of events.
    """

    def __init__(
        self,
        value: Buffer,
        messages: NDArray[np.int64],
        nodes: NDArray[np.int64],
        buffers: NDArray[np.int64],
    ) -> None:
        self.value = value
        self.address = address_of(value)
        self._messages = messages
        self._batch = messages[-1]
        self._nodes = nodes
        self._all_buffers = buffers
        first = int(self._batch[stream.FIRST_BUFFER])
        self._buffers = buffers[first : first + int(self._batch[stream.N_BUFFERS])]
        self.n_rows = int(self._batch[stream.N_ROWS])

    @property
    def schema(self) -> bytes:
        """The message of its schema."""
        return bytes(self.value[: int(self._messages[0, stream.BODY])])

    def fits(self, plan: Plan) -> bool:
        """Tell whether all buffers are there and long enough, with no null too many."""
        if len(self._buffers) != plan.n_buffers or not 0 < self.n_rows < len(
            self.value
        ):
            return False
        first = int(self._batch[stream.FIRST_NODE])
        nodes = self._nodes[first : first + plan.n_fields]
        lengths = self._buffers[plan.needs[:, 0], stream.LENGTH]
        offsets = self._buffers[list(plan.plain.values()), stream.OFFSET]
        return bool(
            (nodes[:, 0] == self.n_rows).all()
            and not nodes[plan.nodes, 1].any()
            and (lengths >= plan.needs[:, 1] * self.n_rows).all()
            and not (offsets % _ALIGNED).any()
        ) and self._bits_fit(plan)

    def _bits_fit(self, plan: Plan) -> bool:
        for validity, _, _ in plan.named.values():
            n_bytes = int(self._buffers[validity, stream.LENGTH])
            if 0 < n_bytes * 8 < self.n_rows:
                return False
        return True

    def at(self, buffer: int) -> int:
        """Address of a buffer."""
        return self.address + int(self._buffers[buffer, stream.OFFSET])

    def validity(self, buffer: int) -> int:
        """Address of bits of validity, 0 if no row is null."""
        return self.at(buffer) if self._buffers[buffer, stream.LENGTH] else 0

    @property
    def is_aligned(self) -> bool:
        """Whether its columns of numbers stand where arrays may stand."""
        return self.address % _ALIGNED == 0

    def copy_columns(
        self, plan: Plan, columns: dict[str, NDArray[Any]], first: int
    ) -> None:
        """Write its columns of numbers to rows of others, from the `first` on.

        A message may begin at any byte; those columns where arrays do.
        """
        spans = np.empty((len(plan.plain), 3), np.int64)
        for at, (name, buffer) in enumerate(plan.plain.items()):
            into = columns[name]
            assert first + self.n_rows <= len(into), (name, first, self.n_rows)
            place = address_of(into) + first * into.itemsize
            spans[at] = self.at(buffer), place, self.n_rows * into.itemsize
        # In one call: each gives the interpreter away and has to get it back.
        stream.copy_spans(spans)

    def views(self, plan: Plan) -> dict[str, NDArray[Any]]:
        """Return the columns of numbers as they stand there; it must be aligned."""
        memory = Memory(self.value, self.address, len(self.value), np.dtype(np.uint8))
        whole = np.asarray(memory)
        views = {}
        for name, buffer in plan.plain.items():
            kind = np.dtype(DTYPES[name])
            start = int(self._buffers[buffer, stream.OFFSET])
            views[name] = whole[start : start + self.n_rows * kind.itemsize].view(kind)
        return views

    def text_of_dictionaries(self) -> tuple[int, bytes]:
        """Copy the messages of the dictionaries; also where they begin."""
        start = int(self._messages[0, stream.BODY])
        end = int(self._batch[stream.START])
        return start, bytes(self.value[start:end])

    def dictionaries(self) -> tuple[NDArray[np.int64], dict[int, int]] | None:
        """Say where the entries of the dictionaries stand, and which comes which."""
        places = np.zeros((len(self._messages) - 2, 4), np.int64)
        order: dict[int, int] = {}
        for at, one in enumerate(self._messages[1:-1].tolist()):
            first, n_entries = one[stream.FIRST_BUFFER], one[stream.N_ROWS]
            if one[stream.N_BUFFERS] != _STRING_BUFFERS or one[stream.ID] in order:
                return None
            _, offsets, data = self._all_buffers[first : first + 3].tolist()
            has_null = self._nodes[one[stream.FIRST_NODE], 1]
            if (
                has_null
                or 0 < offsets[1] < 4 * (n_entries + 1)
                or (n_entries and not offsets[1])
            ):
                return None
            order[one[stream.ID]] = at
            places[at] = n_entries, offsets[0], *data
        return places, order


def found_in(value: Buffer) -> Message | None:
    """Find the messages of a stream; None if they are not as our writer makes them.

    Parameters
    ----------
    value : bytes-like
        Contiguous.
    """
    address = address_of(value)
    messages = np.zeros((_MESSAGES_MAX, 8), np.int64)
    nodes = np.zeros((_COLUMNS_MAX, 2), np.int64)
    buffers = np.zeros((_BUFFERS_MAX, 2), np.int64)
    found = stream.walk_stream(address, len(value), messages, nodes, buffers)
    kinds = messages[:found, stream.KIND].tolist() if found > 1 else []
    expected = [stream.SCHEMA, *[stream.DICTIONARY] * (found - 2), stream.BATCH]
    return (
        Message(value, messages[:found], nodes, buffers) if kinds == expected else None
    )


def planned(schema: bytes) -> Plan | None:
    """Lay out the messages of a schema.

    Parameters
    ----------
    schema : bytes
        The first message of a stream.

    Returns
    -------
    Plan or None
        None if it is not one of our writer.
    """
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

    try:
        fields = pa.ipc.read_schema(pa.py_buffer(schema))
        names = set(fields.names)  # which are read only now
    except (pa.ArrowException, OSError, ValueError):
        return None
    metadata = fields.metadata or {}
    ids = np.zeros(_COLUMNS_MAX, np.int64)
    n_fields = stream.dictionary_ids(address_of(schema), 8, len(schema), ids)
    is_ours = metadata.get(COLUMNS_KEY) == COLUMNS_VERSION
    if not is_ours or n_fields != len(fields) or len(names) != n_fields:
        return None
    plan = _laid_out(fields, ids)
    there = {*plan.plain, *plan.named} if plan else set()
    return plan if there.issuperset({*REQUIRED_COLUMNS, "id_hash"}) else None


def _laid_out(
    fields: Any,  # noqa: ANN401
    ids: NDArray[np.int64],
) -> Plan | None:
    """Give each column its buffers; None if one is not of the type our writer uses."""
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

    metadata = fields.metadata or {}
    words = pa.dictionary(pa.int32(), pa.string())
    plain: dict[str, int] = {}
    named: dict[str, tuple[int, int, int]] = {}
    nodes, needs, at = [], [], 0
    for index, one in enumerate(fields):
        n_buffers = 2  # bits of validity, values
        if one.name in _VIEWED and one.type == pa.from_numpy_dtype(DTYPES[one.name]):
            plain[one.name] = at + 1
            nodes.append(index)
            needs.append((at + 1, np.dtype(DTYPES[one.name]).itemsize))
        elif one.name in NAMED_COLUMNS and one.type == words:
            named[one.name] = at, at + 1, int(ids[index])
            needs.append((at + 1, np.dtype(np.int32).itemsize))
        elif one.name == "id" and one.type == pa.string():
            n_buffers = _STRING_BUFFERS
        else:
            return None
        at += n_buffers
    return Plan(
        plain=plain,
        named=named,
        nodes=np.array(nodes, np.int64),
        needs=np.array(needs, np.int64).reshape(-1, 2),
        n_buffers=at,
        n_fields=len(fields),
        given=np.array([name in plain for name in PLAIN_COLUMNS]),
        deduplicated=metadata.get(DEDUPLICATED_KEY) == YES,
        ordered=metadata.get(ORDERED_KEY) == YES,
    )
