"""Learns layouts from rows that were read exactly, within a bound on effort."""

import re

import numpy as np
from numpy.typing import NDArray

from streams.codec.bulk import BulkPass
from streams.codec.decoded import DecodedBatch
from streams.codec.layouts import LayoutTrie, Segment
from streams.codec.learning import layout_of
from streams.codec.rechecking import n_differing

# Rows that may be looked at for a layout. A stream that never repeats itself costs no
# more than these (0.3 ms each); each thousand rows that a layout reads earn another.
CREDIT = 2048
ROWS_PER_CREDIT = 1000

# What a row holds behind its keys. Rows of one type that are alike without it mostly
# are of one layout; to see that takes a tenth of the time of making the layout.
_VALUES = re.compile(rb'(?<=":)\s*(?:"[^"\\]*"|[-+.0-9eE]+)')


class Learner:
    """The layouts known, and what may still be spent on new ones.

    Parameters
    ----------
    padded : ndarray of shape (PADDED_BYTES,), uint8
        Scratch for `BulkPass`.
    """

    def __init__(self, padded: NDArray[np.uint8]) -> None:
        self.trie = LayoutTrie()
        self._padded = padded
        self._spent = 0

    def may_learn(self, n_by_layout: int) -> bool:
        """Tell whether there is room for layouts and effort left for them.

        Parameters
        ----------
        n_by_layout : int
            Rows that layouts have read so far, >= 0.
        """
        earned = CREDIT + n_by_layout // ROWS_PER_CREDIT
        return self._spent < earned and not self.trie.is_full

    def learn(self, decoded: DecodedBatch) -> bool:
        """Learn the layouts of rows; tell whether there was a new one.

        Parameters
        ----------
        decoded : DecodedBatch
            What the exact decoder said of them.
        """
        n_before, forms = len(self.trie), set()
        rows = decoded.rows
        single = np.ones(len(rows), np.bool_)  # not one of several in a record
        single[1:] &= rows[1:] != rows[:-1]
        single[:-1] &= rows[1:] != rows[:-1]
        for event in np.flatnonzero(single).tolist():
            self._spent += 1
            value = decoded.records.value(int(rows[event]))
            code = int(decoded.events.type_code[event])
            form = code, _VALUES.sub(b"", value)
            if form in forms:
                continue
            layout = layout_of(value, code, self.trie)
            if layout is None:
                continue
            if self.trie.knows(layout) or self._reproduces(layout, decoded, event):
                self.trie.add(layout)
                forms.add(form)
        return len(self.trie) > n_before

    def _reproduces(
        self, layout: list[Segment], decoded: DecodedBatch, event: int
    ) -> bool:
        """Tell whether a layout alone reads its own row as the exact decoder does."""
        alone = self.trie.alone(layout)
        row = int(decoded.rows[event])
        records = decoded.records.slice(row, row + 1)
        names, index = decoded.events.names, decoded.partition_index
        bulk = BulkPass(records, names, self._padded, index)
        if len(bulk.run(alone)):
            return False
        events, rows = bulk.events(), bulk.done_rows()
        by_layout = DecodedBatch(records, events, rows, (), index)
        return not n_differing(by_layout, range(1))
