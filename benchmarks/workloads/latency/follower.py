"""A process that follows a topic with a live loop, and tells what took how long.

Run as ``python -m benchmarks.workloads.latency.follower``, with a request in JSON on
its first line of input; ends when its input does. It writes a line of JSON for every
batch it read, with times of the clock that all processes of a machine share.
"""

import json
import sys
import threading
import time
from typing import Any

from benchmarks.workloads.latency.episode import demo
from benchmarks.workloads.latency.loop import (
    Stopwatch,
    deciders,
    live_loop,
    rules_broken,
)
from streams.kafka import KafkaConfiguration, KafkaSink, KafkaSource
from streams.records import Position
from twin.loop.following import LiveLoop

POLL_S = 0.05


def main() -> None:
    """Follow until the input ends."""
    request = json.loads(sys.stdin.readline())
    configuration = KafkaConfiguration((request["address"],))
    source = KafkaSource(configuration, [request["facts"]])
    sink = KafkaSink(configuration, request["decisions"])
    watch = Stopwatch()
    decide = deciders(schedules=request["schedules"])
    loop = live_loop(
        demo(request["horizon"]),
        source.partitions(),
        sink,
        watch,
        start_us=request["start_us"],
        late_source=request["late_source"],
        decide=decide,
    )
    source.seek(Position())
    ended = threading.Event()
    threading.Thread(target=_wait_for_end, args=(ended,), daemon=True).start()
    while not ended.is_set():
        batch = source.poll(POLL_S, 65_536)
        if batch is not None:
            polled_s = time.monotonic()
            loop.push(batch)
            told = pushed(loop, watch, polled_s) | {"broken": rules_broken(decide[0])}
            sys.stdout.write(json.dumps(told | {"next": batch.next_offset}) + "\n")
            sys.stdout.flush()
    source.close()
    sink.close()


def pushed(loop: LiveLoop, watch: Stopwatch, polled_s: float) -> dict[str, Any]:
    """Return what a push took, and the plans that it released."""
    releases = loop.releases()
    return {
        "polled_s": polled_s,
        "done_s": time.monotonic(),
        **watch.read(),
        "plans": [one.plan.plan for one in releases if one.plan is not None],
        "policies": [one.plan.policy for one in releases if one.plan is not None],
    }


def _wait_for_end(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


if __name__ == "__main__":
    main()
