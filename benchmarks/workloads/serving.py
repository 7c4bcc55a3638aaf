"""What the canned broker answers, and the sockets it answers on."""

import socket
import threading
import time
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from struct import Struct, pack, unpack_from

from kafka.protocol.consumer import (
    FetchRequest,
    ListOffsetsRequest,
    ListOffsetsResponse,
)
from kafka.protocol.metadata import (
    ApiVersionsResponse,
    FindCoordinatorResponse,
    MetadataRequest,
    MetadataResponse,
)

FETCH, LIST_OFFSETS, METADATA, FIND_COORDINATOR, API_VERSIONS = 1, 2, 3, 10, 18
VERSIONS = {LIST_OFFSETS: (1, 6), METADATA: (0, 9), FIND_COORDINATOR: (0, 3)}
UNKNOWN_TOPIC, UNSUPPORTED_VERSION, OUT_OF_RANGE = 3, 35, 1
EARLIEST, LATEST = -2, -1
NODE, LEADER_EPOCH = 1, 0
FLEXIBLE_FETCH = 12
# What one call to the kernel takes.
_PIECES_MAX = 1024
_EMPTY_WAIT_S_MAX = 0.5

_LENGTH = Struct(">i")
_OFFSET = Struct(">q")
_PARTITION = Struct(">ihqq")
Piece = bytes | memoryview


@dataclass(frozen=True, slots=True)
class Answer:
    """Batches of one partition, ready to be sent."""

    error: int
    pieces: list[Piece]
    n_bytes: int


class Recording:
    """Batches of one topic, served `repeat` times under rising offsets.

    Parameters
    ----------
    batches : sequence of bytes
        Record batches of format v2, as recorded; gaps between them stay.
    repeat : int
        >= 1.
    """

    def __init__(self, batches: Sequence[bytes], repeat: int) -> None:
        bases = [_OFFSET.unpack_from(batch)[0] for batch in batches]
        self._bodies = [memoryview(batch)[8:] for batch in batches]
        self._bases = [base - bases[0] for base in bases]
        last_delta: int = unpack_from(">i", batches[-1], 23)[0]
        self._n_offsets = self._bases[-1] + last_delta + 1
        self.end = self._n_offsets * repeat

    def from_offset(self, offset: int, most: int, *, partial: bool) -> Answer:
        """Return whole batches from the one that holds `offset` on.

        Parameters
        ----------
        offset : int
        most : int
            Bytes; the first batch is returned even if it has more.
        partial : bool
            Fill what is left with the beginning of the next batch.
        """
        if not 0 <= offset <= self.end:
            return Answer(OUT_OF_RANGE, [], 0)
        turn, within = divmod(offset, self._n_offsets)
        index = bisect_right(self._bases, within) - 1
        pieces: list[Piece] = []
        n_bytes = 0
        while turn * self._n_offsets < self.end:
            body = self._bodies[index]
            if n_bytes and n_bytes + 8 + len(body) > most:
                break
            base = turn * self._n_offsets + self._bases[index]
            pieces += [_OFFSET.pack(base), body]
            n_bytes += 8 + len(body)
            index += 1
            if index == len(self._bodies):
                index, turn = 0, turn + 1
        room = most - n_bytes
        if partial and room > 0 and turn * self._n_offsets < self.end:
            base = turn * self._n_offsets + self._bases[index]
            cut = (_OFFSET.pack(base) + bytes(self._bodies[index][:room]))[:room]
            pieces.append(cut)
            n_bytes += len(cut)
        return Answer(0, pieces, n_bytes)


