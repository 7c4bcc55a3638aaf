"""What all parts of one simulation share, and the ids they give."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from streams.events import TYPE_CODES
from streams.names import Names
from twin.errors import OptionError
from twin.model.network import Network
from twin.simulate.random import DurationLaw, Sampler
from twin.simulate.reference.emission import Emitter
from twin.simulate.reference.schedule import Schedule
from twin.simulate.reference.stock import StockPoints

_AHEAD = 64  # ids that are named together, which takes as long as for two of them


class Numbering:
    """Gives out ids: a letter and a running number, never one that is taken.

    Parameters
    ----------
    names : Names
        Table of ids.
    taken : frozenset of str
        Ids of the network's own orders.

    Attributes
    ----------
    reserved : set of str
        Ids that others bring later; who has the number of one is called otherwise.
    """

    def __init__(self, names: Names, taken: frozenset[str]) -> None:
        self._names = names
        self._taken = taken
        self.reserved: set[str] = set()
        self._series: dict[str, Iterator[tuple[int, int]]] = {}

    def next(self, letter: str) -> tuple[int, int]:
        """Return a running number, from 1, and the number of its name."""
        return next(self.series(letter))

    def series(self, letter: str) -> Iterator[tuple[int, int]]:
        """Return the iterator over what `next` returns for a letter."""
        if letter not in self._series:
            self._series[letter] = self._numbers(letter)
        return self._series[letter]

    def _numbers(self, letter: str) -> Iterator[tuple[int, int]]:
        for first in count(1, _AHEAD):
            ids = {n: f"{letter}{n}" for n in range(first, first + _AHEAD)}
            # A reserved name leaves the number as it is: draws go by numbers.
            free = {
                n: f"{one}.2" if one in self.reserved else one
                for n, one in ids.items()
                if one not in self._taken
            }
            names = self._names.indices(free.values()).tolist()
            yield from zip(free, names, strict=True)


def lead_time_laws(network: Network) -> list[DurationLaw]:
    """Return the law of the lead time of every lane."""
    lanes = network.lanes
    columns = (lanes.lead_time_law, lanes.lead_time_s, lanes.lead_time_cv)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [DurationLaw(law, mean_s, cv) for law, mean_s, cv in rows]


def _codes(told: Collection[str]) -> frozenset[int]:
    unknown = sorted(set(told) - set(TYPE_CODES))
    if unknown:
        msg = (
            f"told must name types of events, {unknown[0]!r} is none of {[*TYPE_CODES]}"
        )
        raise OptionError(msg)
    return frozenset(TYPE_CODES[name] for name in told)


@dataclass(frozen=True, slots=True)
class Engine:
    """What all parts of one simulation share.

    Attributes
    ----------
    network : Network
        What is simulated.
    names : Names
        Table of ids of the emitted events.
    schedule : Schedule
        What will happen.
    emitter : Emitter
        Where events go.
    sampler : Sampler
        Random durations.
    points : StockPoints
        Counters of stock.
    numbering : Numbering
        Ids of orders and shipments.
    item_names, place_names, machine_names : list of int
        Number of the name of each item, place and machine.
    """

    network: Network
    names: Names
    schedule: Schedule
    emitter: Emitter
    sampler: Sampler
    points: StockPoints
    numbering: Numbering
    item_names: list[int] = field(repr=False)
    place_names: list[int] = field(repr=False)
    machine_names: list[int] = field(repr=False)

    @classmethod
    def of_network(
        cls, network: Network, names: Names, *, seed: int,
        told: Collection[str] | None = None,
    ) -> "Engine":  # fmt: skip
        """Set up an engine at the `as_of` of a network; for `told` see `Plant`."""

        def numbers(ids: tuple[str, ...]) -> list[int]:
            found: list[int] = np.asarray(names.indices(ids)).tolist()
            return found

        return cls(
            network=network,
            names=names,
            schedule=Schedule(network.settings.as_of_us),
            emitter=Emitter(names, told=None if told is None else _codes(told)),
            sampler=Sampler(seed, network.laws),
            points=StockPoints(network),
            numbering=Numbering(names, frozenset(network.open_orders.ids)),
            item_names=numbers(network.items.ids),
            place_names=numbers(network.places.ids),
            machine_names=numbers(network.machines.ids),
        )
