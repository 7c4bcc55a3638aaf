"""Carrying out a replay: reading, folding, pacing, saving, and what is written."""

from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from twin.cli.interrupt import Stop
from twin.cli.pace import Pace
from twin.cli.progress import ReplayBar
from twin.cli.requested import CHECKPOINT, Request
from twin.cli.saving import Saver
from twin.cli.sources import OpenSource, identity_of_records
from twin.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from streams.deadletters import DeadLetterLog
    from streams.records import Position
    from twin.cli.console import Console
    from twin.cli.targets import Into, TopicTarget
    from twin.clock import Clock
    from twin.replay import Step, Twin

TIME_MIN_US = -62_135_596_800_000_000
"""The year 1: before the first event a watermark is earlier than that."""

PACED_RECORDS = 64
"""Records read at once when a speed is to be kept: the pause is between batches."""

LETTERS = "deadletters"
"""Folder of dead letters beside the checkpoints."""


@dataclass(slots=True, eq=False, kw_only=True)
class Run:
    """A replay under way.

    Attributes
    ----------
    request : Request
        What was asked for.
    twin : Twin
        What is folded into.
    opened : OpenSource
        What is read.
    end : Position
        Where reading stops.
    clock : Clock
        What time passes on.
    letters : DeadLetterLog or None
        Where records go that cannot be used.
    saver : Saver or None
        Keeps checkpoints.
    topic : TopicTarget or None
        Where records are republished.
    begun_s : float
        When it began, on the clock.
    n_start : int
        Records that were read before, as a checkpoint says.
    refused : Counter
        What a map could not use in this replay, by reason.
    into : Into or None
        What was written, in the end.
    resumed : Position or None
        That of the checkpoint it went on from.
    start_us : int or None
        The time at which reading begins, microseconds UTC; None: it was no time.
    seconds : float
        How long it took, in the end.
    """

    request: Request
    twin: "Twin"
    opened: OpenSource
    end: "Position"
    clock: "Clock"
    letters: "DeadLetterLog | None" = None
    saver: Saver | None = None
    topic: "TopicTarget | None" = None
    begun_s: float = 0.0
    n_start: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    into: "Into | None" = None
    resumed: "Position | None" = None
    start_us: int | None = None
    seconds: float = 0.0

    @property
    def watermark_us(self) -> int | None:
        """Events before this time are complete, microseconds UTC; None: none yet."""
        watermark_us = self.twin.watermark_us
        return watermark_us if watermark_us >= TIME_MIN_US else None

    def rate_per_s(self) -> float:
        """Return records a second since the beginning."""
        passed_s = self.clock.monotonic_s() - self.begun_s
        return (self.twin.counters.read - self.n_start) / max(passed_s, 1e-9)

    def lag(self) -> dict[str, int]:
        """Return the records between what was folded and the end, by partition."""
        position = self.twin.position
        return {
            name: max(0, self.end.of(name) - position.of(name)) for name in self.end
        }


def prepare(request: Request, opened: OpenSource, stack: ExitStack) -> Run:
    """Make the twin of a replay and bring its source to where reading begins.

    Parameters
    ----------
    request : Request
        What is asked for.
    opened : OpenSource
        What is read.
    stack : ExitStack
        Closes what is opened here.

    Returns
    -------
    Run
        To be carried out by `carry_out`.

    Raises
    ------
    OptionError
        If a place is none of the source.
    CheckpointMismatchError
        If there is a checkpoint of another network, source or choice of events.
    """
    from twin.clock import SystemClock
    from twin.model import load
    from twin.replay import ReplayOptions, Twin

    network = load(request.network)
    end, until_us = _end(request, opened)
    options = ReplayOptions(types=request.types, until_us=until_us)
    twin = Twin(network, opened.records.partitions(), options)
    clock = SystemClock()
    run = Run(request=request, twin=twin, opened=opened, end=end, clock=clock)
    run.letters = _letters(request)
    if run.letters is not None:
        stack.enter_context(run.letters)
    origin = _begin(run)
    _check_end(run, until_us)
    if request.checkpoint is not None:
        run.saver = _saver(request, origin, clock, stack)
    if request.is_to_topic:
        run.topic = _topic(request, stack)
    run.n_start = twin.counters.read
    run.begun_s = clock.monotonic_s()
    return run


