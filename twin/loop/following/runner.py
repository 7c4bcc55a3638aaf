"""Keeps a live loop going: poll, push, set aside what is of no use, save.

Start and recovery are the same: take the newest checkpoint, read what was decided
since, go on where reading stopped. A checkpoint is saved after what it says was decided
is kept, and never the other way round: a crash costs reading again, and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from streams import checkpoint
from streams.checkpoint import CheckpointWriter
from streams.deadletters import DeadLetterLog
from streams.records import Position, Source
from twin.clock import Clock
from twin.errors import OptionError
from twin.loop.following.live_loop import LiveLoop
from twin.loop.following.options import Release

CHECKPOINTS, LETTERS = "checkpoints", "deadletters"
"""Folders of a store."""

_PATIENCE = 10.0  # so many times as long for records that are there and do not come


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerOptions:
    """How reading and saving are paced; none of it enters a decision.

    Attributes
    ----------
    poll_s : float
        How long a poll waits for records, >= 0.
    batch_records : int
        Most records pushed at once, >= 1.
    checkpoint_s : float
        Seconds between checkpoints, > 0: after a crash so much is read again.
    idle_s : float or None
        Seconds after which a partition without records stops holding back the others;
        >= 0; None: never, since what comes of it later would be late, and so decisions
        depend on clocks.

    Raises
    ------
    OptionError
        If a number is below its least.
    """

    poll_s: float = 0.1
    batch_records: int = 8192
    checkpoint_s: float = 5.0
    idle_s: float | None = None

    def __post_init__(self) -> None:
        for name in ("poll_s", "idle_s"):
            value = getattr(self, name)
            if value is not None and not value >= 0.0:
                msg = f"{name} must be >= 0, was {value}"
                raise OptionError(msg)
        if self.batch_records < 1:
            msg = f"batch_records must be >= 1, was {self.batch_records}"
            raise OptionError(msg)
        if not self.checkpoint_s > 0.0:
            msg = f"checkpoint_s must be > 0, was {self.checkpoint_s}"
            raise OptionError(msg)


class Runner:
    """Feeds a live loop from a source, and saves it.

    Parameters
    ----------
    loop : LiveLoop
        Fresh.
    source : Source
        What it follows.
    store : Path
        Folder of checkpoints and dead letters; one loop at a time.
    clock : Clock
        Paces.
    options : RunnerOptions or None
        How.
    on_release : callable or None
        Told of everything that is decided.

    Attributes
    ----------
    n_checkpoints, n_letters, n_recovered : int
        Checkpoints saved, records set aside, decisions found that no checkpoint had.
    """

    def __init__(
        self,
        loop: LiveLoop,
        source: Source,
        store: Path,
        *,
        clock: Clock,
        options: RunnerOptions | None = None,
        on_release: Callable[[Release], None] | None = None,
    ) -> None:
        self.loop = loop
        self.n_checkpoints = 0
        self.n_letters = 0
        self.n_recovered = 0
        self._source = source
        self._clock = clock
        self._options = options or RunnerOptions()
        self._on_release = on_release
        self._folder = store / CHECKPOINTS
        self._letters = DeadLetterLog(store / LETTERS)
        self._writer = CheckpointWriter(self._folder)
        self._saved_s = clock.monotonic_s()
        self._saved_at: Position | None = None

    def begin(self, kept: Source) -> bool:
        """Take up what was saved and decided before; bring the source there.

        Parameters
        ----------
        kept : Source
            Of the log of decisions.

        Returns
        -------
        bool
            Whether there was a checkpoint.

        Raises
        ------
        CheckpointMismatchError
            If it is one of another network, run or basis.
        CheckpointCorruptError
            If there are checkpoints and none is whole.
        """
        saved = checkpoint.load(self._folder)
        if saved is not None:
            self.loop.take_over(saved)
        self.n_recovered = self.loop.recover(kept)
        self._source.seek(Position() if saved is None else self.loop.position)
        return saved is not None

    def step(self) -> int:
        """Go once around; return the number of records read.

        Raises
        ------
        StreamError
            If records cannot be read, or decisions not be delivered.
        CheckpointWriteError
            If the disk is full or fails.
        """
        options, now_s = self._options, self._clock.monotonic_s()
        batch = self._source.poll(options.poll_s, options.batch_records)
        idle_now_s = None if options.idle_s is None else now_s
        if batch is not None:
            for one in self.loop.push(batch, now_s=idle_now_s):
                self._letters.add_rejected(batch, one, time_us=self._clock.now_us())
                self.n_letters += 1
        elif idle_now_s is not None:
            self.loop.tick(idle_now_s)
        for release in self.loop.releases():
            if self._on_release is not None:
                self._on_release(release)
        if now_s - self._saved_s >= options.checkpoint_s and not self._writer.busy:
            self.save()
        return 0 if batch is None else len(batch)

    def run(
        self, stop: Callable[[], bool], *, until_idle_s: float | None = None
    ) -> None:
        """Go around until `stop` says so, or nothing came for long; save at the end.

        Parameters
        ----------
        stop : callable
            Asked before each round.
        until_idle_s : float or None
            Ends when so many seconds brought nothing, counted from the end of the first
            poll on: to connect takes as long as it does. Where the source has records
            that were not read, ten times as long, as not all that counts is delivered.
        """
        heard_s: float | None = None
        while not stop():
            n_read = self.step()
            now_s = self._clock.monotonic_s()
            if n_read or heard_s is None:
                heard_s = now_s
            elif until_idle_s is not None and self._is_idle(
                now_s - heard_s, until_idle_s
            ):
                break
        self.save()
        self._writer.wait()

    def _is_idle(self, quiet_s: float, until_idle_s: float) -> bool:
        if quiet_s < until_idle_s or quiet_s >= _PATIENCE * until_idle_s:
            return quiet_s >= until_idle_s
        end, position = self._source.end_position(), self.loop.position
        return all(end.of(name) <= position.of(name) for name in end)

    def save(self) -> None:
        """Begin a checkpoint, if anything was read since the last."""
        self._saved_s = self._clock.monotonic_s()
        if self.loop.position == self._saved_at:
            return
        self._letters.flush()
        self._writer.begin(self.loop.sections(), self.loop.meta())
        self._writer.start()
        self._saved_at = self.loop.position
        self.loop.forget_decided()
        self.n_checkpoints += 1

    def close(self) -> None:
        """Wait for a checkpoint that is being written, and let go."""
        self._writer.close()
        self._letters.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
