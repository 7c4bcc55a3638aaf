"""How long the intake waits for what, and how much it holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from streams.errors import IngestOptionsError


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestOptions:
    """How long to wait for what, and how much to hold.

    Attributes
    ----------
    lateness_us : int
        How much later than its event time a record may come, microseconds, >= 0. The
        default of a day is that of bookings; events wait in memory for as long.
    lateness_us_by_source : Mapping of str to int
        The same for single sources, for example seconds for machines. In a partition
        with several sources the largest counts.
    idle_s : float
        A partition without data for longer stops holding the watermark, >= 0.
    future_s_max : float
        An event may lie so far ahead of the time its record was appended, >= 0.
    dedupe_keys_max : int
        A copy of an event is recognised among at least so many events before it, >= 1.
    buffer_events_max : int
        At most so many events wait; beyond, the oldest are released early, >= 1.

    Raises
    ------
    IngestOptionsError
        If a number is below its least.
    """

    lateness_us: int = 86_400_000_000
    lateness_us_by_source: Mapping[str, int] = field(default_factory=dict)
    idle_s: float = 60.0
    future_s_max: float = 86_400.0
    dedupe_keys_max: int = 1_000_000
    buffer_events_max: int = 2_000_000

    def __post_init__(self) -> None:
        lowest = dict.fromkeys(("lateness_us", "idle_s", "future_s_max"), 0)
        lowest |= {"dedupe_keys_max": 1, "buffer_events_max": 1}
        for name, low in lowest.items():
            if not getattr(self, name) >= low:
                msg = f"{name} must be >= {low}, was {getattr(self, name)}"
                raise IngestOptionsError(msg)
        for source, lateness_us in self.lateness_us_by_source.items():
            if lateness_us < 0:
                msg = f"lateness of source {source!r}: must be >= 0, was {lateness_us}"
                raise IngestOptionsError(msg)
