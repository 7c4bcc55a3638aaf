"""The hash of a state is a promise: that of a small mixed log never changes.

If this fails, a change of the transition or of the record of a state changed what every
hash in the world says. That takes an entry in docs/decisions and a new hash here.
"""

from pathlib import Path

from streams.batch import in_canonical_order
from streams.codec import decode
from streams.names import Names
from streams.records import RecordBatch
from twin.state.state import KnownEntities, State

LOG = Path(__file__).parents[2] / "streams" / "golden" / "mixed.ndjson"
KNOWN = KnownEntities(
    items=["pump", "seal"],
    places=["plant", "dc", "acme", "shop"],
    place_kinds=["site", "site", "supplier", "customer"],
    machines=["mill"],
    stock=[("pump", "plant", 2.0)],
    as_of_us=0,
    model_hash="golden",
)
HASH = "1c109507fc8d92ee9fb5484d47aa66fe"


def test_hash_of_the_golden_log_is_what_it_was():
    names = Names()
    state = State.of_model(KNOWN, names)
    decoded = decode(RecordBatch.of("log/0", LOG.read_bytes().splitlines()), names)
    assert not decoded.rejected
    assert len(decoded.events) == 30
    state.apply(in_canonical_order(decoded.events))
    assert state.settled().digest() == HASH