class Catalogue:
    """The topics, and what is answered about them.

    Parameters
    ----------
    topics, repeat, n_partitions, partial, fetch_versions
        As of `CannedBroker`.
    """

    def __init__(
        self,
        topics: Mapping[str, Sequence[bytes]],
        *,
        repeat: int,
        n_partitions: int,
        partial: bool,
        fetch_versions: tuple[int, int],
    ) -> None:
        self._topics = {
            name: Recording(batches, repeat) for name, batches in topics.items()
        }
        self._numbers = range(n_partitions)
        self._partial = partial
        self._versions = {FETCH: fetch_versions, **VERSIONS, API_VERSIONS: (0, 3)}
        self.address = ("127.0.0.1", 0)

    def answer(self, request: bytes) -> list[Piece]:
        """Return the answer to one request, without its length, in pieces.

        Raises
        ------
        ValueError
            If it is one that this broker does not know.
        """
        api, version, correlation = unpack_from(">hhi", request)
        first, last = self._versions.get(api, (0, -1))
        if api == API_VERSIONS:
            return [self._api_versions(min(version, last), version, correlation)]
        if not first <= version <= last:
            msg = f"request {api} of version {version}: must be {first} to {last}"
            raise ValueError(msg)
        if api == FETCH:
            return self._fetch(request, version, correlation)
        make = {
            LIST_OFFSETS: self._list_offsets,
            METADATA: self._metadata,
            FIND_COORDINATOR: self._find_coordinator,
        }[api]
        return [_encoded(make(request, version), correlation)]

    def _api_versions(self, known: int, asked: int, correlation: int) -> bytes:
        keys = [
            ApiVersionsResponse.ApiVersion(
                api_key=api, min_version=first, max_version=last
            )
            for api, (first, last) in self._versions.items()
        ]
        # An unknown version is answered in the oldest, which every client reads.
        fine = known == asked
        response = ApiVersionsResponse(
            version=asked if fine else 0,
            error_code=0 if fine else UNSUPPORTED_VERSION,
            api_keys=keys,
            throttle_time_ms=0,
        )
        return _encoded(response, correlation)

    def _metadata(self, request: bytes, version: int) -> MetadataResponse:
        asked = MetadataRequest.decode(request, version=version, header=True).topics
        names = [one.name for one in asked] if asked else list(self._topics)
        host, port = self.address
        broker = MetadataResponse.MetadataResponseBroker(
            node_id=NODE, host=host, port=port, rack=None
        )
        return MetadataResponse(
            version=version,
            throttle_time_ms=0,
            brokers=[broker],
            cluster_id="canned",
            controller_id=NODE,
            topics=[self._metadata_topic(name) for name in names],
        )

    def _metadata_topic(self, name: str) -> MetadataResponse.MetadataResponseTopic:
        known = name in self._topics
        topic = MetadataResponse.MetadataResponseTopic
        partitions = [
            topic.MetadataResponsePartition(
                error_code=0,
                partition_index=number,
                leader_id=NODE,
                leader_epoch=LEADER_EPOCH,
                replica_nodes=[NODE],
                isr_nodes=[NODE],
                offline_replicas=[],
            )
            for number in self._numbers
        ]
        return topic(
            error_code=0 if known else UNKNOWN_TOPIC,
            name=name,
            is_internal=False,
            partitions=partitions if known else [],
        )

    def _list_offsets(self, request: bytes, version: int) -> ListOffsetsResponse:
        asked = ListOffsetsRequest.decode(request, version=version, header=True)
        answered = ListOffsetsResponse.ListOffsetsTopicResponse
        return ListOffsetsResponse(
            version=version,
            throttle_time_ms=0,
            topics=[
                answered(
                    name=topic.name,
                    partitions=[
                        answered.ListOffsetsPartitionResponse(
                            partition_index=one.partition_index,
                            error_code=0,
                            timestamp=-1,
                            offset=self._topics[topic.name].end
                            if one.timestamp == LATEST
                            else 0,
                            leader_epoch=LEADER_EPOCH,
                        )
                        for one in topic.partitions
                    ],
                )
                for topic in asked.topics
            ],
        )

    def _find_coordinator(self, _: bytes, version: int) -> FindCoordinatorResponse:
        host, port = self.address
        return FindCoordinatorResponse(
            version=version,
            throttle_time_ms=0,
            error_code=0,
            error_message=None,
            node_id=NODE,
            host=host,
            port=port,
        )

    def _fetch(self, request: bytes, version: int, correlation: int) -> list[Piece]:
        asked = FetchRequest.decode(request, version=version, header=True)
        pieces: list[Piece] = [_fetch_head(asked, version, correlation)]
        room, found = asked.max_bytes, False
        for topic in asked.topics:
            pieces.append(_topic_head(topic.topic, len(topic.partitions), version))
            for one in topic.partitions:
                most = min(one.partition_max_bytes, room)
                if room > 0:
                    answer = self._read(topic.topic, one.fetch_offset, most)
                else:
                    answer = Answer(0, [], 0)
                room -= answer.n_bytes
                found |= bool(answer.n_bytes) or bool(answer.error)
                end = self._topics[topic.topic].end
                pieces.append(_partition_head(one.partition, answer, end, version))
                pieces += answer.pieces
                pieces.append(_tags(version))
            pieces.append(_tags(version))
        pieces.append(_tags(version))
        if not found:
            time.sleep(min(asked.max_wait_ms / 1000, _EMPTY_WAIT_S_MAX))
        return pieces

    def _read(self, topic: str, offset: int, most: int) -> Answer:
        return self._topics[topic].from_offset(offset, most, partial=self._partial)


