"""A broker out of a can: serves recorded batches as fast as the client can take them.

It runs as a process of its own on loopback, holds all batches in memory, and serves
them again and again under rising offsets (the base offset of a batch lies outside its
check sum). So a benchmark measures the client, not a broker, and can be as long as it
needs to be. ``python -m benchmarks.workloads.canned FILE`` runs one by hand.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, repeat
from pathlib import Path
from struct import pack_into
from typing import Self

import msgspec
from kafka.record.default_records import DefaultRecordBatchBuilder

from benchmarks.workloads.serving import Catalogue, serve

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
# As much as Kafka's own producers are told to collect where rate counts.
BATCH_BYTES = 1 << 18
ROOT = Path(__file__).parents[2]
_STOP_S = 10.0


def record_batches(
    values: Iterable[bytes],
    *,
    batch_bytes: int = BATCH_BYTES,
    codec: str = "none",
    keys: Iterable[bytes | None] | None = None,
    timestamps_ms: Iterable[int] | None = None,
) -> list[bytes]:
    """Build record batches of format v2 with offsets from 0 on.

    Parameters
    ----------
    values : iterable of bytes
        The records.
    batch_bytes : int
        A batch is closed before it would have more, uncompressed; > 0.
    codec : str
        Of `CODECS`.
    keys, timestamps_ms : iterable or None
        One for each record; None: no keys, one millisecond after the other.

    Returns
    -------
    list of bytes
    """
    batches: list[bytes] = []
    first = 0
    builder = _builder(codec, batch_bytes)
    keys = repeat(None) if keys is None else keys
    times_ms = count() if timestamps_ms is None else timestamps_ms
    rows = zip(values, keys, times_ms, strict=False)  # two may have no end
    for offset, (value, key, time_ms) in enumerate(rows):
        added = builder.append(offset - first, time_ms, key, value, [])
        if added is None:  # full
            batches.append(_finished(builder, first))
            first, builder = offset, _builder(codec, batch_bytes)
            builder.append(0, time_ms, key, value, [])
    batches.append(_finished(builder, first))
    return batches


def _builder(codec: str, batch_bytes: int) -> DefaultRecordBatchBuilder:
    return DefaultRecordBatchBuilder(
        magic=2,
        compression_type=CODECS[codec],
        is_transactional=False,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=batch_bytes,
    )


def _finished(builder: DefaultRecordBatchBuilder, first: int) -> bytes:
    batch = builder.build()
    pack_into(">q", batch, 0, first)
    return bytes(batch)


class CannedBroker:
    """Runs the broker while the ``with`` block lasts.

    Parameters
    ----------
    topics : Mapping of str to sequence of bytes
        Record batches of each topic; all its partitions serve the same.
    repeat : int
        How often each topic is served, under rising offsets, >= 1.
    n_partitions : int
        Of each topic, >= 1.
    partial : bool
        End full answers in the middle of a batch, as brokers do.
    fetch_versions : tuple of int and int
        First and last version of Fetch that it says to know; 4 to 12 it does.

    Attributes
    ----------
    address : str
        ``host:port``, inside the block.
    """

    def __init__(
        self,
        topics: Mapping[str, Sequence[bytes]],
        *,
        repeat: int = 1,
        n_partitions: int = 1,
        partial: bool = False,
        fetch_versions: tuple[int, int] = (4, 12),
    ) -> None:
        self._topics = topics
        first, last = fetch_versions
        self._options = [
            *("--repeat", repeat, "--partitions", n_partitions),
            *("--fetch-versions", first, last),
            *(["--partial"] if partial else []),
        ]
        self.address = ""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        file = Path(self._folder.name) / "batches.msgpack"
        file.write_bytes(msgspec.msgpack.encode(dict(self._topics)))
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, file, *map(str, self._options)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        if not self.address:
            self.__exit__()
            raise RuntimeError("the canned broker did not start")
        return self

    def __exit__(self, *error: object) -> None:
        # It ends with its input, so it cannot outlive this process either.
        self._process.communicate(timeout=_STOP_S)
        self._folder.cleanup()

    def pid(self) -> int:
        """Return the process id of the broker."""
        return self._process.pid


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until the standard input ends; the first line printed is the address."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workloads.canned")
    parser.add_argument("file", type=Path, help="msgpack of {topic: [batch, ...]}")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--partitions", type=int, default=1)
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--partial", action="store_true")
    parser.add_argument("--fetch-versions", type=int, nargs=2, default=(4, 12))
    options = parser.parse_args(arguments)
    topics = msgspec.msgpack.decode(
        options.file.read_bytes(), type=dict[str, list[bytes]]
    )
    catalogue = Catalogue(
        topics,
        repeat=options.repeat,
        n_partitions=options.partitions,
        partial=options.partial,
        fetch_versions=tuple(options.fetch_versions),
    )
    serve(catalogue, options.port, until=_input_ends())


def _input_ends() -> Iterator[None]:
    for _ in sys.stdin:
        yield


if __name__ == "__main__":
    main()
