import numpy as np

from benchmarks.workloads.ids import event_id, id_hashes, numbered
from streams.names import hash64


def test_hashes_are_those_of_the_ids():
    numbers = np.array([[0, 1, 99], [123_456_789, 9_999_999_999, 10_000]])
    expected = [[hash64(event_id(number)) for number in row] for row in numbers]
    assert id_hashes(numbers).tolist() == expected


def test_numbered_writes_prefix_and_digits():
    text, starts, ends = numbered("order-", np.array([7, 12_345_678]), 8)
    ids = [text[start:end].tobytes() for start, end in zip(starts, ends, strict=True)]
    assert ids == [b"order-00000007", b"order-12345678"]
