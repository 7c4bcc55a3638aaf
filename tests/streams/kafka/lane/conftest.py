"""A broker that says what a test wants, and one that serves what a test recorded."""

import socket
import struct
import threading
from contextlib import suppress

import pytest
from kafka.protocol.consumer import (
    FetchRequest,
    FetchResponse,
    ListOffsetsRequest,
    ListOffsetsResponse,
)
from kafka.protocol.metadata import (
    ApiVersionsResponse,
    MetadataRequest,
    MetadataResponse,
)
from kafka.record.default_records import DefaultRecordBatchBuilder

FETCH, LIST_OFFSETS, METADATA, API_VERSIONS = 1, 2, 3, 18


class ScriptedBroker:
    """Answers each fetch by the next step of `script`; without one it stays silent.

    A step takes the request's partitions, {(topic, number): asked}, and returns the
    fields of each partition's answer, or None to hang up. `leaders` says by (topic,
    number) which broker leads, and in which epoch; `asked` is what was fetched.
    """

    def __init__(self):
        self.script = []
        self.leaders: dict[tuple[str, int], tuple[ScriptedBroker, int]] = {}
        self.ranges = {FETCH: (4, 17), LIST_OFFSETS: (1, 9), METADATA: (0, 12)}
        self.offsets = (0, 0)
        self.asked: list[dict] = []
        self.n_metadata = 0
        self.hello: bytes | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self):
        for one in (self._listener, *self._open):
            # Closing alone would not wake the thread that waits in it.
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._thread.join()

    def _accept(self):
        threads = []
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                break
            self._open.append(connection)
            threads.append(threading.Thread(target=self._talk, args=(connection,)))
            threads[-1].start()
        for thread in threads:
            thread.join()

    def _talk(self, connection):
        with connection, connection.makefile("rb") as requests:
            try:
                while prefix := requests.read(4):
                    request = requests.read(struct.unpack(">i", prefix)[0])
                    answer = self.hello or self._answer(request)
                    if answer is None:
                        return
                    connection.sendall(answer)
            except OSError:
                pass

    def _answer(self, request):
        api, version, correlation = struct.unpack_from(">hhi", request)
        make = {
            API_VERSIONS: self._versions,
            METADATA: self._metadata,
            LIST_OFFSETS: self._list_offsets,
            FETCH: self._fetch,
        }[api]
        response = make(request, version)
        if response is None:
            return None
        response.with_header(correlation_id=correlation)
        return bytes(response.encode(header=True, framed=True))

    def _versions(self, request, version):
        keys = [
            ApiVersionsResponse.ApiVersion(api_key=a, min_version=x, max_version=y)
            for a, (x, y) in self.ranges.items()
        ]
        return ApiVersionsResponse(version=version, error_code=0, api_keys=keys)

    def _metadata(self, request, version):
        self.n_metadata += 1
        asked = MetadataRequest.decode(request, version=version, header=True)
        brokers = {leader.port: leader for leader, _ in self.leaders.values()}
        broker = MetadataResponse.MetadataResponseBroker
        return MetadataResponse(
            version=version,
            throttle_time_ms=0,
            brokers=[
                broker(node_id=port, host="127.0.0.1", port=port, rack=None)
                for port in brokers
            ],
            cluster_id="scripted",
            controller_id=1,
            topics=[self._metadata_topic(topic.name) for topic in asked.topics],
        )

    def _metadata_topic(self, name):
        topic = MetadataResponse.MetadataResponseTopic
        partitions = [
            topic.MetadataResponsePartition(
                error_code=0,
                partition_index=number,
                leader_id=leader.port,
                leader_epoch=epoch,
                replica_nodes=[],
                isr_nodes=[],
                offline_replicas=[],
            )
            for (known, number), (leader, epoch) in self.leaders.items()
            if known == name
        ]
        error = 0 if partitions else 3
        return topic(
            error_code=error, name=name, is_internal=False, partitions=partitions
        )

    def _list_offsets(self, request, version):
        asked = ListOffsetsRequest.decode(request, version=version, header=True)
        (topic,) = asked.topics
        (one,) = topic.partitions
        answered = ListOffsetsResponse.ListOffsetsTopicResponse
        partition = answered.ListOffsetsPartitionResponse(
            partition_index=one.partition_index,
            error_code=0,
            timestamp=-1,
            offset=self.offsets[1 if one.timestamp == -1 else 0],
            leader_epoch=0,
        )
        topics = [answered(name=topic.name, partitions=[partition])]
        return ListOffsetsResponse(version=version, throttle_time_ms=0, topics=topics)

    def _fetch(self, request, version):
        asked = FetchRequest.decode(request, version=version, header=True)
        wanted = {
            (topic.topic, one.partition): one
            for topic in asked.topics
            for one in topic.partitions
        }
        self.asked.append(wanted)
        answers = self.script.pop(0)(wanted) if self.script else {}
        if answers is None:
            return None
        if not answers:
            threading.Event().wait(0.02)
        answered = FetchResponse.FetchableTopicResponse
        fields = {"error_code": 0, "log_start_offset": 0, "aborted_transactions": None}
        topics = [
            answered(
                topic=topic,
                partitions=[
                    answered.PartitionData(
                        partition_index=number,
                        high_watermark=0,
                        last_stable_offset=0,
                        preferred_read_replica=-1,
                        **{"records": b"", **fields, **given},
                    )
                ],
            )
            for (topic, number), given in answers.items()
        ]
        return FetchResponse(
            version=version,
            throttle_time_ms=0,
            error_code=0,
            session_id=0,
            responses=topics,
        )


@pytest.fixture
def scripted():
    """Make scripted brokers: the first leads partition 0 of "t" in epoch 5."""
    made = []

    def make():
        broker = ScriptedBroker()
        broker.leaders["t", 0] = (broker, 5)
        made.append(broker)
        return broker

    yield make
    for broker in made:
        broker.close()


@pytest.fixture
def batch_of():
    """Make one record batch: `batch_of(7, [b"a"], epoch=3)` begins at offset 7."""

    def make(first, values, *, epoch=0, producer=-1, transactional=False, codec=0):
        builder = DefaultRecordBatchBuilder(
            magic=2,
            compression_type=codec,
            is_transactional=transactional,
            producer_id=producer,
            producer_epoch=0 if producer >= 0 else -1,
            base_sequence=0 if producer >= 0 else -1,
            batch_size=1 << 20,
        )
        for index, value in enumerate(values):
            builder.append(index, 1000 + index, None, value, [])
        batch = builder.build()
        struct.pack_into(">q", batch, 0, first)
        struct.pack_into(">i", batch, 12, epoch)
        return bytes(batch)

    return make


@pytest.fixture
def marker_of(batch_of):
    """Make a control batch that ends a transaction: `marker_of(9, 77, abort=True)`."""
    import crc32c  # noqa: PLC0415

    def make(offset, producer, *, abort):
        builder = DefaultRecordBatchBuilder(
            magic=2,
            compression_type=0,
            is_transactional=True,
            producer_id=producer,
            producer_epoch=0,
            base_sequence=0,
            batch_size=1 << 20,
        )
        key = struct.pack(">hh", 0, 0 if abort else 1)
        builder.append(0, 1000, key, struct.pack(">hi", 0, 0), [])
        batch = builder.build()
        struct.pack_into(">q", batch, 0, offset)
        (attributes,) = struct.unpack_from(">h", batch, 21)
        struct.pack_into(">h", batch, 21, attributes | 0x20)
        struct.pack_into(">I", batch, 17, crc32c.crc32c(memoryview(batch)[21:]))
        return bytes(batch)

    return make
