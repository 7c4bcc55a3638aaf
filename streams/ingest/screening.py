"""What is known of a batch without a look at each event, and verdicts counted."""

import numpy as np
from numpy.typing import NDArray

from streams._kernels.order import LATE
from streams.codec import DecodedBatch


def all_taken(
    decoded: DecodedBatch, *, next_offset: int, ahead_us: int, mark_us: int
) -> bool:
    """Tell whether all events of a batch are taken, as far as its writer's word goes.

    So it is with a log that a replay has written: each event is there once, in order,
    and none is earlier than those before.

    Parameters
    ----------
    decoded : DecodedBatch
        Of the only partition.
    next_offset : int
        Records before it were read already.
    ahead_us : int
        How far an event may lie ahead of its record, microseconds.
    mark_us : int
        The watermark, microseconds UTC.

    Returns
    -------
    bool
        False also where it is not known.
    """
    events, records = decoded.events, decoded.records
    known = decoded.ordered and decoded.deduplicated and not decoded.rejected
    if not known or not len(events) or records.offsets[0] < next_offset:
        return False
    appended_us = records.timestamps_us[records.timestamps_us > 0]
    first_us, last_us = int(events.time_us[0]), int(events.time_us[-1])
    in_time = not len(appended_us) or last_us <= int(appended_us.min()) + ahead_us
    return in_time and first_us >= mark_us


def counted(verdict: NDArray[np.uint8]) -> list[int]:
    """Count the events of each verdict.

    Parameters
    ----------
    verdict : ndarray of shape (n,), uint8
        Verdicts of `streams._kernels.order`.

    Returns
    -------
    list of int
        By verdict.

    Examples
    --------
    >>> counted(np.array([0, 4, 0], np.uint8))
    [2, 0, 0, 0, 1]
    """
    if not verdict.any():  # nearly always, and a tenth of the price
        return [len(verdict), *[0] * LATE]
    counts: list[int] = np.bincount(verdict, minlength=LATE + 1).tolist()
    return counts
