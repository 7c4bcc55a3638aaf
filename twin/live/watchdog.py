"""Notices partitions that stand still although there is more to read.

Clients have lost partitions in this way: still a member of the group, heartbeats
going on, nothing delivered. Nobody sees it but who compares position and end.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from twin.errors import OptionError

Step = Literal["warn", "seek", "fail"]
_STEPS: tuple[Step, ...] = ("warn", "seek", "fail")


@dataclass(slots=True)
class _Seen:
    offset: int
    since_s: float
    n_steps: int = 0


class Watchdog:
    """Tells what to do about partitions that do not move.

    A partition behind its end that has not moved for `stall_s` is warned of, after
    twice that time it is to be fetched anew, after three times it has failed.

    Parameters
    ----------
    stall_s : float
        Seconds, > 0. Half as many warn of a slow broker, twice as many leave a plan
        blind for longer.

    Raises
    ------
    OptionError
        If `stall_s` is not positive.

    Examples
    --------
    >>> watchdog = Watchdog(stall_s=10)
    >>> [watchdog.look(s, {"o-0": 5}, {"o-0": 9}) for s in (0, 9, 10, 15, 20, 30)]
    [{}, {}, {'o-0': 'warn'}, {}, {'o-0': 'seek'}, {'o-0': 'fail'}]
    """

    def __init__(self, *, stall_s: float) -> None:
        if not stall_s > 0:
            msg = f"stall_s must be > 0, was {stall_s}"
            raise OptionError(msg)
        self.stall_s = stall_s
        self._seen: dict[str, _Seen] = {}

    def look(
        self,
        now_s: float,
        offsets: Mapping[str, int],
        ends: Mapping[str, int],
        *,
        waiting: Collection[str] = (),
    ) -> dict[str, Step]:
        """Compare how far partitions were read with how far they go.

        Parameters
        ----------
        now_s : float
            A clock that never goes back.
        offsets, ends : Mapping of str to int
            Next offset to read, and the end as last heard of, by partition.
        waiting : collection of str
            Partitions that are paused on purpose.

        Returns
        -------
        dict of str to "warn", "seek" or "fail"
            What is to be done now; each step once.
        """
        self._seen = {
            name: seen for name, seen in self._seen.items() if name in offsets
        }
        steps: dict[str, Step] = {}
        for name, offset in offsets.items():
            seen = self._seen.get(name)
            behind = offset < ends.get(name, offset) and name not in waiting
            if seen is None or seen.offset != offset or not behind:
                self._seen[name] = _Seen(offset, now_s)
            elif now_s - seen.since_s >= self.stall_s * (seen.n_steps + 1):
                steps[name] = _STEPS[min(seen.n_steps, len(_STEPS) - 1)]
                seen.n_steps += 1
        return steps

    def stalled_s(self, name: str, now_s: float) -> float:
        """Return for how long a partition stands still; 0 until that is an alarm."""
        seen = self._seen.get(name)
        return now_s - seen.since_s if seen is not None and seen.n_steps else 0.0
