from streams.kafka.group import GroupSource
from twin.live.membership import Group


def test_group_of_kafka_has_all_that_a_worker_needs():
    needed = {name for name in vars(Group) if not name.startswith("_")}
    assert len(needed) > 10
    assert needed <= set(dir(GroupSource))
