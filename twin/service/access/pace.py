"""How often somebody may ask: a bucket of tokens each."""

import math
import threading
from collections import OrderedDict
from http import HTTPStatus

from twin.said import Said
from twin.service.problems import ProblemError

KNOWN_MAX = 10_000
"""Buckets kept; of more, those that were asked for the longest ago go."""


class Pace:
    """Lets each asker through at a rate, and a number at once.

    Each has a bucket that begins full, and fills at the rate. What is let through
    takes a token; who finds none is told when there will be one.

    Parameters
    ----------
    per_s : float
        Tokens a second, > 0.
    burst : int
        Tokens of a full bucket, >= 1.

    References
    ----------
    Turner (1986), "New directions in communications (or which way to the information
    age?)", IEEE Communications Magazine 24(10): the leaky bucket as a meter.

    Examples
    --------
    >>> pace = Pace(per_s=2.0, burst=1)
    >>> pace.take("anna", now_s=0.0)
    >>> pace.wait_s("anna", now_s=0.0)
    0.5
    """

    def __init__(self, *, per_s: float, burst: int) -> None:
        self._per_s = per_s
        self._burst = burst
        self._lock = threading.Lock()
        self._full: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def _tokens(self, who: str, now_s: float) -> float:
        tokens, then_s = self._full.get(who, (float(self._burst), now_s))
        filled = tokens + (now_s - then_s) * self._per_s
        return min(float(self._burst), filled)

    def wait_s(self, who: str, *, now_s: float) -> float:
        """Return the seconds until somebody may ask; 0: now.

        Parameters
        ----------
        who : str
            Names the bucket.
        now_s : float
            Monotonic time, seconds.
        """
        with self._lock:
            return max(0.0, (1.0 - self._tokens(who, now_s)) / self._per_s)

    def spend(self, who: str, *, now_s: float) -> None:
        """Take a token, down to an empty bucket.

        Parameters
        ----------
        who : str
            Names the bucket.
        now_s : float
            Monotonic time, seconds.
        """
        with self._lock:
            tokens = max(0.0, self._tokens(who, now_s) - 1.0)
            self._full[who] = tokens, now_s
            self._full.move_to_end(who)
            if len(self._full) > KNOWN_MAX:
                self._full.popitem(last=False)

    def check(self, who: str, *, now_s: float) -> None:
        """Refuse who has no token, without taking one.

        Parameters
        ----------
        who : str
            Names the bucket.
        now_s : float
            Monotonic time, seconds.

        Raises
        ------
        ProblemError
            429, with the seconds until there is one.
        """
        wait_s = self.wait_s(who, now_s=now_s)
        if wait_s > 0.0:
            msg = f"requests: too many; allowed: {self._per_s:g} a second"
            said = Said(msg, "too_many_requests", {"rate": self._per_s})
            raise ProblemError(
                HTTPStatus.TOO_MANY_REQUESTS, "too-many-requests", said,
                retry_after_s=math.ceil(wait_s),
            )  # fmt: skip

    def take(self, who: str, *, now_s: float) -> None:
        """Take a token, or refuse.

        Parameters
        ----------
        who : str
            Names the bucket.
        now_s : float
            Monotonic time, seconds.

        Raises
        ------
        ProblemError
            429, with the seconds until there is one.
        """
        self.check(who, now_s=now_s)
        self.spend(who, now_s=now_s)
