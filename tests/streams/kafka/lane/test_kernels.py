import numpy as np

from streams._kernels.records import (
    BODY,
    END,
    N_COLUMNS,
    N_RECORDS,
    OK,
    record_columns,
    walk_batches,
)
from streams.kafka.lane._kernels import parse_batches


def test_batches_are_parsed_one_after_the_other_up_to_a_wrong_one(batch_of):
    values = [[b"a", b"bb"], [b"ccc"], [b"d", b"e"]]
    records = b"".join(batch_of(10 * index, some) for index, some in enumerate(values))
    data = np.frombuffer(records, np.uint8).copy()
    table = np.empty((8, N_COLUMNS), np.int64)
    _, n_batches, _ = walk_batches(data, 0, len(data), table)
    table = table[:n_batches]
    columns = record_columns(5)
    spans = table[:, BODY].copy(), table[:, END].copy()
    assert parse_batches(data, *spans, table, columns) == (OK, 3)
    assert columns.offsets.tolist() == [0, 1, 10, 20, 21]
    pairs = zip(columns.value_starts, columns.value_ends, strict=True)
    assert [records[a:b] for a, b in pairs] == [b"a", b"bb", b"ccc", b"d", b"e"]
    table[1, N_RECORDS] = 2
    status, wrong = parse_batches(data, *spans, table, columns)
    assert status != OK
    assert wrong == 1
