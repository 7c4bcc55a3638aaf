import pytest

from streams.errors import CoPartitionError, TopicNotFoundError
from streams.kafka import KafkaConfiguration
from streams.kafka.topics import make_topic, partition_counts

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


def test_topic_is_made_once_and_of_the_size_asked_for(kafka_broker):
    configuration = KafkaConfiguration((kafka_broker.address,))
    make_topic(configuration, "made-here", n_partitions=3)
    make_topic(configuration, "made-here", n_partitions=3)
    assert partition_counts(configuration, ["made-here"]) == {"made-here": 3}
    with pytest.raises(CoPartitionError, match=r"made-here has 3, .* has 2"):
        make_topic(configuration, "made-here", n_partitions=2)
    with pytest.raises(TopicNotFoundError, match="there is made-here"):
        partition_counts(configuration, ["made-her"])
