"""Notice partitions whose records are there and do not arrive.

A client can lose track of a partition without a word (kafka-python #3131): the broker
answers, other partitions flow, and this one stands still behind its end.
"""

from collections.abc import Mapping


class Watchdog:
    """Tells which partitions stand still.

    Only time spent waiting for records counts: a caller that is busy elsewhere for an
    hour has not been kept waiting.

    Parameters
    ----------
    stall_s : float
        How long a partition may stand still behind its end, in seconds of waiting, > 0.

    Examples
    --------
    >>> watchdog = Watchdog(stall_s=2.0)
    >>> watchdog.check({"a-0": 5}, {"a-0": 9}, waited_s=1.5)
    ()
    >>> watchdog.check({"a-0": 5}, {"a-0": 9}, waited_s=3.5)
    ('a-0',)
    >>> watchdog.check({"a-0": 9}, {"a-0": 9}, waited_s=9.0)
    ()
    """

    def __init__(self, stall_s: float) -> None:
        self._stall_s = stall_s
        self._seen: dict[str, tuple[int, float]] = {}

    def check(
        self, positions: Mapping[str, int], ends: Mapping[str, int], *, waited_s: float
    ) -> tuple[str, ...]:
        """Return the names of the partitions that stand still.

        Parameters
        ----------
        positions, ends : Mapping of str to int
            Next offset to read and offset after the last record, by partition.
        waited_s : float
            Seconds spent waiting for records since the beginning; never less than
            before.

        Returns
        -------
        tuple of str
        """
        still = []
        for name, position in positions.items():
            seen, since_s = self._seen.get(name, (-1, waited_s))
            if position != seen or position >= ends[name]:
                self._seen[name] = (position, waited_s)
            elif waited_s - since_s >= self._stall_s:
                still.append(name)
        return tuple(still)

    def forgive(self, name: str) -> None:
        """Let the time of a partition begin anew."""
        self._seen.pop(name, None)
