"""Names of the files in a folder of checkpoints, and their order.

``checkpoint-000000000345.ckpt`` is save 345 whole; with an owner's generation it is
``checkpoint-g000012-000000000345.ckpt``. The saves after it that hold only what changed
lie in the file of the same name that ends with ``.delta``. The order is by generation,
then by number: what an owner saves who was replaced never comes before his successor's.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from streams.disk import Disk

WHOLE, DELTA, UNFINISHED = ".ckpt", ".delta", ".tmp"

_NAME = re.compile(r"checkpoint-(?:g(\d{6,})-)?(\d{12,})(\.ckpt|\.delta|\.tmp)")


@dataclass(frozen=True, slots=True, order=True)
class SaveName:
    """Name of a whole checkpoint; sorts by age.

    Attributes
    ----------
    generation : int
        Of its owner, >= 0.
    number : int
        Counts the saves of a folder, from 1.

    Examples
    --------
    >>> SaveName(12, 345).file()
    'checkpoint-g000012-000000000345.ckpt'
    >>> SaveName(0, 9) < SaveName(1, 2)
    True
    """

    generation: int
    number: int

    def file(self, kind: str = WHOLE) -> str:
        """Return the name of a file of it."""
        owner = f"g{self.generation:06d}-" if self.generation else ""
        return f"checkpoint-{owner}{self.number:012d}{kind}"

    @classmethod
    def parse(cls, file: str, kind: str = WHOLE) -> Self | None:
        """Read the name of a file; None if it is none of this kind."""
        found = _NAME.fullmatch(file)
        if found is None or found[3] != kind:
            return None
        return cls(int(found[1] or 0), int(found[2]))


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of checkpoints in a folder at one moment, each kind by age.

    Attributes
    ----------
    whole, deltas, unfinished : tuple of SaveName
        Whole checkpoints, files of deltas, and what a crash left behind.
    """

    whole: tuple[SaveName, ...]
    deltas: tuple[SaveName, ...]
    unfinished: tuple[SaveName, ...]

    @classmethod
    def of(cls, disk: Disk, folder: Path) -> Self:
        """List a folder; a folder that is not there holds none."""
        files = disk.list(folder)
        kinds = (
            tuple(sorted(n for f in files if (n := SaveName.parse(f, kind))))
            for kind in (WHOLE, DELTA, UNFINISHED)
        )
        return cls(*kinds)

    @property
    def newest(self) -> SaveName | None:
        """The newest name of a whole checkpoint or of deltas."""
        return max(self.whole + self.deltas, default=None)
