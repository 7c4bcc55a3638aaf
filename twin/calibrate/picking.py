"""Which events calibration reads: the types it needs, each event once."""

from collections.abc import Iterable, Iterator

import numpy as np

from streams.batch import EventBatch
from streams.events import TYPE_CODES

TYPES = (
    "OrderCancelled", "PurchaseOrderPlaced", "ShipmentDispatched", "ShipmentReceived",
    "OperationStarted", "OperationCompleted", "MachineStateChanged", "SetupCompleted",
    "ProductionOrderReleased", "ProductionOrderClosed",
)  # fmt: skip
_CODES = np.array([TYPE_CODES[name] for name in TYPES], np.int16)
_ODD = np.uint64(0x9E3779B97F4A7C15)  # spreads the hash of a source over all bits


def picked(batches: Iterable[EventBatch]) -> Iterator[EventBatch]:
    """Leave out events of other types, and copies of one that came before.

    Parameters
    ----------
    batches : iterable of EventBatch
        They need not share a table of names.

    Yields
    ------
    EventBatch
        An event is told by source and id, as on intake.
    """
    known = np.zeros(0, np.uint64)
    for batch in batches:
        kept = batch.take(np.isin(batch.type_code, _CODES))
        if not len(kept):
            continue
        keys = kept.id_hash ^ (kept.names.hashes[kept.source] * _ODD)
        _, first = np.unique(keys, return_index=True)
        first.sort()
        fresh = first[~np.isin(keys[first], known)]
        known = np.concatenate([known, keys[fresh]])
        yield kept.take(fresh)
