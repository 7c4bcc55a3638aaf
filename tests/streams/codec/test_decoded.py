"""What became of a batch: what is left out has the value of the usual case."""

import numpy as np

from streams.batch import empty_batch
from streams.codec.decoded import NOT_JSON, REASONS, DecodedBatch, Rejected
from streams.names import Names
from streams.records import RecordBatch


def test_rejected_record_stands_for_one_event_unless_said():
    rejected = Rejected(7, NOT_JSON, "must be JSON", b"?")
    assert rejected.row is None
    assert rejected != Rejected(7, NOT_JSON, "must be JSON", b"?", row=0)
    assert rejected.reason in REASONS


def test_batch_may_hold_copies_unless_said():
    names = Names()
    records = RecordBatch.of("log/0", [])
    rows = np.zeros(0, np.intp)
    decoded = DecodedBatch(records, empty_batch(names), rows, (), 0)
    assert not decoded.deduplicated
