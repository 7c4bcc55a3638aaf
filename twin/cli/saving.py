"""Checkpoints of a replay on the way: begun by it, written beside it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twin.telemetry.lines import log_event

if TYPE_CHECKING:
    from streams.checkpoint import CheckpointWriter
    from twin.clock import Clock
    from twin.replay import Twin


@dataclass(slots=True, eq=False, kw_only=True)
class Saver:
    """Keeps checkpoints of a twin on the way, in the background.

    Attributes
    ----------
    writer : CheckpointWriter
        Writes them.
    origin : dict
        What a checkpoint must agree on beside network and types.
    clock : Clock
        Tells how old the last one is.
    n_saved : int
        Saved by this replay.
    saved_s : float or None
        When the last one was begun, on the clock.
    duration_s : float
        How long the last one held reading up.
    """

    writer: "CheckpointWriter"
    origin: dict[str, str | None]
    clock: "Clock"
    n_saved: int = 0
    saved_s: float | None = None
    duration_s: float = 0.0
    _began_at: dict[str, int] = field(default_factory=dict)

    def save(self, twin: "Twin", *, last: bool) -> bool:
        """Begin a checkpoint, unless one is still being written; wait for the last.

        Returns
        -------
        bool
            Whether one was begun.

        Raises
        ------
        CheckpointWriteError
            If the disk is full or fails.
        """
        # One of an empty source would be refused as that of another when it has begun.
        # A record that a map refused whole is none of the counters, but was read.
        offsets = twin.position.to_json()
        if not any(offsets.values()):
            return False
        if not last and self.writer.busy:
            return False
        begin_s = self.clock.monotonic_s()
        if offsets != self._began_at:
            self._began_at = offsets
            self.writer.begin(twin.sections(), twin.meta(**self.origin))
            self.writer.start()
            self.n_saved += 1
        self.saved_s = self.clock.monotonic_s()
        self.duration_s = self.saved_s - begin_s
        log_event(
            "checkpoint begun",
            records=twin.counters.read,
            held_up_s=round(self.duration_s, 6),
        )
        if last:
            self.writer.wait()
        return True
