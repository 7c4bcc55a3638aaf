"""Bring the records of a site together: topics of any partitions into one, by site.

A state needs all events of a site in one partition number. Where topics are keyed by
something else, each record is written once more, to a topic of our own, with its site
as key and its origin in headers. That happens at least once; whoever folds the topic
drops copies by their origin (`twin.live.origins`).

The site is that of the event, or of its machine. An event that names neither (a change
of an order) goes where the order went, as long as that is remembered; else it keeps its
key and is counted as *unplaced*. A receipt goes to the site that receives, so goods
between sites of two shards are on the way in the one and arrive in the other.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Protocol, Self

import numpy as np

from streams.codec import DecodedBatch, decode
from streams.events import EVENT_TYPES
from streams.layout import LAYOUTS
from streams.names import Names
from streams.records import Position, RecordBatch, Sink
from twin.live.membership import Group
from twin.live.origins import origin_headers
from twin.model import Network

_AT_ONCE = 4096  # records
_POLL_S = 0.02  # with less, a membership takes many steps to begin
_REMEMBERED_MAX = 1_000_000  # things whose site is known; about 100 MB

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

    Attributes
    ----------
    n_unplaced : int
        Records whose site was not known.
    """

    def __init__(self, network: Network, readers: Sequence[Reader], sink: Sink) -> None:
        self.n_unplaced = 0
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
        found = self._found(decoded)
        n_unplaced = 0
        for row, site in zip(decoded.rows.tolist(), found, strict=True):
            if site is None:
                n_unplaced += 1
            else:
                keys[row] = site.encode()
        return keys, n_unplaced

    def _found(self, decoded: DecodedBatch) -> list[str | None]:
        events, names = decoded.events, decoded.events.names
        at_machine = _AT_MACHINE[events.type_code]
        columns = (events.subject, events.parent, events.place, at_machine)
        found = []
        for subject, parent, place, machine in zip(
            *(column.tolist() for column in columns), strict=True
        ):
            about = [names[n] for n in (subject, parent) if n >= 0]
            site = None if place < 0 else names[place]
            if machine and site is not None:
                site = self._site_of_machine.get(site)
            known = site or next(
                (self._site_of[one] for one in about if one in self._site_of), None
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
