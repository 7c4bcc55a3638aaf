"""The questions that the lane asks a broker, and how their answers are read.

ApiVersions of version 0, which every broker answers; Metadata of version 9; ListOffsets
of version 6; Fetch of version 12, the last that names topics by name and the first
that tells of a log that was cut off behind the reader (KIP-595).
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from streams.kafka.batches import Aborted
from streams.kafka.lane.wire import (
    NO_TAGS,
    WireReader,
    compact_array,
    compact_string,
    request,
)

FETCH, LIST_OFFSETS, METADATA, API_VERSIONS = 1, 2, 3, 18
NEEDED_VERSIONS = {FETCH: 12, LIST_OFFSETS: 6, METADATA: 9}
API_NAMES = {FETCH: "Fetch", LIST_OFFSETS: "ListOffsets", METADATA: "Metadata"}
OFFSET_OUT_OF_RANGE = 1
EARLIEST, LATEST = -2, -1
CLIENT = "millstream"
NO_EPOCH = -1

Bytes = bytes | bytearray | memoryview
_INT16, _INT32 = struct.Struct(">h"), struct.Struct(">i")
_VERSIONS = struct.Struct(">hi")
_VERSION_RANGE = struct.Struct(">hhh")
_METADATA_PARTITION = struct.Struct(">hiii")
_OFFSET_PARTITION = struct.Struct(">iiq")
_OFFSET_FOUND = struct.Struct(">ihqqi")
_FETCH_REQUEST = struct.Struct(">iiiibii")
_FETCH_PARTITION = struct.Struct(">iiqiqi")
_FETCHED = struct.Struct(">ihi")
_FETCHED_PARTITION = struct.Struct(">ihqqq")
_ABORTED = struct.Struct(">qq")
_EPOCH_END = struct.Struct(">iq")
_DIVERGING_TAG = 0


@dataclass(frozen=True, slots=True)
class Leader:
    """Who leads a partition.

    Attributes
    ----------
    host : str
        Empty if nobody leads it now.
    port : int
    epoch : int
        Counts the changes of leader; -1: unknown.
    error : int
        Kafka's number of what is wrong with topic or partition, 0: nothing.
    """

    host: str
    port: int
    epoch: int
    error: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where a partition continues.

    Attributes
    ----------
    topic : str
    number : int
    offset : int
        The next one.
    leader_epoch : int
        As the metadata say; a broker with another one refuses.
    fetched_epoch : int
        Of the last record read, -1: unknown. A broker whose log has other records of
        that epoch, or none, says where it diverges.
    """

    topic: str
    number: int
    offset: int
    leader_epoch: int
    fetched_epoch: int

    @property
    def name(self) -> str:
        """Name of the partition, ``<topic>-<number>``."""
        return f"{self.topic}-{self.number}"


@dataclass(frozen=True, slots=True)
class FetchedPartition:
    """What one answer says of one partition.

    Attributes
    ----------
    topic : str
    number : int
    error : int
        Kafka's number, 0: none.
    diverging : tuple of int and int, or None
        Epoch and end offset of the last records that the broker and we have in common.
    aborted : tuple of Aborted
        Transactions that reach into these records and were aborted.
    start, end : int
        The record batches are ``answer[start:end]``.
    """

    topic: str
    number: int
    error: int
    diverging: tuple[int, int] | None
    aborted: tuple[Aborted, ...]
    start: int
    end: int


def versions_request(correlation: int) -> bytes:
    """Ask which versions of which requests the broker answers."""
    return request(API_VERSIONS, 0, correlation, client=CLIENT, body=b"")


def parse_versions(answer: Bytes) -> dict[int, tuple[int, int]]:
    """Read the first and the last version of each request.

    Raises
    ------
    KafkaError
        If the answer is cut off.
    """
    reader = WireReader(answer)
    reader.fields(_INT32)
    _, n_apis = reader.fields(_VERSIONS)
    ranges = (reader.fields(_VERSION_RANGE) for _ in range(n_apis))
    return {api: (first, last) for api, first, last in ranges}


def metadata_request(correlation: int, topics: Iterable[str]) -> bytes:
    """Ask who leads the partitions of `topics`."""
    named = [compact_string(topic) + NO_TAGS for topic in topics]
    # No topic is made, no permissions are listed.
    body = compact_array(named) + b"\0\0\0" + NO_TAGS
    return request(METADATA, 9, correlation, client=CLIENT, body=body)


def parse_metadata(answer: Bytes) -> dict[tuple[str, int], Leader]:
    """Read the leader of each partition.

    Parameters
    ----------
    answer : bytes, bytearray or memoryview

    Returns
    -------
    dict of (topic, partition) to Leader
        A topic that has an error of its own is there with partition -1.

    Raises
    ------
    KafkaError
        If the answer is cut off.
    """
    reader = WireReader(answer)
    _skip_header(reader)
    reader.fields(_INT32)
    brokers = {}
    for _ in range(reader.length()):
        (node,) = reader.fields(_INT32)
        host = reader.text()
        (port,) = reader.fields(_INT32)
        reader.text()
        reader.tags()
        brokers[node] = (host, port)
    reader.text()
    reader.fields(_INT32)
    leaders = {}
    for _ in range(reader.length()):
        leaders.update(_metadata_topic(reader, brokers))
    return leaders


