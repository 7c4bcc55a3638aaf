"""Columns of an Arrow batch as arrays: views where the memory allows, else one pass.

Strings become numbers of names at once, dictionaries entry by entry. What a column
cannot hold as it is given (a text where a number must be) is None: who asks then reads
the rows one by one.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from streams._kernels import arrow as kernels
from streams._kernels.hashing import xxh64_spans
from streams._kernels.memory import same_bytes
from streams.batch import NO_TIME
from streams.errors import EnvelopeError
from streams.events import ID_LENGTH_MAX
from streams.names import Names, address_of

INDEX_BYTES, LARGE_BYTES = 4, 8
CONTINUES, CONTINUES_MASK = 0x80, 0xC0  # a byte inside a character of UTF-8
_UNITS_US = {"s": 1_000_000, "ms": 1_000, "us": 1}
_NS_IN_US = 1_000


class Memory:
    """A stretch of memory of somebody else, for NumPy."""

    __slots__ = ("__array_interface__", "owner")

    def __init__(self, owner: Any, address: int, n_rows: int, dtype: np.dtype) -> None:  # noqa: ANN401
        self.owner = owner
        # Said to be writable, though nobody writes: for read-only arrays Numba would
        # compile every kernel a second time.
        self.__array_interface__ = {
            "data": (address, False),
            "shape": (n_rows,),
            "typestr": dtype.str,
            "version": 3,
        }


def view(buffer: Any, n_rows: int, dtype: type[np.generic]) -> NDArray[Any]:  # noqa: ANN401
    """View a buffer of Arrow as an array, or copy it where it is not aligned.

    Parameters
    ----------
    buffer : pyarrow.Buffer
        Kept alive by the array.
    n_rows : int
        Number of values, >= 0.
    dtype : type
        Of a value.

    Returns
    -------
    ndarray of shape (n_rows,)
        Not to be written to.

    Raises
    ------
    EnvelopeError
        If the buffer is too short.
    """
    kind = np.dtype(dtype)
    if not n_rows:
        return np.empty(0, kind)
    n_bytes = 0 if buffer is None else buffer.size
    if n_bytes < n_rows * kind.itemsize:
        msg = (
            f"a buffer of {n_rows} {kind} must be {n_rows * kind.itemsize} bytes, "
            f"was {n_bytes}"
        )
        raise EnvelopeError(msg)
    address = buffer.address
    array = np.asarray(Memory(buffer, address, n_rows, kind))
    return array if address % kind.itemsize == 0 else array.copy()


def validity_of(array: Any) -> int:  # noqa: ANN401
    """Return the address of the bits that tell nulls, 0 if nothing is null.

    Raises
    ------
    EnvelopeError
        If there are too few bits.
    """
    if not array.null_count:
        return 0
    bits = array.buffers()[0]
    if bits is None or bits.size * 8 < len(array):
        msg = f"{len(array)} rows need as many bits of validity"
        raise EnvelopeError(msg)
    address: int = bits.address
    return address


class Texts(NamedTuple):
    """Strings of a column as spans of one buffer.

    Attributes
    ----------
    buffer : pyarrow.Buffer or None
        Holds the bytes.
    address : int
        Where they stand.
    starts, ends : ndarray of shape (n,), int64
        Spans; a start of -1 stands for a null.
    wrong : ndarray of shape (n,), bool, or None
        Rows that are no id: empty, maybe too long, or no UTF-8; None: none is.
    """

    buffer: Any
    address: int
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    wrong: NDArray[np.bool_] | None


def texts(array: Any) -> Texts | None:  # noqa: ANN401
    """Read a column of strings; None if it is none.

    Raises
    ------
    EnvelopeError
        If its offsets leave the buffer.
    """
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

    if pa.types.is_string_view(array.type):
        array = array.cast(pa.large_string())
    if pa.types.is_string(array.type):
        width = INDEX_BYTES
    elif pa.types.is_large_string(array.type):
        width = LARGE_BYTES
    else:
        return None
    _, offsets, buffer = array.buffers()
    if not len(array):
        nothing = np.empty(0, np.int64)
        return Texts(None, 0, nothing, nothing, None)
    n_bytes = 0 if buffer is None else buffer.size
    sound = offsets is not None and offsets.size >= width * (len(array) + 1)
    if sound:
        # Not before: a broken message may claim any number of rows.
        found = np.empty((2, len(array)), np.int64)
        sound, last = kernels.spans(offsets.address, width, validity_of(array), found)
        sound = sound and last <= n_bytes
    if not sound:
        msg = f"offsets of strings must stay inside of {n_bytes} bytes"
        raise EnvelopeError(msg)
    address = 0 if buffer is None else buffer.address
    wrong = _wrong_texts(buffer, found, int(last))
    return Texts(buffer, address, found[0], found[1], wrong)


def _wrong_texts(
    buffer: Any,  # noqa: ANN401
    found: NDArray[np.int64],
    n_bytes: int,
) -> NDArray[np.bool_] | None:
    starts, ends = found
    lengths = ends - starts
    wrong = (starts >= 0) & ((lengths < 1) | (lengths > ID_LENGTH_MAX))
    if n_bytes and not kernels.is_ascii(buffer.address, n_bytes):
        data = np.frombuffer(buffer, np.uint8, n_bytes)
        try:
            bytes(data).decode()
        except UnicodeDecodeError:
            wrong |= _no_utf8(bytes(data), starts, ends)
        else:
            inside = starts[(starts >= 0) & (lengths > 0)]
            if ((data[inside] & CONTINUES_MASK) == CONTINUES).any():
                wrong |= _no_utf8(bytes(data), starts, ends)
    return wrong if wrong.any() else None


def _no_utf8(
    data: bytes, starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.bool_]:
    wrong = np.zeros(len(starts), np.bool_)
    for row, (start, end) in enumerate(
        zip(starts.tolist(), ends.tolist(), strict=True)
    ):
        if start >= 0:
            try:
                data[start:end].decode()
            except UnicodeDecodeError:
                wrong[row] = True
    return wrong


def _mapped(found: Texts, names: Names) -> NDArray[np.int32]:
    """Look up the numbers of strings; `WRONG` for those that are no id."""
    starts = found.starts
    if found.wrong is not None:
        starts = np.where(found.wrong, -1, starts)
    data = b"" if found.buffer is None else memoryview(found.buffer)
    mapping = names.intern_spans(data, starts, found.ends)
    if found.wrong is not None:
        mapping[found.wrong] = kernels.WRONG
    return mapping


class _Entries(NamedTuple):
    """A dictionary that was numbered before."""

    text: bytes  # its offsets and its bytes
    mapping: NDArray[np.int32]
    hashes: NDArray[np.uint64]  # of the names of its entries
    top: int  # the highest number of them


# Messages of one producer repeat their dictionaries: the one seen last is kept for each
# column. Half as many columns make some be numbered anew, twice as many cost memory.
_SEEN_MAX = 32
_seen: WeakKeyDictionary[Names, dict[str, _Entries]] = WeakKeyDictionary()


def _numbered(dictionary: Any, names: Names, key: str) -> NDArray[np.int32] | None:  # noqa: ANN401
    """Look up the numbers of the entries of a dictionary, or what they were before."""
    parts = [one for one in dictionary.buffers()[1:] if one is not None]
    plain = dictionary.null_count == 0
    seen = _seen.setdefault(names, {})
    before = seen.get(key)
    if plain and before is not None and _same(before.text, parts):
        numbers = before.mapping
        # Names that were forgotten since have lost their numbers.
        known = len(numbers) == len(dictionary) and before.top < len(names)
        if known and np.array_equal(names.hashes[numbers], before.hashes):
            return numbers
    entries = texts(dictionary)
    if entries is None:
        return None
    mapping = _mapped(entries, names)
    if plain and len(mapping) and int(mapping.min()) >= 0:
        if len(seen) >= _SEEN_MAX:
            seen.clear()
        top = int(mapping.max())
        text = b"".join(memoryview(one) for one in parts)
        seen[key] = _Entries(text, mapping, names.hashes[mapping], top)
    return mapping


def _same(text: bytes, parts: Sequence[Any]) -> bool:
    """Tell whether buffers hold one after the other what a text does."""
    if len(text) != sum(part.size for part in parts):
        return False
    at = address_of(text)
    for part in parts:
        if not same_bytes(at, part.address, part.size):
            return False
        at += part.size
    return True


def _through_dictionary(array: Any, mapping: NDArray[np.int32]) -> NDArray[np.int32]:  # noqa: ANN401
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

    indices = array.indices
    if not indices.type.equals(pa.int32()):
        indices = indices.cast(pa.int32())
    given = view(indices.buffers()[1], len(indices), np.int32)
    out = np.empty(len(array), np.int32)
    kernels.gather(given.ctypes.data, validity_of(indices), mapping, out)
    return out


def references(
    array: Any,  # noqa: ANN401
    names: Names,
    key: str,
) -> NDArray[np.int32] | None:
    """Read ids as numbers of names.

    Parameters
    ----------
    array : pyarrow.Array
        Strings, or a dictionary of strings.
    names : Names
        Grows.
    key : str
        Name of the column, under which its dictionary is remembered.

    Returns
    -------
    ndarray of shape (n,), int32, or None
        -1 for a null, -2 for what is no id; None if the column is of another type.
    """
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

    if pa.types.is_dictionary(array.type):
        mapping = _numbered(array.dictionary, names, key)
        return None if mapping is None else _through_dictionary(array, mapping)
    found = texts(array)
    return None if found is None else _mapped(found, names)


def words(array: Any, choices: Sequence[str]) -> NDArray[np.int16] | None:  # noqa: ANN401
    """Read words as their place among some choices: -1 for a null, -2 for another.

    None if the column is not of strings.
    """
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        array = array.dictionary_encode()
    if not pa.types.is_dictionary(array.type):
        return None
    entries = texts(array.dictionary)
    if entries is None:
        return None
    places = {word.encode(): place for place, word in enumerate(choices)}
    data = b"" if entries.buffer is None else memoryview(entries.buffer)
    mapping = [
        kernels.NOTHING if start < 0 else places.get(bytes(data[start:end]), -2)
        for start, end in zip(
            entries.starts.tolist(), entries.ends.tolist(), strict=True
        )
    ]
    found = _through_dictionary(array, np.array(mapping, np.int32))
    return found.astype(np.int16)


def hashes(array: Any) -> tuple[NDArray[np.uint64], NDArray[np.bool_] | None] | None:  # noqa: ANN401
    """Hash ids; also tell which rows have none, or what is none (None: all have one).

    None if the column is not of strings.
    """
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    found = texts(array)
    if found is None:
        return None
    wrong = found.wrong
    starts, ends = found.starts, found.ends
    if array.null_count:
        absent = starts < 0
        wrong = absent if wrong is None else wrong | absent
        starts, ends = np.where(absent, 0, starts), np.where(absent, 0, ends)
    return xxh64_spans(found.address, starts, ends), wrong


def floats(array: Any) -> NDArray[np.float64] | None:  # noqa: ANN401
    """Read numbers: NaN for a null, infinite for a NaN; None if there are none."""
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

    kind = array.type
    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    if not (numeric or pa.types.is_decimal(kind)):
        return None
    if not kind.equals(pa.float64()):
        array = array.cast(pa.float64(), safe=False)
    given = view(array.buffers()[1], len(array), np.float64)
    validity = validity_of(array)
    if not validity and not kernels.has_nan(given.ctypes.data, len(given)):
        return given
    out = np.empty(len(array), np.float64)
    kernels.numbers(given.ctypes.data, validity, out)
    return out


def integers(array: Any, *, null: int) -> NDArray[np.int64] | None:  # noqa: ANN401
    """Read whole numbers, `null` for a null; None if they are none or too big."""
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

    if not pa.types.is_integer(array.type):
        return None
    if not array.type.equals(pa.int64()):
        try:
            array = array.cast(pa.int64())
        except pa.ArrowInvalid:
            return None
    return _filled(array, null)


def _filled(array: Any, null: int) -> NDArray[np.int64]:  # noqa: ANN401
    """View 64-bit values, or copy them with `null` for a null."""
    given = view(array.buffers()[1], len(array), np.int64)
    if not array.null_count:
        return given
    valid = np.asarray(array.is_valid())
    return np.where(valid, given, np.int64(null))


def times(array: Any) -> NDArray[np.int64] | None:  # noqa: ANN401
    """Read instants as microseconds UTC, `NO_TIME` for a null.

    Whole numbers are microseconds. Digits beyond the microsecond are cut off, as in
    JSON. None if the column is neither, or of local times, or leaves the range.
    """
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

    if not pa.types.is_timestamp(array.type):
        return integers(array, null=int(NO_TIME))
    if array.type.tz is None:
        return None
    return _in_us(_filled(array, int(NO_TIME)), array.type.unit)


def _in_us(given: NDArray[np.int64], unit: str) -> NDArray[np.int64] | None:
    if unit == "us":
        return given
    absent = given == NO_TIME
    if unit == "ns":
        return np.where(absent, NO_TIME, given // _NS_IN_US)
    factor = _UNITS_US[unit]
    if ((np.abs(given) > np.iinfo(np.int64).max // factor) & ~absent).any():
        return None
    return np.where(absent, NO_TIME, given * np.where(absent, 0, factor))
