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
from pathlib import Path
from typing import Any

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.timing import Timing, interleave
from benchmarks.workloads import factory, reference
from benchmarks.workloads.reference import Folded
from streams.names import Names

PARTS = ("files", "canned", "kafka")
LOOP = "orjson and dictionaries"
JOBS, JOBS_QUICK = 10_000, 1_000
ARROW_EVENTS = 8_192
"""Events of one Arrow message; 1,000 to 10,000 are usual."""


@dataclass(frozen=True, slots=True)
class Workload:
    """The same events as JSON and as columns, and what they fold to."""

    events: factory.FactoryEvents
    json: list[bytes]
    folded: Folded

    @classmethod
    def of(cls, n_jobs: int) -> "Workload":
        """Make the events of some jobs."""
        events = factory.events(n_jobs, Names())
        json = events.json()
        folded = reference.empty()
        reference.fold_json(folded, json)
        return cls(events, json, folded)

    def agrees(self, answer: Any) -> bool:
        """Whether an answer is what the events fold to."""
        if isinstance(answer, dict):
            return answer == self.folded
        return not reference.differences(self.folded, answer)


def run(options: RunOptions) -> Iterator[Result]:
    """Measure the parts asked for."""
    work = Workload.of(JOBS_QUICK if options.quick else JOBS)
    steps: dict[str, Callable[[], Iterable[Result]]] = {
        "files": lambda: files(work),
        "canned": lambda: canned(work, quick=options.quick),
        "kafka": lambda: kafka(work),
    }
    parts = PARTS[:2] if options.quick else PARTS
    for part in parts if options.part is None else (options.part,):
        yield from steps[part]()


def files(work: Workload) -> Iterator[Result]:
    """Replay files and our own log against the loop over the lines of the file."""
    from benchmarks.workloads.replaying import (  # noqa: PLC0415 - compiles kernels
        decode_and_fold,
        replay,
        written,
    )
    from streams.files import open_file  # noqa: PLC0415
    from twin.replay import open_source, read  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = written(folder, work.events, work.json, ARROW_EVENTS)

        def of(spec: str) -> Callable[[], Any]:
            return lambda: _closing(open_source(str(paths[spec])), replay)

        def bare() -> Any:
            with open_file(paths["ndjson"]) as source:
                return decode_and_fold(read(source, source.end_position()))

        timings = interleave(
            {
                "loop": lambda: _loop_over(paths["ndjson"]),
                "ndjson": of("ndjson"),
                "bare": bare,
                "log": of("log"),
                "arrow": of("arrow"),
            }
        )
    loop, n_events = timings["loop"], len(work.json)
    yield _rate("NDJSON replay", timings["ndjson"], loop, work, goal=">= 8")
    yield _rate("log replay", timings["log"], loop, work, goal=">= 40")
    yield _rate("Arrow file replay", timings["arrow"], loop, work)
    cost = timings["ndjson"].least_s / timings["bare"].least_s
    yield Result(
        name="NDJSON, whole pipeline over decode and fold", value=cost, unit="1",
        goal="<= 1.5", spread=timings["bare"].spread,
        checked=work.agrees(timings["bare"].answer),
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
        name=f"{name} over {label}", value=ratio, unit="1", goal=goal, stretch=stretch,
        peer=label, ratio=ratio, spread=max(ours.spread, peer.spread),
        checked=work.agrees(ours.answer) and work.agrees(peer.answer),
    )  # fmt: skip


def canned(work: Workload, *, quick: bool) -> Iterator[Result]:
    """Read recorded batches from a loopback broker that only sends bytes."""
    from benchmarks.workloads import clients  # noqa: PLC0415 - needs peers
    from benchmarks.workloads.canned import CannedBroker, record_batches  # noqa: PLC0415
    from benchmarks.workloads.replaying import arrow_messages  # noqa: PLC0415

    messages = arrow_messages(work.events, ARROW_EVENTS)
    topics = {
        "json": record_batches(work.json, batch_bytes=1 << 20, codec="none"),
        "arrow": record_batches(messages, batch_bytes=1 << 20, codec="none"),
    }
    with CannedBroker(topics) as broker:
        json = clients.Topic(broker.address, "json", len(work.json))
        arrow = clients.Topic(broker.address, "arrow", len(messages))
        subjects = {
            "loop": lambda: clients.kafka_python(json),
            "batch": lambda: clients.ours(json, "batch"),
            "lane": lambda: clients.ours(json, "lane"),
            "arrow batch": lambda: clients.ours(arrow, "batch"),
            "arrow lane": lambda: clients.ours(arrow, "lane"),
        }
        if not quick:
            subjects["confluent"] = lambda: clients.confluent(json)
        timings = interleave(subjects)
    yield from _clients_compared("canned", timings, work)


