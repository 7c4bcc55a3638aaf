"""What a checkpoint holds, as it is given and as it comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from streams.errors import CheckpointMismatchError

Arrays = Mapping[str, npt.NDArray[Any]]
Section = bytes | Arrays
"""What a checkpoint holds under one name: bytes, or arrays by name."""
MetaValue = str | int | float | bool | None | dict[str, Any] | list[Any]
"""A JSON value, of what a checkpoint says of itself."""


@dataclass(frozen=True, slots=True)
class RejectedCheckpoint:
    """A checkpoint that was passed over because it is not whole.

    Attributes
    ----------
    path : Path
        The file.
    reason : str
        What is wrong with it.
    """

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class CheckpointHead:
    """What a checkpoint says of itself; its body was not read.

    Attributes
    ----------
    path : Path
        The file it lies in: a whole one, or the deltas to one.
    number : int
        Counts the saves of its folder, from 1.
    generation : int
        Of the owner who saved it; a later owner has a higher one.
    meta : Mapping
        As given when it was saved.
    """

    path: Path
    number: int
    generation: int
    meta: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A loaded checkpoint.

    Attributes
    ----------
    path : Path
        The file it came from.
    number : int
        Counts the saves of its folder, from 1.
    meta : Mapping
        As given when it was saved, for example the hash of the model and the position.
    sections : Mapping of str to bytes or Mapping of str to ndarray
        As given when it was saved; the arrays are writable.
    rejected : tuple of RejectedCheckpoint
        Newer ones that were not whole, to be reported.
    generation : int
        Of the owner who saved it.
    """

    path: Path
    number: int
    meta: Mapping[str, Any]
    sections: Mapping[str, Section]
    rejected: tuple[RejectedCheckpoint, ...] = ()
    generation: int = 0

    def require(self, **expected: MetaValue) -> None:
        """Refuse a checkpoint of something else.

        Parameters
        ----------
        **expected : str, int or other JSON value
            Entries that `meta` must have, for example ``network_hash="ab12"``.

        Raises
        ------
        CheckpointMismatchError
            If one is missing or differs.
        """
        for name, value in expected.items():
            if self.meta.get(name) != value:
                msg = (
                    f"{self.path}: {name} must be {value!r}, "
                    f"was {self.meta.get(name)!r}: it is a checkpoint of another one"
                )
                raise CheckpointMismatchError(msg)

    def arrays(self, section: str) -> Arrays:
        """Return a section of arrays.

        Raises
        ------
        CheckpointMismatchError
            If there is no such section, or it holds bytes.
        """
        found = self.sections.get(section)
        if not isinstance(found, Mapping):
            msg = f"{self.path}: has no section of arrays {section!r}"
            raise CheckpointMismatchError(msg)
        return found
