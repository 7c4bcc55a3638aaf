"""Keep a replay at a multiple of the speed at which its events happened."""

from twin.clock import Clock
from twin.errors import OptionError

MICROSECONDS = 1_000_000  # in a second


class Pace:
    """Wait until the time that passed, times a factor, has caught up with the events.

    Parameters
    ----------
    clock : Clock
        What time passes on.
    factor : float
        Seconds of event time in a second; 0: as fast as it goes.

    Raises
    ------
    OptionError
        If the factor is negative or not finite.

    Examples
    --------
    >>> from twin.clock import ManualClock
    >>> clock = ManualClock()
    >>> pace = Pace(clock, factor=60)
    >>> pace.wait_for(0), pace.wait_for(120 * MICROSECONDS)
    (None, None)
    >>> clock.monotonic_s()
    2.0
    """

    def __init__(self, clock: Clock, *, factor: float) -> None:
        if not 0 <= factor < float("inf"):
            msg = f"speed must be >= 0 (0: as fast as it goes), was {factor:g}"
            raise OptionError(msg)
        self._clock = clock
        self._factor = factor
        self._start: tuple[int, float] | None = None  # event time, clock

    def wait_for(self, time_us: int) -> None:
        """Sleep until an event of this time (microseconds UTC) is due.

        The first call says when the replay begins, and waits for nothing.
        """
        if self._factor == 0:
            return
        if self._start is None:
            self._start = time_us, self._clock.monotonic_s()
        first_us, started_s = self._start
        due_s = started_s + (time_us - first_us) / MICROSECONDS / self._factor
        self._clock.sleep(max(0.0, due_s - self._clock.monotonic_s()))
