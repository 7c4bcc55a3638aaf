"""What the client tells of a rebalance, as plain calls."""

from collections.abc import Callable

from kafka import ConsumerRebalanceListener, TopicPartition

Told = Callable[[set[TopicPartition]], None]


class RebalanceListener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Passes on what becomes of partitions, on the client's thread.

    Parameters
    ----------
    assigned : callable
        Called with new partitions, before anything of them is read.
    revoked : callable
        Called with partitions that go, before anybody else has them.
    lost : callable
        Called with partitions that somebody else may have by now.
    """

    def __init__(self, assigned: Told, *, revoked: Told, lost: Told) -> None:
        self._assigned = assigned
        self._revoked = revoked
        self._lost = lost

    def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Pass on new partitions."""
        self._assigned(assigned)

    def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Pass on partitions that go."""
        self._revoked(revoked)

    def on_partitions_lost(self, lost: set[TopicPartition]) -> None:
        """Pass on partitions that are gone."""
        self._lost(lost)
