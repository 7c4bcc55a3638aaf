"""What a twin has applied and what it has set aside, saved with its checkpoints."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch
from streams.ingest.recent import event_keys
from twin.projection import Arrays


class Journal:
    """A projection that keeps the key of every event, in the order they are applied.

    Attributes
    ----------
    keys
        Of the events applied.
    letters
        Index of partition, offset of each dead letter; put in by who pushes.
    """

    def __init__(self) -> None:
        self.keys: list[int] = []
        self.letters: list[tuple[int, int]] = []

    def apply(self, batch: EventBatch) -> None:
        """Note the keys."""
        self.keys += event_keys(batch).tolist()

    def close_instant(self) -> None:
        """Do nothing: nothing waits."""

    def fork(self) -> Self:
        """Return a copy."""
        other = type(self)()
        other.keys, other.letters = list(self.keys), list(self.letters)
        return other

    def used_names(self) -> NDArray[np.int32]:
        """Return none: keys are made of text."""
        return np.zeros(0, np.int32)

    def rename(self, mapping: NDArray[np.int32]) -> None:
        """Do nothing: no name is held."""

    def snapshot(self) -> Arrays:
        """Return keys and letters."""
        letters = np.array(self.letters, np.int64).reshape(-1, 2)
        return {"keys": np.array(self.keys, np.uint64), "letters": letters}

    def restore(self, arrays: Arrays) -> None:
        """Go on from a snapshot."""
        self.keys = arrays["keys"].tolist()
        self.letters = [(int(p), int(o)) for p, o in arrays["letters"].tolist()]

    def digest(self) -> str:
        """Return a hash of the keys."""
        return str(hash(tuple(self.keys)))
