"""One life of a worker, and how it ends if nobody ends it."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.workloads.killing.places import N_PARTITIONS, OnlyMember, Place
from benchmarks.workloads.simulation.records import LATENESS_US, network
from streams.deadletters import DeadLetterLog
from streams.ingest import IngestOptions
from twin.clock import SystemClock
from twin.live import LiveStore, Worker, WorkerOptions
from twin.live.membership import Told
from twin.live.store import LETTERS
from twin.replay import ReplayOptions, read

OPTIONS = WorkerOptions(
    checkpoint_s=3600.0,
    checkpoint_records=400,
    batch_records=100,
    poll_s=0.02,
    replay=ReplayOptions(ingest=IngestOptions(lateness_us=LATENESS_US)),
)


@dataclass(frozen=True, slots=True)
class End:
    """How a worker ends that has read everything.

    Attributes
    ----------
    digests
        Of each shard's state, all events folded.
    counters
        Of each shard.
    outputs
        Ids by partition as they stand there, copies too.
    letters
        Dead letters of each shard: partition and offset, each once.
    n_skipped
        Outputs that were there already in the last life.
    """

    digests: dict[str, str]
    counters: dict[str, Any]
    outputs: dict[str, list[str]]
    letters: dict[str, list[tuple[str, int]]]
    n_skipped: int


def live(place: Place, folder: Path) -> End:
    """Live one life: go on where the last one ended, up to the end of the records."""
    outputs = place.outputs(folder.name, folder)

    def join(on_revoked: Told, on_lost: Told) -> OnlyMember:
        del on_lost  # nobody else is there
        return OnlyMember(place.source(place.topic), place.topic, on_revoked)

    worker = Worker(
        network(),
        LiveStore(folder / "store"),
        join,
        topics=[place.topic],
        clock=SystemClock(),
        options=OPTIONS,
        outputs=outputs,
    )
    with worker:
        while not worker.is_settled or worker.metrics().lag:
            worker.step()
        shards = dict(worker.shards)
    return End(
        digests={str(n): one.twin.finish().digest() for n, one in shards.items()},
        counters={str(n): asdict(one.twin.counters) for n, one in shards.items()},
        outputs=told_ids(place, outputs.topic, folder),
        letters=letters(folder),
        n_skipped=sum(one.n_skipped for one in shards.values()),
    )


def told_ids(place: Place, topic: str, folder: Path) -> dict[str, list[str]]:
    """Read the ids of all outputs, by the number of their partition."""
    found: dict[str, list[str]] = {str(n): [] for n in range(N_PARTITIONS)}
    where = Place(folder, place.address, place.topic)
    with where.source(topic) as source:
        for batch in read(source, source.end_position()):
            ids = [msgspec.json.decode(value)["id"] for value in batch.values()]
            found[batch.partition.rpartition("-")[2]] += ids
    return found


def letters(folder: Path) -> dict[str, list[tuple[str, int]]]:
    """Read the dead letters of all owners; a copy has the place of its original."""
    found: dict[str, list[tuple[str, int]]] = {}
    for shard in sorted((folder / "store").glob("shard-*")):
        places = set()
        for log in shard.glob(f"g*/{LETTERS}"):
            with DeadLetterLog(log) as one:
                places |= {(letter.partition, letter.offset) for letter in one}
        found[shard.name] = sorted(places)
    return found


def differences(found: End, expected: End) -> list[str]:
    """Tell where a worker that was killed ended otherwise than one that was not."""
    told = [
        f"{name}: {getattr(found, name)}, expected {getattr(expected, name)}"
        for name in ("digests", "counters", "letters")
        if getattr(found, name) != getattr(expected, name)
    ]
    for number, ids in expected.outputs.items():
        if sorted(set(found.outputs[number])) != sorted(ids):
            told.append(f"outputs of {number}: {len(set(found.outputs[number]))} ids")
    return told
