"""A process that follows a log with a twin, saves every second, and may be killed.

Run as ``python -m benchmarks.workloads.follow LOG CHECKPOINTS END``: it goes on from
the newest checkpoint, reads until offset END, and tells what it does in lines of JSON,
with times of the clock that all processes of a machine share.
"""

import time

STARTED_S = time.monotonic()

# All of it is measured, so it comes behind the first look at the clock.
import json  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from benchmarks.workloads.factory import network  # noqa: E402
from streams.checkpoint import CheckpointWriter, load  # noqa: E402
from streams.ingest import IngestOptions  # noqa: E402
from streams.log import LogReader  # noqa: E402
from twin.replay import ReplayOptions, Twin  # noqa: E402

IMPORTED_S = time.monotonic()
INTERVAL_S = 1.0
POLL_S = 0.005
BATCH_RECORDS = 65_536
N_WARM = 500
OPTIONS = ReplayOptions(ingest=IngestOptions(lateness_us=2_000_000))
"""The events arrive up to 0.3 s late."""


def tell(what: str, **more: Any) -> None:
    """Write one line of JSON."""
    line = {"at_s": time.monotonic(), "what": what, **more}
    print(json.dumps(line), flush=True)


def main(log: Path, folder: Path, end: int) -> None:
    """Follow a log up to an offset."""
    tell("started", at_s=STARTED_S)
    tell("imported", at_s=IMPORTED_S)
    twin = Twin(network(), LogReader(log).partitions(), OPTIONS)
    tell("network")
    load_kernels(log)
    tell("kernels")
    saved = load(folder)
    tell("read")
    if saved is not None:
        twin.take_over(saved)
    (partition,) = LogReader(log).partitions()
    tell("restored", offset=twin.position.of(partition))
    with LogReader(log) as source, CheckpointWriter(folder) as writer:
        source.seek(twin.position)
        follow(twin, source, writer, end)
    tell("finished", digest=twin.finish().digest())


def load_kernels(log: Path) -> None:
    """Have every compiled kernel loaded, by a twin that is thrown away."""
    with LogReader(log) as source:
        twin = Twin(network(), source.partitions(), OPTIONS)
        batch = source.poll(0, N_WARM)
    if batch is not None:
        twin.push(batch)
    twin.finish().digest()


def follow(twin: Twin, source: LogReader, writer: CheckpointWriter, end: int) -> None:
    """Push what comes, save every second, and tell when nothing more is waiting."""
    (partition,) = source.partitions()
    saved_s = time.monotonic()
    caught_up = False
    while twin.position.of(partition) < end:
        batch = source.poll(0 if not caught_up else POLL_S, BATCH_RECORDS)
        if batch is not None:
            twin.push(batch)
        elif not caught_up:
            caught_up = True
            tell("caught up", offset=twin.position.of(partition))
        now_s = time.monotonic()
        if now_s - saved_s >= INTERVAL_S and not writer.busy:
            saved_s = now_s
            save(twin, writer, partition)
    if not caught_up:
        tell("caught up", offset=end)


def save(twin: Twin, writer: CheckpointWriter, partition: str) -> None:
    """Copy what is to be saved, and have it written by the thread of the writer."""
    start_s = time.monotonic()
    path = writer.wait()
    sections = twin.sections()
    taken_s = time.monotonic()
    writer.begin(sections, twin.meta())
    done_s = time.monotonic()
    writer.start()
    tell(
        "saving",
        offset=twin.position.of(partition),
        sections_s=taken_s - start_s,
        begin_s=done_s - taken_s,
        n_bytes=sum(a.nbytes for part in sections.values() for a in part.values()),
        before=None if path is None else path.suffix,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
