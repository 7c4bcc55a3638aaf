"""Bytes to live state: files, a canned Kafka on loopback, and a real one.

Parts: `files` (NDJSON, our own log, Arrow), `canned` (recorded batches from a broker
that costs the client nothing), `kafka` (Apache Kafka, which shares the cores).
The reference everywhere is orjson and dictionaries; every final state is compared.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.timing import Timing, interleave
from benchmarks.workloads import factory, reference
from benchmarks.workloads.reference import Folded
from streams.names import Names

PARTS = ("files", "canned", "kafka")
LOOP = "orjson and dictionaries"
JOBS, JOBS_QUICK = 40_000, 2_000
APPENDED_MS = 1_706_745_600_000
"""When the records were written: 2024-02-01, after the last of their events."""

ARROW_EVENTS = 8_192
"""Events of one Arrow message; 1,000 to 10,000 are usual."""


@dataclass(frozen=True, slots=True)
class Workload:
    """The same events as JSON and as columns, and what they fold to."""

    events: factory.FactoryEvents
    json: list[bytes]
    folded: Folded
    judged: bool  # a short run has no goals: what happens once weighs too much in it

    @classmethod
    def of(cls, n_jobs: int) -> "Workload":
        """Make the events of some jobs."""
        events = factory.events(n_jobs, Names())
        json = events.json()
        folded = reference.empty()
        reference.fold_json(folded, json)
        return cls(events, json, folded, n_jobs >= JOBS)

    def agrees(self, answer: Any) -> bool:
        """Whether an answer is what the events fold to."""
        if isinstance(answer, dict):
            return answer == self.folded
        return not reference.differences(self.folded, answer)


def run(options: RunOptions) -> Iterator[Result]:
    """Measure the parts asked for."""
    work = Workload.of(JOBS_QUICK if options.quick else JOBS)
    short = Workload.of(JOBS_QUICK)
    steps: dict[str, Callable[[], Iterable[Result]]] = {
        "files": lambda: files(work),
        "canned": lambda: canned(work, short),
        "kafka": lambda: kafka(work, short),
    }
    parts = PARTS[:2] if options.quick else PARTS
    for part in parts if options.part is None else (options.part,):
        yield from steps[part]()


def files(work: Workload) -> Iterator[Result]:
    """Replay files and our own log against the loop over the lines of the file."""
    from benchmarks.workloads.replaying import (  # noqa: PLC0415 - compiles kernels
        decode_and_fold,
        replay,
        replay_alone,
        written,
    )
    from streams.files import open_file  # noqa: PLC0415
    from twin.replay import open_source, read  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = written(folder, work.events, work.json, ARROW_EVENTS)

        def of(spec: str, use: Callable[[Any], Any] = replay) -> Callable[[], Any]:
            return lambda: _closing(open_source(str(paths[spec])), use)

        def bare() -> Any:
            with open_file(paths["ndjson"]) as source:
                return decode_and_fold(read(source, None))

        timings = interleave(
            {
                "loop": lambda: _loop_over(paths["ndjson"]),
                "ndjson": of("ndjson"),
                "alone": of("ndjson", replay_alone),
                "bare": bare,
                "log": of("log"),
                "arrow": of("arrow"),
            }
        )
    loop, n_events = timings["loop"], len(work.json)
    yield _rate("NDJSON replay", timings["ndjson"], loop, work, goal=">= 8")
    yield _rate("log replay", timings["log"], loop, work, goal=">= 40")
    yield _rate("Arrow file replay", timings["arrow"], loop, work)
    alone, bare = timings["alone"], timings["bare"]
    yield Result(
        name="NDJSON, whole pipeline over decode and fold, one thread",
        value=alone.least_s / bare.least_s, unit="1",
        goal="<= 1.5" if work.judged else None,
        spread=max(alone.spread, bare.spread),
        checked=work.agrees(alone.answer) and work.agrees(bare.answer),
    )  # fmt: skip
    yield Result(
        name="loop over NDJSON", value=n_events / loop.least_s, unit="events/s",
        spread=loop.spread, checked=work.agrees(loop.answer),
    )  # fmt: skip


def _closing(source: Any, use: Callable[[Any], Any]) -> Any:
    with source:
        return use(source)


def _loop_over(path: Path) -> Folded:
    folded = reference.empty()
    with path.open("rb") as lines:
        reference.fold_json(folded, lines)
    return folded


def _rate(
    name: str,
    ours: Timing,
    peer: Timing,
    work: Workload,
    *,
    goal: str | None = None,
    stretch: str | None = None,
    label: str = LOOP,
) -> Result:
    """Report how many times faster than the peer; the peer's answer is checked too."""
    ratio = ours.ratio_over(peer)
    return Result(
        name=f"{name} over {label}", value=ratio, unit="1",
        goal=goal if work.judged else None, stretch=stretch if work.judged else None,
        peer=label, ratio=ratio, spread=max(ours.spread, peer.spread),
        checked=work.agrees(ours.answer) and work.agrees(peer.answer),
    )  # fmt: skip