def _metadata_topic(
    reader: WireReader, brokers: Mapping[int, tuple[str, int]]
) -> dict[tuple[str, int], Leader]:
    (topic_error,) = reader.fields(_INT16)
    topic = reader.text()
    reader.skip(1)
    leaders = {}
    if topic_error:
        leaders[topic, -1] = Leader("", 0, NO_EPOCH, topic_error)
    for _ in range(reader.length()):
        error, number, node, epoch = reader.fields(_METADATA_PARTITION)
        for _ in range(3):  # replicas, those in sync, those offline
            reader.skip(4 * reader.length())
        reader.tags()
        leaders[topic, number] = Leader(*brokers.get(node, ("", 0)), epoch, error)
    reader.fields(_INT32)
    reader.tags()
    return leaders


def offset_request(
    correlation: int, wanted: Wanted, *, which: int, committed: bool
) -> bytes:
    """Ask for one end of a partition.

    Parameters
    ----------
    correlation : int
    wanted : Wanted
    which : int
        `EARLIEST` or `LATEST`.
    committed : bool
        The latest is where the first open transaction begins.

    Returns
    -------
    bytes
    """
    numbers = _OFFSET_PARTITION.pack(wanted.number, wanted.leader_epoch, which)
    topic = compact_string(wanted.topic) + compact_array([numbers + NO_TAGS]) + NO_TAGS
    body = struct.pack(">ib", -1, committed) + compact_array([topic]) + NO_TAGS
    return request(LIST_OFFSETS, 6, correlation, client=CLIENT, body=body)


def parse_offset(answer: Bytes) -> int:
    """Read the offset that was asked for; -1 if the broker refused.

    Raises
    ------
    KafkaError
        If the answer is cut off.
    """
    reader = WireReader(answer)
    _skip_header(reader)
    reader.fields(_INT32)
    reader.length()
    reader.text()
    reader.length()
    _, error, _, offset, _ = reader.fields(_OFFSET_FOUND)
    return -1 if error else int(offset)


def fetch_request(
    correlation: int,
    wanted: Iterable[Wanted],
    *,
    max_bytes: int,
    partition_bytes: int,
    wait_ms: int,
    committed: bool,
) -> bytes:
    """Ask for record batches.

    Parameters
    ----------
    correlation : int
    wanted : iterable of Wanted
        The broker fills its answer in this order.
    max_bytes, partition_bytes : int
        Upper limit of the answer and of each partition in it, > 0. The first batch
        comes whole even if it alone is bigger.
    wait_ms : int
        How long the broker may wait for the first record, >= 0.
    committed : bool
        Nothing of open transactions, and the aborted ones named.

    Returns
    -------
    bytes
    """
    topics: dict[str, list[bytes]] = {}
    for one in wanted:
        numbers = (one.number, one.leader_epoch, one.offset, one.fetched_epoch, -1)
        encoded = _FETCH_PARTITION.pack(*numbers, partition_bytes) + NO_TAGS
        topics.setdefault(one.topic, []).append(encoded)
    # No replica, at least one byte, no session (id 0, epoch -1).
    body = _FETCH_REQUEST.pack(-1, wait_ms, 1, max_bytes, committed, 0, -1)
    body += compact_array(
        [
            compact_string(topic) + compact_array(partitions) + NO_TAGS
            for topic, partitions in topics.items()
        ]
    )
    body += compact_array([]) + compact_string("") + NO_TAGS
    return request(FETCH, 12, correlation, client=CLIENT, body=body)


def parse_fetch(answer: memoryview) -> tuple[int, list[FetchedPartition]]:
    """Read what came of each partition, without looking into the record batches.

    Parameters
    ----------
    answer : memoryview
        Without its length.

    Returns
    -------
    int
        Kafka's number of an error of the whole request, 0: none.
    list of FetchedPartition

    Raises
    ------
    KafkaError
        If the answer is cut off.
    """
    reader = WireReader(answer)
    _skip_header(reader)
    _, error, _ = reader.fields(_FETCHED)
    found = []
    for _ in range(reader.length()):
        topic = reader.text()
        found += [_fetched_partition(reader, topic) for _ in range(reader.length())]
        reader.tags()
    return error, found


def _fetched_partition(reader: WireReader, topic: str) -> FetchedPartition:
    number, error, *_ = reader.fields(_FETCHED_PARTITION)
    aborted = []
    for _ in range(reader.length()):
        producer, first = reader.fields(_ABORTED)
        aborted.append(Aborted(first_offset=first, producer_id=producer))
        reader.tags()
    reader.fields(_INT32)
    n_bytes = max(0, reader.length())
    start = reader.skip(n_bytes)
    diverging = reader.tags().get(_DIVERGING_TAG)
    return FetchedPartition(
        topic=topic,
        number=number,
        error=error,
        diverging=_pair(diverging.fields(_EPOCH_END)) if diverging else None,
        aborted=tuple(aborted),
        start=start,
        end=start + n_bytes,
    )


def _pair(fields: tuple[int, ...]) -> tuple[int, int]:
    first, second = fields
    return first, second


def _skip_header(reader: WireReader) -> None:
    reader.fields(_INT32)
    reader.tags()
