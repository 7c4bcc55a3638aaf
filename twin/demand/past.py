"""Demand of the past as a log tells it, by row of a network and review."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch
from streams.events import TYPE_CODES
from twin.model.network import Network
from twin.state.points import KeyIndex

_RECEIVED = TYPE_CODES["OrderReceived"]


def demand_by_review(
    network: Network, batches: Iterable[EventBatch], *, until_us: int
) -> NDArray[np.float64]:
    """Add up what customers asked for, review by review.

    Parameters
    ----------
    network : Network
        Reviews count from its `as_of`. Orders of customers, items or sites that its
        demands do not know are left out.
    batches : iterable of EventBatch
        Of a log, in any order; an event that comes twice counts once.
    until_us : int
        Reviews that are over by then count, microseconds UTC.

    Returns
    -------
    ndarray of shape (n_demands, n_reviews), float64
        Units asked for in (start, end] of each review: demand arises at ends of
        periods.
    """
    settings, demands = network.settings, network.demands
    n_reviews = max((until_us - settings.as_of_us) // settings.review_us, 0)
    asked = np.zeros((len(demands.item_index), n_reviews))
    rows = KeyIndex(demands.customer_index, demands.item_index, demands.site_index)
    seen: set[tuple[str, int]] = set()
    for batch in batches:
        chosen = np.flatnonzero(batch.type_code == _RECEIVED)
        review = (batch.time_us[chosen] - settings.as_of_us - 1) // settings.review_us
        chosen = chosen[(review >= 0) & (review < n_reviews)]
        names = batch.names
        own = [
            (names[int(source)], int(key))
            for source, key in zip(
                batch.source[chosen], batch.id_hash[chosen], strict=True
            )
        ]
        new = [key not in seen for key in own]
        seen.update(own)
        chosen = chosen[np.array(new, np.bool_)]
        review = (batch.time_us[chosen] - settings.as_of_us - 1) // settings.review_us
        row = rows.find(
            _indices(batch, batch.party[chosen], network.place_index),
            _indices(batch, batch.item[chosen], network.item_index),
            _indices(batch, batch.place[chosen], network.place_index),
        )
        known = row >= 0
        np.add.at(asked, (row[known], review[known]), batch.value0[chosen[known]])
    return asked


def _indices(
    batch: EventBatch, column: NDArray[np.int32], index: Mapping[str, int]
) -> NDArray[np.int32]:
    names = batch.names
    numbers, at = np.unique(column, return_inverse=True)
    found = [-1 if k < 0 else index.get(names[k], -1) for k in numbers.tolist()]
    dense: NDArray[np.int32] = np.array(found, np.int32)[at.ravel()]
    return dense
