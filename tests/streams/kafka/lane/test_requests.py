"""What the lane writes is read by the client's own code, and the other way round."""

from kafka.protocol.consumer import (
    FetchRequest,
    FetchResponse,
    ListOffsetsRequest,
    ListOffsetsResponse,
)
from kafka.protocol.metadata import (
    ApiVersionsRequest,
    ApiVersionsResponse,
    MetadataRequest,
    MetadataResponse,
)

from streams.kafka.batches import Aborted
from streams.kafka.lane.requests import (
    EARLIEST,
    FetchedPartition,
    Leader,
    Wanted,
    fetch_request,
    metadata_request,
    offset_request,
    parse_fetch,
    parse_metadata,
    parse_offset,
    parse_versions,
    versions_request,
)


def framed(encoded):
    """Check the length in front; return what follows it."""
    assert int.from_bytes(encoded[:4], "big") == len(encoded) - 4
    return encoded[4:]


def answer(response):
    response.with_header(correlation_id=9)
    return memoryview(bytes(response.encode(header=True)))


def test_versions_are_asked_for_and_read():
    asked = ApiVersionsRequest.decode(
        framed(versions_request(3)), version=0, header=True
    )
    assert asked.header.correlation_id == 3
    key = ApiVersionsResponse.ApiVersion
    keys = [
        key(api_key=1, min_version=4, max_version=17),
        key(api_key=3, min_version=0, max_version=13),
    ]
    response = ApiVersionsResponse(version=0, error_code=0, api_keys=keys)
    assert parse_versions(answer(response)) == {1: (4, 17), 3: (0, 13)}


def test_metadata_are_asked_for_and_read():
    request = framed(metadata_request(4, ["t", "u"]))
    asked = MetadataRequest.decode(request, version=9, header=True)
    assert [topic.name for topic in asked.topics] == ["t", "u"]
    assert not asked.allow_auto_topic_creation
    topic = MetadataResponse.MetadataResponseTopic
    partition = topic.MetadataResponsePartition
    lists = {"replica_nodes": [1, 2], "isr_nodes": [1], "offline_replicas": [2]}
    response = MetadataResponse(
        version=9,
        throttle_time_ms=0,
        brokers=[
            MetadataResponse.MetadataResponseBroker(
                node_id=1, host="one", port=91, rack="r"
            )
        ],
        cluster_id="c",
        controller_id=1,
        topics=[
            topic(
                error_code=0,
                name="t",
                is_internal=False,
                partitions=[
                    partition(
                        error_code=0,
                        partition_index=3,
                        leader_id=1,
                        leader_epoch=8,
                        **lists,
                    ),
                    partition(
                        error_code=5,
                        partition_index=4,
                        leader_id=-1,
                        leader_epoch=7,
                        **lists,
                    ),
                ],
            ),
            topic(error_code=3, name="u", is_internal=False, partitions=[]),
        ],
    )
    assert parse_metadata(answer(response)) == {
        ("t", 3): Leader("one", 91, 8, 0),
        ("t", 4): Leader("", 0, 7, 5),
        ("u", -1): Leader("", 0, -1, 3),
    }


def test_offsets_are_asked_for_and_read():
    wanted = Wanted("t", 3, 100, 8, 7)
    request = framed(offset_request(5, wanted, which=EARLIEST, committed=True))
    asked = ListOffsetsRequest.decode(request, version=6, header=True)
    (topic,) = asked.topics
    (one,) = topic.partitions
    assert (asked.isolation_level, topic.name) == (1, "t")
    assert (one.partition_index, one.current_leader_epoch, one.timestamp) == (3, 8, -2)
    answered = ListOffsetsResponse.ListOffsetsTopicResponse

    def response(error):
        partition = answered.ListOffsetsPartitionResponse(
            partition_index=3, error_code=error, timestamp=-1, offset=55, leader_epoch=8
        )
        topics = [answered(name="t", partitions=[partition])]
        return ListOffsetsResponse(version=6, throttle_time_ms=0, topics=topics)

    assert parse_offset(answer(response(0))) == 55
    assert parse_offset(answer(response(6))) == -1


def test_records_are_asked_for_without_a_session():
    wanted = [
        Wanted("t", 3, 100, 8, 7),
        Wanted("u", 0, 5, 1, -1),
        Wanted("t", 1, 0, 2, -1),
    ]
    limits = {"max_bytes": 999, "partition_bytes": 99, "wait_ms": 50}
    request = framed(fetch_request(6, wanted, committed=True, **limits))
    asked = FetchRequest.decode(request, version=12, header=True)
    assert (asked.session_id, asked.session_epoch, asked.isolation_level) == (0, -1, 1)
    assert (asked.max_bytes, asked.min_bytes, asked.max_wait_ms) == (999, 1, 50)
    found = [
        (
            topic.topic,
            one.partition,
            one.fetch_offset,
            one.current_leader_epoch,
            one.last_fetched_epoch,
            one.partition_max_bytes,
        )
        for topic in asked.topics
        for one in topic.partitions
    ]
    assert found == [
        ("t", 3, 100, 8, 7, 99),
        ("t", 1, 0, 2, -1, 99),
        ("u", 0, 5, 1, -1, 99),
    ]


def test_records_are_found_in_the_answer():
    answered = FetchResponse.FetchableTopicResponse
    data = answered.PartitionData
    ends = {"high_watermark": 60, "last_stable_offset": 55, "log_start_offset": 2}
    partitions = [
        data(
            partition_index=0,
            error_code=0,
            aborted_transactions=[
                data.AbortedTransaction(producer_id=12, first_offset=34)
            ],
            preferred_read_replica=-1,
            records=b"abc",
            **ends,
        ),
        data(
            partition_index=1,
            error_code=0,
            diverging_epoch=data.EpochEndOffset(epoch=4, end_offset=44),
            current_leader=data.LeaderIdAndEpoch(leader_id=1, leader_epoch=9),
            aborted_transactions=None,
            preferred_read_replica=-1,
            records=None,
            **ends,
        ),
    ]
    response = FetchResponse(
        version=12,
        throttle_time_ms=0,
        error_code=0,
        session_id=0,
        responses=[answered(topic="t", partitions=partitions)],
    )
    encoded = answer(response)
    error, (first, second) = parse_fetch(encoded)
    assert error == 0
    assert bytes(encoded[first.start : first.end]) == b"abc"
    assert first == FetchedPartition(
        topic="t",
        number=0,
        error=0,
        diverging=None,
        aborted=(Aborted(first_offset=34, producer_id=12),),
        start=first.start,
        end=first.end,
    )
    assert (second.number, second.diverging, second.aborted) == (1, (4, 44), ())
    assert second.start == second.end
