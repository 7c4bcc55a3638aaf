"""The fetch lane as a way to read the partitions of a source."""

from collections.abc import Mapping, Sequence

from streams.kafka.configuration import KafkaConfiguration
from streams.kafka.lane import FetchLane
from streams.records import RecordBatch


class LanePoller:
    """Reads past the client; see `streams.kafka.transport.Poller`.

    Parameters
    ----------
    configuration : KafkaConfiguration
        How to reach the brokers.
    timeout_s : float
        How long they may take to answer, > 0.
    """

    name = "lane"
    reason = "asked for"

    def __init__(self, configuration: KafkaConfiguration, *, timeout_s: float) -> None:
        self._configuration = configuration
        self._timeout_s = timeout_s
        self._offsets: dict[str, int] = {}
        self._lane: FetchLane | None = None

    def poll(self, timeout_s: float, max_records: int) -> list[RecordBatch]:
        """Return the next records of one partition; see `Poller.poll`."""
        # Opened late: seeks before the first record then cost nothing.
        lane = self._lane = self._lane or self._open()
        batch = lane.poll(timeout_s, max_records)
        return [] if batch is None else [batch]

    def _open(self) -> FetchLane:
        return FetchLane(
            self._configuration,
            self._offsets,
            committed=self._configuration.isolation_level == "read_committed",
            timeout_s=self._timeout_s,
        )

    def seek(self, offsets: Mapping[str, int]) -> None:
        """Go on at these offsets; the others stay where they are."""
        self._offsets.update(offsets)
        if self._lane is not None:
            self._lane.seek(offsets)

    def positions(self, names: Sequence[str]) -> dict[str, int]:
        """Return the next offset of partitions; see `Poller.positions`."""
        if self._lane is None:
            return {name: self._offsets[name] for name in names}
        offsets = self._lane.position().to_json()
        return {name: offsets[name] for name in names}

    def close(self) -> None:
        """Cut the connections; a second call does nothing."""
        if self._lane is not None:
            self._lane.close()