def _encoded(response: object, correlation: int) -> bytes:
    response.with_header(correlation_id=correlation)
    return bytes(response.encode(header=True))


def _tags(version: int) -> bytes:
    return b"\0" if version >= FLEXIBLE_FETCH else b""


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])


def _count(number: int, version: int) -> bytes:
    return _varint(number + 1) if version >= FLEXIBLE_FETCH else _LENGTH.pack(number)


def _fetch_head(asked: FetchRequest, version: int, correlation: int) -> bytes:
    head = _LENGTH.pack(correlation) + _tags(version) + _LENGTH.pack(0)
    if version >= 7:
        head += pack(">hi", 0, 0)  # no error, no session
    return head + _count(len(asked.topics), version)


def _topic_head(topic: str, n_partitions: int, version: int) -> bytes:
    name = topic.encode()
    if version >= FLEXIBLE_FETCH:
        head = _varint(len(name) + 1)
    else:
        head = pack(">h", len(name))
    return head + name + _count(n_partitions, version)


def _partition_head(number: int, answer: Answer, end: int, version: int) -> bytes:
    head = _PARTITION.pack(number, answer.error, end, end)
    if version >= 5:
        head += _OFFSET.pack(0)
    head += _count(0, version)  # no aborted transactions
    if version >= 11:
        head += _LENGTH.pack(-1)  # no other replica to read from
    return head + _count(answer.n_bytes, version)


def serve(catalogue: Catalogue, port: int, *, until: Iterable[None]) -> None:
    """Print the address, then answer every connection until `until` ends.

    Parameters
    ----------
    catalogue : Catalogue
    port : int
        0: a free one.
    until : iterable
        Its end is the end.
    """
    with socket.create_server(("127.0.0.1", port)) as listener:
        catalogue.address = listener.getsockname()
        host, port = catalogue.address
        print(f"{host}:{port}", flush=True)
        threading.Thread(
            target=_accept, args=(listener, catalogue), daemon=True
        ).start()
        for _ in until:
            pass


def _accept(listener: socket.socket, catalogue: Catalogue) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return  # closed
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
        threading.Thread(
            target=_talk, args=(connection, catalogue), daemon=True
        ).start()


def _talk(connection: socket.socket, catalogue: Catalogue) -> None:
    with connection, connection.makefile("rb") as requests:
        try:
            while prefix := requests.read(_LENGTH.size):
                request = requests.read(_LENGTH.unpack(prefix)[0])
                pieces = catalogue.answer(request)
                n_bytes = sum(map(len, pieces))
                _send(connection, [_LENGTH.pack(n_bytes), *pieces])
        except OSError:
            pass  # the client went away


def _send(connection: socket.socket, pieces: list[Piece]) -> None:
    for first in range(0, len(pieces), _PIECES_MAX):
        some = pieces[first : first + _PIECES_MAX]
        n_sent = connection.sendmsg(some)
        while n_sent < sum(map(len, some)):
            some = _after(some, n_sent)
            n_sent = connection.sendmsg(some)


def _after(pieces: list[Piece], n_sent: int) -> list[Piece]:
    """Return what is left of the pieces once the first bytes of them are sent."""
    for index, piece in enumerate(pieces):
        if n_sent < len(piece):
            return [memoryview(piece)[n_sent:], *pieces[index + 1 :]]
        n_sent -= len(piece)
    return []
