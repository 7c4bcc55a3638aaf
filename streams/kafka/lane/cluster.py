"""Who leads which partition, and a reader for each leader."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from kafka.errors import for_code

from streams.errors import (
    BrokerUnreachableError,
    PositionError,
    TopicNotFoundError,
)
from streams.kafka.lane.connection import Connection
from streams.kafka.lane.reader import Answer, LeaderMoved, LeaderReader, Limits
from streams.kafka.lane.requests import (
    EARLIEST,
    LATEST,
    Leader,
    Wanted,
    metadata_request,
    offset_request,
    parse_metadata,
    parse_offset,
)

if TYPE_CHECKING:
    from queue import SimpleQueue

# Partitions of a leader share an answer, so that all of them move on together; but a
# part smaller than this would split what producers sent as one batch.
_PARTITION_BYTES_MIN = 1 << 18
_UNKNOWN_TOPIC = 3
_Address = tuple[str, int]


class Cluster:
    """The brokers, as far as they are known.

    Parameters
    ----------
    servers : sequence of str
        ``host:port`` of brokers to ask first.
    timeout_s : float
        How long one may take to connect and to answer, > 0.
    """

    def __init__(self, servers: Sequence[str], timeout_s: float) -> None:
        self._servers = [_address(server) for server in servers]
        self._timeout_s = timeout_s
        self._seen: dict[_Address, None] = {}

    def _connect(self, address: _Address) -> Connection:
        return Connection(*address, self._timeout_s)

    def _leaders(self, topics: Iterable[str]) -> dict[tuple[str, int], Leader]:
        """Ask one broker after the other who leads."""
        names = sorted(set(topics))
        causes = []
        for address in dict.fromkeys([*self._servers, *self._seen]):
            try:
                with closing(self._connect(address)) as connection:
                    answer = connection.ask(lambda n: metadata_request(n, names))
            except BrokerUnreachableError as error:
                causes.append(str(error))
            else:
                return parse_metadata(answer)
        raise BrokerUnreachableError("; ".join(causes))

    def _led(self, wanted: Iterable[Wanted]) -> list[tuple[_Address, Wanted]]:
        wanted = list(wanted)
        leaders = self._leaders(one.topic for one in wanted)
        found = []
        for one in wanted:
            nobody = leaders.get((one.topic, -1), Leader("", 0, -1, _UNKNOWN_TOPIC))
            leader = leaders.get((one.topic, one.number), nobody)
            if not leader.host:
                raise _without_leader(one, leader.error)
            address = (leader.host, leader.port)
            found.append((address, replace(one, leader_epoch=leader.epoch)))
        return found

    def read(
        self,
        wanted: Iterable[Wanted],
        *,
        max_bytes: int,
        committed: bool,
        ready: "SimpleQueue[Answer | Exception]",
    ) -> list[LeaderReader]:
        """Start a reader for each leader.

        Parameters
        ----------
        wanted : iterable of Wanted
            Where each partition continues; the epochs of the leaders are put in here.
        max_bytes : int
            Upper limit of an answer.
        committed : bool
            Only what committed transactions wrote.
        ready : SimpleQueue
            Gets what they read.

        Returns
        -------
        list of LeaderReader

        Raises
        ------
        BrokerUnreachableError
            If no broker answers, or a leader does not.
        LeaderMoved
            If a partition has no leader now.
        LaneUnavailableError
            If a broker cannot be read from like this.
        """
        by_leader: dict[_Address, list[Wanted]] = {}
        for address, one in self._led(wanted):
            by_leader.setdefault(address, []).append(one)
        connections = []
        try:
            for address in by_leader:
                connections.append(self._connect(address))
                self._seen[address] = None
        except BaseException:
            for connection in connections:
                connection.close()
            raise
        return [
            LeaderReader(
                connection,
                partitions,
                limits=_limits(max_bytes, len(partitions), committed=committed),
                ready=ready,
            )
            for connection, partitions in zip(
                connections, by_leader.values(), strict=True
            )
        ]

    def out_of_range(self, wanted: Wanted, *, committed: bool) -> PositionError:
        """Ask what a partition has, and make the error that says so.

        Parameters
        ----------
        wanted : Wanted
            What it has not.
        committed : bool
            The end is where the first open transaction begins.
        """
        try:
            ((address, led),) = self._led([wanted])
            with closing(self._connect(address)) as connection:
                first, end = (
                    parse_offset(
                        connection.ask(
                            lambda n, which=which: offset_request(  # type: ignore[misc]
                                n, led, which=which, committed=committed
                            )
                        )
                    )
                    for which in (EARLIEST, LATEST)
                )
        except (BrokerUnreachableError, LeaderMoved) as error:
            there = f"it does not say which it has ({error})"
        else:
            there = f"it has {first}..{end}"
        return PositionError(
            f"partition {wanted.name!r}: wanted offset {wanted.offset}, which the "
            f"broker has not: {there}"
        )


def _limits(max_bytes: int, n_partitions: int, *, committed: bool) -> Limits:
    share = max(max_bytes // n_partitions, _PARTITION_BYTES_MIN)
    return Limits(max_bytes, min(max_bytes, share), committed)


def _without_leader(wanted: Wanted, error: int) -> LeaderMoved:
    name = for_code(error).__name__ if error else "no leader"
    final = None
    if error == _UNKNOWN_TOPIC:
        final = TopicNotFoundError(f"partition {wanted.name!r}: not on Kafka")
    return LeaderMoved(f"partition {wanted.name!r}: {name}", final)


def _address(server: str) -> _Address:
    host, _, port = server.rpartition(":")
    return host.strip("[]"), int(port)
