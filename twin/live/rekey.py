"""Bring the records of a site together: topics of any partitions into one, by site.

A state needs all events of a site in one partition number. Where topics are keyed by
something else, each record is written once more, to a topic of our own, with its site
as key and its origin in headers. That happens at least once; whoever folds the topic
drops copies by their origin (`twin.live.origins`).

The site is that of the event, or of its machine. An event that names neither (a change
of an order) goes where the order went, as long as that is remembered; else it keeps its
key and is counted as *unplaced*. A receipt goes to the site that receives, so goods
between sites of two shards are on the way in the one and arrive in the other.

Where orders went is read from the topic of re-keyed records itself, whenever partitions
are taken over: after a restart, or from another worker.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Protocol, Self

import numpy as np

from streams.codec import DecodedBatch, decode
from streams.events import EVENT_TYPES
from streams.layout import LAYOUTS
from streams.names import Names
from streams.records import Position, RecordBatch, Sink, Source
from twin.live.membership import Group
from twin.live.origins import origin_headers
from twin.model import Network
from twin.replay import read

_AT_ONCE = 4096  # records
_POLL_S = 0.02  # with less, a membership takes many steps to begin
_REMEMBERED_MAX = 1_000_000  # things whose site is known; about 100 MB
# Re-keyed records read again, of all partitions together: about 10 s of decoding.
_LOOKED_BACK_MAX = 1_000_000

_AT_MACHINE = np.array(
    [
        any(field.column == "place" and field.kind == "machine" for field in fields)
        for fields in LAYOUTS
    ]
)
assert len(_AT_MACHINE) == len(EVENT_TYPES)


class Reader(Group, Protocol):
    """A membership whose place to go on is kept by the broker."""

    def committed(self, number: int) -> Position:
        """Return what was committed of a number; nothing where nothing was."""
        ...


class Rekeyer:
    """Writes the records of some groups once more, keyed by site.

    Parameters
    ----------
    network : Network
        Says where machines stand.
    readers : sequence of Reader
        One for each topic; closed with the rekeyer.
    sink : Sink
        The topic of re-keyed records; closed with the rekeyer.
    written : Source or None
        Reads the same topic, to learn where orders went before; closed with the
        rekeyer. None: what went before the start is not known.
    looked_back_max : int
        Most records read of it at a start, >= 1. Fewer start sooner, and leave changes
        of older orders unplaced.

    Attributes
    ----------
    n_unplaced : int
        Records whose site was not known.
    """

    def __init__(
        self,
        network: Network,
        readers: Sequence[Reader],
        sink: Sink,
        *,
        written: Source | None = None,
        looked_back_max: int = _LOOKED_BACK_MAX,
    ) -> None:
        self.n_unplaced = 0
        self._written = written
        self._looked_back_max = looked_back_max
        self._learnt = Position()
        self._readers = readers
        self._sink = sink
        self._sites = Sites(network)

    def step(self) -> int:
        """Move what there is now; return the number of records.

        Raises
        ------
        DeliveryError
            If they cannot be delivered.
        """
        n_moved = 0
        for reader in self._readers:
            batch = reader.poll(_POLL_S, _AT_ONCE)
            if reader.assigned():
                self._learn()
            for number in reader.assigned():
                reader.begin(number, reader.committed(number))
            if batch is None:
                continue
            self._move(batch)
            self._sink.flush()
            # After a crash in between, records come once more and are dropped by
            # their origin.
            reader.commit(Position({batch.partition: batch.next_offset}))
            n_moved += len(batch)
        return n_moved

    def _learn(self) -> None:
        """Read where things went, from where that was left to the end of the topic."""
        source = self._written
        if source is None:
            return
        source.seek(Position())
        first, end = source.position(), source.end_position()
        most = max(1, self._looked_back_max // len(end.to_json()))
        source.seek(
            Position(
                {
                    name: max(
                        first.of(name), self._learnt.of(name), end.of(name) - most
                    )
                    for name in end
                }
            )
        )
        for batch in read(source, end):
            self._sites.learn(batch)
        self._learnt = end

    def _move(self, batch: RecordBatch) -> None:
        keys, n_unplaced = self._sites.keys(batch)
        self.n_unplaced += n_unplaced
        given = batch.headers or ({},) * len(batch)
        places = (origin_headers(batch.partition, o) for o in batch.offsets.tolist())
        self._sink.append(
            list(batch.values()),
            keys=keys,
            timestamps_us=batch.timestamps_us,
            headers=[{**one, **own} for one, own in zip(given, places, strict=True)],
        )

    def close(self) -> None:
        """Leave the groups and let go of the topic."""
        with ExitStack() as closing:
            closing.callback(self._sink.close)
            if self._written is not None:
                closing.callback(self._written.close)
            for reader in self._readers:
                closing.callback(reader.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class Sites:
    """Knows the site of each event, from its columns or from events before it.

    Parameters
    ----------
    network : Network
        Says where machines stand.
    """

    def __init__(self, network: Network) -> None:
        machines, ids = network.machines, network.places.ids
        self._sites = frozenset(ids)
        self._site_of_machine = {
            machine: ids[site]
            for machine, site in zip(
                machines.ids, machines.site_index.tolist(), strict=True
            )
        }
        self._site_of: dict[str, str] = {}

    def keys(self, batch: RecordBatch) -> tuple[list[bytes | None], int]:
        """Return the key of each record, and how many kept their own.

        Records that are no events keep theirs too: they become dead letters of the
        shard they are in.
        """
        keys = list(batch.keys or (None,) * len(batch))
        decoded = decode(batch, Names())
        found = self._found(decoded, [None] * len(decoded.rows))
        n_unplaced = 0
        for row, site in zip(decoded.rows.tolist(), found, strict=True):
            if site is None:
                n_unplaced += 1
            else:
                keys[row] = site.encode()
        return keys, n_unplaced

    def learn(self, batch: RecordBatch) -> None:
        """Remember where things went that are in a batch of re-keyed records.

        The key of a record is where it went. One that is no site of the network is of
        an unplaced record, or of a site that its event names.
        """
        decoded = decode(batch, Names())
        keys = batch.keys or (None,) * len(batch)
        went = [(keys[row] or b"").decode("utf-8", "replace") for row in decoded.rows]
        self._found(decoded, [one if one in self._sites else None for one in went])

    def _found(
        self, decoded: DecodedBatch, went: Sequence[str | None]
    ) -> list[str | None]:
        events, names = decoded.events, decoded.events.names
        at_machine = _AT_MACHINE[events.type_code]
        columns = (events.subject, events.parent, events.place, at_machine)
        found = []
        for subject, parent, place, machine, there in zip(
            *(column.tolist() for column in columns), went, strict=True
        ):
            about = [names[n] for n in (subject, parent) if n >= 0]
            site = None if place < 0 else names[place]
            if machine and site is not None:
                site = self._site_of_machine.get(site)
            known = (
                site
                or there
                or next(
                    (self._site_of[one] for one in about if one in self._site_of), None
                )
            )
            # Events without a site of their own go where the first about it went.
            if known is not None and about and about[0] not in self._site_of:
                self._remember(about[0], known)
            found.append(known)
        return found

    def _remember(self, about: str, site: str) -> None:
        if len(self._site_of) >= _REMEMBERED_MAX:
            del self._site_of[next(iter(self._site_of))]  # what is known for longest
        self._site_of[about] = site
