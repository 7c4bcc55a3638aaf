"""What is left of a time or of a budget of work, over several steps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.options import SolveOptions

__all__ = ["Allowance", "Watch"]

LEAST_S = 1e-3
"""Of a step that comes when the time is over: a solve needs a limit above 0."""


class Watch:
    """Says when a search must end, and remembers whether it was told so.

    Parameters
    ----------
    monotonic_s
        A clock in seconds.
    deadline_s
        On that clock; infinity for none.
    cancelled
        Asked each time.

    Examples
    --------
    >>> watch = Watch(lambda: 3.0, 4.0, cancelled=lambda: False)
    >>> watch(), watch.cut
    (False, False)
    """

    def __init__(
        self,
        monotonic_s: Callable[[], float],
        deadline_s: float,
        *,
        cancelled: Callable[[], bool],
    ) -> None:
        self._monotonic_s = monotonic_s
        self._deadline_s = deadline_s
        self._cancelled = cancelled
        self.cut = False

    def __call__(self) -> bool:
        """Return whether it is late, or cancelled."""
        if self._cancelled() or self._monotonic_s() >= self._deadline_s:
            self.cut = True
        return self.cut


class Allowance:
    """The time, or the work, of a solve that is made of several.

    Parameters
    ----------
    options
        Of the whole. Its time begins now.
    """

    def __init__(self, options: SolveOptions) -> None:
        self._options = options
        self._begun_s = options.monotonic_s()
        self._work = options.work_limit

    def watch(self, share: float, cancelled: Callable[[], bool]) -> Watch:
        """Return what ends a step of no work after a share of the whole time.

        Parameters
        ----------
        share
            In 0..1, from the begin.
        cancelled
            Whether to end at once.
        """
        options = self._options
        deadline_s = self._begun_s + share * options.time_limit_s
        return Watch(options.monotonic_s, deadline_s, cancelled=cancelled)

    def part(self, share: float) -> SolveOptions:
        """Return options of a step for a share of what is left.

        Parameters
        ----------
        share
            In 0..1; work counts as done, time as far as it has gone by.
        """
        options, work = self._options, self._work
        if work is not None:
            work = max(1, int(work * share))
            self._work = max(1, (self._work or 0) - work)
        spent_s = options.monotonic_s() - self._begun_s
        left_s = share * (options.time_limit_s - spent_s)
        return replace(options, time_limit_s=max(LEAST_S, left_s), work_limit=work)
