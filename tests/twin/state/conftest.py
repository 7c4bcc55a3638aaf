"""A small world: events folded into a state, one call after the other."""

import pytest

from streams.batch import in_canonical_order
from streams.codec import decode, encode
from streams.names import Names
from streams.records import RecordBatch
from twin.state.state import KnownEntities, State

KNOWN = KnownEntities(
    items=["pump", "seal"],
    places=["plant", "dc", "acme", "shop"],
    place_kinds=["site", "site", "supplier", "customer"],
    machines=["M1"],
    stock=[("pump", "plant", 10.0)],
    as_of_us=0,
    model_hash="m",
)


class World:
    """A state and the events folded into it so far."""

    def __init__(self, known=KNOWN):
        self.names = Names()
        self.state = State.of_model(known, self.names)
        self._n_events = 0

    def batch(self, *timed):
        """Events as (time in microseconds, event), put in canonical order."""
        first, self._n_events = self._n_events, self._n_events + len(timed)
        values = [
            encode(event, event_id=str(n), source="t", time_us=time_us, sequence=n)
            for n, (time_us, event) in enumerate(timed, start=first)
        ]
        decoded = decode(RecordBatch.of("log/0", values), self.names)
        assert not decoded.rejected, decoded.rejected
        return in_canonical_order(decoded.events)

    def fold(self, *timed):
        """Fold events and return the state as a reader sees it."""
        self.state.apply(self.batch(*timed))
        return self.state.settled()


@pytest.fixture
def world():
    return World()


@pytest.fixture(scope="session")
def new_world():
    """The class, for property tests: each example makes its own."""
    return World