def _end(request: Request, opened: OpenSource) -> "tuple[Position, int | None]":
    """Where to stop reading, and up to what time events count."""
    from streams.records import Position
    from twin.cli.places import parse_place
    from twin.replay import place_text

    last = opened.records.end_position()
    if request.end is None:
        return last, None
    place = parse_place(request.end, opened.records)
    if isinstance(place, Position):
        if not last.reaches(place):
            msg = f"--to {request.end}: the source ends at {place_text(last)}"
            raise OptionError(msg)
        return place, None
    if request.checkpoint is not None:
        msg = (
            f"--to {request.end}: with --checkpoint it must be an offset, because "
            f"events after a time are left out and would be missing later"
        )
        raise OptionError(msg)
    return last, place


def _letters(request: Request) -> "DeadLetterLog | None":
    from streams.deadletters import DeadLetterLog, problem_of

    folder = request.deadletters
    if folder is None and request.checkpoint is not None:
        folder = request.checkpoint / LETTERS
    if folder is None:
        return None
    problem = problem_of(folder)
    if problem is not None:
        msg = f"--deadletters {folder}: {problem}"
        raise OptionError(msg)
    return DeadLetterLog(folder)


def _begin(run: Run) -> dict[str, str | None]:
    """Bring the source to where reading begins: a checkpoint, `--from`, the start.

    Returns what checkpoints must agree on.
    """
    from streams.records import Position
    from twin.cli.places import parse_place

    request, source = run.request, run.opened.records
    start = request.start
    identity = None
    if request.checkpoint is not None:
        identity = identity_of_records(request.source, run.opened)
        start, is_there = _restored(run, identity)
        if is_there:
            source.seek(run.twin.position)
            run.resumed = run.twin.position
            return {"source": identity, "start": start}
    if start is not None:
        place = parse_place(start, source)
        if isinstance(place, Position):
            source.seek(place)
        else:
            source.seek_time(place)
            run.start_us = place
    return {"source": identity, "start": start}


def _check_end(run: Run, until_us: int | None) -> None:
    """Refuse an end that lies before where reading begins."""
    from streams.records import Position
    from twin.replay import place_text

    request = run.request
    begin = run.opened.records.position()
    if request.end is None:
        return
    is_before = not run.end.reaches(Position({n: begin.of(n) for n in run.end}))
    if until_us is not None:
        is_before = run.start_us is not None and until_us < run.start_us
    if not is_before:
        return
    where = f"reading begins at {place_text(begin)}"
    if run.resumed is not None:
        where = f"the checkpoint in {request.checkpoint} stands at {place_text(begin)}"
    elif request.start is not None:
        where = f"--from {request.start} begins at {place_text(begin)}"
    msg = f"--to {request.end}: lies before the beginning: {where}"
    raise OptionError(msg)


def _restored(run: Run, identity: str) -> tuple[str | None, bool]:
    """Go on from a checkpoint, if there is one; return where its replay began."""
    from streams import checkpoint

    folder, start = run.request.checkpoint, run.request.start
    assert folder is not None, "asked for only with --checkpoint"
    saved = checkpoint.load(folder)
    if saved is None:
        if start == CHECKPOINT:
            msg = (
                f"--from checkpoint: there is none in {folder}; leave --from out to "
                f"begin at the start, or name the folder it lies in"
            )
            raise OptionError(msg)
        return start, False
    if start == CHECKPOINT:
        start = saved.meta.get("start")
    run.twin.take_over(saved, source=identity, start=start)
    return start, True


def _saver(
    request: Request, origin: dict[str, str | None], clock: "Clock", stack: ExitStack
) -> Saver:
    from streams.checkpoint import CheckpointWriter

    assert request.checkpoint is not None, "asked for only with --checkpoint"
    writer = CheckpointWriter(request.checkpoint, keep=request.keep)
    stack.enter_context(writer)
    return Saver(writer=writer, origin=origin, clock=clock)


