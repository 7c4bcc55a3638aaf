"""A process that replays a log of the factory, and watches its own memory.

Run as ``python -m benchmarks.workloads.long_replay LOG JOBS WAITING [CHECKPOINTS]``. It
is a process of its own, so that nothing but the replay is in its memory.
"""

import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.workloads import reference
from benchmarks.workloads.expected import folded_at
from benchmarks.workloads.factory import network
from streams.checkpoint import CheckpointWriter
from streams.ingest import IngestOptions
from streams.log import LogReader
from streams.log.segments import PARTITION
from twin.replay import ReplayOptions, Twin, replay_ahead

N_MARKS = 10
N_CHECKPOINTS = 20
WINDOW = 0.02
"""Share of the log before a mark of which the highest figure counts: memory rises and
falls by a segment of 64 MB, that is mapped and let go."""

_KEYS = {"VmRSS": "resident", "RssAnon": "anonymous"}


def options(n_waiting: int) -> ReplayOptions:
    """Return the options of a replay that holds so many events back at most."""
    return ReplayOptions(ingest=IngestOptions(buffer_events_max=n_waiting))


def memory_bytes() -> dict[str, int]:
    """Return the memory of this process: resident in all, and without files."""
    lines = Path("/proc/self/status").read_text().splitlines()
    found = (line.split() for line in lines)
    return {
        _KEYS[words[0][:-1]]: 1024 * int(words[1])
        for words in found
        if words and words[0][:-1] in _KEYS
    }


@dataclass(slots=True)
class Watch:
    """The highest memory in the window before each mark.

    Attributes
    ----------
    marks
        One of `memory_bytes` for each tenth of the log.
    """

    marks: list[dict[str, int]] = field(
        default_factory=lambda: [
            dict.fromkeys(_KEYS.values(), 0) for _ in range(N_MARKS)
        ]
    )

    def look(self, share: float) -> None:
        """Take note of the memory after a share of the log, in (0, 1]."""
        mark = min(int(share * N_MARKS), N_MARKS - 1)
        if share < 1.0 and mark + 1 - share * N_MARKS > WINDOW * N_MARKS:
            return
        highest = self.marks[mark]
        for name, n_bytes in memory_bytes().items():
            highest[name] = max(highest[name], n_bytes)


def main(log: Path, n_jobs: int, n_waiting: int, folder: Path | None = None) -> None:
    """Replay a log; save checkpoints on the way if there is a folder for them."""
    watch, start_s = Watch(), time.perf_counter()
    with LogReader(log) as source:
        end = source.end_position()
        twin = Twin(network(), source.partitions(), options(n_waiting))
        saving = None if folder is None else _Saving(folder, end.of(PARTITION))
        # What goes on from a checkpoint must not have ended its partition.
        steps = replay_ahead(twin, source, end, bounded=saving is None)
        for step in steps:
            done = step.position.of(PARTITION)
            watch.look(done / end.of(PARTITION))
            if saving is not None:
                saving.look(twin, done)
        state = twin.finish()
    if saving is not None:
        saving.writer.close()
    taken_s = time.perf_counter() - start_s
    told = {
        "taken_s": taken_s,
        "marks": watch.marks,
        "applied": twin.counters.applied,
        "digest": state.digest(),
        "differences": reference.differences(folded_at(n_jobs), state),
    }
    print(json.dumps(told), flush=True)


class _Saving:
    """Saves at even distances, in a thread of its own."""

    def __init__(self, folder: Path, n_records: int) -> None:
        self.writer = CheckpointWriter(folder, keep=2 * N_CHECKPOINTS)
        self._every = max(1, n_records // N_CHECKPOINTS)
        self._next = self._every

    def look(self, twin: Twin, done: int) -> None:
        if done >= self._next:
            self._next += self._every
            self.writer.begin(twin.sections(), twin.meta())
            self.writer.start()


def replayed(
    log: Path, n_jobs: int, n_waiting: int, folder: Path | None = None
) -> dict[str, Any]:
    """Replay in a process of its own; return what `main` tells.

    Raises
    ------
    RuntimeError
        If the process fails; what it wrote goes along.
    """
    arguments = [
        str(one) for one in (log, n_jobs, n_waiting, folder) if one is not None
    ]
    command = [sys.executable, "-m", "benchmarks.workloads.long_replay", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        msg = f"the replay ended with {done.returncode}: {done.stderr[-2000:]}"
        raise RuntimeError(msg)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


if __name__ == "__main__":
    main(
        Path(sys.argv[1]),
        int(sys.argv[2]),
        int(sys.argv[3]),
        Path(sys.argv[4]) if len(sys.argv) > 4 else None,
    )
