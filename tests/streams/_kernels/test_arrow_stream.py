"""The walk over a stream finds what the library of Arrow finds, and never leaves it."""

import numpy as np
import pyarrow as pa
import pytest

from streams._kernels import arrow_stream as stream
from streams.names import address_of


@pytest.fixture
def message() -> bytes:
    table = pa.record_batch(
        {
            "number": np.arange(5, dtype=np.int64),
            "word": pa.array(["b", None, "aa", "b", "c"]).dictionary_encode(),
            "other": pa.array(["x", "y", "x", "x", "x"]).dictionary_encode(),
        }
    )
    buffer = pa.BufferOutputStream()
    with pa.ipc.new_stream(buffer, table.schema) as written:
        written.write_batch(table)
    found: bytes = buffer.getvalue().to_pybytes()
    return found


def walked(message: bytes) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    found = [np.zeros(shape, np.int64) for shape in ((8, 8), (16, 2), (32, 2))]
    n_messages = stream.walk_stream(address_of(message), len(message), *found)
    return n_messages, *found


def test_walk_finds_messages_and_buffers(message: bytes) -> None:
    n_messages, messages, nodes, buffers = walked(message)
    kinds = [stream.SCHEMA, stream.DICTIONARY, stream.DICTIONARY, stream.BATCH]
    assert messages[:n_messages, stream.KIND].tolist() == kinds
    assert messages[3, stream.N_ROWS] == 5
    first_node = messages[3, stream.FIRST_NODE]
    assert nodes[first_node : first_node + 3].tolist() == [[5, 0], [5, 1], [5, 0]]
    start, length = buffers[messages[3, stream.FIRST_BUFFER] + 1]
    numbers = np.frombuffer(message[start : start + length], np.int64)
    assert numbers.tolist() == [0, 1, 2, 3, 4]


def test_ids_of_dictionaries_are_those_of_their_messages(message: bytes) -> None:
    _, messages, _, _ = walked(message)
    ids = np.zeros(8, np.int64)
    end = int(messages[0, stream.BODY])
    assert stream.dictionary_ids(address_of(message), 8, end, ids) == 3
    assert ids[0] == -1
    assert ids[1:3].tolist() == messages[1:3, stream.ID].tolist()


def test_every_cut_is_refused_or_shorter(message: bytes) -> None:
    whole = walked(message)[0]
    for end in range(0, len(message) - 8, 8):
        assert walked(message[:end])[0] < whole


def test_changed_bytes_never_lead_outside(message: bytes) -> None:
    rng = np.random.default_rng(3)
    refused = 0
    for _ in range(3000):
        changed = bytearray(message)
        changed[int(rng.integers(len(message)))] = int(rng.integers(256))
        n_messages, messages, _, buffers = walked(bytes(changed))
        refused += n_messages == stream.NOT_OURS
        for row in messages[: max(n_messages, 0)]:
            first, n = row[stream.FIRST_BUFFER], row[stream.N_BUFFERS]
            spans = buffers[first : first + n]
            assert (spans >= 0).all()
            assert (spans.sum(axis=1) <= len(message)).all()
    assert refused > 100


def places_of(words: list[str], data: bytearray) -> list[int]:
    offsets = np.cumsum([0, *map(len, words)]).astype(np.int32)
    at = len(data)
    text = "".join(words).encode()
    data += offsets.tobytes() + text
    return [len(words), at, at + offsets.nbytes, len(text)]


def test_entries_are_spans_with_one_of_none_behind() -> None:
    data = bytearray()
    places = np.array([places_of(["ab", "c"], data), places_of(["d"], data)], np.int64)
    spans = np.zeros((2, 5), np.int64)
    kept = bytes(data)
    assert stream.entry_spans(address_of(kept), places, 9, spans)
    texts = [kept[a:b] if a >= 0 else None for a, b in spans.T]
    assert texts == [b"ab", b"c", None, b"d", None]


@pytest.mark.parametrize("words", [["ab", ""], ["toolongtoolong"], ["\u00fc"]])
def test_entries_that_are_no_plain_ids_are_refused(words: list[str]) -> None:
    data = bytearray()
    places = np.array([places_of(words, data)], np.int64)
    kept = bytes(data)
    spans = np.zeros((2, 3), np.int64)
    assert not stream.entry_spans(address_of(kept), places, 9, spans)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (["ab", "c", "d", "e"], 3),
        (["ab", "c"], 2),
        (["ab", "x", "d"], 0),
        (["abc", "c"], 0),
        ([], 0),
    ],
)
def test_the_first_entries_in_common_are_counted(
    other: list[str], expected: int
) -> None:
    texts, places = [], []
    for words in (["ab", "c", "d"], other):
        data = bytearray()
        places.append(np.array([places_of(words, data)], np.int64))
        texts.append(bytes(data))
    alike = np.zeros(1, np.int64)
    bases = address_of(texts[0]), address_of(texts[1])
    stream.n_alike(bases, (places[0], places[1]), alike)
    assert alike.tolist() == [expected]


def test_names_that_went_are_not_still_named() -> None:
    numbers = np.array([1, -1, 0], np.int32)
    now = np.array([10, 11], np.uint64)
    assert stream.still_named(numbers, np.array([11, 0, 10], np.uint64), now)
    assert not stream.still_named(numbers, np.array([11, 0, 9], np.uint64), now)
    assert not stream.still_named(numbers, np.array([11, 0, 10], np.uint64), now[:1])


@pytest.mark.parametrize("n_bytes", [0, 1, 7, 64, 1000])
def test_stretches_are_copied_and_nothing_beside(n_bytes: int) -> None:
    whole = np.arange(2100, dtype=np.uint64).view(np.uint8)
    into = np.zeros(3000, np.uint8)
    start, place = whole.ctypes.data, into.ctypes.data
    spans = [[start + 3, place + 5, n_bytes], [start + 1500, place + 1600, n_bytes]]
    stream.copy_spans(np.array(spans, np.int64))
    expected = np.zeros(3000, np.uint8)
    expected[5 : 5 + n_bytes] = whole[3 : 3 + n_bytes]
    expected[1600 : 1600 + n_bytes] = whole[1500 : 1500 + n_bytes]
    assert np.array_equal(into, expected)