PEER = "kafka-python poll, orjson and dictionaries"


def _clients_compared(
    where: str, timings: Mapping[str, Timing], work: Workload
) -> Iterator[Result]:
    judged = where == "canned"
    loop = timings["loop"]
    yield _rate(
        f"{where}: JSON a message, lane", timings["lane"], loop, work,
        goal=">= 10" if judged else None, stretch=">= 25" if judged else None,
        label=PEER,
    )  # fmt: skip
    yield _rate(
        f"{where}: JSON a message, kafka-python's batches", timings["batch"], loop,
        work,
        goal=">= 10" if judged else None, label=PEER,
    )  # fmt: skip
    yield _rate(
        f"{where}: Arrow batches, lane", timings["arrow lane"], loop, work,
        goal=">= 100" if judged else None, label=PEER,
    )  # fmt: skip
    yield _rate(
        f"{where}: Arrow batches, kafka-python's batches", timings["arrow batch"], loop,
        work, label=PEER,
    )  # fmt: skip
    yield Result(
        name=f"{where}: {PEER}", value=len(work.json) / loop.least_s, unit="events/s",
        spread=loop.spread, checked=work.agrees(loop.answer),
    )  # fmt: skip
    if "confluent" in timings:
        yield _rate(
            f"{where}: confluent-kafka tuned, orjson and dictionaries",
            timings["confluent"], loop, work, label=PEER,
        )  # fmt: skip


def kafka(work: Workload) -> Iterator[Result]:
    """Read from Apache Kafka: the same ratios, and processor time beside it."""
    from benchmarks.workloads import clients  # noqa: PLC0415 - needs peers
    from benchmarks.workloads.broker import apache_kafka, fill  # noqa: PLC0415
    from benchmarks.workloads.replaying import arrow_messages  # noqa: PLC0415

    messages = arrow_messages(work.events, ARROW_EVENTS)
    with ExitStack() as opened:
        address = opened.enter_context(apache_kafka())
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        fill(address, "json", work.json, keys=work.events.keys())
        fill(address, "arrow", messages, keys=None)
        json = clients.Topic(address, "json", len(work.json))
        arrow = clients.Topic(address, "arrow", len(messages))
        subjects: dict[str, Callable[[], Any]] = {
            "loop": lambda: clients.kafka_python(json),
            "batch": lambda: clients.ours(json, "batch"),
            "lane": lambda: clients.ours(json, "lane"),
            "arrow batch": lambda: clients.ours(arrow, "batch"),
            "arrow lane": lambda: clients.ours(arrow, "lane"),
        }
        yield from _clients_compared("Apache Kafka", interleave(subjects), work)
        runs = iter(range(100))
        subjects["quix"] = lambda: clients.quixstreams(
            json, folder / "quix", f"group-{next(runs)}"
        )
        spent = interleave(subjects, clock_s=time.process_time)
    counted = {name: known[0] for name, known in work.folded["machines"].items()}
    answer = spent["quix"].answer
    quix_agrees = all(answer[name] >= n for name, n in counted.items())
    yield from _processor_time(spent, work, quix_agrees=quix_agrees)


def _processor_time(
    spent: Mapping[str, Timing], work: Workload, *, quix_agrees: bool
) -> Iterator[Result]:
    """Processor seconds of the client alone: the broker shares the cores."""
    millions = len(work.json) / 1e6
    goals = {"loop": ">= 10", "quix": ">= 30"}
    labels = {"loop": PEER, "quix": "quixstreams, stateful"}
    for ours in ("lane", "batch"):
        for peer, goal in goals.items():
            ratio = spent[ours].ratio_over(spent[peer])
            yield Result(
                name=f"processor time, JSON by {ours}, under {labels[peer]}",
                value=ratio, unit="1", goal=goal if ours == "lane" else None,
                peer=labels[peer], peer_value=spent[peer].least_s / millions,
                ratio=ratio, spread=max(spent[ours].spread, spent[peer].spread),
                checked=work.agrees(spent[ours].answer)
                and (quix_agrees if peer == "quix" else True),
            )  # fmt: skip
        yield Result(
            name=f"processor time of JSON by {ours}",
            value=spent[ours].least_s / millions, unit="s/million",
            checked=work.agrees(spent[ours].answer),
        )  # fmt: skip


BENCHMARK = Benchmark(
    name="ingest",
    description="bytes to live state: files, a canned and a real Kafka",
    run=run,
    parts=PARTS,
)