def _topic(request: Request, stack: ExitStack) -> "TopicTarget":
    from twin.cli.targets import TopicTarget, open_topic

    assert request.into is not None, "asked for only with a topic"
    sink = open_topic(request.into, request.source.kafka_config)
    return TopicTarget(stack.enter_context(closing(sink)))


def carry_out(run: Run, console: "Console") -> None:
    """Read to the end, fold, and write what is asked for.

    Parameters
    ----------
    run : Run
        As `prepare` made it; its twin then holds everything.
    console : Console
        Shows progress.

    Raises
    ------
    StreamError, ReplayError
        Whatever reading or writing raises.
    KeyboardInterrupt
        If it was interrupted, behind a batch: with checkpoints, one was saved there.
    """
    from twin.cli.targets import Into, write_events

    into = run.request.into
    stop = Stop()
    with (
        stop.watched(),
        ReplayBar(run, console) as bar,
        closing(_steps(run, bar, stop)) as steps,
    ):
        if into is not None and not run.request.is_to_topic:
            written = write_events(run.twin, steps, Path(into))
            run.into = Into(
                into, written.events, written.records, written.duplicates, None
            )
        else:
            for _ in steps:
                pass
        _save(run, last=True)
    run.seconds = run.clock.monotonic_s() - run.begun_s
    if run.topic is not None:
        assert into is not None, "the topic is that of --into"
        run.into = Into(into, None, run.topic.n_records, None, run.topic.n_left_out)


def _steps(run: Run, bar: ReplayBar, stop: Stop) -> "Generator[Step]":
    """Read and fold batch by batch, with what belongs to each."""
    request = run.request
    pace = Pace(run.clock, factor=request.speed)
    n_unsaved = 0
    for step in _folded(run):
        if run.letters is not None:
            _write_letters(run.letters, step, run.clock.now_us())
        if run.topic is not None:
            run.topic.append(step.records, step.rejected)
        n_unsaved += len(step.records)
        if n_unsaved >= request.every and _save(run, last=False):
            n_unsaved = 0
        bar.advance(len(step.records))
        yield step
        _wait(run, pace, stop)


def _wait(run: Run, pace: Pace, stop: Stop) -> None:
    """Keep the pace; here a replay can be interrupted, and saves where it is."""
    try:
        with stop.idle():
            if run.twin.latest_us is not None:
                pace.wait_for(run.twin.latest_us)
    except KeyboardInterrupt:
        _save(run, last=True)
        raise


def _folded(run: Run) -> "Iterator[Step]":
    from twin.replay import BATCH_RECORDS, replay_ahead

    request = run.request
    size = request.batch or (PACED_RECORDS if request.speed else BATCH_RECORDS)
    # What goes on from a checkpoint later still waits for every partition.
    bounded = request.checkpoint is None
    if request.checkpoint is not None:
        size = min(size, request.every)
    if request.speed or run.opened.converted is not None:
        return _one_by_one(run, size, bounded=bounded)
    source = run.opened.records
    return replay_ahead(run.twin, source, run.end, batch_records=size, bounded=bounded)


def _one_by_one(run: Run, size: int, *, bounded: bool) -> "Iterator[Step]":
    """Read no batch before the last is folded: what a map refused is of one batch."""
    from twin.replay import Step, end_read, read

    source = run.opened.records
    for batch in read(source, run.end, batch_records=size):
        refused = run.opened.rejected_of(batch)
        run.refused.update(one.reason for one in refused)
        rejected = run.twin.push(batch)
        if bounded:
            end_read(run.twin, source, run.end)
        yield Step(batch, refused + rejected, source.position())


def _write_letters(letters: "DeadLetterLog", step: "Step", now_us: int) -> None:
    for one in step.rejected:
        letters.add_rejected(step.records, one, time_us=now_us)


def _save(run: Run, *, last: bool) -> bool:
    """Save; what a checkpoint calls done must be on the disk and in the topic first."""
    if run.saver is not None and run.saver.writer.busy and not last:
        return False
    if run.letters is not None:
        run.letters.flush()
    if run.topic is not None:
        run.topic.flush()
    return run.saver is not None and run.saver.save(run.twin, last=last)
