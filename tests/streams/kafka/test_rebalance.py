from kafka import TopicPartition

from streams.kafka.rebalance import RebalanceListener


def test_each_fate_of_partitions_is_passed_on():
    heard = []
    listener = RebalanceListener(
        lambda places: heard.append(("assigned", places)),
        revoked=lambda places: heard.append(("revoked", places)),
        lost=lambda places: heard.append(("lost", places)),
    )
    one, two = {TopicPartition("a", 0)}, {TopicPartition("a", 1)}
    listener.on_partitions_assigned(one | two)
    listener.on_partitions_revoked(one)
    listener.on_partitions_lost(two)
    assert heard == [("assigned", one | two), ("revoked", one), ("lost", two)]
