"""What is folded from events: the contract of state and of everything beside it."""

from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch

Arrays = dict[str, NDArray[np.generic]]


class Projection(Protocol):
    """A fold over events in canonical order, saved together with the position.

    `apply` in any split of the same events gives the same `digest`.
    """

    def apply(self, batch: EventBatch) -> None:
        """Fold a batch; its events are in canonical order and follow all before."""
        ...

    def close_instant(self) -> None:
        """Conclude what waits for the end of the last instant; then it may be read."""
        ...

    def fork(self) -> Self:
        """Return an independent copy."""
        ...

    def used_names(self) -> NDArray[np.int32]:
        """Return the numbers of names that are held, each once, sorted."""

    def rename(self, mapping: NDArray[np.int32]) -> None:
        """Follow names that were renumbered: `mapping` gives the new number by old."""

    def snapshot(self) -> Arrays:
        """Return everything needed to go on, as named arrays."""
        ...

    def restore(self, arrays: Arrays) -> None:
        """Take over a snapshot of the same model."""
        ...

    def digest(self) -> str:
        """Return the hash of the content, hexadecimal."""
        ...
