"""What a worker needs of its group: partitions that come and go, and their records."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from streams.records import Position, RecordBatch


class Group(Protocol):
    """A membership in a group, see `streams.kafka.group.GroupSource`."""

    @property
    def n_partitions(self) -> int:
        """Number of partitions of each topic."""
        ...

    @property
    def generation(self) -> int:
        """Number of the group's generation, -1 while it is no member."""
        ...

    @property
    def rebalances(self) -> int:
        """How often partitions came or went."""
        ...

    def names(self, number: int) -> tuple[str, ...]:
        """Return the names of the partitions of a number, sorted."""
        ...

    def assigned(self) -> tuple[int, ...]:
        """Return the numbers that were assigned and are to be begun."""
        ...

    def begin(self, number: int, position: Position) -> None:
        """Read an assigned number from a position on."""
        ...

    def poll(self, timeout_s: float, max_records: int) -> RecordBatch | None:
        """Return the next records of one partition, or None if there are none now."""
        ...

    def position(self) -> Position:
        """Return the next offset of each partition that is being read."""
        ...

    def end_offsets(self) -> dict[str, int]:
        """Return the end of each partition being read, as far as it was heard of."""
        ...

    def client_position(self, name: str) -> int:
        """Return how far the client itself is, markers of transactions included."""
        ...

    def pause(self, names: Iterable[str]) -> None:
        """Read nothing of some partitions until `resume`, and stay in the group."""
        ...

    def resume(self, names: Iterable[str]) -> None:
        """Go on with partitions that were paused."""
        ...

    def seek_again(self, name: str) -> None:
        """Fetch a partition anew, from where it was read to."""
        ...

    def commit(self, position: Position) -> bool:
        """Tell the broker how far partitions were read; False if no member any more."""
        ...

    def close(self) -> None:
        """Give back all partitions and leave the group."""
        ...


Told = Callable[[Sequence[int]], None]
JoinGroup = Callable[[Told, Told], Group]
"""Makes a membership from what to call when numbers are revoked and when lost."""
