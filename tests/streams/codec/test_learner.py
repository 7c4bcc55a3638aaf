"""Learning is bounded, and a layout is taken only if it reproduces its row."""

import numpy as np
import pytest

from streams.codec import learner as module
from streams.codec.bulk import PADDED_BYTES
from streams.codec.decoding import decode
from streams.codec.encoding import encode
from streams.codec.learner import CREDIT, ROWS_PER_CREDIT, Learner
from streams.events import StockCounted
from streams.names import Names
from streams.records import RecordBatch


@pytest.fixture
def learner():
    return Learner(np.zeros(PADDED_BYTES, np.uint8))


def decoded(*values: bytes):
    return decode(RecordBatch.of("log/0", values), Names())


def counted(quantity: float = 1, item: str = "A") -> bytes:
    event = StockCounted(item=item, site="S", quantity=quantity)
    return encode(event, event_id="1", source="s", time_us=0)


def test_rows_of_one_layout_are_learned_once(learner):
    assert learner.learn(decoded(counted(1), counted(2), b"?"))
    assert len(learner.trie) == 1
    assert not learner.learn(decoded(counted(3)))


def test_events_of_a_batch_in_one_record_are_not_learned_from(learner):
    several = b"[" + counted(1) + b"," + counted(2) + b"]"
    assert not learner.learn(decoded(several))
    assert len(learner.trie) == 0


def test_layout_that_says_something_else_is_not_taken(learner, monkeypatch):
    """A tokeniser that takes the site for the item."""

    def wrong(*given):
        layout = module_layout_of(*given)
        return [
            segment._replace(argument=3) if segment.argument == 2 else segment
            for segment in layout
        ]

    module_layout_of = module.layout_of
    monkeypatch.setattr(module, "layout_of", wrong)
    assert not learner.learn(decoded(counted()))
    assert len(learner.trie) == 0


def test_effort_runs_out_and_is_earned_again(learner):
    rows = decoded(*[counted()] * CREDIT)
    assert learner.may_learn(0)
    learner.learn(rows)
    assert not learner.may_learn(ROWS_PER_CREDIT - 1)
    assert learner.may_learn(ROWS_PER_CREDIT)
