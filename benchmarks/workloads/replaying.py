"""The measured path: a source polled, decoded, deduplicated, ordered and folded."""

from collections.abc import Iterable
from pathlib import Path

from benchmarks.workloads.factory import FactoryEvents, network
from streams.batch import in_canonical_order
from streams.codec import Decoder
from streams.codec.arrow_encoding import encode_arrow
from streams.ingest import IngestOptions
from streams.names import Names
from streams.records import Position, RecordBatch, Source
from twin.replay import ReplayOptions, Twin, read, replay_ahead
from twin.replay.into import write_log
from twin.state.known import known_entities
from twin.state.state import State

OPTIONS = ReplayOptions(ingest=IngestOptions(lateness_us=60_000_000))
"""A minute of lateness suits machines. With the day that is the default everything
would wait to the end, as the whole stream is shorter."""


def replay(source: Source) -> State:
    """Replay a whole source through the twin, as `millstream replay` does."""
    twin = Twin(network(), source.partitions(), OPTIONS)
    for _ in replay_ahead(twin, source, None):
        pass
    return twin.finish()


def replay_alone(source: Source) -> State:
    """Replay a whole source in one thread: the cost of the pipeline, not its pace."""
    twin = Twin(network(), source.partitions(), OPTIONS)
    for batch in read(source, None):
        twin.push(batch)
    return twin.finish()


def consume(source: Source, n_records: int) -> State:
    """Replay so many records of a source of one partition that has them all."""
    twin = Twin(network(), source.partitions(), OPTIONS)
    (partition,) = source.partitions()
    for _ in replay_ahead(twin, source, Position({partition: n_records})):
        pass
    return twin.finish()


def decode_and_fold(batches: Iterable[RecordBatch]) -> State:
    """Decode and fold, and nothing between: the lower bound of the whole pipeline.

    Events are folded as they come: nothing is put in order, looked up or waited for.
    """
    names = Names()
    decoder = Decoder(names)
    state = empty_state(names)
    for batch in batches:
        state.apply(decoder.decode(batch).events)
    state.close_instant()
    return state


def arrow_messages(events: FactoryEvents, n_events: int) -> list[bytes]:
    """Write events in the order they arrive as Arrow messages in our own form."""
    batch, ids = events.batch, events.ids()
    return [
        encode_arrow(
            batch.take(slice(first, first + n_events)), ids[first : first + n_events]
        )
        for first in range(0, len(batch), n_events)
    ]


def written(
    folder: Path, events: FactoryEvents, json: list[bytes], n_events: int
) -> dict[str, Path]:
    """Write the events as NDJSON, as an Arrow file, and as a log of our own.

    The log holds each event once, in canonical order, as `replay --into` writes it.
    """
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

    paths = {
        "ndjson": folder / "events.ndjson",
        "arrow": folder / "events.arrow",
        "log": folder / "log",
    }
    paths["ndjson"].write_bytes(b"\n".join(json) + b"\n")
    tables = [
        pa.Table.from_batches([batch])
        for message in arrow_messages(events, n_events)
        for batch in pa.ipc.open_stream(message)
    ]
    # One dictionary for the whole file: the file format allows no replacement.
    whole = pa.concat_tables(tables, promote_options="default").unify_dictionaries()
    with pa.ipc.new_file(str(paths["arrow"]), whole.schema) as file:
        file.write_table(whole, max_chunksize=n_events)
    write_log([in_canonical_order(events.batch)], paths["log"])
    return paths


def empty_state(names: Names) -> State:
    """Return the state of the factory before its first event."""
    return State.of_model(known_entities(network()), names)
