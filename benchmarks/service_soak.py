"""The service for half an hour: events come, state is asked, memory must not grow.

Events go on a second of event time for each of the clock; what is resident at the end
is compared with what was resident after a tenth of the time, when buffers are full.
"""

import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.workloads.service.load import asked, bodies, send
from benchmarks.workloads.service.running import Running, running

LENGTH_S, QUICK_S = 1_800.0, 8.0
RATE_PER_S = 5_000
PIECE = 4
"""Bodies made and sent at once."""


def run(options: RunOptions) -> Iterator[Result]:
    """Load a service for as long as it takes."""
    length_s = QUICK_S if options.quick else LENGTH_S
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), lateness_s=10.0) as service,
    ):
        early, late, n_events = _loaded(service, length_s)
        progress = service.get("/v1/streams")
    yield Result(
        name="resident at the end, to that after a tenth", value=late / early,
        unit="1", goal=None if options.quick else "<= 1.05",
        checked=progress["read"] + progress["behind"] >= n_events,
    )  # fmt: skip
    yield Result(
        name="resident at the end", value=late / 2**20, unit="MiB",
        checked=not progress["dead_letters"],
    )  # fmt: skip


def _loaded(service: Running, length_s: float) -> tuple[int, int, int]:
    """Send and ask; return memory after a tenth, at the end, and events sent."""
    begun_s = time.monotonic()
    done = threading.Event()
    asking = threading.Thread(
        target=asked, args=(service, "/v1/state/stock?rows=50"),
        kwargs={"until": done.is_set, "pause_s": 0.5},
    )  # fmt: skip
    asking.start()
    early, piece, n_events = None, 0, 0
    while (passed_s := time.monotonic() - begun_s) < length_s:
        if early is None and passed_s >= length_s / 10:
            early = service.resident_bytes()
        load = bodies(PIECE, first=piece * PIECE)
        sent = send(service, load, connections=2, rate_per_s=RATE_PER_S)
        assert not sent.failures, sent.failures[:3]
        n_events += sent.accepted
        piece += 1
    done.set()
    asking.join()
    late = service.resident_bytes()
    return early or late, late, n_events


BENCHMARK = Benchmark(
    name="service_soak",
    description="the service for half an hour, with flat memory",
    run=run,
    soak=True,
)
