"""Which member of a group reads which partitions: a number of all topics at once.

The state of a site is folded from several topics, so partition 3 of each of them must
go to the same member. Kafka's own assignors spread topics one by one. This one shares
out *numbers*, moves as few as it can, and moves each in two rounds: its owner gives it
up (and saves its state) before anybody else gets it.

References
----------
KIP-429 (Apache Kafka, 2019): incremental cooperative rebalancing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from kafka.coordinator.assignors.abstract import (
    AbstractPartitionAssignor,
    RebalanceProtocol,
)
from kafka.protocol.consumer.metadata import (
    ConsumerProtocolAssignment,
    ConsumerProtocolSubscription,
)

_VERSION = 1  # of the metadata: the first that tells what a member owns


def share_out(
    n_partitions: int, owned: Mapping[str, Sequence[int]]
) -> dict[str, list[int]]:
    """Share the numbers 0..n-1 evenly among members, one round.

    Parameters
    ----------
    n_partitions : int
        Numbers to share, >= 0.
    owned : Mapping of str to sequence of int
        What each member owns now. A number that two members claim is given to neither:
        both let go of it, and it is shared in the next round.

    Returns
    -------
    dict of str to list of int
        For each member, sorted. A number that moves is in nobody's list in the first
        round, and in that of its new owner in the second.

    Examples
    --------
    >>> share_out(4, {"a": [0, 1, 2, 3], "b": []})
    {'a': [0, 1], 'b': []}
    >>> share_out(4, {"a": [0, 1], "b": []})
    {'a': [0, 1], 'b': [2, 3]}
    """
    claims = Counter(number for numbers in owned.values() for number in set(numbers))
    held = {
        member: sorted(n for n in set(numbers) if n < n_partitions and claims[n] == 1)
        for member, numbers in owned.items()
    }
    least, n_larger = divmod(n_partitions, len(held))
    # Those that hold most may keep one more, so that fewest move.
    by_size = sorted(held, key=lambda member: (-len(held[member]), member))
    room = {m: least + (place < n_larger) for place, m in enumerate(by_size)}
    shares = {member: held[member][: room[member]] for member in sorted(held)}
    for number in (n for n in range(n_partitions) if not claims[n]):
        member = min(shares, key=lambda m: (len(shares[m]) - room[m], m))
        shares[member].append(number)
    return {member: sorted(numbers) for member, numbers in shares.items()}


class CoPartitionedAssignor(AbstractPartitionAssignor):  # type: ignore[misc]
    """Give each member the same partition numbers of every topic, cooperatively."""

    name = "millstream-copartitioned"

    def __init__(self) -> None:
        self._owned: list[Any] = []

    def forget(self) -> None:
        """Note that nothing is owned any more: the group went on without us."""
        self._owned = []

    def supported_protocols(self) -> list[RebalanceProtocol]:
        """Return the only one: members keep what they own during a rebalance."""
        return [RebalanceProtocol.COOPERATIVE]

    def metadata(self, topics: set[str]) -> ConsumerProtocolSubscription:
        """Tell the leader of the group what this member reads and owns."""
        place = ConsumerProtocolSubscription.TopicPartition
        numbers: dict[str, list[int]] = {}
        for topic, number in self._owned:
            numbers.setdefault(topic, []).append(number)
        return ConsumerProtocolSubscription(
            version=_VERSION,
            topics=sorted(topics),
            user_data=b"",
            owned_partitions=[
                place(topic=topic, partitions=sorted(found))
                for topic, found in sorted(numbers.items())
            ],
        )

    def assign(self, cluster: Any, members: Sequence[Any]) -> dict[str, Any]:  # noqa: ANN401
        """Share out all partitions, as the leader of the group."""
        topics = sorted({topic for m in members for topic in m.metadata.topics})
        counts = {topic: cluster.partitions_for_topic(topic) or () for topic in topics}
        owned = {
            member.member_id: sorted(
                {
                    number
                    for place in member.metadata.owned_partitions or ()
                    for number in place.partitions
                }
            )
            for member in members
        }
        shares = share_out(max(map(len, counts.values()), default=0), owned)
        return {
            member: ConsumerProtocolAssignment(
                _VERSION,
                [
                    (topic, [n for n in numbers if n in counts[topic]])
                    for topic in topics
                ],
                b"",
            )
            for member, numbers in shares.items()
        }

    def on_assignment(
        self,
        assignment: Any,  # noqa: ANN401
        generation: int,  # noqa: ARG002
    ) -> None:
        """Note what this member owns from now on."""
        self._owned = [
            (place.topic, place.partition) for place in assignment.partitions()
        ]