def canned(work: Workload, short: Workload) -> Iterator[Result]:
    """Read recorded batches from a loopback broker that only sends bytes."""
    from benchmarks.workloads.canned import CannedBroker, record_batches  # noqa: PLC0415

    written = {
        name: record_batches(
            values, batch_bytes=1 << 20, codec="none",
            timestamps_ms=[APPENDED_MS] * len(values),
        )
        for name, values in _topics(work, short).items()
    }  # fmt: skip
    with CannedBroker(written) as broker, ExitStack() as opened:
        subjects = _subjects(broker.address, work, short, opened)
        timings = interleave(subjects)
    yield from _clients_compared("canned", timings, work, short)


def _topics(work: Workload, short: Workload) -> dict[str, list[bytes]]:
    """List the records of every topic; the loops of others get fewer of them."""
    from benchmarks.workloads.replaying import arrow_messages  # noqa: PLC0415

    messages = arrow_messages(work.events, ARROW_EVENTS)
    return {"json": work.json, "arrow": messages, "short": short.json}


def _subjects(
    address: str, work: Workload, short: Workload, opened: ExitStack
) -> dict[str, Callable[[], Any]]:
    """Connect every client; what is timed is reading, not connecting."""
    from benchmarks.workloads import clients  # noqa: PLC0415 - needs peers

    n_messages = -(-len(work.json) // ARROW_EVENTS)
    json = clients.Topic(address, "json", len(work.json))
    arrow = clients.Topic(address, "arrow", n_messages)
    made: dict[str, Any] = {
        "loop": clients.KafkaPython(clients.Topic(address, "short", len(short.json))),
        "batch": clients.Ours(json, "batch"),
        "lane": clients.Ours(json, "lane"),
        "arrow batch": clients.Ours(arrow, "batch"),
        "arrow lane": clients.Ours(arrow, "lane"),
    }
    for client in made.values():
        opened.callback(client.close)
    return made


PEER = "kafka-python poll, orjson and dictionaries"

# Name of the figure, subject, goal and stretch on the canned broker.
_COMPARED: tuple[tuple[str, str, str | None, str | None], ...] = (
    ("JSON a message, lane", "lane", ">= 10", ">= 25"),
    ("JSON a message, kafka-python's batches", "batch", ">= 10", None),
    ("Arrow batches, lane", "arrow lane", ">= 100", None),
    ("Arrow batches, kafka-python's batches", "arrow batch", None, None),
)


def _clients_compared(
    where: str, timings: Mapping[str, Timing], work: Workload, short: Workload
) -> Iterator[Result]:
    loop_s = timings["loop"].least_s / len(short.json)
    for name, subject, goal, stretch in _COMPARED:
        ours = timings[subject]
        ratio = loop_s / (ours.least_s / len(work.json))
        judged = where == "canned" and work.judged
        yield Result(
            name=f"{where}: {name}, over {PEER}", value=ratio, unit="1",
            goal=goal if judged else None, stretch=stretch if judged else None,
            peer=PEER, ratio=ratio, spread=max(ours.spread, timings["loop"].spread),
            checked=work.agrees(ours.answer) and short.agrees(timings["loop"].answer),
        )  # fmt: skip
    for subject, done in timings.items():
        of = short if subject in {"loop", "confluent"} else work
        yield Result(
            name=f"{where}: rate of {LABELS[subject]}",
            value=len(of.json) / done.least_s, unit="events/s", spread=done.spread,
            checked=of.agrees(done.answer),
        )  # fmt: skip


LABELS = {
    "loop": PEER,
    "batch": "JSON, kafka-python's batches",
    "lane": "JSON, lane",
    "arrow batch": "Arrow, kafka-python's batches",
    "arrow lane": "Arrow, lane",
    "confluent": "confluent-kafka tuned, orjson and dictionaries",
    "quix": "quixstreams, stateful",
}


def kafka(work: Workload, short: Workload) -> Iterator[Result]:
    """Read from Apache Kafka: the same ratios, and processor time beside it."""
    from benchmarks.workloads import clients  # noqa: PLC0415 - needs peers
    from benchmarks.workloads.broker import apache_kafka, fill  # noqa: PLC0415

    with ExitStack() as opened:
        address = opened.enter_context(apache_kafka())
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        for name, values in _topics(work, short).items():
            fill(
                address, name, values, short.events.keys() if name == "short" else None
            )
        subjects = _subjects(address, work, short, opened)
        topic = clients.Topic(address, "short", len(short.json))
        confluent = clients.Confluent(topic)
        opened.callback(confluent.close)
        walls = interleave(subjects | {"confluent": confluent})
        yield from _clients_compared("Apache Kafka", walls, work, short)
        runs = count()
        subjects["quix"] = lambda: clients.quixstreams(
            topic, folder / "quix", f"group-{next(runs)}"
        )
        spent = interleave(subjects, clock_s=time.process_time)
    yield from _processor_time(spent, work, short)


def _processor_time(
    spent: Mapping[str, Timing], work: Workload, short: Workload
) -> Iterator[Result]:
    """Processor seconds of the client alone: the broker shares the cores."""
    readings = {name: known[0] for name, known in short.folded["machines"].items()}
    counted = spent["quix"].answer
    agrees = {
        "loop": short.agrees(spent["loop"].answer),
        # Its keys are machines; their states and operations are counted with readings.
        "quix": all(counted[name] >= n for name, n in readings.items()),
    }
    per_million = {
        subject: done.least_s / len(work.json if subject in OURS else short.json) * 1e6
        for subject, done in spent.items()
    }
    for ours in OURS[:2]:
        for peer, goal in (("loop", ">= 10"), ("quix", ">= 30")):
            ratio = per_million[peer] / per_million[ours]
            yield Result(
                name=f"processor time of {LABELS[ours]}, under {LABELS[peer]}",
                value=ratio, unit="1", goal=goal if ours == "lane" else None,
                peer=LABELS[peer], ratio=ratio,
                spread=max(spent[ours].spread, spent[peer].spread),
                checked=agrees[peer] and work.agrees(spent[ours].answer),
            )  # fmt: skip
    for subject, seconds in per_million.items():
        yield Result(
            name=f"processor time of {LABELS[subject]}", value=seconds,
            unit="s/million", spread=spent[subject].spread,
            checked=agrees.get(subject) or work.agrees(spent[subject].answer),
        )  # fmt: skip


OURS = ("lane", "batch", "arrow lane", "arrow batch")


BENCHMARK = Benchmark(
    name="ingest",
    description="bytes to live state: files, a canned and a real Kafka",
    run=run,
    parts=PARTS,
)
