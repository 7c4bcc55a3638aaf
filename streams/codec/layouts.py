"""The layouts learned, as the trie that kernels walk."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams._kernels.layouts import (
    ARGUMENT,
    CHILD,
    DATA_END,
    DATA_START,
    DEFAULT,
    DETAIL_STRING,
    KIND,
    LENGTH,
    LITERAL,
    NODE_WIDTH,
    SIBLING,
    Trie,
)
from streams.buffers import SLACK_BYTES

# Layouts: a producer of all types with and without each optional field has a few
# hundred; what comes beyond is read by the exact decoder.
LAYOUTS_MAX = 512
NODES_MAX = 8192


class Segment(NamedTuple):
    """A literal and the kind of the value behind it; see `streams._kernels.layouts`."""

    literal: bytes
    kind: int
    argument: int = 0
    default: int = 0
    low: float = -np.inf


class LayoutTrie:
    """A growing set of layouts, bounded by `LAYOUTS_MAX` and `NODES_MAX`.

    Examples
    --------
    >>> from streams._kernels.layouts import END, ID
    >>> trie = LayoutTrie()
    >>> trie.add([Segment(b'{"id":"', ID), Segment(b'"}', END)]), len(trie)
    (True, 1)
    """

    def __init__(self) -> None:
        self._n_layouts = 0
        self._children: dict[tuple[int, Segment], int] = {}
        self._last_child = [-1]  # of each node
        self._words: dict[tuple[str, ...], int] = {}
        self._n_words = 0
        self._literals = bytearray()
        self._table = Trie(
            nodes=np.full((64, NODE_WIDTH), -1, np.int32),
            lows=np.full(64, -np.inf),
            literals=np.zeros(SLACK_BYTES, np.uint8),
            words=np.zeros((16, 2), np.int32),
        )

    def __len__(self) -> int:
        return self._n_layouts

    @property
    def table(self) -> Trie:
        """The arrays, for a kernel; valid until the next layout is added."""
        return self._table

    @property
    def is_full(self) -> bool:
        """Whether no further layout is taken."""
        return self._n_layouts >= LAYOUTS_MAX or len(self._last_child) >= NODES_MAX

    def choices(self, words: tuple[str, ...]) -> int:
        """Return the number of the first word of an enumeration, adding it if new."""
        first = self._words.setdefault(words, self._n_words)
        if first == self._n_words:
            spans = [self._place(word.encode()) for word in words]
            table = self._table.words
            while self._n_words + len(words) > len(table):
                table = np.concatenate([table, np.zeros_like(table)])
            table[first : first + len(words)] = spans
            self._n_words += len(words)
            self._table = self._table._replace(words=table)
            self._publish_literals()
        return first

    def knows(self, layout: list[Segment]) -> bool:
        """Tell whether a layout is in the trie."""
        node: int | None = 0
        for segment in _without_marks(layout):
            node = self._children.get((node or 0, segment))
            if node is None:
                return False
        return True

    def alone(self, layout: list[Segment]) -> Trie:
        """Return a trie of one layout, with the enumerations of this one."""
        other = LayoutTrie()
        for words in self._words:
            other.choices(words)
        other.add(layout)
        return other.table

    def add(self, layout: list[Segment]) -> bool:
        """Add a layout that ends in `END`; tell whether it is new and found room."""
        layout = _without_marks(layout)
        if self.is_full or self.knows(layout):
            return False
        node = 0
        for segment in layout:
            node = self._child(node, segment)
        self._n_layouts += 1
        self._publish_literals()
        return True

    def _child(self, parent: int, segment: Segment) -> int:
        found = self._children.get((parent, segment))
        if found is not None:
            return found
        number = len(self._last_child)
        nodes = self._room(number)
        nodes[number, [LITERAL, LENGTH]] = self._place(segment.literal)
        nodes[number, [KIND, ARGUMENT, DEFAULT]] = segment[1:4]
        nodes[number, [CHILD, SIBLING]] = -1
        self._table.lows[number] = segment.low
        before = self._last_child[parent]
        nodes[before if before >= 0 else parent, SIBLING if before >= 0 else CHILD] = (
            number
        )
        self._last_child[parent] = number
        self._last_child.append(-1)
        self._children[parent, segment] = number
        return number

    def _room(self, number: int) -> NDArray[np.int32]:
        nodes, lows = self._table.nodes, self._table.lows
        if number == len(nodes):
            nodes = np.concatenate([nodes, np.full_like(nodes, -1)])
            lows = np.concatenate([lows, np.full_like(lows, -np.inf)])
            self._table = self._table._replace(nodes=nodes, lows=lows)
        return nodes

    def _place(self, literal: bytes) -> tuple[int, int]:
        """Return where a literal stands among all, and its length."""
        place = self._literals.find(literal)
        if place < 0:
            place = len(self._literals)
            self._literals += literal
        return place, len(literal)

    def _publish_literals(self) -> None:
        padded = np.frombuffer(
            bytes(self._literals) + bytes(SLACK_BYTES), np.uint8
        ).copy()
        self._table = self._table._replace(literals=padded)


def _without_marks(layout: list[Segment]) -> list[Segment]:
    """Drop the marks of the data if nothing reads them: each costs like a value."""
    if any(segment.kind == DETAIL_STRING for segment in layout):
        return layout
    kept = []
    literal = b""
    for segment in layout:
        literal += segment.literal
        if segment.kind not in (DATA_START, DATA_END):
            kept.append(segment._replace(literal=literal))
            literal = b""
    return kept
